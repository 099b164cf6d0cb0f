"""A service access point becomes floating IPs, one for each instance behind its connection point."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from reconciler.documents.checking.placed import PlacedRouter
from reconciler.documents.checking.pools import address_pools, addresses_at
from reconciler.documents.expand.expansion import Expansion, Link
from reconciler.documents.expand.qos import qos_policy
from reconciler.documents.reading.marks import Path
from reconciler.model import Key
from reconciler.resources.openstack.floating_ip import FloatingIpSpec
from reconciler.resources.openstack.port import PortSpec
from reconciler.resources.openstack.router_interface import interface_key


def expand_floating_ips(expansion: Expansion, path: Path, point: Any, links: Mapping[tuple[str, str], Link]) -> None:
    """One floating IP for each instance behind the connection point."""
    placed = expansion.placed
    vnf_name, cp = point["connectionPoint"]["vnf"], point["connectionPoint"]["name"]
    vim = placed.vims[vnf_name]
    place = placed.subject.place(*path)
    link_name = placed.vnf_items[vnf_name][1]["connect"][cp]
    router = placed.router_on.get((link_name, vim))
    pools = address_pools(point.get("addresses", ()))
    ports = expansion.points.get((vnf_name, cp), [])
    named = {port: addresses_at(pools, index) for index, port in enumerate(_lasting(expansion, ports))}
    policy = qos_policy(vim, point.get("qosPolicy"), expansion.policies.get(vim, {}))
    for port in ports:
        instance = port.name.rsplit("/", 2)[1]
        key = Key(vim, "floating-ip", f"{placed.name}/{point['name']}/{instance}")
        external = Key(vim, "existing-network", placed.external[point["name"]])
        via = _via(expansion, router, links[vim, link_name], port) if router else None
        (address,) = named.get(port) or (None,)
        spec = FloatingIpSpec(external_network=external, port=port, via=via, address=address, qos_policy=policy)
        expansion.add(key, spec, place, instance=expansion.resources[port].instance)


def _lasting(expansion: Expansion, ports: Iterable[Key]) -> list[Key]:
    """The ports but those of instances that only stand beside the others for a while."""
    parts = ((port, expansion.resources[port].instance) for port in ports)
    return [port for port, part in parts if part is None or not part.surge]


def _via(expansion: Expansion, router: PlacedRouter, link: Link, port: Key) -> Key | None:
    """The router interface that carries the floating IP of a port: that in the subnet of its IPv4 address."""
    spec = expansion.resources[port].spec
    addresses = spec.fixed_ips if isinstance(spec, PortSpec) else None
    used = {ip.subnet for ip in addresses or ()}
    key = Key(router.vim, "router", f"{expansion.placed.name}/{router.name}")
    return next((interface_key(key, s) for s, network, _ in link.subnets if s in used and network.version == 4), None)
