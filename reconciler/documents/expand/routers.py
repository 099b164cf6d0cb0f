"""A router becomes a router, its interfaces and its static routes."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any

from reconciler.documents.checking.addresses import canonical
from reconciler.documents.checking.placed import PlacedRouter
from reconciler.documents.expand.expansion import Expansion, Link
from reconciler.model import Key
from reconciler.resources.openstack.router import RouterSpec
from reconciler.resources.openstack.router_interface import RouterInterfaceSpec, interface_key
from reconciler.resources.openstack.router_routes import Route, RouterRoutesSpec, routes_key


def expand_router(expansion: Expansion, router: PlacedRouter, links: Mapping[tuple[str, str], Link]) -> None:
    place = expansion.placed.subject.place(*router.path)
    key = Key(router.vim, "router", f"{expansion.placed.name}/{router.name}")
    external = Key(router.vim, "existing-network", router.external_network) if router.external_network else None
    given = router.data.get("externalAddresses")
    addresses = tuple(sorted(map(canonical, given))) if given else None
    spec = RouterSpec(external_network=external, external_addresses=addresses, snat=router.data.get("snat"))
    expansion.add(key, spec, place)
    legs = {subnet: network for name in router.links for subnet, network, _ in links[router.vim, name].subnets}
    for subnet in legs:
        expansion.add(interface_key(key, subnet), RouterInterfaceSpec(router=key, subnet=subnet), place)
    if router.data.get("routes"):
        expansion.add(routes_key(key), _routes(key, router.data["routes"], legs), place)


def _routes(router: Key, routes: Any, legs: Mapping[Key, Any]) -> RouterRoutesSpec:
    def route(one: Any) -> Route:
        next_hop = ip_address(one["nextHop"])
        via = next((interface_key(router, subnet) for subnet, network in legs.items() if next_hop in network), None)
        return Route(canonical(one["destination"]), str(next_hop), via)

    return RouterRoutesSpec(router, tuple(sorted(map(route, routes), key=lambda one: one[:2])))
