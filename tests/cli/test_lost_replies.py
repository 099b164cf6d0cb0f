"""At the end an apply says what became of each step whose reply was lost."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from reconciler.cli import exits
from reconciler.cli.lost_replies import LostReplies
from reconciler.model import Action, Done, Key, Outcome, Plan, Report, Result, State, Step, StepFailed, TargetUnknown
from reconciler.targets.memory.driver import MemoryDriver
from tests.cli.labs import Lab

Capture = pytest.CaptureFixture[str]
Answer = Callable[[MemoryDriver, Step, Mapping[Key, str]], Done]
NAME = "shop/web/vm-0"


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    lab = Lab.at(tmp_path, monkeypatch)
    lab.declare("shop")
    return lab


def losing(monkeypatch: pytest.MonkeyPatch, action: Action, *, done: bool, times: int = 1) -> None:
    """The first replies about one machine are lost; ``done``: what was asked for is done all the same."""
    real: Answer = MemoryDriver.carry_out
    left = [times]

    def carry_out(self: MemoryDriver, step: Step, ids: Mapping[Key, str]) -> Done:
        if step.action is action and step.key.name == NAME and left[0]:
            left[0] -= 1
            if done:
                real(self, step, ids)
            raise StepFailed("no answer: the connection was reset", lost=True)
        return real(self, step, ids)

    monkeypatch.setattr(MemoryDriver, "carry_out", carry_out)


@pytest.mark.parametrize(
    ("done", "times", "became"),
    [
        (True, 1, "it exists, and is complete"),
        (False, 1, "it had not been made, a later pass made it, and it is complete"),
        (False, 2, "it had not been made, a later pass made it, and it is complete"),
    ],
)
def test_of_a_create_it_is_said_whether_it_exists(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, capsys: Capture, became: str, times: int, *, done: bool
) -> None:
    losing(monkeypatch, Action.CREATE, done=done, times=times)
    assert lab.run("apply", lab.source, "--yes") == exits.FINE
    line = f"lab0: the reply to 'create machine {NAME}' was lost: {became}"
    assert [one for one in capsys.readouterr().out.splitlines() if "was lost" in one] == [line]


def test_of_a_delete_it_is_said_that_it_is_gone(lab: Lab, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    lab.apply()
    losing(monkeypatch, Action.DELETE, done=True)
    capsys.readouterr()
    assert lab.run("destroy", "shop", lab.source, "--yes", "-o", "json") == exits.FINE
    assert json.loads(capsys.readouterr().out)["lostReplies"] == [
        {"vim": "lab0", "step": f"delete machine {NAME}", "became": "it is gone"}
    ]


def test_where_no_reply_was_lost_nothing_is_said(lab: Lab, capsys: Capture) -> None:
    lab.apply()
    assert "was lost" not in capsys.readouterr().out


KEY = Key("lab", "machine", NAME)


def report(state: State | None = None, *outcomes: Outcome, error: TargetUnknown | None = None) -> Report:
    plan = None if error else Plan("lab", {}, {})
    return Report("lab", "", 0.0, 0.0, (), plan, outcomes, error=error, states={} if state is None else {KEY: state})


def became(action: Action, last: Report, *, left: bool | None) -> str:
    """What is said of a lost step. ``left``: whether the next plan had it still; None: there was no other plan."""
    step = Step(action, KEY)
    replies = LostReplies()
    replies.planned(Plan("lab", {step.id: step}, {}))
    replies.stepped("lab", Outcome(step, Result.FAILED, "no answer", again=True, lost=True))
    if left is not None:
        replies.planned(Plan("lab", {step.id: step} if left else {}, {}))
    (reply,) = replies.replies({"lab": last})
    return reply.became


DOWN = TargetUnknown("VIM lab can't be observed")


@pytest.mark.parametrize(
    ("action", "left", "last", "words"),
    [
        (Action.CREATE, False, report(State.BUILDING), "it exists, and is still being built"),
        (Action.CREATE, False, report(State.ERROR), "it exists, and is in state error"),
        (Action.CREATE, False, report(error=DOWN), "it exists, and was not observed since"),
        (Action.CREATE, True, report(error=DOWN), "it was not done"),
        (Action.CREATE, None, report(error=DOWN), "what became of it is not known: 'magi plan' shows it"),
        (Action.DELETE, False, report(State.DELETING), "it is still being deleted"),
        (Action.DELETE, True, report(), "it had not been done, a later pass did it: it is gone"),
        (Action.UPDATE, False, report(State.READY), "it was done"),
        (Action.UPDATE, True, report(State.READY), "it had not been done, a later pass did it"),
    ],
)
def test_what_is_said_follows_from_the_observations_after_it(
    action: Action, left: bool | None, last: Report, words: str
) -> None:
    assert became(action, last, left=left) == words


def test_what_a_later_pass_could_not_do_either_was_not_done() -> None:
    refused = Outcome(Step(Action.CREATE, KEY), Result.FAILED, "403: no")
    assert became(Action.CREATE, report(None, refused), left=True) == "it was not done"
