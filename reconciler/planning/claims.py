"""Two network services that claim one address or segment: who has it keeps it, and whoever comes second waits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from reconciler.model import Action, BlockReason, Claim, Desired, Key, Spec, Step, StepId, World
from reconciler.planning.diff import Steps


def block_claimed(steps: Steps, desired: Mapping[Key, Desired], world: World) -> dict[StepId, Step]:
    """The steps, with those blocked that would take what another service claims and this one does not have."""
    blocked = dict(steps)
    for claim, keys in _contested(desired.values()):
        owners = [key for key in keys if _has(world, key, claim)]
        for key in keys:
            if key in owners:
                continue
            other = next((one for one in owners or keys if one.service != key.service), None)
            for action in (Action.CREATE, Action.UPDATE, Action.DELETE):
                step = blocked.get(StepId(action, key))
                if other and step and not step.blocked and step.desired:
                    blocked[step.id] = replace(
                        step, blocked=BlockReason.CLAIMED, reason=_reason(claim, desired[other], owners)
                    )
    return blocked


def _contested(desired: Iterable[Desired]) -> Iterator[tuple[Claim, list[Key]]]:
    """What several services claim, with the resources that would have it."""
    found: defaultdict[Claim, list[Key]] = defaultdict(list)
    for one in desired:
        if type(one.spec).claims is not Spec.claims:
            for claim in one.spec.claims():
                found[claim].append(one.key)
    for claim, keys in found.items():
        if len(keys) > 1 and len({key.service for key in keys}) > 1:
            yield claim, keys


def _has(world: World, key: Key, claim: Claim) -> bool:
    observed = world.observed.get(key)
    return observed is not None and claim in observed.spec.claims()


def _reason(claim: Claim, other: Desired, owners: list[Key]) -> str:
    verb = "has" if other.key in owners else "claims"
    hint = "name another, or take it from one of them"
    return f"{claim}: service {other.key.service} {verb} it as well, by {other.key} ({other.place}); {hint}"
