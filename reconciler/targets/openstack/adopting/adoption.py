"""One adoption: the observation of a VIM as it would be with the owner marks, and the steps that put them there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reconciler.model import Action, Impact, Key, Plan, Step, World
from reconciler.targets.openstack.adopting.choosing import Claims, choose
from reconciler.targets.openstack.driver import OpenStackDriver
from reconciler.targets.openstack.kinds import KINDS
from reconciler.targets.openstack.kinds.adoption import Left, Selection
from reconciler.targets.openstack.observing.worlds import world_of
from reconciler.targets.rest import Kind, Listing

_KINDS: Mapping[str, Kind[Any]] = {kind.name: kind for kind in KINDS}


@dataclass(frozen=True, slots=True)
class Adoption:
    """``world``: the VIM as an observation would find it after the marks. ``unmarked``: Keys of what has none yet."""

    world: World
    unmarked: frozenset[Key]
    left: tuple[Left, ...]


def survey_of(driver: OpenStackDriver, target: str, owner: str, service: str, names: tuple[str, ...]) -> Adoption:
    """Lists everything on the VIM. Raises TargetUnknown or ConfigError."""
    found = driver.survey()
    before = world_of(target, owner, driver.project_id, found.items, found.lacking)
    claims = choose(found.items, Selection(target, driver.project_id, owner, service, names))
    items = _marked(found.items, claims, owner)
    world = world_of(target, owner, driver.project_id, items, found.lacking)
    observed = {key: one for key, one in world.observed.items() if key.service == service}
    claimed = frozenset(claims.keys.values())
    return Adoption(
        World(target, observed, world.existing, world.lacking),
        frozenset(key for key in claimed if key not in before.observed),
        claims.left,
    )


def _marked(items: Mapping[Listing, Sequence[Any]], claims: Claims, owner: str) -> Mapping[Listing, Sequence[Any]]:
    """The listings as they would be if all that is claimed bore its mark."""

    def one(listing: Listing, item: Any) -> Any:
        key = claims.keys.get((listing, item.get("id", "")))
        return _KINDS[key.kind].marked(item, key, owner) if key else item

    return {listing: [one(listing, item) for item in found] for listing, found in items.items()}


def has_mark(kind: str) -> bool:
    """Whether resources of the kind have a mark of their own; the others are managed by what they belong to."""
    return type(_KINDS[kind]).marked is not Kind.marked


def adoption_plan(adoption: Adoption) -> Plan:
    """A step for each resource that gets a mark; they wait for nothing."""
    steps = list(_steps(adoption))
    return Plan(adoption.world.target, {step.id: step for step in steps}, {step.id: frozenset() for step in steps})


def _steps(adoption: Adoption) -> Iterator[Step]:
    for key in sorted(adoption.unmarked):
        yield Step(Action.ADOPT, key, observed=adoption.world.observed[key], impact=Impact.NONE)
