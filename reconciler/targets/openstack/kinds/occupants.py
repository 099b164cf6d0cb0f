"""What others have on a managed resource, for which Neutron refuses to remove it (409)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from reconciler.model import Key, Observed
from reconciler.targets.openstack.kinds.neutron import NeutronKind
from reconciler.targets.openstack.kinds.port import PORTS
from reconciler.targets.rest import Index, Json, S

_GO_ALONG = ("network:dhcp", "network:distributed", "network:local_ip", "network:ha_router", "network:floatingip")
"""Owners of ports that go with what they are on, or that no member sees."""
_OF_ROUTERS = ("network:router_", "network:ha_router_replicated_interface")


class OccupiedKind(NeutronKind[S]):
    """A kind of which Neutron removes none that is in use."""

    def decode(self, key: Key, item: Json, index: Index) -> Observed:
        return replace(super().decode(key, item, index), stays=occupied(index, item["id"]))


def occupied(index: Index, place: str) -> str:
    """Who of others uses a network, subnet, router, security group or QoS policy, by its id; "" for no one."""
    found = index.table("ports of others by place", _places(index)).get(place, ())
    if not found:
        return ""
    more = f" and {len(found) - 1} more" if len(found) > 1 else ""
    return f"{min(found)}{more} of another actor uses it"


def _places(index: Index) -> Iterator[tuple[str, str]]:
    """What each port that is not managed uses, by id, with a name of the port for people."""
    for port in index.items[PORTS]:
        owner = port["device_owner"]
        if port["id"] in index.keys:
            continue
        if owner.startswith(_OF_ROUTERS):
            yield from _legs(index, port)
        elif not owner.startswith(_GO_ALONG):
            yield port["network_id"], f"port {port['id']}"
            yield from ((ip["subnet_id"], f"port {port['id']}") for ip in port["fixed_ips"])
            yield from ((group, f"port {port['id']}") for group in port.get("security_groups") or ())
            if policy := port.get("qos_policy_id"):
                yield policy, f"port {port['id']}"


def _legs(index: Index, port: Json) -> Iterator[tuple[str, str]]:
    """An interface of a router is managed where both ends are. Else each end blocks the other one's removal."""
    if port["device_owner"].startswith("network:router_gateway"):
        return
    router, subnets = port["device_id"], [ip["subnet_id"] for ip in port["fixed_ips"]]
    others = [subnet for subnet in subnets if subnet not in index.keys]
    if others:
        yield router, f"an interface in subnet {others[0]}"
    if router not in index.keys:
        yield port["network_id"], f"an interface of router {router}"
        yield from ((subnet, f"an interface of router {router}") for subnet in subnets)
