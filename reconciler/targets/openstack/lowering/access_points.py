"""A service access point becomes floating IPs, one for each instance behind its connection point."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from reconciler.documents.blueprint import PlacedRouter
from reconciler.documents.checking.pools import address_pools, addresses_at
from reconciler.documents.words.routing import AccessPoint, ConnectionPointOfVnf
from reconciler.model import Key
from reconciler.targets.openstack.kinds.floating_ip import FloatingIpSpec, unused_key
from reconciler.targets.openstack.kinds.port import PortSpec
from reconciler.targets.openstack.kinds.router_interface import interface_key
from reconciler.targets.openstack.lowering.expansion import Expansion, Link
from reconciler.targets.openstack.lowering.qos import qos_policy


def expand_floating_ips(
    expansion: Expansion, point: AccessPoint, at: ConnectionPointOfVnf, links: Mapping[tuple[str, str], Link]
) -> None:
    """One floating IP for each instance behind the connection point that the access point is at."""
    blueprint = expansion.blueprint
    vim = blueprint.vim_of_vnf[at.vnf]
    place = point.spot.place()
    link_name = blueprint.vnf(at.vnf).connect[at.name]
    router = blueprint.router_of_link.get((link_name, vim))
    pools = address_pools(point.addresses)
    ports = expansion.points.get((at.vnf, at.name), [])
    named = {port: addresses_at(pools, index) for index, port in enumerate(_lasting(expansion, ports))}
    policy = qos_policy(vim, point.qos_policy, expansion.policies.get(vim, {}))
    for port in ports:
        instance = port.name.rsplit("/", 2)[1]
        key = Key(vim, "floating-ip", f"{blueprint.name}/{point.name}/{instance}")
        external = Key(vim, "existing-network", blueprint.external_networks[point.name])
        via = _via(expansion, router, links[vim, link_name], port) if router else None
        (address,) = named.get(port) or (None,)
        if point.existing and address is None:
            continue
        taken = unused_key(external, address) if point.existing and address else None
        spec = FloatingIpSpec(external, port, via, address, policy, taken)
        expansion.add(key, spec, place, instance=expansion.resources[port].instance)


def _lasting(expansion: Expansion, ports: Iterable[Key]) -> list[Key]:
    """The ports but those of instances that only exist beside the others for a while."""
    parts = ((port, expansion.resources[port].instance) for port in ports)
    return [port for port, part in parts if part is None or not part.surge]


def _via(expansion: Expansion, router: PlacedRouter, link: Link, port: Key) -> Key | None:
    """The router interface that carries the floating IP of a port: that in the subnet of its IPv4 address."""
    spec = expansion.resources[port].spec
    addresses = spec.fixed_ips if isinstance(spec, PortSpec) else None
    used = {ip.subnet for ip in addresses or ()}
    key = Key(router.vim, "router", f"{expansion.blueprint.name}/{router.name}")
    return next((interface_key(key, s) for s, network, _ in link.subnets if s in used and network.version == 4), None)
