"""From the raw listings of a VIM to a World: what is managed, what is there besides, and its state."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from reconciler.model import Foreign, Key, Observed, TargetUnknown, World
from reconciler.targets.openstack.kinds import EXISTING, KINDS
from reconciler.targets.openstack.kinds.arrivals import Arrivals, arrived
from reconciler.targets.openstack.kinds.port import PORTS
from reconciler.targets.openstack.kinds.sizing import fitting_flavors
from reconciler.targets.openstack.observing.asking import Survey
from reconciler.targets.openstack.observing.contradictions import Missing, contradictions
from reconciler.targets.openstack.observing.twins import age, ranked
from reconciler.targets.openstack.session.promised import require_types
from reconciler.targets.rest import Index, Kind, Listing

SURVEY = Survey(KINDS, EXISTING)
LISTINGS = SURVEY.listings


def world_of(
    target: str,
    owner: str,
    project: str,
    items: Mapping[Listing, Sequence[Any]],
    lacking: Mapping[Listing, str] | None = None,
    gone: frozenset[str] = frozenset(),
    arrivals: Mapping[str, Arrivals] | None = None,
) -> World:
    """The World behind the raw items of the `LISTINGS` that were asked; ``lacking``: why the cloud has no such API.
    ``gone``: ids of servers that ports are plugged into and that do not exist. ``arrivals``: those of the last
    observation, by the ids of ports.

    ``project``: the id of that of the login. Only what belongs to it is managed, whatever the marks of the rest say.

    Raises TargetUnknown when they break the API's promises.
    """
    with _as_promised(target):
        found = {listing: items.get(listing, ()) for listing in LISTINGS}
        index = Index(target, owner, project, found, gone=gone, arrivals=arrivals or {})
        world = _world_of(index, lacking or {})
        require_types(world)
        return world


def missing_of(target: str, items: Mapping[Listing, Sequence[Any]]) -> list[Missing]:
    """What some items name and others lack. Raises TargetUnknown as `world_of` does."""
    with _as_promised(target):
        return contradictions(items)


def arrivals_of(
    world: World, items: Mapping[Listing, Sequence[Any]], before: Mapping[str, Arrivals]
) -> Mapping[str, Arrivals]:
    """Of each managed port, by its id, the addresses that it has; ``before``: as of the last observation."""
    managed = {observed.id for key, observed in world.observed.items() if key.kind == "port"}
    return {
        port["id"]: arrived(before.get(port["id"], ()), [ip["ip_address"] for ip in port["fixed_ips"]])
        for port in items.get(PORTS, ())
        if port["id"] in managed
    }


def asked_next(target: str, owner: str, project: str, items: Mapping[Listing, Sequence[Any]]) -> tuple[Listing, ...]:
    """The listings that the items found so far give a reason to ask for. Raises TargetUnknown as `world_of` does."""
    with _as_promised(target):
        return SURVEY.further(Index(target, owner, project, items))


@contextmanager
def _as_promised(target: str) -> Iterator[None]:
    """Raises TargetUnknown where items of a VIM turn out to lack what its API promises."""
    try:
        yield
    except (LookupError, TypeError, AttributeError, ValueError, ArithmeticError) as error:
        raise TargetUnknown(
            f"VIM {target} can't be observed: its answers lack what the API promises ({_lacking(error)})",
            "`magi doctor` shows what the cloud lacks",
        ) from error


def _lacking(error: Exception) -> str:
    return f"no {error}" if isinstance(error, KeyError) else str(error) or "no reason is given"


def _world_of(index: Index, lacking: Mapping[Listing, str]) -> World:
    target = index.target
    managed: dict[Key, tuple[Kind[Any], Any]] = {}
    twins: dict[Key, Key] = {}
    foreign = _identify((kind for kind in KINDS if not kind.named_by_content), index, managed, twins)
    existing = index.existing = {**_existing(index, {one.id for one in foreign}), **fitting_flavors(index)}
    foreign += _identify((kind for kind in KINDS if kind.named_by_content), index, managed, twins)
    observed: dict[Key, Observed] = {key: kind.observed(key, item, index) for key, (kind, item) in managed.items()}
    cannot = {kind: reason for listing, reason in lacking.items() for kind in SURVEY.kinds_of[listing]}
    return World(target, observed, existing, cannot, tuple(foreign), twins)


def _existing(index: Index, foreign: Collection[str]) -> dict[Key, tuple[str, ...]]:
    """The ids of what can be referred to by name: of several alike in name only those that are nearest to us.

    Not what claims to be managed (``foreign``, by id), nor what other projects keep to themselves.
    """
    nearest: dict[Key, tuple[int, list[str]]] = {}
    for found in EXISTING:
        for item in found.items(index):
            nearness = found.nearness(item, index)
            if nearness is None or item["id"] in foreign or item["id"] in index.keys:
                continue
            name = found.name_of(item, index)
            if name is None:
                continue
            key = index.key(found.name, name)
            index.keys[item["id"]] = key
            best, ids = nearest.get(key, (nearness, []))
            if nearness < best:
                best, ids = nearness, []
            nearest[key] = (best, [*ids, found.id_of(item)] if nearness == best else ids)
    return {key: tuple(ids) for key, (_, ids) in nearest.items()}


def _identify(
    kinds: Iterable[Kind[Any]], index: Index, managed: dict[Key, tuple[Kind[Any], Any]], twins: dict[Key, Key]
) -> list[Foreign]:
    """Adds what is managed of these kinds, and what is one too many. What claims to be managed and is not."""
    foreign: list[Foreign] = []
    for kind in kinds:
        claims: dict[Key, dict[str, Any]] = {}
        for item in sorted(kind.items(index), key=age):
            key = kind.recognise(item, index)
            if isinstance(key, Foreign):
                foreign.append(key)
            elif key is not None:
                # The same one may come again: on two pages of a list that moved, or with two addresses.
                claims.setdefault(key, {}).setdefault(item["id"], item)
                index.keys.setdefault(item["id"], key)
        for key, claiming in claims.items():
            items = list(claiming.values())
            # Two with one mark: a second create after a reply that was lost. One stays, the other gets a Key that
            # no one asks for, and is removed as such.
            for place, item in enumerate(items if len(items) == 1 else ranked(items, kind, index)):
                own = Key(key.target, key.kind, f"{key.name}~{item['id']}") if place else key
                managed[own] = (kind, item)
                index.keys[item["id"]] = own
                if place:
                    twins[own] = key
    return foreign
