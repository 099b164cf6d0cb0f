"""Steps that need something that is not there and is not going to be: blocked, with the nearest name, or the reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from reconciler.model import (
    Action,
    BlockReason,
    Catalog,
    Circumstances,
    Desired,
    Impact,
    Key,
    Spec,
    State,
    Step,
    StepId,
    World,
)
from reconciler.planning.diff import Steps
from reconciler.text.suggestion import did_you_mean

_MOST_NAMED = 10
"""Of what is reported at most."""


def block_missing(
    steps: Steps, catalog: Catalog, desired: Mapping[Key, Desired], world: World, circumstances: Circumstances
) -> dict[StepId, Step]:
    """The steps, with those blocked whose references can't be resolved, or that would write what is withheld.

    ``desired``: what is declared on the target, which may be less than the catalog has.

    So is the removal of a twin as long as something is being built that may be getting it.
    """
    taken = _being_taken(desired, world) if world.twins else {}
    checked = {
        step_id: _across(_checked(step, desired, world), catalog, circumstances) for step_id, step in steps.items()
    }
    for twin, kept in world.twins.items():
        step = checked.get(StepId(Action.DELETE, twin))
        if step and kept in taken:
            reason = f"{taken[kept]} is still being built, and which of the two {kept} it gets is reported then"
            checked[step.id] = replace(step, blocked=BlockReason.BUILDING, reason=reason)
    return checked


def _across(step: Step, catalog: Catalog, circumstances: Circumstances) -> Step:
    """The step, blocked where it refers to what another target does not have, or not yet."""
    if step.blocked or step.desired is None:
        return step
    for ref in step.desired.spec.refs_across(step.key.target):
        if ref in circumstances.ready_elsewhere:
            continue
        if ref in catalog.desired.get(ref.target, ()):
            unreported = circumstances.unreported.get(ref.target, "")
            reason = f"waits until {ref} on VIM {ref.target} is ready" + (f", {unreported}" if unreported else "")
            return replace(step, blocked=BlockReason.DEPENDS, reason=reason)
        reason = f"{_word(ref.kind)} '{ref.name}' is neither declared on VIM {ref.target} nor known to exist there"
        return replace(step, blocked=BlockReason.MISSING, reason=reason)
    return step


def _being_taken(desired: Mapping[Key, Desired], world: World) -> dict[Key, Key]:
    """What is referred to by something that is being built, each with that."""
    building = {key for key, one in world.observed.items() if one.state is State.BUILDING}
    return {ref: key for key in sorted(building & desired.keys()) for ref in desired[key].spec.refs()}


def _checked(step: Step, desired: Mapping[Key, Desired], world: World) -> Step:
    if step.desired is None:
        return step
    if world.lacking and (lacking := _lacking(step.key, step.desired.spec, world)):
        return replace(step, blocked=BlockReason.MISSING, reason=lacking)
    if _writes_all(step) and (withheld := step.desired.spec.withheld()):
        return replace(step, blocked=BlockReason.MISSING, reason=withheld)
    across = frozenset(step.desired.spec.refs_across(step.key.target))
    for ref in step.desired.spec.refs():
        if ref in across:
            continue
        there = world.observed.get(ref)
        if there and there.state is State.BUILDING and there.spec.used_when_ready and not _has_it(step, ref):
            return replace(step, blocked=BlockReason.BUILDING, reason=f"{ref} is still being built")
        if _holds_a_copy(step, ref):
            continue
        ids = world.existing.get(ref, ())
        if ref not in desired and ref not in world.observed and len(ids) != 1:
            return replace(step, blocked=BlockReason.MISSING, reason=_reason(ref, len(ids), world))
    return step


def _writes_all(step: Step) -> bool:
    """Whether the step re-creates the resource, in place or not, so that every part of it has to be known."""
    return step.action is not Action.UPDATE or step.impact is Impact.REBUILD


def _has_it(step: Step, ref: Key) -> bool:
    """Whether the step is about other things than the reference, which is there already."""
    spec = step.observed.spec if step.observed else None
    return step.action is not Action.CREATE and spec is not None and ref in spec.refs()


def _holds_a_copy(step: Step, ref: Key) -> bool:
    """Whether the step leaves alone what the resource once took over from the reference."""
    there = step.observed.spec if step.observed else None
    if _writes_all(step) or there is None or type(there) is not type(step.desired and step.desired.spec):
        return False
    changed = {change.field for change in step.changes}
    return any(ref in there.refs_of(name) for name in there.copied - changed)


def _lacking(key: Key, spec: Spec, world: World) -> str:
    """Why the target can't hold what is declared or what that refers to; empty when it can."""
    for kind in (key.kind, *(ref.kind for ref in spec.refs() if ref.target == key.target)):
        if kind in world.lacking:
            word = _word(kind)
            return f"VIM {key.target} can't have {'an' if word[0] in 'aeiou' else 'a'} {word}: {world.lacking[kind]}"
    return ""


def _reason(ref: Key, count: int, world: World) -> str:
    word = _word(ref.kind)
    if count:
        ids = ", ".join(sorted(world.existing[ref])[:_MOST_NAMED])
        return f"there are {count} {word}s named '{ref.name}' on VIM {ref.target}: a name must be unambiguous ({ids})"
    names = sorted(key.name for key in world.existing if key.kind == ref.kind)
    hint = did_you_mean(ref.name, names) or f"there are: {', '.join(names[:_MOST_NAMED]) or 'none'}"
    return f"{word} '{ref.name}' does not exist on VIM {ref.target} ({hint})"


def _word(kind: str) -> str:
    return kind.removeprefix("existing-").replace("-", " ")
