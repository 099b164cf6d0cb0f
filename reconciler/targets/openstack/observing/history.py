"""What a cloud remembers of its resources: when they were last changed, and by whom.

Nova reports the actions on a server with the user of each (Compute v2.1, os-instance-actions), Neutron and Cinder when
something of a resource last changed (Networking v2.0, standard-attr-timestamp; Block Storage v3).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from keystoneauth1 import exceptions as ks

from reconciler.model import Key, Observed, Trace
from reconciler.targets.openstack.kinds import KINDS
from reconciler.targets.openstack.kinds.neutron import NeutronKind
from reconciler.targets.openstack.session.connection import Connection

THIS_LOGIN = "this login"
_NEUTRON = {kind.name: kind for kind in KINDS if isinstance(kind, NeutronKind)}


def traces(connection: Connection, resources: Iterable[Observed]) -> Mapping[Key, Trace]:
    """The last change of each resource that the cloud reports of: one request a resource."""
    found: dict[Key, Trace] = {}
    for resource in resources:
        try:
            trace = _trace(connection, resource)
        except (ks.ClientException, ValueError, KeyError, TypeError, IndexError):
            continue
        if trace:
            found[resource.key] = trace
    return found


def _trace(connection: Connection, resource: Observed) -> Trace | None:
    kind = resource.key.kind
    if kind == "server":
        me = str(connection.login().user_id)
        actions = connection.request("GET", "compute", f"/servers/{resource.id}/os-instance-actions").json()[
            "instanceActions"
        ]
        # What was done through another login reports more than what Magi did there since.
        action = next((one for one in actions if one["user_id"] != me), None) or actions[0]
        who = THIS_LOGIN if action["user_id"] == me else f"user {action['user_id']}"
        return Trace(_seconds(action["start_time"]), who, str(action["action"]))
    if kind == "volume":
        volume = connection.request("GET", "block-storage", f"/volumes/{resource.id}").json()["volume"]
        return Trace(_seconds(volume["updated_at"] or volume["created_at"]))
    if kind in _NEUTRON:
        one = _NEUTRON[kind]
        found = connection.request("GET", "network", f"{one.listing.path}/{resource.id}").json()[one.resource]
        return Trace(_seconds(found["updated_at"]), what=f"revision_number {found['revision_number']}")
    return None


def _seconds(text: str) -> float:
    """A time of an API, which is in UTC whether it says so or not, in seconds since the epoch."""
    at = datetime.fromisoformat(text)
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
