"""A step that failed waits, longer each time, while everything else of its VIM goes on."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace

import pytest

from reconciler.loop.pass_context import Board, PassContext
from reconciler.loop.retries import Retries
from reconciler.model import (
    PROGRESS_OF_BLOCK,
    Action,
    BlockReason,
    Circumstances,
    Desired,
    Key,
    Observed,
    Outcome,
    Result,
    State,
    Step,
    StepId,
)
from tests.loop.memory import catalog
from tests.plan_of import plan_of
from tests.planning.instances import world as instances_world
from tests.worlds import PLACE, TARGET, MemoryTarget, ThingSpec, key

A, B = key("0/a"), key("0/b")
SPEC = ThingSpec()
DESIRED = {name: Desired(name, SPEC, PLACE) for name in (A, B)}


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def longest(monkeypatch: pytest.MonkeyPatch) -> None:
    """The dice at their highest."""
    monkeypatch.setattr(random, "uniform", lambda _low, high: high)


def outcome(
    result: Result = Result.FAILED,
    name: Key = A,
    *,
    again: bool = True,
    retry_after: float | None = None,
    rejected: bool = False,
    there: Observed | None = None,
) -> Outcome:
    step = Step(Action.CREATE, name, DESIRED[name], there)
    return Outcome(step, result, "503", again, retry_after, rejected)


def waiting(
    retries: Retries, desired: Mapping[Key, Desired] = DESIRED, observed: Mapping[Key, Observed] | None = None
) -> set[Key]:
    return {step_id.key for step_id in retries.waiting(desired, observed or {})}


def test_it_waits_twice_as_long_each_time_up_to_a_limit() -> None:
    clock = Clock()
    retries = Retries(clock, lambda: 20.0)
    pauses = []
    for _ in range(6):
        retries.note([outcome()])
        pause = retries.soonest()
        assert pause is not None
        pauses.append(pause)
        clock.now += pause
        assert waiting(retries) == set()
    assert pauses == [2, 4, 8, 16, 20, 20]


def test_others_are_not_kept_waiting() -> None:
    retries = Retries(Clock(), lambda: 20.0)
    retries.note([outcome(), outcome(Result.DONE, B)])
    assert waiting(retries) == {A}


def test_success_ends_it() -> None:
    clock = Clock()
    retries = Retries(clock, lambda: 20.0)
    retries.note([outcome()])
    retries.note([outcome(Result.DONE)])
    assert (waiting(retries), retries.soonest()) == (set(), None)
    retries.note([outcome()])
    assert retries.soonest() == 2


def test_something_new_in_git_ends_it() -> None:
    retries = Retries(Clock(), lambda: 20.0)
    retries.note([outcome()])
    assert waiting(retries, {A: Desired(A, ThingSpec(size=2), PLACE)}) == set()
    retries.note([outcome()])
    assert waiting(retries, {}) == set()


def test_what_only_git_or_the_cloud_can_fix_is_tried_as_seldom_as_may_be() -> None:
    retries = Retries(Clock(), lambda: 600.0)
    retries.note([outcome(again=False)])
    assert retries.soonest() == 600


def test_what_the_cloud_finds_wrong_is_tried_ever_less_often() -> None:
    clock = Clock()
    retries = Retries(clock, lambda: 600.0)
    pauses = []
    for _ in range(12):
        retries.note([outcome(again=False, rejected=True)])
        pause = retries.soonest()
        assert pause is not None
        pauses.append(pause)
        clock.now += pause
    assert pauses[:4] == [600, 1200, 2400, 4800]
    assert pauses[-2:] == [24 * 3600.0] * 2


def test_something_new_in_the_cloud_ends_it() -> None:
    old = Observed(A, ThingSpec(size=3), "1")
    retries = Retries(Clock(), lambda: 600.0)
    retries.note([outcome(again=False, rejected=True, there=old)])
    assert waiting(retries, observed={A: old}) == {A}
    assert waiting(retries, observed={A: replace(old, state=State.ERROR)}) == set()


def test_the_time_that_a_cloud_asks_for_is_kept_up_to_the_limit() -> None:
    retries = Retries(Clock(), lambda: 60.0)
    retries.note([outcome(retry_after=30.0)])
    assert retries.soonest() == 30
    retries.note([outcome(retry_after=3600.0)])
    assert retries.soonest() == 60


def test_what_is_planned_no_more_is_forgotten() -> None:
    retries = Retries(Clock(), lambda: 60.0)
    retries.note([outcome(), outcome(name=B)])
    retries.keep({StepId(Action.CREATE, B)})
    assert waiting(retries) == {B}


def test_the_plan_holds_what_waits_and_what_depends_on_it_but_nothing_else() -> None:
    failed = Circumstances(failed={StepId(Action.CREATE, A): "503"})
    plan = plan_of(DESIRED, instances_world(), circumstances=failed)
    assert {step.key: (step.blocked, step.reason) for step in plan.steps.values()} == {
        A: (BlockReason.FAILED, "503"),
        B: (None, ""),
    }
    assert not PROGRESS_OF_BLOCK[BlockReason.FAILED].by_itself
    assert not BlockReason.FAILED.is_approvable


def test_what_is_blocked_for_another_reason_says_that() -> None:
    failed = Circumstances(failed={StepId(Action.CREATE, A): "503"})
    plan = plan_of(DESIRED, instances_world(), suspended={A.service}, circumstances=failed)
    assert {step.blocked for step in plan.steps.values()} == {BlockReason.SUSPENDED}


def test_passes_of_a_person_wait_for_nothing() -> None:
    context = PassContext(TARGET, Board(), detects_drift=False)
    context.note([outcome()])
    driver = MemoryTarget()
    around = context.examine(catalog({"0/a": SPEC}), driver.observe())
    assert (around.failed, context.next_try()) == ({}, None)


def test_passes_of_a_person_do_not_try_again_what_the_target_finds_wrong() -> None:
    context = PassContext(TARGET, Board(), detects_drift=False)
    context.note([outcome(again=False, rejected=True)])
    around = context.examine(catalog({"0/a": SPEC}), MemoryTarget().observe())
    assert around.failed == {StepId(Action.CREATE, A): "503"}
    assert context.next_try() is None


def test_whoever_asks_for_it_has_everything_tried_at_once() -> None:
    context = PassContext(TARGET, Board(), clock=Clock(), longest=lambda: 600.0)
    context.note([outcome()])
    assert context.next_try() == 2
    context.try_again()
    assert context.next_try() is None
