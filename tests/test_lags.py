"""Why a service does not match Git: people mean it, it is on its way, or something fails."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from reconciler.model import (
    PROGRESS_OF_BLOCK,
    Action,
    BlockReason,
    Catalog,
    Key,
    Lag,
    Observed,
    Outcome,
    Plan,
    Result,
    State,
    Step,
    TargetUnknown,
    World,
)
from reconciler.reporting.status import report_unknown, services_of
from tests.loop.memory import catalog
from tests.worlds import TARGET, ThingSpec, key

DESIRED = catalog({"0/a": ThingSpec(), "1/b": ThingSpec()})
FAILURES = {
    BlockReason.REFUSED,
    BlockReason.MISSING,
    BlockReason.CLAIMED,
    BlockReason.FIGHT,
    BlockReason.FAILED,
    BlockReason.CIRCLE,
    BlockReason.CONTESTED,
}
MOVES = {BlockReason.DELETING, BlockReason.BUILDING, BlockReason.TURN}


def suspended() -> Catalog:
    return replace(DESIRED, services={"svc": replace(DESIRED.services["svc"], suspended=True)})


def lag(
    *outcomes: Outcome,
    desired: Catalog = DESIRED,
    state: State = State.READY,
    uncompared: Mapping[Key, str] | None = None,
) -> Lag:
    steps = {one.step.id: one.step for one in outcomes}
    plan = Plan(TARGET, steps, {one: frozenset() for one in steps}, uncompared or {})
    world = World(TARGET, {key("0/a"): Observed(key("0/a"), ThingSpec(), "1", state)}, {})
    (status,) = services_of(desired, world, plan, outcomes)
    return status.lag


def left(result: Result, blocked: BlockReason | None = None, *, again: bool = False, name: str = "1/b") -> Outcome:
    return Outcome(Step(Action.CREATE, key(name), blocked=blocked), result, "because", again)


def test_a_service_that_is_what_git_declares_lags_behind_nothing() -> None:
    assert lag() is Lag.NONE
    assert lag(left(Result.DONE)) is Lag.NONE


@pytest.mark.parametrize("guard", BlockReason)
def test_blocked_steps_are_a_failure_only_where_no_one_means_them_and_they_do_not_pass(guard: BlockReason) -> None:
    expected = Lag.FAILURE if guard in FAILURES else Lag.CHANGING if guard in MOVES else Lag.MEANT
    assert lag(left(Result.BLOCKED, guard, again=PROGRESS_OF_BLOCK[guard].by_itself)) is expected


def test_a_step_that_failed_is_a_failure_whatever_else_is_meant() -> None:
    assert lag(left(Result.BLOCKED, BlockReason.CONSENT), left(Result.FAILED, name="0/a")) is Lag.FAILURE


def test_what_waits_for_a_step_that_is_blocked_is_meant_as_that_is() -> None:
    assert lag(left(Result.BLOCKED, BlockReason.WINDOW, name="0/a"), left(Result.SKIPPED)) is Lag.MEANT
    assert lag(left(Result.BLOCKED, BlockReason.MISSING, name="0/a"), left(Result.SKIPPED)) is Lag.FAILURE


def test_what_is_carried_out_or_built_changes() -> None:
    assert lag(left(Result.PENDING, again=True)) is Lag.CHANGING
    assert lag(left(Result.SKIPPED, again=True)) is Lag.CHANGING
    assert lag(state=State.BUILDING) is Lag.CHANGING


def test_what_can_t_be_compared_is_a_failure() -> None:
    assert lag(uncompared={key("0/a"): "its secret is not available"}) is Lag.FAILURE


@pytest.mark.parametrize("result", [Result.FAILED, Result.BLOCKED])
def test_nothing_of_a_suspended_service_is_a_failure(result: Result) -> None:
    assert (
        lag(left(result, BlockReason.SUSPENDED if result is Result.BLOCKED else None), desired=suspended()) is Lag.MEANT
    )
    assert lag(state=State.BUILDING, desired=suspended()) is Lag.NONE


def test_a_vim_that_can_t_be_observed_is_a_failure_of_what_is_not_suspended() -> None:
    def unknown(desired: Catalog) -> Lag:
        (status,) = report_unknown(desired, TARGET, TargetUnknown("gone"), started=0.0, seconds=0.0).services
        return status.lag

    assert unknown(DESIRED) is Lag.FAILURE
    assert unknown(suspended()) is Lag.MEANT
    assert unknown(replace(DESIRED, targets={TARGET: replace(DESIRED.targets[TARGET], suspended=True)})) is Lag.MEANT
