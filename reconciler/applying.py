"""Walks a Plan: every step as soon as what goes before it is done, several at once, one Outcome each.

No rollback and no waiting for the target: what is not finished is reported, and the next pass observes again.
"""

from __future__ import annotations

import heapq
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from graphlib import TopologicalSorter
from queue import SimpleQueue
from types import MappingProxyType

from reconciler.model import (
    NOT_WRITTEN,
    Action,
    Done,
    Driver,
    Key,
    Outcome,
    Plan,
    Result,
    Step,
    StepFailed,
    StepId,
    World,
    Writer,
    step_progress_of,
)
from reconciler.tracing import UNTRACED, Span, Tracer, about, carried

log = logging.getLogger(__name__)

BUILDING_AGAIN = 0.25
"""Seconds after which something that the target was just asked for is worth another observation."""


def apply(
    plan: Plan,
    world: World,
    driver: Driver,
    *,
    workers: int,
    stopping: Callable[[], bool] = lambda: False,
    refusal: Callable[[], str] = lambda: "",
    started: Callable[[Step], None] = lambda _: None,
    tracer: Tracer = UNTRACED,
    writer: Writer | None = None,
    elsewhere: Mapping[Key, str] = MappingProxyType({}),
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Outcome]:
    """Carries out the plan with ``workers`` parallel calls; yields each Outcome as it is known.

    A step that fails, is blocked or is unfinished keeps back only what waits for it. Once ``stopping`` answers True no
    new step starts; those that run are finished. ``refusal`` is asked right before each step: while it says why
    the target must not be written to, none starts. Steps with the longest way behind them start first.
    ``started`` gets each step whose call begins. ``writer`` is who makes what is made. ``elsewhere``: the ids of what
    is on other targets, to refer to.
    ``clock``: monotonic seconds, by which each step is timed.
    """
    ids = {**elsewhere, **_ids(world)}
    weights = path_lengths(plan)
    sorter = TopologicalSorter(plan.waits)
    sorter.prepare()
    not_done: dict[StepId, Outcome] = {}
    ready: list[tuple[int, int, StepId]] = []
    finished: SimpleQueue[tuple[StepId, Outcome, Done | None]] = SimpleQueue()
    running = 0
    count = 0

    def settle(outcome: Outcome) -> Outcome:
        if outcome.result is not Result.DONE:
            not_done[outcome.step.id] = outcome
        sorter.done(outcome.step.id)
        return outcome

    with ThreadPoolExecutor(workers, thread_name_prefix=f"apply-{plan.target}") as pool:
        while sorter.is_active():
            for step_id in sorter.get_ready():
                heapq.heappush(ready, (-weights[step_id], count, step_id))
                count += 1
            while ready and running < workers:
                step = plan.steps[heapq.heappop(ready)[2]]
                outcome = _before_starting(step, plan, not_done, stopping, refusal)
                if outcome:
                    with tracer.span("step", _pairs(step)) as span:
                        _record(span, outcome)
                    yield settle(outcome)
                else:
                    started(step)
                    pool.submit(
                        carried(partial(_carry_out, replace(step, writer=writer), driver, ids, finished, tracer, clock))
                    )
                    running += 1
            if running:
                step_id, outcome, done = finished.get()
                running -= 1
                if done and done.id:
                    ids[step_id.key] = done.id
                yield settle(outcome)
                if done and done.pending and outcome.result is Result.DONE and _used_when_ready(outcome.step):
                    not_done[step_id] = replace(outcome, result=Result.PENDING)


def path_lengths(plan: Plan) -> Mapping[StepId, int]:
    """For each step the length of the longest way that starts with it: its steps, and what the target builds after."""
    behind: dict[StepId, list[StepId]] = {step_id: [] for step_id in plan.steps}
    for step_id, others in plan.waits.items():
        for other in others:
            behind[other].append(step_id)
    lengths: dict[StepId, int] = {}
    for step_id in reversed(tuple(TopologicalSorter(plan.waits).static_order())):
        lengths[step_id] = _length(plan.steps[step_id]) + max((lengths[later] for later in behind[step_id]), default=0)
    return lengths


def _length(step: Step) -> int:
    return 1 + (step.desired.spec.building if step.action is Action.CREATE and step.desired else 0)


def _ids(world: World) -> dict[Key, str]:
    ids = {key: found[0] for key, found in world.existing.items() if len(found) == 1}
    ids.update((key, observed.id) for key, observed in world.observed.items())
    return ids


def _before_starting(
    step: Step,
    plan: Plan,
    not_done: Mapping[StepId, Outcome],
    stopping: Callable[[], bool],
    refusal: Callable[[], str],
) -> Outcome | None:
    """The Outcome of a step that does not start at all."""
    if step.blocked:
        again = step_progress_of(step).by_itself
        return Outcome(step, Result.BLOCKED, step.reason, again, BUILDING_AGAIN if again else None)
    for other in sorted(plan.waits[step.id]):
        before = not_done.get(other)
        if before:
            return Outcome(step, Result.SKIPPED, _waits_for(before), before.again, before.retry_after)
    if stopping():
        return Outcome(step, Result.SKIPPED, "the pass was ended: Magi stops, or a newer commit came", again=True)
    if why := refusal():
        return Outcome(step, Result.SKIPPED, f"{NOT_WRITTEN}: {why}", again=True)
    return None


def _waits_for(before: Outcome) -> str:
    words = {
        Result.PENDING: "is still being carried out",
        Result.FAILED: "failed",
        Result.BLOCKED: f"is blocked: {before.step.blocked}",
        Result.SKIPPED: "was skipped",
    }
    return f"waits for '{before.step}', which {words[before.result]}"


def _carry_out(
    step: Step,
    driver: Driver,
    ids: Mapping[Key, str],
    finished: SimpleQueue[tuple[StepId, Outcome, Done | None]],
    tracer: Tracer,
    clock: Callable[[], float],
) -> None:
    pairs = _pairs(step)
    with about(pairs), tracer.span("step", pairs) as span:
        begun = clock()
        outcome, done = _carried_out(step, driver, ids)
        outcome = replace(outcome, seconds=clock() - begun)
        _record(span, outcome)
    finished.put((step.id, outcome, done))


def _carried_out(step: Step, driver: Driver, ids: Mapping[Key, str]) -> tuple[Outcome, Done | None]:
    try:
        done = driver.carry_out(step, ids)
    except StepFailed as error:
        again = not error.terminal
        return Outcome(step, Result.FAILED, str(error), again, error.retry_after, error.rejected, error.lost), None
    except Exception:
        # A defect in one step must not take the pass with it, and the walk must hear of every step.
        log.exception("step broke")
        return Outcome(step, Result.FAILED, "a defect in Magi; its log has the details", again=True), None
    if done.claim:
        reason = f"the target says that this is so already ({done.claim}): the next observation shows"
        return Outcome(step, Result.PENDING, reason, again=True, retry_after=BUILDING_AGAIN), done
    if done.pending:
        reason = "the target is still at it"
        return Outcome(step, _pending(step), reason, again=True, retry_after=BUILDING_AGAIN), done
    return Outcome(step, Result.DONE), done


def _pairs(step: Step) -> Mapping[str, object]:
    """What a log line and a span of a step say of it."""
    key = step.key
    return {"vim": key.target, "service": key.service, "action": step.action.value, "kind": key.kind, "key": str(key)}


def _record(span: Span, outcome: Outcome) -> None:
    span.set_attributes(result=outcome.result.value, reason=outcome.reason)
    if outcome.result is Result.FAILED:
        span.fail(outcome.reason)


def _used_when_ready(step: Step) -> bool:
    return step.desired is not None and step.desired.spec.used_when_ready


def _pending(step: Step) -> Result:
    """A thing that builds can be referred to at once; one that goes, or detaches, is in the way until it has."""
    return Result.DONE if step.action is Action.CREATE else Result.PENDING
