"""What an Outcome says of a step that did not start, is unfinished or failed, and what drivers and traces are given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from typing import ClassVar

import pytest

from reconciler.applying import BUILDING_AGAIN, apply, path_lengths
from reconciler.model import (
    Action,
    BlockReason,
    Desired,
    Done,
    Key,
    Observed,
    Outcome,
    Plan,
    Policy,
    Result,
    Step,
    StepFailed,
    StepId,
    World,
    Writer,
)
from reconciler.tracing import Tracer, bound
from tests.plan_of import plan_of
from tests.worlds import PLACE, TARGET, MemoryTarget, ThingSpec, catalog_of, key

EMPTY = World(TARGET, {}, {})
A, B = key("0/a"), key("1/b")
CHAIN = catalog_of({"0/a": ThingSpec(), "1/b": ThingSpec(base=(A,))})


class Answering(MemoryTarget):
    """Answers each create with what it is made with."""

    def __init__(self, answer: Done | Exception) -> None:
        super().__init__()
        self.answer = answer
        self.given: list[tuple[Step, Mapping[Key, str]]] = []
        self.pairs: list[Mapping[str, object]] = []

    def carry_out(self, step: Step, ids: Mapping[Key, str]) -> Done:
        self.given.append((step, dict(ids)))
        self.pairs.append(bound())
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def outcomes(plan: Plan, target: MemoryTarget, world: World = EMPTY) -> list[Outcome]:
    return list(apply(plan, world, target, workers=1))


def chain(answer: Done | Exception) -> list[Outcome]:
    return outcomes(plan_of(CHAIN, EMPTY), Answering(answer))


def test_a_step_is_timed_by_itself_and_one_that_does_not_start_takes_none() -> None:
    made = plan_of(CHAIN, EMPTY)
    steps = {one.id: replace(one, blocked=BlockReason.CONSENT) if one.key == B else one for one in made.steps.values()}
    ticks = count(0.0, 5.0)
    found = apply(replace(made, steps=steps), EMPTY, MemoryTarget(), workers=1, clock=lambda: next(ticks))
    assert {one.step.key: one.seconds for one in found} == {A: 5.0, B: 0.0}


def test_a_refusal_has_all_that_the_driver_said_of_it() -> None:
    refused = StepFailed("403: no", terminal=True, rejected=True, retry_after=7.0)
    first, second = chain(refused)
    assert first == Outcome(first.step, Result.FAILED, "403: no", again=False, retry_after=7.0, rejected=True)
    assert second == Outcome(
        second.step, Result.SKIPPED, "waits for 'create level0 svc/0/a', which failed", again=False, retry_after=7.0
    )


def test_a_defect_is_worth_another_pass() -> None:
    first, second = chain(ZeroDivisionError())
    assert first == Outcome(first.step, Result.FAILED, "a defect in Magi; its log has the details", again=True)
    assert second.again


def test_what_the_target_says_is_done_already_is_checked_again_soon() -> None:
    first, second = chain(Done(claim="409: exists"))
    reason = "the target says that this is so already (409: exists): the next observation shows"
    assert first == Outcome(first.step, Result.PENDING, reason, again=True, retry_after=BUILDING_AGAIN)
    assert second == Outcome(
        second.step,
        Result.SKIPPED,
        "waits for 'create level0 svc/0/a', which is still being carried out",
        again=True,
        retry_after=BUILDING_AGAIN,
    )


def test_a_create_that_builds_is_done_and_can_be_referred_to() -> None:
    first, second = chain(Done("id-a", pending=True))
    reason = "the target is still at it"
    assert first == Outcome(first.step, Result.DONE, reason, again=True, retry_after=BUILDING_AGAIN)
    assert second.result is Result.DONE


def test_what_needs_a_finished_resource_waits_while_it_builds() -> None:
    @dataclass(frozen=True, slots=True)
    class SlowSpec(ThingSpec):
        used_when_ready: ClassVar[bool] = True

    desired = CHAIN | {A: Desired(A, SlowSpec(), PLACE)}
    plan = plan_of(desired, EMPTY)
    first, second = outcomes(plan, Answering(Done("id-a", pending=True)))
    assert (first.result, second.result) == (Result.DONE, Result.SKIPPED)
    assert second.reason == "waits for 'create level0 svc/0/a', which is still being carried out"
    assert (second.again, second.retry_after) == (True, BUILDING_AGAIN)
    assert [one.result for one in outcomes(plan, Answering(Done("id-a")))] == [Result.DONE, Result.DONE]


def test_an_update_that_the_target_is_still_at_is_pending() -> None:
    there = World(TARGET, {A: Observed(A, ThingSpec(size=1), "id-a")}, {})
    (one,) = outcomes(plan_of({A: CHAIN[A]}, there), Answering(Done(pending=True)), there)
    assert one.result is Result.PENDING


@pytest.mark.parametrize(
    ("guard", "again", "retry_after"), [(BlockReason.PRUNE, False, None), (BlockReason.BUILDING, True, BUILDING_AGAIN)]
)
def test_a_blocked_step_is_tried_again_if_its_reason_passes(
    guard: BlockReason, again: bool, retry_after: float | None
) -> None:
    plan = plan_of(CHAIN, EMPTY)
    first = StepId(Action.CREATE, A)
    blocked = replace(plan, steps={**plan.steps, first: replace(plan.steps[first], blocked=guard, reason="why")})
    target = MemoryTarget()
    one, two = outcomes(blocked, target)
    assert one == Outcome(blocked.steps[first], Result.BLOCKED, "why", again=again, retry_after=retry_after)
    reported = f"waits for 'create level0 svc/0/a', which is blocked: {guard}"
    assert two == Outcome(plan.steps[StepId(Action.CREATE, B)], Result.SKIPPED, reported, again, retry_after)
    assert target.calls == []


def test_what_waits_for_a_skipped_step_is_skipped_too() -> None:
    desired = CHAIN | catalog_of({"2/c": ThingSpec(base=(B,))})
    *_, last = outcomes(plan_of(desired, EMPTY), Answering(StepFailed("503")))
    assert last.reason == "waits for 'create level1 svc/1/b', which was skipped"


def test_a_pass_that_is_ended_is_worth_another_one() -> None:
    plan = plan_of({A: CHAIN[A]}, EMPTY)
    (one,) = apply(plan, EMPTY, MemoryTarget(), workers=1, stopping=lambda: True)
    assert one == Outcome(
        plan.steps[StepId(Action.CREATE, A)],
        Result.SKIPPED,
        "the pass was ended: Magi stops, or a newer commit came",
        again=True,
    )


def test_a_driver_gets_the_writer_and_the_ids_of_what_exists_and_of_what_was_created() -> None:
    image, twin, mine = Key(TARGET, "image", "debian"), Key(TARGET, "image", "twin"), key("0/z")
    there = World(
        TARGET, {mine: Observed(mine, ThingSpec(), "id-z")}, {image: ("i-1",), twin: ("i-2", "i-3"), mine: ("i-4",)}
    )
    writer = Writer(1, 2, "0000000a")
    target = Answering(Done("id-new"))
    plan = plan_of(CHAIN | catalog_of({"0/z": ThingSpec()}), there)
    list(apply(plan, there, target, workers=1, writer=writer))
    (first, before), (_, after) = target.given
    assert first.writer == writer
    assert before == {image: "i-1", mine: "id-z"}
    assert after == {**before, A: "id-new"}


def test_log_lines_of_a_step_say_where_it_is_and_what_it_does() -> None:
    target = Answering(Done("id-new"))
    outcomes(plan_of({A: CHAIN[A]}, EMPTY), target)
    assert target.pairs == [
        {"vim": TARGET, "service": "svc", "action": "create", "kind": "level0", "key": "level0 svc/0/a"}
    ]


@dataclass
class Recorded:
    """A tracer that keeps what it gets, and is its own span."""

    names: list[tuple[str, Mapping[str, object]]] = field(default_factory=list)
    reported: list[Mapping[str, object]] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    @contextmanager
    def span(self, name: str, pairs: Mapping[str, object]) -> Iterator[Recorded]:
        self.names.append((name, pairs))
        yield self

    def set_attributes(self, **pairs: object) -> None:
        self.reported.append(pairs)

    def fail(self, reason: str) -> None:
        self.failures.append(reason)


def traced(plan: Plan, target: MemoryTarget, world: World = EMPTY) -> Recorded:
    found = Recorded()
    tracer: Tracer = found  # type: ignore[assignment]  # only what a walk uses
    list(apply(plan, world, target, workers=1, tracer=tracer))
    return found


def test_each_step_has_a_span_with_its_result_also_one_that_did_not_start() -> None:
    found = traced(plan_of(CHAIN, EMPTY), Answering(StepFailed("503")))
    assert [(name, pairs["kind"], pairs["action"]) for name, pairs in found.names] == [
        ("step", "level0", "create"),
        ("step", "level1", "create"),
    ]
    assert found.reported == [
        {"result": "failed", "reason": "503"},
        {"result": "skipped", "reason": "waits for 'create level0 svc/0/a', which failed"},
    ]
    assert found.failures == ["503"]


def test_the_span_of_a_step_that_is_done_has_not_failed() -> None:
    found = traced(plan_of({A: CHAIN[A]}, EMPTY), MemoryTarget())
    assert found.reported == [{"result": "done", "reason": ""}]
    assert found.failures == []


def test_a_path_counts_its_steps_and_what_the_target_builds_on_creates_only() -> None:
    @dataclass(frozen=True, slots=True)
    class BuildingSpec(ThingSpec):
        building: ClassVar[int] = 20

    desired = CHAIN | {B: Desired(B, BuildingSpec(base=(A,)), PLACE)}
    lengths = path_lengths(plan_of(desired, EMPTY))
    assert lengths == {StepId(Action.CREATE, A): 22, StepId(Action.CREATE, B): 21}
    there = World(TARGET, {B: Observed(B, BuildingSpec(size=1), "id-b")}, {})
    assert path_lengths(plan_of({B: Desired(B, BuildingSpec(), PLACE)}, there)) == {StepId(Action.UPDATE, B): 1}
    assert path_lengths(plan_of({}, there, Policy())) == {StepId(Action.DELETE, B): 1}


def test_of_paths_as_long_as_each_other_the_first_of_the_plan_goes_first() -> None:
    target = MemoryTarget()
    plan = plan_of(catalog_of({f"0/{name}": ThingSpec() for name in "cba"}), EMPTY)
    outcomes(plan, target)
    assert [step.id for step in target.calls] == list(plan.steps)


def test_threads_of_a_walk_are_named_after_its_target(caplog: pytest.LogCaptureFixture) -> None:
    chain(ZeroDivisionError())
    (record,) = [one for one in caplog.records if one.getMessage() == "step broke"]
    assert str(record.threadName).startswith("apply-paris")
