"""Virtual links and their subnets: what Neutron would refuse is told here, at its line, before anything is made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from reconciler.documents.checking.addresses import Address, Network, check_address, check_network, overlapping
from reconciler.documents.reading.marks import Path
from reconciler.documents.subject import Subject

AUTOMATIC = frozenset({"slaac", "dhcpv6-stateless"})
"""Modes in which an instance makes its own address out of the prefix."""

_TUNNELS = frozenset({"vxlan", "geneve"})
_LARGEST_SEGMENT = {"vlan": 4094}
_LEAST_MTU_IPV6 = 1280
_LONGEST_PREFIX_DHCP = {4: 30, 6: 126}
_SLAAC_PREFIX = 64


class Subnet(NamedTuple):
    """A subnet that passed its checks. ``gateway``: its address as far as it is known, ``routable``: it has one."""

    network: Network
    automatic: bool = False
    gateway: Address | None = None
    routable: bool = True


def subnets_of(link: Any) -> list[Any]:
    """The subnets of a virtual link: ``cidr`` is short for one."""
    return [{"cidr": link["cidr"]}] if "cidr" in link else list(link.get("subnets", ()))


def subnet_names(link: Any) -> list[str]:
    """The names of a link's subnets; one without a name is called by its IP version, a second of it numbered."""
    names: list[str] = []
    count: Counter[str] = Counter()
    for subnet in subnets_of(link):
        version = "ipv6" if ":" in subnet["cidr"] else "ipv4"
        number = count[version] + 1
        names.append(subnet.get("name") or (version if number == 1 else f"{version}-{number}"))
        count[names[-1].partition("-")[0]] += 1
    return names


def check_link(subject: Subject, path: Path, link: Any) -> list[Subnet]:
    """The subnets of a new virtual link; what is wrong with them or collides is noted."""
    places: list[Path] = []
    found: list[Subnet] = []
    for index, subnet in enumerate(subnets_of(link)):
        where: Path = path if "cidr" in link else (*path, "subnets", index)
        network = check_network(subject, (*where, "cidr"), subnet["cidr"])
        if network is None or not _is_subnet(subject, (*where, "cidr"), network, dhcp=subnet.get("dhcp", True)):
            continue
        places.append((*where, "cidr"))
        found.append(_check_subnet(subject, where, subnet, network))
    networks = [subnet.network for subnet in found]
    for first, second in overlapping(networks):
        message = f"subnet {networks[second]} overlaps with {networks[first]} of the same virtual link"
        subject.report(places[second], message)
    seen: set[str] = set()
    for index, name in enumerate(subnet_names(link)):
        if name in seen:
            subject.report((*path, "subnets", index), f"subnet '{name}' is there twice", "give each its own name")
        seen.add(name)
    mtu = link.get("mtu", _LEAST_MTU_IPV6)
    if mtu < _LEAST_MTU_IPV6 and any(network.version == 6 for network in networks):
        subject.report((*path, "mtu"), f"mtu {mtu} is too small for IPv6", f"at least {_LEAST_MTU_IPV6}")
    return found


def check_provider(subject: Subject, path: Path, link: Any) -> None:
    """How a network is carried: each type has parts of its own."""
    provider = link.get("provider")
    if provider is None:
        return
    kind, where = provider["type"], (*path, "provider")
    physical, number = provider.get("physicalNetwork"), provider.get("segmentationId")
    if kind == "flat" and physical is None:
        subject.report(where, "provider type flat has no physicalNetwork", "name that of the VIM")
    if kind == "flat" and number is not None:
        subject.report((*where, "segmentationId"), "a flat network has no segmentationId", "remove it", key=True)
    if kind == "vlan" and number is not None and physical is None:
        subject.report(where, f"VLAN {number} has no physicalNetwork", "name that of the VIM")
    if kind in _TUNNELS and physical is not None:
        message = f"a {kind} network has no physicalNetwork"
        subject.report((*where, "physicalNetwork"), message, "remove it", key=True)
    if number is not None and number > _LARGEST_SEGMENT.get(kind, number):
        message = f"segmentationId {number} is too large for {kind}"
        subject.report((*where, "segmentationId"), message, f"at most {_LARGEST_SEGMENT[kind]}")


def check_fixed_address(
    subject: Subject, path: Path, text: str, subnets: Sequence[Subnet] | None = None
) -> Address | None:
    """The address of a port, or None when a port can't have it, which is noted. ``subnets`` None: not known."""
    within = None if subnets is None else [subnet.network for subnet in subnets]
    address = check_address(subject, path, text, within)
    subnet = next((one for one in subnets or () if address and address in one.network), None)
    if address is None or subnet is None:
        return address
    network = subnet.network
    if subnet.automatic:
        hint = "leave it out, or set ipv6AddressMode: dhcpv6-stateful"
        subject.report(path, f"address {text} can't be given in {network}: instances make their own there", hint)
        return None
    ends = {network.network_address, network.broadcast_address}
    if network.version == 4 and network.num_addresses > 2 and address in ends:
        which = "network" if address == network.network_address else "broadcast"
        subject.report(path, f"address {text} is the {which} address of {network}")
        return None
    return address


def _is_subnet(subject: Subject, path: Path, network: Network, *, dhcp: bool) -> bool:
    longest = _LONGEST_PREFIX_DHCP[network.version]
    if network.prefixlen == 0 or network.is_multicast:
        subject.report(path, f"{network} can't be a subnet")
        return False
    if dhcp and network.prefixlen > longest:
        subject.report(path, f"{network} is too small for DHCP", f"take a /{longest} or larger, or set dhcp: false")
        return False
    return True


def _check_subnet(subject: Subject, path: Path, subnet: Any, network: Network) -> Subnet:
    gateway = None
    if subnet.get("gateway"):
        gateway = check_address(subject, (*path, "gateway"), subnet["gateway"], [network])
    elif "gateway" not in subnet and network.version == 4:
        gateway = network.network_address + 1
    for index, server in enumerate(subnet.get("dnsServers", ())):
        where = (*path, "dnsServers", index)
        _check_version(subject, where, check_address(subject, where, server), network)
    _check_pools(subject, path, subnet, network, gateway)
    for index, route in enumerate(subnet.get("hostRoutes", ())):
        where = (*path, "hostRoutes", index, "destination")
        _check_version(subject, where, check_network(subject, where, route["destination"]), network)
        where = (*path, "hostRoutes", index, "nextHop")
        _check_version(subject, where, check_address(subject, where, route["nextHop"]), network)
    _check_mode(subject, path, subnet, network)
    automatic = subnet.get("ipv6AddressMode") in AUTOMATIC
    return Subnet(network, automatic, gateway, routable=subnet.get("gateway") is not False)


def _check_version(subject: Subject, path: Path, given: Address | Network | None, network: Network) -> None:
    if given is not None and given.version != network.version:
        subject.report(
            path, f"{given} does not go with the IPv{network.version} subnet {network}", "a subnet is of one IP version"
        )


def _check_pools(subject: Subject, path: Path, subnet: Any, network: Network, gateway: Address | None) -> None:
    pools: list[tuple[int, int, int]] = []
    for index, pool in enumerate(subnet.get("allocationPools", ())):
        where = (*path, "allocationPools", index)
        start = check_address(subject, (*where, "start"), pool["start"], [network])
        end = check_address(subject, (*where, "end"), pool["end"], [network])
        if start is None or end is None:
            continue
        if int(start) > int(end):
            subject.report(where, f"the pool ends at {end}, before it starts at {start}")
        elif gateway is not None and int(start) <= int(gateway) <= int(end):
            hint = "let the pool begin behind it, or set another gateway"
            subject.report(where, f"the pool holds the gateway {gateway}", hint)
        pools.append((int(start), int(end), index))
    for (_, end_of_one, one), (start_of_other, _, other) in pairwise(sorted(pools)):
        if start_of_other <= end_of_one:
            first, second = sorted((one, other))
            line = subject.place(*path, "allocationPools", first).line
            subject.report((*path, "allocationPools", second), f"the pool overlaps with the one in line {line}")


def _check_mode(subject: Subject, path: Path, subnet: Any, network: Network) -> None:
    mode = subnet.get("ipv6AddressMode")
    if mode is None:
        return
    where = (*path, "ipv6AddressMode")
    if network.version != 6:
        subject.report(where, f"ipv6AddressMode does not go with the IPv4 subnet {network}", key=True)
    elif mode in AUTOMATIC and network.prefixlen != _SLAAC_PREFIX:
        subject.report((*path, "cidr"), f"{network} does not go with ipv6AddressMode: {mode}", "it needs a /64")
    elif not subnet.get("dhcp", True):
        subject.report(where, f"ipv6AddressMode: {mode} does not go with dhcp: false", "remove one of them", key=True)
