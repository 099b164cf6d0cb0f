"""What the declared healing does to unhealthy instances: steps of their own, or a part of what is done anyway."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from reconciler.model import Action, Circumstances, Desired, HealingChange, Impact, Key, Observed, Step, StepId, World
from reconciler.planning.diff import Steps, replacement
from reconciler.planning.spread import spread


def heal(
    steps: Steps, desired: Mapping[Key, Desired], world: World, circumstances: Circumstances
) -> dict[StepId, Step]:
    """The steps with the healing actions that are due. What is replaced or goes anyway needs none."""
    result = dict(steps)
    for key, healing_action in circumstances.healing_actions.items():
        declared, observed = desired.get(key), world.observed.get(key)
        if declared is None or observed is None or StepId(Action.DELETE, key) in result:
            continue
        wrong = circumstances.unready.get(key) or f"{observed.state}: {observed.detail}"
        change = HealingChange(wrong, healing_action)
        _add_healing_action(result, declared, observed, change, healing_action)
    return spread(result, desired, world) if circumstances.healing_actions else result


def _add_healing_action(
    steps: dict[StepId, Step], desired: Desired, observed: Observed, change: HealingChange, healing_action: Impact
) -> None:
    reason = f"heals: {change.old}"
    update = steps.pop(StepId(Action.UPDATE, desired.key), None)
    changes = (*update.changes, change) if update else (change,)
    if healing_action is Impact.REPLACE:
        healing = replacement(desired, observed, changes, reason)
    else:
        healing = (Step(Action.UPDATE, desired.key, desired, observed, changes, healing_action, reason=reason),)
    for step in healing:
        # What else changes along with it may need a consent of its own.
        steps[step.id] = replace(step, heals=update is None or update.impact is Impact.NONE)
