"""What waits for itself. All waiting is one graph here: for what goes first, for a turn, for what is depended on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter
from typing import TypeVar

from reconciler.model import BlockReason, Key, Step, StepId, step_progress_of
from reconciler.planning.diff import Steps

Node = TypeVar("Node", bound="StepId | str")
Waits = Mapping[StepId, frozenset[StepId]]

_SHOWN = 6
"""Members of a circle that a reason names."""


def find_cycle(waits: Mapping[Node, Iterable[Node]]) -> Sequence[Node]:
    """Nodes that wait for each other, each for the one before it; empty when there are none."""
    try:
        TopologicalSorter(waits).prepare()
    except CycleError as error:
        cycle: Sequence[Node] = error.args[1]
        return cycle
    return ()


def steps_by_key(steps: Steps) -> Mapping[Key, list[StepId]]:
    found: defaultdict[Key, list[StepId]] = defaultdict(list)
    for step_id in steps:
        found[step_id.key].append(step_id)
    return found


def dependencies(steps: Steps) -> Iterator[tuple[StepId, StepId]]:
    """For each step that is blocked until something is ready, what would bring that about."""
    by_key: Mapping[Key, list[StepId]] | None = None
    for step in steps.values():
        if step.blocked is BlockReason.DEPENDS and step.desired:
            by_key = by_key or steps_by_key(steps)
            for key in step.desired.after:
                yield from ((step.id, other) for other in by_key.get(key, ()))


def block_circles(steps: Steps, waits: Waits) -> tuple[dict[StepId, Step], Waits]:
    """The steps with those blocked that wait for each other, which no later pass ends, and the order without them.

    What is blocked for good already is no part of a circle: it reports its own reason.
    """
    result = dict(steps)
    graph = {step_id: set(others) for step_id, others in waits.items()}
    for step_id, other in dependencies(steps):
        graph[step_id].add(other)
    for step_id, step in steps.items():
        if is_blocked_for_good(step):
            graph[step_id].clear()
    left = dict(waits)
    while cycle := find_cycle(graph):
        members = list(dict.fromkeys(reversed(cycle)))
        for place, step_id in enumerate(members):
            reason = _format_circle([*members[place:], *members[:place]])
            result[step_id] = replace(result[step_id], blocked=BlockReason.CIRCLE, reason=reason)
            left[step_id] = left[step_id] - set(members)
            graph[step_id].clear()
    return result, left


def is_blocked_for_good(step: Step) -> bool:
    """Whether no step of the plan and no later observation unblocks it: a person has to."""
    return step_progress_of(step).needs_someone


def _format_circle(members: Sequence[StepId]) -> str:
    words = [f"{one.action} {one.key}" for one in members[1:_SHOWN]]
    more = f", which waits for {len(members) - _SHOWN} more" if len(members) > _SHOWN else ""
    chain = ", which waits for ".join(words) or "itself"
    return (
        f"waits for {chain}{more}, which waits for this: no order is right. "
        "Commit one of these changes alone first, or remove one of the resources manually"
    )
