"""What a person has to know of resources about which a plan does nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from reconciler.model import Action, Circumstances, Desired, Impact, Key, Note, Observed, State, Step, World

_REMADE = frozenset({Impact.REBUILD, Impact.REPLACE})


def notes_on(
    desired: Mapping[Key, Desired], world: World, steps: Iterable[Step], circumstances: Circumstances
) -> dict[Key, Note]:
    """A note on what ails and is not being changed, and on what was made of something that there is a newer one of."""
    changed: set[Key] = set()
    remade: set[Key] = set()
    for step in steps:
        changed.add(step.key)
        if step.action is not Action.UPDATE or step.impact in _REMADE:
            remade.add(step.key)
    found = {
        key: _note(declared, world.observed[key], circumstances, changed, remade)
        for key, declared in desired.items()
        if key in world.observed
    }
    return {key: note for key, note in found.items() if note is not None}


def _note(
    desired: Desired,
    there: Observed,
    circumstances: Circumstances,
    changed: Collection[Key],
    remade: Collection[Key],
) -> Note | None:
    key = desired.key
    at_rest = there.state is State.STOPPED and desired.spec.at_rest
    if key not in changed:
        if there.state in {State.ERROR, State.STOPPED} and not at_rest:
            return Note(f"is in state {there.state}: {there.detail}", degraded=True)
        if key in circumstances.unready and key not in circumstances.starting:
            return Note(f"fails its probe: {circumstances.unready[key]}", degraded=True)
    if there.superseded and key not in remade:
        return Note(f"keeps its {there.superseded}: the name means a newer one now", degraded=False)
    return None
