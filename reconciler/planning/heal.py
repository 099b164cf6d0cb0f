"""What the declared healing does to an instance that is ill: steps of their own, or a part of what is done anyway."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from reconciler.model import HEALTH, Action, Change, Circumstances, Desired, Impact, Key, Observed, Step, StepId, World
from reconciler.planning.diff import Steps, replacement
from reconciler.planning.spread import spread


def heal(
    steps: Steps, desired: Mapping[Key, Desired], world: World, circumstances: Circumstances
) -> dict[StepId, Step]:
    """The steps with the remedies that are due. What is replaced or goes anyway needs none."""
    result = dict(steps)
    for key, remedy in circumstances.remedies.items():
        wanted, observed = desired.get(key), world.observed.get(key)
        if wanted is None or observed is None or StepId(Action.DELETE, key) in result:
            continue
        change = Change(HEALTH, circumstances.unready.get(key) or f"{observed.state}: {observed.detail}", remedy.value)
        _remedy(result, wanted, observed, change, remedy)
    return spread(result, desired, world) if circumstances.remedies else result


def _remedy(steps: dict[StepId, Step], wanted: Desired, observed: Observed, change: Change, remedy: Impact) -> None:
    reason = f"heals: {change.old}"
    update = steps.pop(StepId(Action.UPDATE, wanted.key), None)
    changes = (*update.changes, change) if update else (change,)
    if remedy is Impact.REPLACE:
        healing = replacement(wanted, observed, changes, reason)
    else:
        healing = (Step(Action.UPDATE, wanted.key, wanted, observed, changes, remedy, reason=reason),)
    for step in healing:
        # What else changes along with it may need a consent of its own.
        steps[step.id] = replace(step, heals=update is None or update.impact is Impact.NONE)
