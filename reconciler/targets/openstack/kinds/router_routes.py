"""router-routes: the static routes of a router. API reference: Networking v2.0, extra route extension.

Neutron takes no routes when a router is made, and only those whose next hop its interfaces reach: so they are a
resource of their own, made after the interfaces and gone before them. All routes of a router are one: the API
replaces them as a whole. They are managed when the router is, whoever made them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import ClassVar, NamedTuple

from reconciler.model import Key, Observed, Spec
from reconciler.targets.openstack.kinds.declared import OpenStackKind, neutron_extension
from reconciler.targets.openstack.kinds.describing import Documents
from reconciler.targets.openstack.kinds.router import ROUTERS
from reconciler.targets.openstack.kinds.router_interface import interface_key, legs
from reconciler.targets.openstack.kinds.subnet import SUBNETS
from reconciler.targets.rest import GONE, Changes, Ids, Index, Json, Request


class Route(NamedTuple):
    """``via``: the router interface that reaches the next hop; None where the gateway does."""

    destination: str
    next_hop: str
    via: Key | None = None

    def __str__(self) -> str:
        return f"{self.destination} via {self.next_hop}"


@dataclass(frozen=True, slots=True)
class RouterRoutesSpec(Spec):
    """``routes`` is sorted by destination and next hop, and never empty."""

    rank: ClassVar[int] = 90
    immutable: ClassVar[frozenset[str]] = frozenset({"router"})

    router: Key
    routes: tuple[Route, ...]


def routes_key(router: Key) -> Key:
    return Key(router.target, "router-routes", router.name)


class RouterRoutesKind(OpenStackKind[RouterRoutesSpec]):
    name = "router-routes"
    spec = RouterRoutesSpec
    listing = ROUTERS
    by_part = True
    requirements = (
        neutron_extension(
            "extraroute",
            "routers with `routes`",
            "a step that needs static routes fails and says why, all else works",
            "routes",
        ),
    )

    def items(self, index: Index) -> Iterable[Json]:
        """One item for each router with routes. Its id is none of the API's: that of the router is the router's."""
        return [
            {"id": f"{router['id']}/routes", "router_id": router["id"], "routes": router["routes"]}
            for router in index.items[ROUTERS]
            if router.get("routes")
        ]

    def identify(self, item: Json, index: Index) -> Key | None:
        router = index.keys.get(item["router_id"])
        return routes_key(router) if router else None

    def decode(self, key: Key, item: Json, index: Index) -> Observed:
        router, subnets = index.keys[item["router_id"]], legs(index)[item["router_id"]]
        routes = sorted((route["destination"], route["nexthop"]) for route in item["routes"])
        spec = RouterRoutesSpec(router, tuple(Route(to, hop, _via(router, hop, subnets, index)) for to, hop in routes))
        return Observed(key=key, spec=spec, id=item["id"])

    def create(self, key: Key, spec: RouterRoutesSpec, ids: Ids, owner: str) -> Request:
        return _put(spec.router, spec.routes, ids)

    def update(
        self, observed: Observed, spec: RouterRoutesSpec, changes: Changes, ids: Ids, owner: str
    ) -> Iterator[Request]:
        yield _put(spec.router, spec.routes, ids)

    def delete(self, observed: Observed, spec: RouterRoutesSpec, ids: Ids) -> Request:
        return _put(spec.router, (), ids)

    def describe(self, key: Key, spec: RouterRoutesSpec, documents: Documents) -> None:
        router = documents.part(spec.router)
        if router is not None:
            router["routes"] = [{"destination": route.destination, "nextHop": route.next_hop} for route in spec.routes]


def _put(router: Key, routes: tuple[Route, ...], ids: Ids) -> Request:
    body = [{"destination": route.destination, "nexthop": route.next_hop} for route in routes]
    done = frozenset() if routes else GONE
    return Request(
        "PUT", "network", f"{ROUTERS.path}/{{id}}", ids[router], body={"router": {"routes": body}}, done=done
    )


def _via(router: Key, next_hop: str, subnets: Iterable[str], index: Index) -> Key | None:
    cidrs = index.table("cidr by subnet", ((subnet["id"], subnet["cidr"]) for subnet in index.items[SUBNETS]))
    for subnet in subnets:
        managed = index.keys.get(subnet)
        if managed and any(ip_address(next_hop) in ip_network(cidr) for cidr in cidrs[subnet]):
            return interface_key(router, managed)
    return None
