"""What `magi validate` shows documents that are right."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from reconciler.cli import exits
from reconciler.cli.main import magi
from tests.documents.test_placement import places, repository
from tests.git_work import new_work
from tests.source.signing import allowed, commit, ssh_signer

VNF = "name: gw, count: 3, placement: {vims: [paris, lyon]}"


def test_it_shows_where_a_placement_puts_each_vnf(tmp_path: Path) -> None:
    for name, text in repository(VNF).items():
        (tmp_path / name).write_text(str(text), encoding="utf-8")
    there = places(VNF)
    printed = CliRunner().invoke(magi, ["validate", str(tmp_path)]).output.splitlines()
    assert printed == [
        "edge: " + ", ".join(f"{vnf} on {vim}" for vnf, vim in there.items()),
        "Valid: 1 network service on 5 VIMs.",
    ]
    answered = json.loads(CliRunner().invoke(magi, ["validate", str(tmp_path), "-o", "json"]).output)
    assert answered == {"valid": True, "problems": [], "placed": {"edge": there}, "ignored": 0}


def test_it_counts_what_magiignore_leaves_out(tmp_path: Path) -> None:
    texts = {**repository(VNF), "chart/values.yaml": "not: magi", "chart/b.yaml": "", ".magiignore": "chart/\n"}
    for name, text in texts.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(str(text), encoding="utf-8")
    printed = CliRunner().invoke(magi, ["validate", str(tmp_path)]).output.splitlines()
    assert printed[-1] == "Valid: 1 network service on 5 VIMs. .magiignore leaves out 2 files."
    assert json.loads(CliRunner().invoke(magi, ["validate", str(tmp_path), "-o", "json"]).output)["ignored"] == 2


def test_foreign_yaml_is_skipped_where_the_variable_of_the_daemon_says_so(tmp_path: Path) -> None:
    for name, text in {**repository(VNF), "chart.yaml": "replicas: 3"}.items():
        (tmp_path / name).write_text(str(text), encoding="utf-8")

    def printed(**variables: str) -> tuple[object, str]:
        done = CliRunner().invoke(magi, ["validate", str(tmp_path)], env=dict(variables), standalone_mode=False)
        return done.return_value, done.output or str(done.exception)

    assert printed()[0] == exits.DOCUMENTS
    assert printed(MAGI_REPOSITORY_FOREIGN_YAML="skip")[0] == exits.FINE
    assert "repository.foreignYaml 'maybe' must be refuse or skip" in printed(MAGI_REPOSITORY_FOREIGN_YAML="maybe")[1]


def test_it_reads_as_much_as_the_variables_of_the_daemon_say(tmp_path: Path) -> None:
    for name, text in repository(VNF).items():
        (tmp_path / name).write_text(str(text), encoding="utf-8")

    def printed(**variables: str) -> tuple[int, str]:
        done = CliRunner().invoke(magi, ["validate", str(tmp_path)], env=dict(variables), standalone_mode=False)
        return done.return_value, done.output or str(done.exception)

    code, words = printed(MAGI_LIMITS_DOCUMENTS="2")
    assert code == exits.DOCUMENTS
    assert "at most 2 are allowed (" in words
    assert "or raise limits.documents)" in words
    assert "or raise limits.files" in printed(MAGI_LIMITS_FILES="1")[1]
    assert "MAGI_LIMITS_FILES: limits.files must be a whole number from 1 to" in printed(MAGI_LIMITS_FILES="many")[1]


def test_a_set_beyond_the_limits_is_reported_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "set.yaml").write_text(
        "apiVersion: magi/v1alpha1\nkind: NetworkServiceSet\nmetadata: {name: edge}\nspec:\n"
        "  generator: {list: [{name: a}, {name: b}]}\n"
        "  template: {metadata: {name: 'e-{{ row.name }}'}, spec: {vim: paris, virtualLinks: [{name: l}]}}\n",
        encoding="utf-8",
    )
    done = CliRunner().invoke(magi, ["validate", str(tmp_path)], env={"MAGI_LIMITS_BYTES": "300"})
    assert f"{tmp_path}/set.yaml:5:14: the members of the set would have about " in done.output
    assert "or raise limits.bytes)" in done.output


def test_it_is_held_to_all_that_a_plan_is_held_to(tmp_path: Path) -> None:
    source = tmp_path / "ns"
    source.mkdir()
    for name, text in repository(VNF).items():
        (source / name).write_text(str(text), encoding="utf-8")

    def printed(**variables: object) -> tuple[int, str]:
        given = {name: str(value) for name, value in variables.items()}
        done = CliRunner().invoke(magi, ["validate", str(source)], env=given, standalone_mode=False)
        return done.return_value, done.output + str(done.exception or "")

    owners, rules = tmp_path / "owners.yaml", tmp_path / "rules"
    owners.write_text("owners: [{paths: ['teams/**']}]\n")
    rules.mkdir()
    assert "no one may define documents in" in printed(MAGI_TRUST_OWNERS_FILE=owners)[1]
    assert "none.yaml: No such file" in printed(MAGI_TRUST_APPROVERS_FILE=tmp_path / "none.yaml")[1]
    assert "holds no rules" in printed(MAGI_REGO_FOLDER=rules)[1]
    (rules / "a.rego").write_text("package magi\n\ndenny contains 'x' if {}\n")
    assert "a.rego" in printed(MAGI_REGO_FOLDER=rules)[1]


def test_of_a_repository_it_checks_the_last_verified_commit(tmp_path: Path) -> None:
    ann = ssh_signer(tmp_path, "ann")
    work = new_work(tmp_path / "git")
    work.write({name: str(text) for name, text in repository(VNF).items()})
    work.git("add", "-A")
    good = commit(work, ann, "# none")
    work.commit({"bad.yaml": "kind: Nothing\n"})
    trust = {"MAGI_TRUST_VERIFY": "commits", "MAGI_TRUST_ALLOWED_SIGNERS": str(allowed(tmp_path / "signers", ann))}

    def printed(environment: dict[str, str]) -> tuple[int, str]:
        arguments = ["validate", str(work.path), "--revision", "main"]
        done = CliRunner().invoke(magi, arguments, env=environment, standalone_mode=False)
        return done.return_value, done.output

    assert printed({})[0] == exits.DOCUMENTS
    code, words = printed(trust)
    assert code == exits.FINE, words
    assert f"is not verified: it has no signature; this is the last verified one, {good[:10]}" in words
