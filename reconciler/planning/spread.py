"""What depends on something replaced: replaced too, or attached again where its kind says that it can be."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from reconciler.model import Action, Desired, FieldChange, Impact, Key, State, Step, StepId, World
from reconciler.planning.diff import Steps, replacement


def spread(steps: Steps, desired: Mapping[Key, Desired], world: World) -> dict[StepId, Step]:
    """The steps with all replacements that follow from those among them."""
    result = dict(steps)
    pending = [step.key for step in steps.values() if _is_replacement(step)]
    if not pending:
        return result
    dependents = _referrers(desired)
    while pending:
        gone = pending.pop()
        for key, field in dependents.get(gone, ()):
            observed = world.observed.get(key)
            replaced = StepId(Action.DELETE, key) in result
            if observed is None or observed.state is State.DELETING or replaced:
                continue
            if field in desired[key].spec.reattach:
                _reattach(result, desired[key], world, field)
            else:
                _replace(result, desired[key], world, f"{gone} is replaced")
                pending.append(key)
    return {step.id: step for step in result.values() if not _goes_with_whole(step, result)}


def _goes_with_whole(step: Step, steps: Steps) -> bool:
    """Whether what the step would remove goes with what it is part of, which may not be able to part with it before."""
    spec = step.observed.spec if step.observed else None
    if step.action is not Action.DELETE or spec is None or not spec.clings or not spec.part_of:
        return False
    return any(StepId(Action.DELETE, whole) in steps for whole in spec.refs_of(spec.part_of))


def replace_too(
    steps: Steps, cycle: Iterable[StepId], desired: Mapping[Key, Desired], world: World
) -> dict[StepId, Step]:
    """The steps with every update on the cycle turned into a replacement."""
    result = dict(steps)
    for step_id in cycle:
        if step_id.action is Action.UPDATE:
            _replace(result, desired[step_id.key], world, "it depends on something that is replaced")
    return spread(result, desired, world)


def _is_replacement(step: Step) -> bool:
    return step.action is Action.DELETE and step.desired is not None


def _referrers(desired: Mapping[Key, Desired]) -> Mapping[Key, list[tuple[Key, str]]]:
    """For each Key what refers to it, and by which field."""
    referrers: defaultdict[Key, list[tuple[Key, str]]] = defaultdict(list)
    for key, declared in desired.items():
        for field in declared.spec.reference_fields():
            for ref in declared.spec.refs_of(field):
                referrers[ref].append((key, field))
    return referrers


def _replace(steps: dict[StepId, Step], desired: Desired, world: World, reason: str) -> None:
    update = steps.pop(StepId(Action.UPDATE, desired.key), None)
    changes = update.changes if update else ()
    delete, create = replacement(desired, world.observed[desired.key], changes, reason)
    steps[delete.id] = delete
    steps[create.id] = create


def _reattach(steps: dict[StepId, Step], desired: Desired, world: World, field: str) -> None:
    """An update that fills the field again, which the cloud empties when what it refers to goes."""
    observed = world.observed[desired.key]
    replaced = {step.key for step in steps.values() if _is_replacement(step)}
    there = getattr(observed.spec, field)
    change = FieldChange(field, _without(there, replaced), getattr(desired.spec, field))
    update = steps.get(StepId(Action.UPDATE, desired.key))
    others = tuple(c for c in update.changes if c.field != field) if update else ()
    impact = update.impact if update else Impact.NONE
    reason = "what it is attached to is replaced"
    step = Step(Action.UPDATE, desired.key, desired, observed, (*others, change), impact, reason=reason)
    steps[step.id] = step


def _without(value: Any, replaced: set[Key]) -> Any:
    if type(value) is Key:
        return None if value in replaced else value
    return tuple(item for item in value if item not in replaced) if value else value
