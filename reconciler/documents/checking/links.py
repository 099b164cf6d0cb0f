"""Virtual links and their subnets: what Neutron would refuse is reported here, at its line, before anything is made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple, TypeAlias

from reconciler.documents.checking.addresses import Address, Network, check_address, check_network, overlapping
from reconciler.documents.reading.spots import Problems, Spot
from reconciler.documents.words import links as words
from reconciler.documents.words.links import InternalVirtualLink, VirtualLink

AnyLink: TypeAlias = VirtualLink | InternalVirtualLink

AUTOMATIC = frozenset({"slaac", "dhcpv6-stateless"})
"""Modes in which an instance makes its own address out of the prefix."""

_TUNNELS = frozenset({"vxlan", "geneve"})
_LARGEST_SEGMENT = {"vlan": 4094}
_LEAST_MTU_IPV6 = 1280
_LONGEST_PREFIX_DHCP = {4: 30, 6: 126}
_SLAAC_PREFIX = 64


class Subnet(NamedTuple):
    """A subnet that passed its checks. ``gateway``: its address if it is known, ``routable``: it has one."""

    network: Network
    automatic: bool = False
    gateway: Address | None = None
    routable: bool = True

    @property
    def has_outer_gateway(self) -> bool:
        """Whether its gateway is no address of it, so that no port can have it."""
        return self.gateway is not None and self.gateway not in self.network


def subnets_of(link: AnyLink) -> Sequence[words.Subnet]:
    """The subnets of a virtual link: ``cidr`` is short for one."""
    return (link.subnets or ()) if link.cidr is None else (words.Subnet(cidr=link.cidr, spot=link.spot),)


def subnet_names(link: AnyLink) -> list[str]:
    """The names of a link's subnets; one without a name is called by its IP version, a second of it numbered."""
    names: list[str] = []
    count: Counter[str] = Counter()
    for subnet in subnets_of(link):
        version = "ipv6" if ":" in subnet.cidr else "ipv4"
        number = count[version] + 1
        names.append(subnet.name or (version if number == 1 else f"{version}-{number}"))
        count[names[-1].partition("-")[0]] += 1
    return names


def check_link(problems: Problems, link: AnyLink) -> list[Subnet]:
    """The subnets of a new virtual link; what is wrong with them or collides is noted."""
    spots: list[Spot] = []
    found: list[Subnet] = []
    for subnet in subnets_of(link):
        spot = subnet.at("cidr")
        network = check_network(problems, spot, subnet.cidr)
        if network is None or not _is_subnet(problems, spot, network, dhcp=subnet.dhcp):
            continue
        spots.append(spot)
        found.append(_check_subnet(problems, subnet, network))
    networks = [subnet.network for subnet in found]
    for first, second in overlapping(networks):
        message = f"subnet {networks[second]} overlaps with {networks[first]} of the same virtual link"
        problems.report(spots[second], message)
    seen: set[str] = set()
    for index, name in enumerate(subnet_names(link)):
        if name in seen:
            problems.report(link.at("subnets", index), f"subnet '{name}' is there twice", "give each its own name")
        seen.add(name)
    if link.mtu is not None and link.mtu < _LEAST_MTU_IPV6 and any(network.version == 6 for network in networks):
        problems.report(link.at("mtu"), f"mtu {link.mtu} is too small for IPv6", f"at least {_LEAST_MTU_IPV6}")
    return found


def check_provider(problems: Problems, link: AnyLink) -> None:
    """How a network is carried: each type has parts of its own."""
    provider = link.provider
    if provider is None:
        return
    kind, physical, number = provider.type, provider.physical_network, provider.segmentation_id
    if kind == "flat" and physical is None:
        problems.report(provider.spot, "provider type flat has no physicalNetwork", "name that of the VIM")
    if kind == "flat" and number is not None:
        where = provider.at("segmentation_id")
        problems.report(where, "a flat network has no segmentationId", "remove it", key=True)
    if kind == "vlan" and number is not None and physical is None:
        problems.report(provider.spot, f"VLAN {number} has no physicalNetwork", "name that of the VIM")
    if kind in _TUNNELS and physical is not None:
        message = f"a {kind} network has no physicalNetwork"
        problems.report(provider.at("physical_network"), message, "remove it", key=True)
    if number is not None and number > _LARGEST_SEGMENT.get(kind, number):
        message = f"segmentationId {number} is too large for {kind}"
        problems.report(provider.at("segmentation_id"), message, f"at most {_LARGEST_SEGMENT[kind]}")


def check_fixed_address(
    problems: Problems, spot: Spot, text: str, subnets: Sequence[Subnet] | None = None
) -> Address | None:
    """The address of a port, or None when a port can't have it, which is noted. ``subnets`` None: not known."""
    within = None if subnets is None else [subnet.network for subnet in subnets]
    address = check_address(problems, spot, text, within)
    subnet = next((one for one in subnets or () if address and address in one.network), None)
    if address is None or subnet is None:
        return address
    network = subnet.network
    if subnet.automatic:
        hint = "leave it out, or set ipv6AddressMode: dhcpv6-stateful"
        problems.report(spot, f"address {text} can't be given in {network}: instances make their own there", hint)
        return None
    ends = {network.network_address, network.broadcast_address}
    if network.version == 4 and network.num_addresses > 2 and address in ends:
        which = "network" if address == network.network_address else "broadcast"
        problems.report(spot, f"address {text} is the {which} address of {network}")
        return None
    return address


def _is_subnet(problems: Problems, spot: Spot, network: Network, *, dhcp: bool) -> bool:
    longest = _LONGEST_PREFIX_DHCP[network.version]
    if network.prefixlen == 0 or network.is_multicast:
        problems.report(spot, f"{network} can't be a subnet")
        return False
    if dhcp and network.prefixlen > longest:
        message = f"{network} is too small for DHCP"
        problems.report(spot, message, f"take a /{longest} or larger, or set dhcp: false")
        return False
    return True


def _check_subnet(problems: Problems, subnet: words.Subnet, network: Network) -> Subnet:
    gateway = None
    if subnet.gateway:
        gateway = _check_gateway(problems, subnet.at("gateway"), subnet.gateway, network)
    elif subnet.gateway is None and network.version == 4:
        gateway = network.network_address + 1
    for index, server in enumerate(subnet.dns_servers):
        spot = subnet.at("dns_servers", index)
        _check_version(problems, spot, check_address(problems, spot, server), network)
    _check_pools(problems, subnet, network, gateway)
    for route in subnet.host_routes:
        spot = route.at("destination")
        _check_version(problems, spot, check_network(problems, spot, route.destination), network)
        spot = route.at("next_hop")
        _check_version(problems, spot, check_address(problems, spot, route.next_hop), network)
    _check_mode(problems, subnet, network)
    automatic = subnet.ipv6_address_mode in AUTOMATIC
    return Subnet(network, automatic, gateway, routable=subnet.gateway is not False)


def _check_gateway(problems: Problems, spot: Spot, text: str, network: Network) -> Address | None:
    """The address of a gateway, as Neutron takes it: also one outside of the subnet, such as a link-local one."""
    gateway = check_address(problems, spot, text)
    if gateway is None or gateway.version != network.version:
        _check_version(problems, spot, gateway, network)
        return None
    if network.version == 4 and gateway in {network.network_address, network.broadcast_address}:
        which = "network" if gateway == network.network_address else "broadcast"
        problems.report(spot, f"gateway {text} is the {which} address of {network}", "take another address")
        return None
    return gateway


def _check_version(problems: Problems, spot: Spot, given: Address | Network | None, network: Network) -> None:
    if given is not None and given.version != network.version:
        message = f"{given} does not go with the IPv{network.version} subnet {network}"
        problems.report(spot, message, "a subnet is of one IP version")


def _check_pools(problems: Problems, subnet: words.Subnet, network: Network, gateway: Address | None) -> None:
    pools: list[tuple[int, int, int]] = []
    written = subnet.allocation_pools or ()
    for index, pool in enumerate(written):
        start = check_address(problems, pool.at("start"), pool.start, [network])
        end = check_address(problems, pool.at("end"), pool.end, [network])
        if start is None or end is None:
            continue
        if int(start) > int(end):
            problems.report(pool.spot, f"the pool ends at {end}, before it starts at {start}")
        elif gateway is not None and int(start) <= int(gateway) <= int(end):
            hint = "let the pool begin behind it, or set another gateway"
            problems.report(pool.spot, f"the pool holds the gateway {gateway}", hint)
        pools.append((int(start), int(end), index))
    for (_, end_of_one, one), (start_of_other, _, other) in pairwise(sorted(pools)):
        if start_of_other <= end_of_one:
            first, second = sorted((one, other))
            line = written[first].spot.place().line
            problems.report(written[second].spot, f"the pool overlaps with the one in line {line}")


def _check_mode(problems: Problems, subnet: words.Subnet, network: Network) -> None:
    mode = subnet.ipv6_address_mode
    if mode is None:
        return
    where = subnet.at("ipv6_address_mode")
    if network.version != 6:
        problems.report(where, f"ipv6AddressMode does not go with the IPv4 subnet {network}", key=True)
    elif mode in AUTOMATIC and network.prefixlen != _SLAAC_PREFIX:
        problems.report(subnet.at("cidr"), f"{network} does not go with ipv6AddressMode: {mode}", "it needs a /64")
    elif not subnet.dhcp:
        message = f"ipv6AddressMode: {mode} does not go with dhcp: false"
        problems.report(where, message, "remove one of them", key=True)
