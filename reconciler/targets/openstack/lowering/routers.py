"""A router becomes a router, its interfaces and its static routes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address

from reconciler.documents.blueprint import PlacedRouter
from reconciler.documents.checking.addresses import canonical
from reconciler.documents.words.routing import Router, StaticRoute
from reconciler.model import Key
from reconciler.targets.openstack.kinds.router import RouterSpec
from reconciler.targets.openstack.kinds.router_interface import RouterInterfaceSpec, interface_key
from reconciler.targets.openstack.kinds.router_routes import Route, RouterRoutesSpec, routes_key
from reconciler.targets.openstack.lowering.expansion import Expansion, Link


def expand_router(expansion: Expansion, router: PlacedRouter, links: Mapping[tuple[str, str], Link]) -> None:
    place = router.spot.place()
    key = Key(router.vim, "router", f"{expansion.blueprint.name}/{router.name}")
    external = Key(router.vim, "existing-network", router.external_network) if router.external_network else None
    written = router.written if isinstance(router.written, Router) else None
    given = written.external_addresses if written else None
    addresses = tuple(sorted(map(canonical, given))) if given else None
    snat = written.snat if written else None
    expansion.add(key, RouterSpec(external_network=external, external_addresses=addresses, snat=snat), place)
    legs = {subnet: network for name in router.links for subnet, network, _ in links[router.vim, name].subnets}
    for subnet in legs:
        expansion.add(interface_key(key, subnet), RouterInterfaceSpec(router=key, subnet=subnet), place)
    if written and written.routes:
        expansion.add(routes_key(key), _routes(key, written.routes, legs), place)


def _routes(
    router: Key, routes: Sequence[StaticRoute], legs: Mapping[Key, IPv4Network | IPv6Network]
) -> RouterRoutesSpec:
    def route(one: StaticRoute) -> Route:
        next_hop = ip_address(one.next_hop)
        via = next((interface_key(router, subnet) for subnet, network in legs.items() if next_hop in network), None)
        return Route(canonical(one.destination), str(next_hop), via)

    return RouterRoutesSpec(router, tuple(sorted(map(route, routes), key=lambda one: one[:2])))
