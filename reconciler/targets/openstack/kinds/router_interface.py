"""router-interface: a router's leg in one subnet. API reference: Networking v2.0, add interface to router.

It has no name, description or id of its own to mark: it is managed when both its router and its subnet are, and its
Key follows from theirs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from reconciler.model import Key, Observed, Spec
from reconciler.model.resources import Canvas
from reconciler.targets.openstack.kinds.declared import OpenStackKind, Right
from reconciler.targets.openstack.kinds.describing import Documents, last
from reconciler.targets.openstack.kinds.port import PORTS
from reconciler.targets.openstack.kinds.subnet import SubnetSpec
from reconciler.targets.rest import GONE, Ids, Index, Json, Named, Request

INTERFACE_OWNERS = ("network:router_interface", "network:ha_router_replicated_interface")


def interface_key(router: Key, subnet: Key) -> Key:
    """The Key of the interface of ``router`` in ``subnet``, both of one service: vcpe/internet/lan/ipv4."""
    return Key(router.target, "router-interface", f"{router.name}/{subnet.name.partition('/')[2]}")


@dataclass(frozen=True, slots=True)
class RouterInterfaceSpec(Spec):
    rank: ClassVar[int] = 80
    immutable: ClassVar[frozenset[str]] = frozenset({"router", "subnet"})

    router: Key
    subnet: Key

    def draw(self, key: Key, canvas: Canvas) -> None:
        subnet = canvas.spec_of(self.subnet)
        if isinstance(subnet, SubnetSpec):
            canvas.edge(canvas.node(key.target, "router", self.router.name), canvas.network(subnet.network), key)


def legs(index: Index) -> Mapping[str, list[str]]:
    """The subnets that each router has an interface in, all by id."""
    return index.table(
        "subnets by router",
        (
            (port["device_id"], address["subnet_id"])
            for port in index.items[PORTS]
            if port["device_owner"].startswith(INTERFACE_OWNERS)
            for address in port["fixed_ips"]
        ),
    )


class RouterInterfaceKind(OpenStackKind[RouterInterfaceSpec]):
    name = "router-interface"
    spec = RouterInterfaceSpec
    listing = PORTS
    by_part = True
    rights = (
        Right("network", "PUT", "/v2.0/routers/{id}/add_router_interface", ("add_router_interface",)),
        Right("network", "PUT", "/v2.0/routers/{id}/remove_router_interface", ("remove_router_interface",)),
    )

    def names(self, index: Index) -> Iterator[Named]:
        for port in index.items[PORTS]:
            if port["device_owner"] == "network:router_interface":
                yield Named("router", port["device_id"], f"port {port['id']}")

    def items(self, index: Index) -> Iterable[Json]:
        """One item for each fixed address of an interface port: an IPv6 port may be in several subnets."""
        return [
            {"id": port["id"], "router_id": port["device_id"], "subnet_id": address["subnet_id"]}
            for port in index.items[PORTS]
            if port["device_owner"].startswith(INTERFACE_OWNERS)
            for address in port["fixed_ips"]
        ]

    def identify(self, item: Json, index: Index) -> Key | None:
        router, subnet = index.keys.get(item["router_id"]), index.keys.get(item["subnet_id"])
        if router is None or subnet is None or router.service != subnet.service:
            return None
        return interface_key(router, subnet)

    def decode(self, key: Key, item: Json, index: Index) -> Observed:
        spec = RouterInterfaceSpec(router=index.keys[item["router_id"]], subnet=index.keys[item["subnet_id"]])
        return Observed(key=key, spec=spec, id=item["id"])

    def create(self, key: Key, spec: RouterInterfaceSpec, ids: Ids, owner: str) -> Request:
        return Request(
            "PUT",
            "network",
            "/v2.0/routers/{id}/add_router_interface",
            ids[spec.router],
            body={"subnet_id": ids[spec.subnet]},
            answer="port_id",
        )

    def delete(self, observed: Observed, spec: RouterInterfaceSpec, ids: Ids) -> Request:
        return Request(
            "PUT",
            "network",
            "/v2.0/routers/{id}/remove_router_interface",
            ids[spec.router],
            body={"subnet_id": ids[spec.subnet]},
            done=GONE,
        )

    def describe(self, key: Key, spec: RouterInterfaceSpec, documents: Documents) -> None:
        router, subnet = documents.part(spec.router), documents.spec(spec.subnet, SubnetSpec)
        if router is not None and subnet:
            links = router.setdefault("virtualLinks", [])
            if (link := last(subnet.network)) not in links:
                links.append(link)
