"""server-group: keeps the servers of a VDU together or apart. API reference: Compute v2.1, os-server-groups."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from reconciler.model import Key, Observed, Spec
from reconciler.targets.openstack.kinds.adoption import Survey
from reconciler.targets.openstack.kinds.declared import NOVA, OpenStackKind, Right, read_right
from reconciler.targets.openstack.kinds.marks import fixed_key, fixed_name
from reconciler.targets.openstack.kinds.users import SERVERS, is_left_to_others
from reconciler.targets.rest import Ids, Index, Json, Listing, Request, by_offset

SERVER_GROUPS = Listing("compute", "/os-server-groups", "server_groups", page=by_offset, project="project_id")


@dataclass(frozen=True, slots=True)
class ServerGroupSpec(Spec):
    """``policy``: affinity, anti-affinity, soft-affinity or soft-anti-affinity.

    ``max_per_host``: how many of its servers anti-affinity lets a host have; None for one.
    """

    rank: ClassVar[int] = 130
    immutable: ClassVar[frozenset[str]] = frozenset({"policy", "max_per_host"})

    policy: str
    max_per_host: int | None = None


class ServerGroupKind(OpenStackKind[ServerGroupSpec]):
    name = "server-group"
    spec = ServerGroupSpec
    listing = SERVER_GROUPS
    quota = "server groups"
    rights = (
        read_right("compute", SERVER_GROUPS.path, f"{NOVA}os-server-groups:index"),
        Right("compute", "POST", "/os-server-groups", (f"{NOVA}os-server-groups:create",)),
        Right("compute", "DELETE", "/os-server-groups/{id}", (f"{NOVA}os-server-groups:delete",)),
    )

    def identify(self, item: Json, index: Index) -> Key | None:
        name = fixed_key(item["name"], index.owner)
        members = set(item.get("members") or ())
        if name is None or is_left_to_others((one for one in index.items[SERVERS] if one["id"] in members), index):
            return None
        return index.key(self.name, name)

    def decode(self, key: Key, item: Json, index: Index) -> Observed:
        most = int((item.get("rules") or {}).get("max_server_per_host", 1))
        spec = ServerGroupSpec(policy=item["policy"], max_per_host=most if most > 1 else None)
        return Observed(key, spec, item["id"])

    def create(self, key: Key, spec: ServerGroupSpec, ids: Ids, owner: str) -> Request:
        body: dict[str, Json] = {"name": fixed_name(owner, key.name), "policy": spec.policy}
        if spec.max_per_host is not None:
            body["rules"] = {"max_server_per_host": spec.max_per_host}
        return Request("POST", "compute", SERVER_GROUPS.path, body={"server_group": body}, answer="server_group")

    def alike(self, server: Json, survey: Survey) -> Hashable:
        return survey.once(_group_of).get(server["id"])


def _group_of(survey: Survey) -> Mapping[str, str]:
    """By id of a server that of its group."""
    return {member: group["id"] for group in survey.items("server-group") for member in group.get("members", ())}
