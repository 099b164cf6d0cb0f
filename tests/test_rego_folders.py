"""Folders of rules: what is said of those that can't be used, what is checked once, and how their tests are run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from reconciler.judging.rego import Bounds, RegoFailedError, load_rules, rules, trials
from reconciler.judging.rego.trials import Trial, run_tests
from reconciler.model import ConfigError

HEAD = "package magi\n\nimport rego.v1\n\n"
GOOD = HEAD + 'deny contains "no" if input.vim == "paris"\n'
TESTED = (
    HEAD + 'deny contains "no" if input.vim == "paris"\n\ntest_no if count(deny) == 1 with input as data.plans.one\n'
)
BOUNDS = Bounds(seconds=20.0, memory=256)


def written(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text, encoding="utf-8")
    return folder


def refused(what: Any, *arguments: Any) -> tuple[str, str]:
    with pytest.raises(ConfigError) as error:
        what(*arguments)
    return error.value.message, error.value.hint


def test_a_folder_without_rules_is_named_with_what_would_do(tmp_path: Path) -> None:
    written(tmp_path, a_test__rego=TESTED)
    assert refused(load_rules, tmp_path) == (
        f"{tmp_path} holds no rules",
        "regoFolder names a folder with files that end in .rego",
    )
    empty = tmp_path / "empty"
    empty.mkdir()
    assert refused(run_tests, empty) == (f"{empty} holds no rules", "name a folder with files that end in .rego")


@pytest.mark.parametrize("read", [load_rules, run_tests])
def test_a_file_that_is_no_text_is_refused(tmp_path: Path, read: Any) -> None:
    (tmp_path / "a.rego").write_bytes(b"\xff")
    message, hint = refused(read, tmp_path)
    assert message.startswith(f"the rules in {tmp_path} can't be read: 'utf-8' codec can't decode byte 0xff")
    assert hint == "see the setting regoFolder"


@pytest.mark.parametrize("read", [load_rules, run_tests])
def test_without_the_engine_is_said_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read: Any) -> None:
    monkeypatch.setattr(rules, "find_spec", lambda _: None)
    assert refused(read, written(tmp_path, a__rego=GOOD)) == (
        "policy as code needs regopy, which is not installed",
        "pip install 'magi[rego]'",
    )


@pytest.mark.parametrize("read", [load_rules, run_tests])
def test_each_wrong_rule_has_a_line_of_its_own(tmp_path: Path, read: Any) -> None:
    message, hint = refused(read, written(tmp_path, a__rego=HEAD + "deny contains x if {"))
    first, *lines = message.splitlines()
    assert first == f"the rules in {tmp_path} are wrong:"
    assert lines
    assert all(line.startswith("  a.rego:") for line in lines)
    assert hint == "see docs/guards.md, policy as code"


@pytest.mark.parametrize(("wrong", "last"), [(10, "  10"), (11, "  and 1 more")])
def test_ten_wrong_rules_are_named_and_the_rest_is_counted(wrong: int, last: str) -> None:
    lines = rules.wrong_rules(Path("r"), [str(number + 1) for number in range(wrong)]).message.splitlines()
    assert lines[:11] == ["the rules in r are wrong:", *(f"  {number}" for number in range(1, 11))]
    assert (len(lines), lines[-1]) == (min(wrong, 10) + 1 + (wrong > 10), last)


class Engine:
    """Represents the process of the rules: notes its jobs and bounds."""

    def __init__(self, answer: Mapping[str, Any] | Exception) -> None:
        self.answer = answer
        self.jobs: list[tuple[Mapping[str, Any], Bounds]] = []

    def __call__(self, job: Mapping[str, Any], bounds: Bounds) -> Any:
        self.jobs.append((job, bounds))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def test_rules_that_did_not_change_are_checked_once_within_the_bounds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = Engine({"errors": [], "lacking": []})
    monkeypatch.setattr(rules, "run_job", engine)
    monkeypatch.setattr(rules, "_checked", {})
    written(tmp_path, a__rego=GOOD)
    assert load_rules(tmp_path, BOUNDS) == load_rules(tmp_path, BOUNDS) == {"a.rego": GOOD}
    assert [(job["do"], bounds) for job, bounds in engine.jobs] == [("check", BOUNDS)]
    written(tmp_path, a__rego=GOOD + "\n")
    load_rules(tmp_path, BOUNDS)
    assert len(engine.jobs) == 2


@pytest.mark.parametrize("read", [load_rules, run_tests])
def test_an_engine_that_fails_at_the_check_is_an_error_of_the_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read: Any
) -> None:
    monkeypatch.setattr(rules, "run_job", Engine(RegoFailedError("it takes too long", "raise the limit")))
    monkeypatch.setattr(rules, "_checked", {})
    assert refused(read, written(tmp_path, a__rego=GOOD)) == ("it takes too long", "raise the limit")


def test_rules_without_tests_are_refused(tmp_path: Path) -> None:
    assert refused(run_tests, written(tmp_path, a__rego=GOOD)) == (
        f"the rules in {tmp_path} have no tests",
        "a test is a rule whose name begins with test_",
    )


def test_a_plan_that_is_no_json_is_refused(tmp_path: Path) -> None:
    message, hint = refused(run_tests, written(tmp_path, a__rego=TESTED, one__json="{"))
    assert message.startswith(f"{tmp_path / 'one.json'} is no JSON: ")
    assert hint == "make it by magi plan -o json"


def test_each_test_is_run_by_itself_over_the_plans_and_within_the_bounds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = Engine({"magi.test_no": {"passed": True, "error": ""}})
    monkeypatch.setattr(trials, "run_job", engine)
    written(tmp_path, a__rego=TESTED, one__json='{"vim": "paris"}')
    assert run_tests(tmp_path, BOUNDS) == [Trial("magi.test_no", "a.rego:7:1", passed=True)]
    ((job, bounds),) = engine.jobs
    assert (job["do"], job["tests"], job["data"]) == ("test", ["magi.test_no"], {"plans": {"one": {"vim": "paris"}}})
    assert bounds == BOUNDS


def test_a_test_that_could_not_be_judged_has_not_passed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trials, "run_job", Engine(RegoFailedError("it takes too long", "")))
    written(tmp_path, a__rego=TESTED, one__json="{}")
    assert run_tests(tmp_path) == [Trial("magi.test_no", "a.rego:7:1", passed=False, error="it takes too long")]


def test_the_bounds_hold_for_the_check_before_the_tests_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine({"errors": [], "lacking": []})
    monkeypatch.setattr(rules, "run_job", engine)
    monkeypatch.setattr(trials, "run_job", Engine({"magi.test_no": {"passed": True, "error": ""}}))
    run_tests(written(tmp_path, a__rego=TESTED, one__json="{}"), BOUNDS)
    assert [bounds for _, bounds in engine.jobs] == [BOUNDS]
