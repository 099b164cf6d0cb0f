"""Resources that have one mark, as after a create whose reply was lost: which of them stays, and which are spare."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from reconciler.model import State
from reconciler.targets.openstack.kinds.marks import OWNER, description
from reconciler.targets.rest import Index, Json, Kind

_OF_THE_CLOUD = ("network:dhcp", "network:distributed", "network:ha_router_replicated_interface")
"""Owners of ports that the cloud plugs into every network by itself, used or not."""


def ranked(twins: Sequence[Json], kind: Kind[Any], index: Index) -> list[Json]:
    """The same items, the one that stays first.

    What others refer to stays, as they would have to go for it: what is not managed before what is. What is in
    something says so itself, as a port in a server or a floating IP at a port does, and counts as much as what is
    managed. Then what is ready, then the oldest.
    """
    outside, managed = _uses({item["id"] for item in twins}, index)
    there = {item["id"] for items in index.items.values() for item in items if "id" in item}

    def rank(item: Json) -> tuple[int, int, bool, str, str]:
        ready = kind.state_of(item) in {State.READY, State.STOPPED}
        named = len(there.intersection(_texts(item)) - {item["id"]})
        return (-outside[item["id"]], -managed[item["id"]] - named, not ready, *age(item))

    return sorted(twins, key=rank)


def age(item: Json) -> tuple[str, str]:
    return (item.get("created_at") or item.get("created") or "", item["id"])


def _uses(desired: set[str], index: Index) -> tuple[Mapping[str, int], Mapping[str, int]]:
    """How many items of all listings mention each id: of unmanaged ones, and of managed ones."""
    outside, managed = dict.fromkeys(desired, 0), dict.fromkeys(desired, 0)
    for items in index.items.values():
        for item in items:
            if item.get("device_owner") in _OF_THE_CLOUD:
                continue
            mentioned = desired.intersection(_texts(item)) - {item.get("id")}
            counted = managed if _is_managed(item, index) else outside
            for one in mentioned:
                counted[one] += 1
    return outside, managed


def _is_managed(item: Json, index: Index) -> bool:
    metadata = item.get("metadata")
    if isinstance(metadata, dict) and metadata.get(OWNER) == index.owner:
        return True
    return str(item.get("description") or "").startswith(description(index.owner, ""))


def _texts(value: Any) -> Iterator[str]:
    """Every text in an item. Answers are nested no deeper than their bound."""
    pending: list[Any] = [value]
    while pending:
        one = pending.pop()
        if isinstance(one, str):
            yield one
        else:
            pending += _parts(one)


def _parts(value: Any) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
