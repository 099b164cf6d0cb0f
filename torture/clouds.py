"""The clouds as they are, asked without Magi and without the proxy."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from torture.ledger import described, named

Item = dict[str, Any]
LISTINGS: Mapping[str, tuple[str, str, str]] = {
    "network": ("network", "/v2.0/networks", "networks"),
    "subnet": ("network", "/v2.0/subnets", "subnets"),
    "port": ("network", "/v2.0/ports", "ports"),
    "router": ("network", "/v2.0/routers", "routers"),
    "floating-ip": ("network", "/v2.0/floatingips", "floatingips"),
    "security-group": ("network", "/v2.0/security-groups", "security_groups"),
    "address-group": ("network", "/v2.0/address-groups", "address_groups"),
    "trunk": ("network", "/v2.0/trunks", "trunks"),
    "qos-policy": ("network", "/v2.0/qos/policies", "policies"),
    "server": ("compute", "/servers/detail", "servers"),
    "keypair": ("compute", "/os-keypairs", "keypairs"),
    "server-group": ("compute", "/os-server-groups", "server_groups"),
    "flavor": ("compute", "/flavors/detail", "flavors"),
    "volume": ("block-storage", "/volumes/detail", "volumes"),
    "image": ("image", "/v2/images", "images"),
}
"""By kind: the service, the path, and what the list is called in the answer."""
OWNER = "torture"

_OWN_WAY = frozenset(
    [
        "id",
        "created_at",
        "updated_at",
        "created",
        "updated",
        "revision_number",
        "tenant_id",
        "project_id",
        "user_id",
        "mac_address",
        "ip_address",
        "segmentation_id",
        "provider:segmentation_id",
        "provider:network_type",
        "provider:physical_network",
        "provider:segments",
        "floating_ip_address",
        "fixed_ip_address",
        "ip",
        "addresses",
        "links",
        "hostId",
        "host_status",
        "progress",
        "attached_at",
        "attachment_id",
        "binding:host_id",
        "binding:profile",
        "binding:vif_details",
        "binding:vif_type",
        "host",
        "owner",
        "owner_id",
        "schema",
        "self",
        "file",
        "direct_url",
        "OS-SRV-USG:launched_at",
        "OS-SRV-USG:terminated_at",
        "os-vol-host-attr:host",
        "os-vol-tenant-attr:tenant_id",
        "magi:by",
        "magi_by",
        "magi:user-data",
        "device",
        "fingerprint",
        "owner_user_name",
        "owner_project_name",
        "pinned_availability_zone",
        "os-vol-mig-status-attr:name_id",
        "os-vol-mig-status-attr:migstat",
        "migration_status",
        "consumes_quota",
        "cluster_name",
        "group_id",
        "provider_id",
        "service_uuid",
        "locations",
        "member_count",
        "size",
        "virtual_size",
        "encryption_key_id",
        "stores",
        "tags",
        "volumes_attached",
        "host_name",
        "dns_assignment",
        "standard_attr_id",
        "ipv4_address_scope",
        "ipv6_address_scope",
        "availability_zones",
    ]
)
"""Attributes that differ between two clouds that hold the same."""


class Cloud:
    """One entry of a clouds.yaml."""

    def __init__(self, file: Path, entry: str) -> None:
        self.entry = entry
        self._file = file

    @cached_property
    def _session(self) -> Any:
        from openstack.config import OpenStackConfig  # noqa: PLC0415  (half a second, which collecting tests needs not)

        config = OpenStackConfig(config_files=[str(self._file)]).get_one(self.entry)
        return config.get_session()

    @cached_property
    def project(self) -> str:
        return str(self._session.get_project_id())

    def ask(self, method: str, service: str, path: str, body: Any = None) -> Any:
        """The decoded answer, None where it has no body. Raises OSError with what was answered to a refusal."""
        # Endpoints of some clouds end with the version, of others not.
        endpoint = self._session.get_endpoint(service_type=service, interface="public").rstrip("/")
        version = {"network": "/v2.0", "image": "/v2"}.get(service, "")
        if version and endpoint.endswith(version):
            path = path.removeprefix(version)
        headers = {"OpenStack-API-Version": "compute 2.79"} if service == "compute" else {}
        options = {"json": body} if body is not None else {}
        answer = self._session.request(
            f"{endpoint}{path}", method, headers=headers, raise_exc=False, redirect=False, **options
        )
        if answer.status_code >= 400:
            raise OSError(f"{method} {path}: {answer.status_code} {answer.text[:300]}")
        return answer.json() if answer.content else None

    def holds(self) -> Holding:
        """All that the project has, and what is public."""
        found = {kind: list(self._listed(kind)) for kind in LISTINGS}
        return Holding(self.entry, self.project, found)

    def _listed(self, kind: str) -> Iterator[Item]:
        service, path, name = LISTINGS[kind]
        try:
            answer = self.ask("GET", service, path)
        except OSError:
            if kind in {"address-group", "qos-policy", "trunk"}:
                return
            raise
        for item in answer[name]:
            yield item["keypair"] if kind == "keypair" else item


@dataclass(frozen=True, slots=True)
class Holding:
    """What a cloud held when it was asked, by kind."""

    entry: str
    project: str
    items: Mapping[str, list[Item]]

    def own(self, kind: str) -> Iterator[Item]:
        """Those of the project of the login."""
        for item in self.items[kind]:
            owner = item.get("project_id") or item.get("tenant_id") or item.get("owner") or ""
            if kind in {"keypair", "flavor"} or owner == self.project or (kind == "volume" and not owner):
                yield item

    def marked(self, kind: str) -> Iterator[tuple[str, Item]]:
        """Those that have Magi's mark, by the name in it."""
        for item in self.own(kind):
            if key := key_of(kind, item):
                yield key, item

    def ids(self) -> dict[str, str]:
        """What exists, by id, as ``kind key``."""
        return {
            item["id"]: f"{kind} {key}" for kind in LISTINGS if kind != "keypair" for key, item in self.marked(kind)
        }

    def names(self) -> dict[str, str]:
        """What each id is of, managed and what is there besides."""
        found = {}
        for kind, items in self.items.items():
            for item in items:
                if "id" in item and kind != "keypair":
                    found[str(item["id"])] = f"<{kind} {key_of(kind, item) or item.get('name')}>"
        return found | {self.project: "<project>"}

    def normal(self) -> dict[tuple[str, str], list[Any]]:
        """What has Magi's mark, without what differs between two clouds that hold the same; by kind and name.

        More than one under a name are twins.
        """
        names = self.names()
        found: defaultdict[tuple[str, str], list[Any]] = defaultdict(list)
        for kind in LISTINGS:
            for key, item in self.marked(kind):
                found[kind, key].append(_normal(item, names))
        return dict(found)


def key_of(kind: str, item: Item) -> str:
    """The name in the mark of the campaign's owner; "" where it has none."""
    if kind in {"server", "volume"}:
        metadata = item.get("metadata") or {}
        return str(metadata.get("magi:key", "")) if metadata.get("magi:owner") == OWNER else ""
    if kind == "image":
        return str(item.get("magi_key", "")) if item.get("magi_owner") == OWNER else ""
    if kind in {"keypair", "server-group"}:
        return named(item["name"]) if item["name"].startswith(f"magi_{OWNER}") else ""
    text = str(item.get("description") or "")
    return described(text) if re.match(rf"magi:{OWNER}(-[0-9a-f]{{12}})? ", text) else ""


def _normal(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {
            name: _normal(one, names)
            for name, one in sorted(value.items())
            # The first rules of a group are Neutron's; made again, they are Magi's and say so.
            if not (name in {"description", "belongs_to_default_sg"} and "direction" in value)
            if not (name in {"size", "virtual_size"} and "disk_format" in value)
            # Whether the backend has wired up a subport depends on what was done before.
            if not (name == "status" and value.get("device_owner") == "trunk:subport")
            if name not in _OWN_WAY and not name.startswith("OS-EXT-SRV-ATTR:")
        }
    if isinstance(value, list):
        return sorted((_normal(one, names) for one in value), key=repr)
    if isinstance(value, str):
        if value in names:
            return names[value]
        if value.startswith("magi:"):
            value = " ".join(value.split(" ")[:2])
        return re.sub(rf"({OWNER})-[0-9a-f]{{12}}(_[0-9a-f]{{16}})?", r"\1", value)
    return value
