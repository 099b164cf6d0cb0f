"""A virtual link becomes a network and its subnets."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_network
from typing import Any

from reconciler.documents.checking.addresses import canonical
from reconciler.documents.checking.links import AUTOMATIC, subnet_names, subnets_of
from reconciler.documents.expand.expansion import Expansion, Link
from reconciler.documents.expand.qos import qos_policy
from reconciler.model import Key, Place
from reconciler.resources.openstack.network import NetworkSpec
from reconciler.resources.openstack.subnet import NO_GATEWAY, HostRoute, Pool, SubnetSpec


def expand_link(
    expansion: Expansion, vim: str, parent: str, link: Any, place: Place, policies: Mapping[str, Key]
) -> Link:
    """``policies``: the QoS policies of the same document by name."""
    if "existing" in link:
        return Link(Key(vim, "existing-network", link["existing"]), existing=True)
    network = Key(vim, "network", f"{parent}/{link['name']}")
    secured = link.get("portSecurity", True)
    policy = qos_policy(vim, link.get("qosPolicy"), policies)
    expansion.add(network, _network(link, policy), place)
    subnets: list[tuple[Key, Any, bool]] = []
    for name, subnet in zip(subnet_names(link), subnets_of(link), strict=True):
        key = Key(vim, "subnet", f"{network.name}/{name}")
        spec = _subnet(network, subnet)
        expansion.add(key, spec, place)
        subnets.append((key, ip_network(spec.cidr), spec.ipv6_address_mode in AUTOMATIC))
    return Link(network, subnets=tuple(subnets), port_security=secured)


def _network(link: Any, policy: Key | None) -> NetworkSpec:
    provider = link.get("provider", {})
    return NetworkSpec(
        mtu=link.get("mtu"),
        port_security=link.get("portSecurity", True),
        network_type=provider.get("type"),
        physical_network=provider.get("physicalNetwork"),
        segmentation_id=provider.get("segmentationId"),
        shared=link.get("shared", False),
        external=link.get("external", False),
        # As Neutron keeps it, to which case means nothing.
        dns_domain=link.get("dnsDomain", "").lower(),
        qos_policy=policy,
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
