"""What waits until something else is ready: blocked, and unblocked by a later observation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from reconciler.model import Action, BlockReason, Circumstances, Desired, Key, Step, StepId, World
from reconciler.planning.diff import Steps
from reconciler.planning.roll import is_ready


def block_dependent(
    steps: Steps, desired: Mapping[Key, Desired], world: World, circumstances: Circumstances
) -> dict[StepId, Step]:
    """The steps, with the creates blocked that wait for servers which are not ready. Replacements don't wait.

    So are the removals of what resources on other targets still refer to.
    """
    return {step_id: _checked(step, desired, world, circumstances) for step_id, step in steps.items()}


def _checked(step: Step, desired: Mapping[Key, Desired], world: World, circumstances: Circumstances) -> Step:
    if not step.blocked and step.action is Action.DELETE and step.key not in desired:
        return _held(step, circumstances)
    if step.blocked or step.action is not Action.CREATE or step.observed or not step.desired:
        return step
    missing = [key for key in step.desired.after if not _there(key, desired, world, circumstances)]
    if not missing:
        return step
    first, more = missing[0], f" and {len(missing) - 1} more" if len(missing) > 1 else ""
    where = f" on VIM {first.target}" if first.target != world.target else ""
    unreported = circumstances.unreported.get(first.target, "")
    why = f", {unreported}" if unreported else ""
    return replace(step, blocked=BlockReason.DEPENDS, reason=f"waits until {first.name}{more} is ready{where}{why}")


def _held(step: Step, circumstances: Circumstances) -> Step:
    holder = circumstances.held_elsewhere.get(step.key)
    if holder is None:
        return step
    reason = f"waits until {holder} on VIM {holder.target} no longer refers to it"
    return replace(step, blocked=BlockReason.DEPENDS, reason=reason)


def _there(key: Key, desired: Mapping[Key, Desired], world: World, circumstances: Circumstances) -> bool:
    if key.target != world.target:
        return key in circumstances.ready_elsewhere
    return is_ready(desired[key], world, circumstances)
