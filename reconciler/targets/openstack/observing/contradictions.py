"""What one listing of an observation names and another one of the same observation lacks. Pure.

An answer may be empty or short by a fault, and what it lacks would be made a second time. Some names are old and right:
Nova goes on reporting for a while what a server had, and others share things with a project. So what is named and
missing is asked for by itself (`driver.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from reconciler.targets.openstack.kinds.address_group import ADDRESS_GROUPS
from reconciler.targets.openstack.kinds.floating_ip import FLOATING_IPS
from reconciler.targets.openstack.kinds.network import NETWORKS
from reconciler.targets.openstack.kinds.port import PORTS
from reconciler.targets.openstack.kinds.qos_policy import QOS_POLICIES
from reconciler.targets.openstack.kinds.router import ROUTERS
from reconciler.targets.openstack.kinds.security_group import SECURITY_GROUPS
from reconciler.targets.openstack.kinds.subnet import SUBNETS
from reconciler.targets.openstack.kinds.users import SERVERS
from reconciler.targets.openstack.kinds.volume import VOLUMES
from reconciler.targets.rest import Listing

Items = Mapping[Listing, Sequence[Any]]

SINGLE: Mapping[Listing, tuple[str, str]] = {
    NETWORKS: ("/v2.0/networks/{id}", "network"),
    SUBNETS: ("/v2.0/subnets/{id}", "subnet"),
    PORTS: ("/v2.0/ports/{id}", "port"),
    ROUTERS: ("/v2.0/routers/{id}", "router"),
    SECURITY_GROUPS: ("/v2.0/security-groups/{id}", "security_group"),
    ADDRESS_GROUPS: ("/v2.0/address-groups/{id}", "address_group"),
    QOS_POLICIES: ("/v2.0/qos/policies/{id}", "policy"),
    SERVERS: ("/servers/{id}", "server"),
    VOLUMES: ("/volumes/{id}", "volume"),
}
"""How one item of a listing is asked for, and the name that it has in the answer."""


class Missing(NamedTuple):
    """An id that ``by``, in words, names, and that is not in the listing it belongs to.

    ``device``: the id is that of a server of which no port is listed, whatever its id would be.
    """

    listing: Listing
    id: str
    by: str
    device: bool = False

    @property
    def named(self) -> str:
        """What is named, for people."""
        return "a port of its own" if self.device else f"{SINGLE[self.listing][1].replace('_', ' ')} {self.id}"


def contradictions(items: Items) -> list[Missing]:
    """Each id that is named and missing, once. Raises KeyError and the like for items that lack what they promise."""
    found = list(_contradictions(items))
    for one in found:
        if not isinstance(one.id, str):
            raise TypeError(f"{one.by} names {one.id!r} as an id")
    return found


def _contradictions(items: Items) -> list[Missing]:
    there = {listing: {item["id"] for item in items.get(listing, ())} for listing in SINGLE}
    found: dict[tuple[Listing, str], Missing] = {}
    for one in _names(items):
        # What is listed only where it may matter is not doubted where it was not asked for.
        if one.listing in items and one.id not in there[one.listing]:
            found.setdefault((one.listing, one.id), one)
    return [*found.values(), *_without_ports(items)]


def gone_servers(missing: Iterable[Missing]) -> frozenset[str]:
    return frozenset(one.id for one in missing if one.listing is SERVERS)


def _without_ports(items: Items) -> Iterator[Missing]:
    """Servers that have addresses, of which no port is listed: Nova reports MAC addresses and no ids of ports."""
    devices = {port["device_id"] for port in items.get(PORTS, ())}
    for server in items.get(SERVERS, ()):
        if server.get("addresses") and server["id"] not in devices:
            yield Missing(PORTS, server["id"], f"server {server['id']}", device=True)


def _names(items: Items) -> Iterator[Missing]:
    """Every id of a project's own that its items name."""
    yield from _of_ports(items)
    for server in items.get(SERVERS, ()):
        for volume in server.get("os-extended-volumes:volumes_attached", ()):
            yield Missing(VOLUMES, volume["id"], f"server {server['id']}")
    for network in items.get(NETWORKS, ()):
        yield from _policy(network, f"network {network['id']}")
    for subnet in items.get(SUBNETS, ()):
        yield Missing(NETWORKS, subnet["network_id"], f"subnet {subnet['id']}")
    for floating in items.get(FLOATING_IPS, ()):
        by = f"floating IP {floating['id']}"
        yield from _policy(floating, by)
        if floating.get("port_id"):
            yield Missing(PORTS, floating["port_id"], by)
        if floating.get("router_id"):
            yield Missing(ROUTERS, floating["router_id"], by)
    for group in items.get(SECURITY_GROUPS, ()):
        for rule in group["security_group_rules"]:
            if named := rule.get("remote_group_id"):
                yield Missing(SECURITY_GROUPS, named, f"rule {rule['id']}")
            if named := rule.get("remote_address_group_id"):
                yield Missing(ADDRESS_GROUPS, named, f"rule {rule['id']}")


def _of_ports(items: Items) -> Iterator[Missing]:
    own = {network["id"]: network["project_id"] for network in items.get(NETWORKS, ())}
    for port in items.get(PORTS, ()):
        by = f"port {port['id']}"
        yield Missing(NETWORKS, port["network_id"], by)
        yield from _device(port, by)
        # The subnets of a network of another actor are not listed.
        if own.get(port["network_id"]) == port["project_id"]:
            yield from (Missing(SUBNETS, ip["subnet_id"], by) for ip in port["fixed_ips"])
        yield from (Missing(SECURITY_GROUPS, group, by) for group in port.get("security_groups", ()))
        yield from _policy(port, by)


def _device(port: Any, by: str) -> Iterator[Missing]:
    if port["device_owner"].startswith("compute:") and port["device_id"]:
        yield Missing(SERVERS, port["device_id"], by)
    elif port["device_owner"] == "network:router_interface":
        yield Missing(ROUTERS, port["device_id"], by)


def _policy(user: Any, by: str) -> Iterator[Missing]:
    if user.get("qos_policy_id"):
        yield Missing(QOS_POLICIES, user["qos_policy_id"], by)
