"""What differs between the desired and the observed state: one step for each resource that has to change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, replace

from reconciler.model import (
    NAME,
    Action,
    BlockReason,
    Change,
    Confirmation,
    Desired,
    FieldChange,
    Impact,
    Key,
    NameChange,
    Observed,
    Spec,
    State,
    Step,
    StepId,
    World,
    impact_of_change,
)

Steps = Mapping[StepId, Step]


def diff(desired: Mapping[Key, Desired], world: World) -> dict[StepId, Step]:
    """The steps that follow from each resource by itself, not yet from one another."""
    steps = {step.id: step for step in _steps(desired, world)}
    return {
        step.id: step
        for step in steps.values()
        if not _comes_by_itself(step, steps) and not _goes_by_itself(step, steps)
    }


def _comes_by_itself(step: Step, steps: Steps) -> bool:
    """Whether the target makes the resource along with another one that is made by these steps."""
    parent = step.desired.comes_with if step.desired else None
    return step.action is Action.CREATE and parent is not None and StepId(Action.CREATE, parent) in steps


def _goes_by_itself(step: Step, steps: Steps) -> bool:
    """Whether the target removes the resource along with another one that is removed by these steps."""
    spec = step.observed.spec if step.observed else None
    if step.action is not Action.DELETE or spec is None or spec.part_of is None:
        return False
    return any(StepId(Action.DELETE, whole) in steps for whole in spec.refs_of(spec.part_of))


def _steps(desired: Mapping[Key, Desired], world: World) -> Iterator[Step]:
    for key, declared in desired.items():
        observed = world.observed.get(key)
        if observed is None and key in world.existing:
            continue  # What is named by what it holds, and was there without us, needn't be made.
        if observed is None:
            yield Step(Action.CREATE, key, declared)
        elif observed.state is State.DELETING:
            reason = "the one that was there is still being deleted"
            yield Step(Action.CREATE, key, declared, blocked=BlockReason.DELETING, reason=reason)
        elif observed.state is not State.BUILDING:
            # What is still being built is not yet what it is going to be: a server gets its ports late.
            tolerated = tolerant(declared, observed)
            if changes := compare(tolerated, observed):
                yield from steps_for(tolerated, observed, changes)
    for key, observed in world.observed.items():
        if key not in desired and observed.state is not State.DELETING:
            reason = f"a second one with the mark of {world.twins[key]}" if key in world.twins else ""
            yield Step(Action.DELETE, key, observed=observed, reason=reason)


def compare(desired: Desired, observed: Observed) -> tuple[Change, ...]:
    """What differs: the fields, and the name at the target.

    A change that waits to be confirmed comes before all others.
    """
    if observed.unconfirmed:
        return (Confirmation(observed.unconfirmed),)
    changes: tuple[Change, ...] = ()
    if desired.spec != observed.spec:
        declared = desired.spec.settle(observed.spec)
        if declared != observed.spec:
            changes = tuple(_changed_fields(declared, observed.spec))
            if observed.state is State.ERROR:
                # What failed to be built has nothing plugged in, and nothing can be plugged into it; and what the
                # target chooses was not chosen.
                left = declared.reattach | {name for name in declared.computed if getattr(observed.spec, name) is None}
                changes = tuple(change for change in changes if change.field not in left)
    if observed.name not in {None, desired.key.name} and NAME not in desired.ignored:
        return (NameChange(observed.name, desired.key.name), *changes)
    return changes


def tolerant(desired: Desired, observed: Observed) -> Desired:
    """The desired value, with what is there in the fields that are left to others: whatever is written, they stay."""
    if type(desired.spec) is not type(observed.spec) or not desired.ignored:
        return desired
    names = {field.name for field in fields(desired.spec)} & desired.ignored
    return replace(desired, spec=replace(desired.spec, **{name: getattr(observed.spec, name) for name in names}))


def _changed_fields(desired: Spec, there: Spec) -> Iterator[FieldChange]:
    for field in fields(desired):
        old, new = getattr(there, field.name), getattr(desired, field.name)
        if old != new:
            yield FieldChange(field.name, old, new)


def steps_for(desired: Desired, observed: Observed, changes: tuple[Change, ...]) -> tuple[Step, ...]:
    """One update, or a delete and a create when an immutable field is among the changes."""
    spec = desired.spec
    causes = [change.field for change in changes if isinstance(change, FieldChange) and change.field in spec.immutable]
    if causes:
        impact = Impact.NONE if observed.never_ran else Impact.REPLACE
        return replacement(desired, observed, changes, f"{' and '.join(causes)} can't change in place", impact)
    impacts = {change: impact_of_change(spec, change) for change in changes}
    refusals = (observed.refuses[one] for one in impacts.values() if one in observed.refuses)
    refusal = next(refusals, "")
    if refusal and observed.never_ran:
        return replacement(desired, observed, changes, f"{refusal}: nothing is lost", Impact.NONE)
    if possible := tuple(change for change, one in impacts.items() if refusal and one not in observed.refuses):
        # Such as being started, after which the rest may be taken too.
        return steps_for(desired, observed, possible)
    # The graver impact counts for both: enum members are in the order of gravity.
    impact = max(impacts.values(), key=list(Impact).index)
    blocked = BlockReason.REFUSED if refusal else None
    return (Step(Action.UPDATE, desired.key, desired, observed, changes, impact, blocked=blocked, reason=refusal),)


def replacement(
    desired: Desired,
    observed: Observed,
    changes: tuple[Change, ...],
    reason: str,
    impact: Impact = Impact.REPLACE,
) -> tuple[Step, ...]:
    """The two steps that replace a resource. ``impact``: NONE for what no one would miss."""
    key = desired.key
    return (
        Step(Action.DELETE, key, desired, observed, changes, impact, reason=reason),
        Step(Action.CREATE, key, desired, observed, changes, impact, reason=reason),
    )
