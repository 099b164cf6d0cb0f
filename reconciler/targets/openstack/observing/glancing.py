"""Whether what was being built or deleted at the last observation differs now: one small request an API, as a rule.

Nova reports which servers changed since a moment, so while nothing happens the answer holds none of the others.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from reconciler.model import ConfigError, State, TargetUnknown, World
from reconciler.targets.openstack.kinds import KINDS
from reconciler.targets.openstack.session.connection import Connection
from reconciler.targets.openstack.session.listing import NotOffered, fetch
from reconciler.targets.rest import Listing

_KINDS = {kind.name: kind for kind in KINDS}
_MOVING = frozenset({State.BUILDING, State.DELETING})


class Watched(NamedTuple):
    """What of a listing moves: the kind and the state by id; and the time of the newest change, if it is reported."""

    moving: Mapping[str, tuple[str, State]]
    newest: str

    @property
    def may_be_narrowed(self) -> bool:
        """What is deleted is reported by its absence alone, for which all of the listing is needed."""
        return bool(self.newest) and all(state is State.BUILDING for _, state in self.moving.values())


def watched(world: World, items: Mapping[Listing, Sequence[Any]]) -> dict[Listing, Watched]:
    """What moves of all that an observation found."""
    moving: defaultdict[Listing, dict[str, tuple[str, State]]] = defaultdict(dict)
    for key, observed in world.observed.items():
        if observed.state in _MOVING:
            moving[_KINDS[key.kind].listing][observed.id] = (key.kind, observed.state)
    return {
        listing: Watched(them, max((str(item.get("updated") or "") for item in items.get(listing, ())), default=""))
        for listing, them in moving.items()
    }


def stirs(connection: Connection, watching: Mapping[Listing, Watched]) -> bool:
    """Whether anything of it is otherwise now; True also where the cloud does not report."""
    return any(_stirs(connection, listing, one) for listing, one in watching.items())


def _stirs(connection: Connection, listing: Listing, watching: Watched) -> bool:
    narrowed = bool(listing.since) and watching.may_be_narrowed
    try:
        found = fetch(connection, listing, {listing.since: watching.newest} if narrowed else {})
        states = {item["id"]: item for item in found if item["id"] in watching.moving}
        return any(_changed(watching, states, narrowed=narrowed))
    except (TargetUnknown, ConfigError, NotOffered, KeyError, TypeError, AttributeError):
        return True


def _changed(watching: Watched, items: Mapping[str, Any], *, narrowed: bool) -> Iterator[bool]:
    for resource_id, (kind, state) in watching.moving.items():
        item = items.get(resource_id)
        yield not narrowed if item is None else _KINDS[kind].state_of(item) is not state
