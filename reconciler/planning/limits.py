"""How much one pass may delete and replace: more than the Policy allows is not done at all. Called by the guard."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from reconciler.model import Action, BlockReason, Impact, Key, Limits, Observed, Policy, Step, StepId, World
from reconciler.text.patterns import matches

NOTHING_FREE: Mapping[BlockReason, Collection[StepId]] = {}


def block_too_many(
    steps: dict[StepId, Step],
    world: World,
    policy: Policy,
    free: Mapping[BlockReason, Collection[StepId]] = NOTHING_FREE,
) -> None:
    """Blocks the replacements, or the deletes with theirs, of each scope in which they are too many.

    ``free``: by guard what is not blocked by it and not counted.
    The narrow limits go first: what they block counts no more for the wide ones.
    """
    whole = Limits(policy.max_deletes, policy.max_delete_percent, policy.max_replaces, policy.max_replace_percent)
    for limits in (*policy.limits, whole):
        if limits.vims and not matches(world.target, limits.vims):
            continue
        for service in _services(limits, world):
            _block_scope(steps, world, limits, service, free)


def _services(limits: Limits, world: World) -> Iterable[str]:
    """Each service that has the limits by itself; "" for all together."""
    if not limits.services:
        return [""]
    return sorted({key.service for key in world.observed if key.service and matches(key.service, limits.services)})


def _block_scope(
    steps: dict[StepId, Step],
    world: World,
    limits: Limits,
    service: str,
    free: Mapping[BlockReason, Collection[StepId]],
) -> None:
    wholes = {key for key, there in world.observed.items() if _is_in(key, service) and _is_whole(there, world)}
    where = f"of service {service} on {world.target}" if service else f"on {world.target}"

    def deletes(guard: BlockReason) -> list[Step]:
        return [step for step in _deletes(steps, free.get(guard, ())) if _is_in(step.key, service)]

    replaces = [step for step in deletes(BlockReason.MAX_REPLACES) if step.impact is Impact.REPLACE]
    for reason in _excess("replacement", where, replaces, wholes, limits.max_replaces, limits.max_replace_percent):
        _block(steps, replaces, BlockReason.MAX_REPLACES, reason)
    left = deletes(BlockReason.MAX_DELETES)
    for reason in _excess("delete", where, left, wholes, limits.max_deletes, limits.max_delete_percent):
        _block(steps, left, BlockReason.MAX_DELETES, reason)


def _is_whole(there: Observed, world: World) -> bool:
    """Whether a resource is one by itself, and no part that goes when another one does.

    Percentages are of these, above the line and below: a group of ten rules that goes is one of what exists.
    """
    part_of = there.spec.part_of
    return not part_of or not any(whole in world.observed for whole in there.spec.refs_of(part_of))


def _excess(
    what: str, where: str, steps: Sequence[Step], wholes: Collection[Key], most: int | None, percent: int | None
) -> Iterator[str]:
    """In what way it is too many, if it is."""
    setting = what.capitalize().removesuffix("ment")
    if most is not None and len(steps) > most:
        yield f"{len(steps)} {what}s {where} are more than max{setting}s: {most} of the Policy"
        return
    count = sum(step.key in wholes for step in steps)
    if percent is not None and count * 100 > percent * len(wholes):
        message = f"{count} {what}s {where} of {len(wholes)} resources"
        yield f"{message} are more than max{setting}Percent: {percent} of the Policy"


def block_shrunk(
    steps: dict[StepId, Step],
    world: World,
    policy: Policy,
    services: Collection[str],
    free: Collection[StepId] = (),
    deployed_elsewhere: frozenset[str] = frozenset(),
) -> None:
    """Blocks the deletes of services that Git dropped where it dropped all of them, or more than the Policy allows.

    ``services`` are those of the whole repository. They are compared with what is deployed, here and elsewhere, so
    that no memory is needed of what an earlier commit blocked.
    """
    deployed = {key.service for key in world.observed if key.service}
    gone = {name for name in deployed if name not in services}
    if not gone:
        return
    message = f"{len(gone)} of {len(deployed)} network services that are deployed on {world.target}"
    everywhere = deployed | deployed_elsewhere
    removed = {name for name in everywhere if name not in services}
    if not services:
        reason = f"the repository holds no network service any more: {message} would go"
    elif len(gone) * 100 > policy.max_shrink_percent * len(deployed):
        reason = f"{message} are in Git no more, and that is more than maxShrinkPercent: {policy.max_shrink_percent}"
    elif len(removed) > 1 and len(removed) * 100 > policy.max_removed_percent * len(everywhere):
        message = f"{len(removed)} of {len(everywhere)} network services that are deployed on all VIMs"
        reason = f"{message} are in Git no more, and that is more than maxRemovedPercent: {policy.max_removed_percent}"
    else:
        return
    _block(steps, [step for step in _deletes(steps, free) if step.key.service in gone], BlockReason.SHRUNK, reason)


def _is_in(key: Key, service: str) -> bool:
    return not service or key.service == service


def _block(steps: dict[StepId, Step], blocked: Iterable[Step], guard: BlockReason, reason: str) -> None:
    """The guard sees to it that replacements are blocked with both halves."""
    steps.update({step.id: replace(step, blocked=guard, reason=reason) for step in blocked})


def _deletes(steps: Mapping[StepId, Step], free: Collection[StepId]) -> list[Step]:
    return [
        step
        for step_id, step in steps.items()
        if step.action is Action.DELETE and not step.blocked and step_id not in free
    ]
