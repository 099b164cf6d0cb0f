"""What `magi validate` tells of documents that are right."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

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
