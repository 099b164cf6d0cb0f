"""Walking a plan: order, parallel limit, failures that keep back only what waits for them."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import pytest

from reconciler.applying import BUILDING_AGAIN, apply, path_lengths
from reconciler.model import Action, Done, Key, Outcome, Result, Step, StepFailed, StepId, World
from tests.plan_of import plan_of
from tests.waiting import PATIENCE
from tests.worlds import TARGET, MemoryTarget, ThingSpec, catalog_of, key

EMPTY = World(TARGET, {}, {})


def walk(target: MemoryTarget, desired: dict[str, ThingSpec], workers: int = 4) -> dict[str, Outcome]:
    world = target.observe()
    plan = plan_of(catalog_of(desired), world)
    return {
        outcome.step.key.name.removeprefix("svc/"): outcome for outcome in apply(plan, world, target, workers=workers)
    }


def test_a_failure_skips_only_what_depends_on_it_and_says_so() -> None:
    target = MemoryTarget(lambda step: "refuse" if step.key == key("0/a") else None)
    outcomes = walk(
        target,
        {
            "0/a": ThingSpec(),
            "0/b": ThingSpec(),
            "1/a": ThingSpec(base=(key("0/a"),)),
            "1/b": ThingSpec(base=(key("0/b"),)),
        },
    )
    assert {name: outcome.result for name, outcome in outcomes.items()} == {
        "0/a": Result.FAILED,
        "0/b": Result.DONE,
        "1/a": Result.SKIPPED,
        "1/b": Result.DONE,
    }
    assert outcomes["1/a"].reason == "waits for 'create level0 svc/0/a', which failed"
    assert outcomes["1/a"].again


def test_what_can_only_be_fixed_in_git_is_not_tried_again() -> None:
    class Refusing(MemoryTarget):
        def carry_out(self, step: Step, ids: Mapping[Key, str]) -> Done:
            raise StepFailed("400: no", terminal=True)

    outcomes = walk(Refusing(), {"0/a": ThingSpec(), "1/a": ThingSpec(base=(key("0/a"),))})
    assert [outcome.again for outcome in outcomes.values()] == [False, False]


def test_a_defect_in_a_driver_is_the_failure_of_one_step(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(MemoryTarget):
        def carry_out(self, step: Step, ids: Mapping[Key, str]) -> Done:
            if step.key == key("0/a"):
                raise ZeroDivisionError
            return super().carry_out(step, ids)

    outcomes = walk(Broken(), {"0/a": ThingSpec(), "0/b": ThingSpec()})
    assert (outcomes["0/a"].result, outcomes["0/b"].result) == (Result.FAILED, Result.DONE)
    assert outcomes["0/a"].reason == "a defect in Magi; its log has the details"
    assert "step broke" in caplog.text


def test_what_waits_for_a_slow_delete_is_left_to_the_next_observation() -> None:
    target = MemoryTarget(slow_deletes=1)
    walk(target, {"0/a": ThingSpec(), "1/a": ThingSpec(base=(key("0/a"),))})
    outcomes = walk(target, {})
    assert outcomes["1/a"].result is Result.PENDING
    assert outcomes["0/a"].result is Result.SKIPPED
    assert outcomes["0/a"].retry_after == BUILDING_AGAIN


@pytest.mark.parametrize("allowed", [3, 40])
def test_never_more_calls_at_once_than_allowed_and_as_many_as_there_is_work_for(allowed: int) -> None:
    class Counting(MemoryTarget):
        running = most = 0
        lock = threading.Lock()
        together = threading.Barrier(allowed, timeout=PATIENCE)

        def carry_out(self, step: Step, ids: Mapping[Key, str]) -> Done:
            with self.lock:
                self.running += 1
                self.most = max(self.most, self.running)
            # Passes only when so many calls run at the same time.
            self.together.wait()
            with self.lock:
                self.running -= 1
                return super().carry_out(step, ids)

    target = Counting()
    walk(target, {f"0/{number}": ThingSpec() for number in range(3 * allowed)}, workers=allowed)
    assert target.most == allowed


def test_the_longest_way_goes_first() -> None:
    desired = {"0/z": ThingSpec(), "1/z": ThingSpec(base=(key("0/z"),)), "0/a": ThingSpec(), "0/b": ThingSpec()}
    plan = plan_of(catalog_of(desired), EMPTY)
    lengths = path_lengths(plan)
    assert lengths[StepId(Action.CREATE, key("0/z"))] == 2
    target = MemoryTarget()
    list(apply(plan, EMPTY, target, workers=1))
    assert target.calls[0].key == key("0/z")


def test_once_stopping_nothing_new_starts() -> None:
    target = MemoryTarget()
    plan = plan_of(catalog_of({f"0/{number}": ThingSpec() for number in range(5)}), EMPTY)
    outcomes = list(apply(plan, EMPTY, target, workers=1, stopping=lambda: len(target.calls) >= 2))
    assert [outcome.result for outcome in outcomes].count(Result.DONE) == 2
    assert {outcome.reason for outcome in outcomes if outcome.result is Result.SKIPPED} == {
        "the pass was ended: Magi stops, or a newer commit came"
    }
    assert len(outcomes) == 5


def test_a_target_that_must_not_be_written_to_is_not_from_that_moment_on() -> None:
    target = MemoryTarget()
    plan = plan_of(catalog_of({f"0/{number}": ThingSpec() for number in range(5)}), EMPTY)
    refusal = lambda: "the lease is over" if len(target.calls) >= 2 else ""  # noqa: E731
    outcomes = list(apply(plan, EMPTY, target, workers=1, refusal=refusal))
    assert len(target.calls) == 2
    skipped = [outcome for outcome in outcomes if outcome.result is Result.SKIPPED]
    assert {(outcome.reason, outcome.again) for outcome in skipped} == {
        ("nothing is written here now: the lease is over", True)
    }
    assert len(skipped) == 3


def test_an_update_reaches_the_id_that_was_made_in_the_same_walk() -> None:
    target = MemoryTarget()
    walk(target, {"1/a": ThingSpec()})
    walk(target, {"0/a": ThingSpec(), "1/a": ThingSpec(uses=(key("0/a"),))})
    spec = target.observe().observed[key("1/a")].spec
    assert list(spec.refs()) == [key("0/a")]


def test_what_the_target_builds_for_long_is_asked_for_first() -> None:
    @dataclass(frozen=True, slots=True)
    class BuildingSpec(ThingSpec):
        building: ClassVar[int] = 20

    desired = {"0/a": ThingSpec(), "1/a": ThingSpec(base=(key("0/a"),)), "0/z": BuildingSpec()}
    target = MemoryTarget()
    list(apply(plan_of(catalog_of(desired), EMPTY), EMPTY, target, workers=1))
    assert target.calls[0].key == key("0/z")
