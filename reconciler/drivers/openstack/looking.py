"""From the raw listings of a VIM to a World: who is ours, what is there besides, and how ours looks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from reconciler.drivers.openstack.asking import Survey
from reconciler.model import Key, Observed, TargetUnknown, World
from reconciler.resources.openstack import EXISTING, KINDS
from reconciler.resources.openstack.kind import Index, Kind, Listing
from reconciler.resources.openstack.sizing import fitting_flavors

SURVEY = Survey(KINDS, EXISTING)
LISTINGS = SURVEY.listings


def world_of(
    target: str, owner: str, items: Mapping[Listing, Sequence[Any]], lacking: Mapping[Listing, str] | None = None
) -> World:
    """The World behind the raw items of the `LISTINGS` that were asked; ``lacking``: why the cloud has no such API.

    Raises TargetUnknown when they break the API's promises.
    """
    try:
        return _world_of(target, owner, {listing: items.get(listing, ()) for listing in LISTINGS}, lacking or {})
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise TargetUnknown(
            f"VIM {target} can't be looked at: its answers lack what the API promises: {error!r}",
            "`magi doctor` tells what the cloud lacks",
        ) from error


def _world_of(target: str, owner: str, items: Mapping[Listing, Sequence[Any]], lacking: Mapping[Listing, str]) -> World:
    index = Index(target, owner, items)
    ours: dict[Key, tuple[Kind[Any], Any]] = {}
    _identify((kind for kind in KINDS if not kind.named_by_content), index, ours)
    existing: dict[Key, tuple[str, ...]] = {}
    for found in EXISTING:
        for item in found.items(index):
            if item["id"] in index.keys:
                continue
            key = index.key(found.name, item["name"])
            existing[key] = (*existing.get(key, ()), item["id"])
            index.keys[item["id"]] = key
    existing |= fitting_flavors(index)
    _identify((kind for kind in KINDS if kind.named_by_content), index, ours)
    observed: dict[Key, Observed] = {key: kind.decode(key, item, index) for key, (kind, item) in ours.items()}
    cannot = {kind: reason for listing, reason in lacking.items() for kind in SURVEY.kinds_of[listing]}
    return World(target, observed, existing, cannot)


def _identify(kinds: Iterable[Kind[Any]], index: Index, ours: dict[Key, tuple[Kind[Any], Any]]) -> None:
    """Adds what is ours of these kinds."""
    for kind in kinds:
        for item in sorted(kind.items(index), key=_age):
            key = kind.identify(item, index)
            if key is None:
                continue
            if key in ours:
                if ours[key][1]["id"] == item["id"]:
                    continue  # The same one again: on two pages of a list that moved, or with two addresses.
                # Two with one mark: a second create after a reply that was lost. The older stands, the other one
                # gets a Key that nobody asks for, and is removed as such.
                key = Key(key.target, key.kind, f"{key.name}~{item['id']}")
            ours[key] = (kind, item)
            index.keys[item["id"]] = key


def _age(item: Any) -> tuple[str, str]:
    return (item.get("created_at") or item.get("created") or "", item["id"])
