"""Which servers use what has its mark in its name alone: with all of them disowned, it is disowned too."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.model import Key
from reconciler.targets.openstack.kinds.marks import OWNER
from reconciler.targets.rest import Index, Json, Listing, Single

ATTACHED = "os-extended-volumes:volumes_attached"
"""The volumes in a server."""

SERVERS = Listing(
    "compute",
    "/servers/detail",
    "servers",
    since="changes-since",
    project="tenant_id",
    single=Single("/servers/{id}", "server"),
)


def is_left_to_others(users: Iterable[Json], index: Index) -> bool:
    """Whether there are servers that use it and none of them is managed."""
    owners = {server["metadata"].get(OWNER) for server in users}
    return bool(owners) and index.owner not in owners


def server_of(part: Key) -> Key:
    """The Key of the server that a port or volume of an instance is named after."""
    return Key(part.target, "server", part.name.rpartition("/")[0])
