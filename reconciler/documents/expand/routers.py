"""A router becomes a router and its interfaces."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.documents.expand.expansion import Expansion, Link
from reconciler.documents.placed import PlacedRouter
from reconciler.model import Key
from reconciler.resources.openstack.router import RouterSpec
from reconciler.resources.openstack.router_interface import RouterInterfaceSpec, interface_key


def expand_router(expansion: Expansion, router: PlacedRouter, links: Mapping[tuple[str, str], Link]) -> None:
    place = expansion.placed.subject.place(*router.path)
    key = Key(router.vim, "router", f"{expansion.placed.name}/{router.name}")
    external = Key(router.vim, "existing-network", router.external_network) if router.external_network else None
    expansion.add(key, RouterSpec(external_network=external), place)
    for name in router.links:
        for subnet, _, _ in links[router.vim, name].subnets:
            expansion.add(interface_key(key, subnet), RouterInterfaceSpec(router=key, subnet=subnet), place)
