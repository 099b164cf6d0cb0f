"""magi policy test: a team's own tests of its rules, against plans in files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reconciler.cli import exits
from reconciler.cli.main import run
from reconciler.review import plan_json
from tests.cli.plans import plan

RULES = """package magi

import rego.v1

deny contains {"name": one.name, "message": "no deletes"} if {
\tsome one in input.resources
\tone.action == "delete"
}
"""
TESTS = """package magi_test

import rego.v1

import data.magi

test_deletes_are_denied if {
\tsome one in magi.deny with input as data.plans["a-delete"].vims[0]
\tone.name == "old/lan"
}

test_nothing_is_fine if {
\tcount(magi.deny) == 0 with input as {"resources": []}
}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.rego").write_text(RULES)
    (tmp_path / "a_test.rego").write_text(TESTS)
    (tmp_path / "a-delete.json").write_text(json.dumps({"vims": [plan_json(plan(allowed=True))]}))
    return tmp_path


def test_tests_that_pass_are_listed_with_their_places(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["policy", "test", str(folder)]) == exits.FINE
    out = capsys.readouterr().out
    assert "magi_test.test_deletes_are_denied" in out
    assert "a_test.rego:7:1" in out
    assert "2 passed, 0 failed" in out


def test_a_test_that_fails_is_reported_by_the_exit_code(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "b_test.rego").write_text(
        "package b_test\n\nimport rego.v1\n\ntest_wrong if data.magi.deny == 3\n\ntest_broken if 1 / 0 == 1\n"
    )
    assert run(["policy", "test", str(folder), "-o", "json"]) == exits.STEPS
    output = json.loads(capsys.readouterr().out)
    assert (output["passed"], output["failed"]) == (2, 2)
    wrong, broken = output["tests"][2:]
    assert wrong == {"name": "b_test.test_wrong", "place": "b_test.rego:5:1", "passed": False, "error": ""}
    assert "a builtin function can't take" in broken["error"]


@pytest.mark.parametrize(
    ("file", "text", "output"),
    [
        ("b.rego", 'package magi\n\nimport rego.v1\n\ndenny contains "x"\n', "b.rego:5:1: nothing uses denny"),
        ("b_test.rego", "package b\n\ntest_x if nosuch.f(1)\n", "b_test.rego:3:11: there is no function nosuch.f"),
        ("b_test.rego", "package b\n\ntest_x if data.nosuch.x\n", "b_test.rego:3:11: there is no data.nosuch.x"),
        ("b.json", "{", "b.json is no JSON"),
        ("a_test.rego", "package magi\n", "have no tests"),
    ],
)
def test_what_is_wrong_is_an_error_of_the_rules(
    folder: Path, capsys: pytest.CaptureFixture[str], file: str, text: str, output: str
) -> None:
    (folder / file).write_text(text)
    assert run(["policy", "test", str(folder)]) == exits.CONFIG
    assert output in capsys.readouterr().err
