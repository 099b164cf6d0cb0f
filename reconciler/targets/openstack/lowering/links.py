"""A virtual link becomes a network and its subnets."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network

from reconciler.documents.checking.addresses import canonical
from reconciler.documents.checking.links import AUTOMATIC, AnyLink, subnet_names, subnets_of
from reconciler.documents.words.links import Subnet, VirtualLink
from reconciler.model import Key
from reconciler.targets.openstack.kinds.network import NetworkSpec
from reconciler.targets.openstack.kinds.rbac_policy import RbacPolicySpec, share_key
from reconciler.targets.openstack.kinds.subnet import NO_GATEWAY, HostRoute, Pool, SubnetSpec
from reconciler.targets.openstack.lowering.expansion import Expansion, Link
from reconciler.targets.openstack.lowering.qos import qos_policy


def expand_link(expansion: Expansion, vim: str, parent: str, link: AnyLink, policies: Mapping[str, Key]) -> Link:
    """``policies``: the QoS policies of the same document by name."""
    if isinstance(link, VirtualLink) and link.existing is not None:
        return Link(Key(vim, "existing-network", link.existing), existing=True)
    place = link.spot.place()
    network = Key(vim, "network", f"{parent}/{link.name}")
    spec_of_network = _network(link, qos_policy(vim, link.qos_policy, policies))
    expansion.add(network, spec_of_network, place)
    for project in link.shared_with if isinstance(link, VirtualLink) else ():
        expansion.add(share_key(network, project), RbacPolicySpec(network, project), place)
    subnets: list[tuple[Key, IPv4Network | IPv6Network, bool]] = []
    for name, subnet in zip(subnet_names(link), subnets_of(link), strict=True):
        key = Key(vim, "subnet", f"{network.name}/{name}")
        spec = _subnet(network, subnet)
        expansion.add(key, spec, place)
        subnets.append((key, ip_network(spec.cidr), spec.ipv6_address_mode in AUTOMATIC))
    return Link(network, subnets=tuple(subnets), port_security=spec_of_network.port_security)


def _network(link: AnyLink, policy: Key | None) -> NetworkSpec:
    provider = link.provider
    of_service = link if isinstance(link, VirtualLink) else None
    return NetworkSpec(
        mtu=link.mtu,
        port_security=link.port_security is not False,
        network_type=provider.type if provider else None,
        physical_network=provider.physical_network if provider else None,
        segmentation_id=provider.segmentation_id if provider else None,
        shared=of_service is not None and of_service.shared,
        external=of_service is not None and of_service.external,
        # As Neutron keeps it, to which case means nothing.
        dns_domain=(of_service.dns_domain or "").lower() if of_service else "",
        qos_policy=policy,
    )


def _subnet(network: Key, subnet: Subnet) -> SubnetSpec:
    gateway, pools = subnet.gateway, subnet.allocation_pools
    return SubnetSpec(
        network=network,
        cidr=canonical(subnet.cidr),
        gateway=NO_GATEWAY if gateway is False else canonical(gateway) if gateway else None,
        dhcp=subnet.dhcp,
        dns_servers=tuple(map(canonical, subnet.dns_servers)),
        allocation_pools=tuple(sorted(Pool(canonical(pool.start), canonical(pool.end)) for pool in pools))
        if pools
        else None,
        host_routes=tuple(
            sorted(HostRoute(canonical(one.destination), canonical(one.next_hop)) for one in subnet.host_routes)
        ),
        ipv6_address_mode=subnet.ipv6_address_mode,
    )
