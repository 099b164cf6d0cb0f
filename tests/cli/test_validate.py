"""What `magi validate` tells of documents that are right."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from reconciler.cli import exits
from reconciler.cli.main import magi
from tests.documents.test_placement import places, repository

VNF = "name: gw, count: 3, placement: {vims: [paris, lyon]}"


def test_it_tells_where_a_placement_puts_each_vnf(tmp_path: Path) -> None:
    for name, text in repository(VNF).items():
        (tmp_path / name).write_text(str(text), encoding="utf-8")
    there = places(VNF)
    told = CliRunner().invoke(magi, ["validate", str(tmp_path)]).output.splitlines()
    assert told == [
        "edge: " + ", ".join(f"{vnf} on {vim}" for vnf, vim in there.items()),
        "Valid: 1 network service on 5 VIMs.",
    ]
    answered = json.loads(CliRunner().invoke(magi, ["validate", str(tmp_path), "-o", "json"]).output)
    assert answered == {"valid": True, "problems": [], "placed": {"edge": there}}


def test_it_reads_as_much_as_the_variables_of_the_daemon_say(tmp_path: Path) -> None:
    for name, text in repository(VNF).items():
        (tmp_path / name).write_text(str(text), encoding="utf-8")

    def told(**variables: str) -> tuple[int, str]:
        done = CliRunner().invoke(magi, ["validate", str(tmp_path)], env=dict(variables), standalone_mode=False)
        return done.return_value, done.output or str(done.exception)

    code, words = told(MAGI_LIMITS_DOCUMENTS="2")
    assert code == exits.DOCUMENTS
    assert "at most 2 are allowed (" in words
    assert "or raise limits.documents)" in words
    assert "or raise limits.files" in told(MAGI_LIMITS_FILES="1")[1]
    assert "MAGI_LIMITS_FILES: limits.files must be a whole number from 1 to" in told(MAGI_LIMITS_FILES="many")[1]


def test_a_set_beyond_the_limits_is_told_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "set.yaml").write_text(
        "apiVersion: magi/v1alpha1\nkind: NetworkServiceSet\nmetadata: {name: edge}\nspec:\n"
        "  generator: {list: [{name: a}, {name: b}]}\n"
        "  template: {metadata: {name: 'e-{{ row.name }}'}, spec: {vim: paris, virtualLinks: [{name: l}]}}\n",
        encoding="utf-8",
    )
    done = CliRunner().invoke(magi, ["validate", str(tmp_path)], env={"MAGI_LIMITS_BYTES": "300"})
    assert f"{tmp_path}/set.yaml:5:14: the members of the set would have about " in done.output
    assert "or raise limits.bytes)" in done.output
