"""How long a plan will take, reckoned from how long such steps took on the same target."""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from graphlib import TopologicalSorter

from reconciler.model import Action, BlockReason, Durations, Impact, Plan, Step, StepId

_SHARES = {Action.CREATE: 1.0, Action.DELETE: 0.5}
"""Of the time of one more instance. No target records how long a delete took: half of it is what a real cloud needed
(docs/performance.md).
"""


def estimate(plan: Plan, durations: Durations, workers: int) -> float | None:
    """Seconds until the last step is done and built, with ``workers`` parallel calls.

    None where nothing is to be done, or nothing like one of its steps was ever done to an instance there. What waits
    for its turn goes one after another behind the rest. Instances that are made or removed side by side take the target
    some time each, so many of them take longer than one.
    """
    running = {step_id: step for step_id, step in plan.steps.items() if step.blocked in {None, BlockReason.TURN}}
    builds = {step_id: _build(step, durations) for step_id, step in running.items()}
    if not running or any(build is None for build in builds.values()):
        return None
    free = [0.0] * workers
    done: dict[object, float] = {}
    busy_until = 0.0
    in_turn = 0.0
    for step_id in TopologicalSorter(plan.waits).static_order():
        if step_id not in running:
            continue
        build = builds[step_id] or 0.0
        if running[step_id].blocked is BlockReason.TURN:
            in_turn += durations.call + build
            continue
        start = max(heapq.heappop(free), max((done.get(one, 0.0) for one in plan.waits[step_id]), default=0.0))
        heapq.heappush(free, start + durations.call)
        done[step_id] = start + durations.call + build
        share = _SHARES.get(running[step_id].action)
        if durations.spacing is not None and share and _runs(running[step_id]):
            busy_until = max(busy_until, start + durations.call) + durations.spacing * share
            done[step_id] = max(done[step_id], busy_until)
    return max(done.values(), default=0.0) + in_turn + durations.observation * _count_observations(plan, running)


def _count_observations(plan: Plan, running: Mapping[StepId, Step]) -> int:
    """How often the target is observed after the steps began: what it goes on with is found done at the next
    observation, and what waited for that is done then. The last observation finds that nothing is left.
    """
    behind: dict[StepId, int] = {}
    for step_id in TopologicalSorter(plan.waits).static_order():
        if step_id in running:
            before = max((behind.get(one, 0) for one in plan.waits[step_id]), default=0)
            behind[step_id] = before + _goes_on(running[step_id])
    return 1 + max(behind.values(), default=0)


def _goes_on(step: Step) -> bool:
    """Whether the target is at it for a while after it accepted the step."""
    return _runs(step) and (step.action in _SHARES or step.impact is not Impact.NONE)


def _runs(step: Step) -> bool:
    """Whether it is about an instance."""
    holder = step.desired or step.observed
    return holder is not None and holder.spec.runs


def _build(step: Step, durations: Durations) -> float | None:
    """What the target is at after the call of a step; None where that is not known."""
    if not _runs(step) or step.action is Action.DELETE:
        return 0.0
    if step.action is Action.CREATE:
        return durations.builds.get("create")
    if step.impact is Impact.NONE:
        return 0.0
    return durations.builds.get(step.impact.value)
