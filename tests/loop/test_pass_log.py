"""A step that ran is logged as it ends, with its time; one that did not start only when that changes."""

from __future__ import annotations

import logging

import pytest

from reconciler.loop.pass_log import PassLog
from reconciler.model import BlockReason, Outcome, Result
from tests.metrics.reports import outcome, report, unknown

GUARDED = outcome("vcpe/a", result=Result.BLOCKED, blocked=BlockReason.CONSENT)


@pytest.fixture(autouse=True)
def _from_info_on(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "reconciler")


def one_pass(passes: PassLog, *outcomes: Outcome) -> None:
    for one in outcomes:
        passes.stepped("paris", one)
    passes.passed(report(["vcpe"], *outcomes))


def logged(caplog: pytest.LogCaptureFixture) -> list[str]:
    found = [record.getMessage() for record in caplog.records]
    caplog.clear()
    return found


def test_a_blocked_step_is_logged_once_over_many_passes(caplog: pytest.LogCaptureFixture) -> None:
    passes = PassLog()
    for _ in range(50):
        one_pass(passes, GUARDED)
    assert logged(caplog) == ["step not started", "pass done"]
    one_pass(passes, outcome("vcpe/a", result=Result.BLOCKED, blocked=BlockReason.PRUNE))
    assert logged(caplog) == ["step not started", "pass done"]
    one_pass(passes)
    assert logged(caplog) == ["pass done"]
    one_pass(passes)
    assert logged(caplog) == []


def test_a_reason_that_counts_down_is_no_change(caplog: pytest.LogCaptureFixture) -> None:
    passes = PassLog()
    for minutes in range(9, 0, -1):
        fight = outcome("vcpe/a", result=Result.BLOCKED, blocked=BlockReason.FIGHT)
        one_pass(passes, Outcome(fight.step, fight.result, f"tried again in {minutes} min"))
    assert logged(caplog) == ["step not started", "pass done"]


def test_each_step_that_ran_is_logged_with_its_own_seconds(caplog: pytest.LogCaptureFixture) -> None:
    done = outcome("vcpe/a")
    passes = PassLog()
    for _ in range(2):
        one_pass(passes, Outcome(done.step, Result.DONE, seconds=1.23456), outcome("vcpe/b", result=Result.FAILED))
    ended = [record for record in caplog.records if record.getMessage() == "step ended"]
    assert [record.__dict__["seconds"] for record in ended] == [1.235, 1.235]
    assert logged(caplog) == ["step ended", "step failed", "pass done"] * 2


def test_an_outage_is_logged_once_and_changes_nothing_of_what_is_blocked(caplog: pytest.LogCaptureFixture) -> None:
    passes = PassLog()
    one_pass(passes, GUARDED)
    logged(caplog)
    for _ in range(10):
        passes.passed(unknown())
    assert logged(caplog) == ["vim can't be observed"]
    one_pass(passes, GUARDED)
    assert logged(caplog) == ["pass done"]
