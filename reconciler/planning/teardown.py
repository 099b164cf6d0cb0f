"""Teardown is judged whole: where a part can't go, what would go with it stays as well."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import replace

from reconciler.model import Action, BlockReason, Step, StepId
from reconciler.planning.diff import Steps
from reconciler.planning.order import Waits


def block_teardown(steps: Steps, waits: Waits) -> Mapping[StepId, Step]:
    """The steps, with the deletes blocked that the target would refuse, and the deletes that belong together with them.

    Those are the deletes of the same service that one of them waits for, or that waits for one of them, and so on:
    what is taken down before would be lost for nothing. What services share is not followed from one to another.
    """
    stuck = {
        step.id: step.observed.stays
        for step in steps.values()
        if step.action is Action.DELETE and step.observed and step.observed.stays
    }
    if not stuck:
        return steps
    neighbours = _neighbours(steps, waits)
    causes = {one: one for one in stuck}
    pending = deque(sorted(stuck))
    while pending:
        one = pending.popleft()
        for other in sorted(neighbours[one] - causes.keys()):
            causes[other] = causes[one]
            pending.append(other)
    return {
        step_id: replace(step, blocked=BlockReason.REFUSED, reason=_reason(step_id, causes[step_id], stuck))
        if step_id in causes and not step.blocked
        else step
        for step_id, step in steps.items()
    }


def _neighbours(steps: Steps, waits: Waits) -> Mapping[StepId, set[StepId]]:
    """For each delete of a service those of the same one that it waits for, or that wait for it."""
    found: defaultdict[StepId, set[StepId]] = defaultdict(set)
    for step_id, others in waits.items():
        if step_id.action is not Action.DELETE or not step_id.key.service:
            continue
        for other in others:
            if other.action is Action.DELETE and other.key.service == step_id.key.service and other in steps:
                found[step_id].add(other)
                found[other].add(step_id)
    return found


def _reason(step_id: StepId, cause: StepId, stuck: Mapping[StepId, str]) -> str:
    return stuck[cause] if step_id == cause else f"stays as long as {cause.key} does: {stuck[cause]}"
