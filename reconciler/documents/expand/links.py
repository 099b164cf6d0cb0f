"""A virtual link becomes a network and its subnets."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

from reconciler.documents.addresses import canonical
from reconciler.documents.expand.expansion import Expansion, Link
from reconciler.documents.links import AUTOMATIC, subnet_names, subnets_of
from reconciler.model import Key, Place
from reconciler.resources.openstack.network import NetworkSpec
from reconciler.resources.openstack.subnet import NO_GATEWAY, HostRoute, Pool, SubnetSpec


def expand_link(expansion: Expansion, vim: str, parent: str, link: Any, place: Place) -> Link:
    if "existing" in link:
        return Link(Key(vim, "existing-network", link["existing"]), existing=True)
    network = Key(vim, "network", f"{parent}/{link['name']}")
    secured = link.get("portSecurity", True)
    expansion.add(network, _network(vim, link), place)
    subnets: list[tuple[Key, Any, bool]] = []
    for name, subnet in zip(subnet_names(link), subnets_of(link), strict=True):
        key = Key(vim, "subnet", f"{network.name}/{name}")
        spec = _subnet(network, subnet)
        expansion.add(key, spec, place)
        subnets.append((key, ip_network(spec.cidr), spec.ipv6_address_mode in AUTOMATIC))
    return Link(network, subnets=tuple(subnets), port_security=secured)


def qos_policy(vim: str, part: Any) -> Key | None:
    """The existing QoS policy that a virtual link or an interface names."""
    return Key(vim, "existing-qos-policy", part["qosPolicy"]) if "qosPolicy" in part else None


def _network(vim: str, link: Any) -> NetworkSpec:
    provider = link.get("provider", {})
    return NetworkSpec(
        mtu=link.get("mtu"),
        port_security=link.get("portSecurity", True),
        network_type=provider.get("type"),
        physical_network=provider.get("physicalNetwork"),
        segmentation_id=provider.get("segmentationId"),
        shared=link.get("shared", False),
        external=link.get("external", False),
        dns_domain=link.get("dnsDomain", ""),
        qos_policy=qos_policy(vim, link),
    )


def _subnet(network: Key, subnet: Any) -> SubnetSpec:
    gateway = subnet.get("gateway")
    pools = subnet.get("allocationPools")
    return SubnetSpec(
        network=network,
        cidr=canonical(subnet["cidr"]),
        gateway=NO_GATEWAY if gateway is False else canonical(gateway) if gateway else None,
        dhcp=subnet.get("dhcp", True),
        dns_servers=tuple(map(canonical, subnet.get("dnsServers", ()))),
        allocation_pools=tuple(sorted(Pool(canonical(p["start"]), canonical(p["end"])) for p in pools))
        if pools
        else None,
        host_routes=tuple(
            sorted(
                HostRoute(canonical(r["destination"]), canonical(r["nextHop"])) for r in subnet.get("hostRoutes", ())
            )
        ),
        ipv6_address_mode=subnet.get("ipv6AddressMode"),
    )
