"""What the rules of a folder may answer with, what is said of anything else, and how their process is run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from reconciler.judging.rego import Bounds, Decision, RegoFailedError, decide, decisions, engine
from reconciler.judging.rego.child import MARK

HEAD = "package magi\n\nimport rego.v1\n\n"
SHAPE = "a decision is a text, or has message, and service, kind and name where it is about these"
PLAN: dict[str, Any] = {"resources": []}
CANT_TAKE = "a builtin function can't take what it is given, or a rule has two values"
NUMBERS = 'deny contains sprintf("%d", [i]) if some i in numbers.range(1, {0})\n'


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        (
            HEAD + "deny contains 1 / 0",
            f"the Rego rules failed: a.rego:5:1: deny: {CANT_TAKE}",
            "fix the files in regoFolder",
        ),
        (HEAD + "helper := 1", "the Rego rules decide nothing", "one of them must be in 'package magi'"),
        (
            HEAD + "deny if 1 > 2",
            "the Rego rules failed: a.rego:5:1: deny is undefined",
            "write 'deny contains …'",
        ),
        (
            HEAD + "deny := 3",
            "'deny' of the Rego rules is no set of at most 1000 decisions",
            "deny contains …",
        ),
        (
            HEAD + NUMBERS.format(1001),
            "'deny' of the Rego rules is no set of at most 1000 decisions",
            "deny contains …",
        ),
        (HEAD + "deny contains 3", "'deny' of the Rego rules holds 3", SHAPE),
        (
            HEAD + 'warn contains {"message": "x", "kind": 3}',
            '\'warn\' of the Rego rules holds {"kind": 3, "message": "x"}',
            SHAPE,
        ),
    ],
    ids=["an error", "no decision", "undefined", "no set", "too many", "no text", "a kind that is no text"],
)
def test_what_is_no_decision_is_refused_with_what_would_do(text: str, message: str, hint: str) -> None:
    with pytest.raises(RegoFailedError) as refused:
        decide({"a.rego": text}, PLAN)
    assert (refused.value.message, refused.value.hint) == (message, hint)


def test_a_failure_of_no_rule_by_itself_is_one_of_the_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decisions, "run_job", lambda _job, _bounds: {"failed": {"": "two rules disagree"}})
    with pytest.raises(RegoFailedError) as refused:
        decide({"a.rego": HEAD + 'deny contains "no"'}, PLAN)
    assert refused.value.message == "the Rego rules failed: the rules: two rules disagree"


def test_as_many_decisions_as_may_be_are_read() -> None:
    assert len(decide({"a.rego": HEAD + NUMBERS.format(1000)}, PLAN).deny) == 1000


def test_a_message_is_one_line_of_at_most_300_characters_and_holds_no_control_character() -> None:
    (one,) = decide({"a.rego": HEAD + 'deny contains "a\\u0007b\\u001b[31mc"\n'}, PLAN).deny
    assert one == Decision("a b [31mc")
    text = "x" * 400
    (one,) = decide({"a.rego": HEAD + f'deny contains "{text}"\n'}, PLAN).deny
    assert one.message == text[:300]


class Started:
    """Notes how a process was to be started, and answers as one would."""

    def __init__(self, code: int = 0, out: str = "", err: str = "") -> None:
        self.code, self.out, self.err = code, out, err
        self.command: list[str] = []
        self.options: dict[str, Any] = {}

    def __call__(self, command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
        self.command, self.options = command, options
        return subprocess.CompletedProcess(command, self.code, self.out, self.err)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Started:
    found = Started(out=f"noise\n{MARK}[1]")
    monkeypatch.setattr(subprocess, "run", found)
    return found


def test_the_process_knows_nothing_of_this_one_and_is_bounded(started: Started) -> None:
    assert engine.run_job({"do": "check"}, Bounds(seconds=2.5, memory=64)) == [1]
    child = Path(engine.__file__).with_name("child.py")
    # A second more of processor time than of the clock: only what outlives its parent is ended by that.
    assert started.command == [sys.executable, "-I", str(child), "3", str(64 * 1024 * 1024)]
    given = started.options
    assert (given["env"], given["cwd"], given["timeout"]) == ({}, "/", 2.5)
    assert (given["check"], given["encoding"], given["errors"]) == (False, "utf-8", "replace")


def test_what_rules_print_is_no_answer(started: Started) -> None:
    started.out = f"{MARK}[0]\n{MARK}[1]"
    assert engine.run_job({"do": "check"}) == [1]


@pytest.mark.parametrize(
    ("code", "out", "err", "message", "hint"),
    [
        (
            -9,
            "",
            "",
            "the Rego rules take more than 64 MiB of memory",
            "have them make smaller sets, arrays and texts, or raise limits.regoMemory",
        ),
        (
            1,
            "",
            "std::bad_alloc",
            "the Rego rules take more than 64 MiB of memory",
            "have them make smaller sets, arrays and texts, or raise limits.regoMemory",
        ),
        (
            1,
            "",
            "MemoryError",
            "the Rego rules take more than 64 MiB of memory",
            "have them make smaller sets, arrays and texts, or raise limits.regoMemory",
        ),
        (-11, "", "", "the engine of the Rego rules crashed", "does a rule call itself?"),
        (1, "", "", "the Rego rules failed: no message", "fix the files in regoFolder"),
        (0, "no mark", "", "the Rego rules failed: no mark", "fix the files in regoFolder"),
        (2, "a\n b", "c" * 400, f"the Rego rules failed: {'c' * 300}", "fix the files in regoFolder"),
    ],
    ids=["killed", "no memory", "no memory for Python", "crashed", "silent", "without an answer", "with a long error"],
)
def test_a_process_without_an_answer_is_explained(
    started: Started, code: int, out: str, err: str, message: str, hint: str
) -> None:
    started.code, started.out, started.err = code, out, err
    with pytest.raises(RegoFailedError) as refused:
        engine.run_job({"do": "check"}, Bounds(memory=64))
    assert (refused.value.message, refused.value.hint) == (message, hint)


def test_a_process_that_takes_too_long_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(command: list[str], **_options: Any) -> subprocess.CompletedProcess[str]:
        raise subprocess.TimeoutExpired(command, 2.5)

    monkeypatch.setattr(subprocess, "run", slow)
    with pytest.raises(RegoFailedError) as refused:
        engine.run_job({"do": "check"}, Bounds(seconds=2.5))
    assert refused.value.message == "the Rego rules take longer than 2.5 seconds"
    assert refused.value.hint == "make them simpler, or raise limits.regoSeconds"
