"""What goes first.

Making X waits for making what X refers to, also through what does not change itself. A create waits for the delete of
the same Key. A delete waits for everything observed to refer to it to be deleted or updated.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache

from reconciler.model import Action, Desired, Key, StepId, World
from reconciler.planning.diff import Steps

Waits = Mapping[StepId, frozenset[StepId]]


def order(
    steps: Steps, desired: Mapping[Key, Desired], world: World, *, patient: bool = True
) -> dict[StepId, frozenset[StepId]]:
    """For each step the steps that go before it.

    ``patient``: a delete waits also until who could do without it (`Spec.reattach`) is detached.
    """
    making = {step.key: step.id for step in steps.values() if step.action is not Action.DELETE}
    before = _before_making(making, desired)
    waits: dict[StepId, set[StepId]] = {step_id: set() for step_id in steps}
    for key, step_id in making.items():
        for ref in desired[key].spec.refs():
            waits[step_id] |= before(ref)
        delete = StepId(Action.DELETE, key)
        if step_id.action is Action.CREATE and delete in steps:
            waits[step_id].add(delete)
    for key, referrers in _observed_referrers(steps, world, patient=patient).items():
        step_id = StepId(Action.DELETE, key)
        for referrer in _with_wholes(key, referrers, world):
            waits[step_id].update(
                other for other in (StepId(Action.DELETE, referrer), StepId(Action.UPDATE, referrer)) if other in steps
            )
    return {step_id: frozenset(others) for step_id, others in waits.items()}


def _with_wholes(key: Key, referrers: Iterable[Key], world: World) -> Iterator[Key]:
    """What refers to a Key, and what those are part of that is detached only when it goes."""
    for referrer in referrers:
        yield referrer
        spec = world.observed[referrer].spec
        if spec.clings and spec.part_of:
            yield from (whole for whole in spec.refs_of(spec.part_of) if whole != key)


def _before_making(making: Mapping[Key, StepId], desired: Mapping[Key, Desired]) -> Callable[[Key], frozenset[StepId]]:
    """A function that answers the nearest steps that make a Key: its own, or those of what it depends on in turn."""

    @cache
    def before(key: Key) -> frozenset[StepId]:
        if key in making:
            return frozenset({making[key]})
        if key in desired:
            return frozenset().union(*map(before, desired[key].spec.refs()))
        return frozenset()

    return before


def _observed_referrers(steps: Steps, world: World, *, patient: bool) -> Mapping[Key, list[Key]]:
    """For each Key that is deleted, what is observed to hold on to it, so that a delete would be refused."""
    deleted = {step.key for step in steps.values() if step.action is Action.DELETE}
    referrers: defaultdict[Key, list[Key]] = defaultdict(list)
    if not deleted:
        return referrers
    for key, observed in world.observed.items():
        spec = observed.spec
        for field in spec.reference_fields():
            can_wait = field not in spec.reattach or key in deleted
            for ref in spec.refs_of(field):
                # Who is to be plugged in again waits for the new one itself.
                if ref in deleted and (can_wait or (patient and StepId(Action.CREATE, ref) not in steps)):
                    referrers[ref].append(key)
    return referrers
