"""Addresses, ranges and subnets: exact checks that a schema can't make, and the canonical spelling."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_interface, ip_network
from itertools import combinations
from typing import Any

from reconciler.documents.subject import Subject
from reconciler.documents.yaml_marks import Path

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address


def subnets_of(link: Any) -> list[Any]:
    """The subnets of a virtual link: ``cidr`` is short for one."""
    return [{"cidr": link["cidr"]}] if "cidr" in link else list(link.get("subnets", ()))


def subnet_names(link: Any) -> list[str]:
    """The names of a link's subnets; one without a name is called by its IP version, a second of it numbered."""
    names: list[str] = []
    for subnet in subnets_of(link):
        version = "ipv6" if ":" in subnet["cidr"] else "ipv4"
        number = sum(name.partition("-")[0] == version for name in names) + 1
        names.append(subnet.get("name") or (version if number == 1 else f"{version}-{number}"))
    return names


def canonical(address: str) -> str:
    """The one spelling of an address or CIDR that passed the checks: as OpenStack answers it."""
    return str(ip_network(address)) if "/" in address else str(ip_address(address))


def check_network(subject: Subject, path: Path, text: str) -> Network | None:
    """The network behind a CIDR, or None when it is none, which is noted."""
    try:
        return ip_network(text)
    except ValueError as error:
        try:
            near = ip_interface(text).network
        except ValueError:
            subject.report(path, f"'{text}' is no CIDR: {error}", "write it like 10.8.0.0/24 or 2001:db8::/64")
        else:
            subject.report(path, f"'{text}' has host bits set", f"did you mean '{near}'?")
        return None


def check_address(subject: Subject, path: Path, text: str, within: list[Network] | None = None) -> Address | None:
    """The address behind a text, or None when it is none or in none of the networks, which is noted."""
    try:
        address = ip_address(text)
    except ValueError:
        subject.report(path, f"'{text}' is no IP address", "write it like 10.8.0.10 or 2001:db8::10")
        return None
    if within is not None and not any(address in network for network in within):
        ranges = ", ".join(map(str, within)) or "no subnets"
        subject.report(path, f"address {text} is not on the virtual link", f"it has {ranges}")
        return None
    return address


def check_link(subject: Subject, path: Path, link: Any) -> list[Network]:
    """The networks of a new virtual link; what is wrong with them or collides is noted."""
    networks: list[tuple[Path, Network]] = []
    for index, subnet in enumerate(subnets_of(link)):
        where: Path = (*path, "cidr") if "cidr" in link else (*path, "subnets", index, "cidr")
        network = check_network(subject, where, subnet["cidr"])
        if network is None:
            continue
        networks.append((where, network))
        if "cidr" not in link:
            _check_subnet(subject, (*path, "subnets", index), subnet, network)
    for (_, one), (where, other) in combinations(networks, 2):
        if overlap(one, other):
            subject.report(where, f"subnet {other} overlaps with {one} of the same virtual link")
    names = subnet_names(link)
    for index, name in enumerate(names):
        if name in names[:index]:
            subject.report((*path, "subnets", index), f"subnet '{name}' is there twice", "give each its own name")
    return [network for _, network in networks]


def overlap(one: Network, other: Network) -> bool:
    return one.version == other.version and one.overlaps(other)


def _check_subnet(subject: Subject, path: Path, subnet: Any, network: Network) -> None:
    if subnet.get("gateway"):
        check_address(subject, (*path, "gateway"), subnet["gateway"], [network])
    for index, server in enumerate(subnet.get("dnsServers", ())):
        check_address(subject, (*path, "dnsServers", index), server)
    for index, pool in enumerate(subnet.get("allocationPools", ())):
        where = (*path, "allocationPools", index)
        start = check_address(subject, (*where, "start"), pool["start"], [network])
        end = check_address(subject, (*where, "end"), pool["end"], [network])
        if start and end and int(start) > int(end):
            subject.report(where, f"the pool ends at {end}, before it starts at {start}")
    for index, route in enumerate(subnet.get("hostRoutes", ())):
        where = (*path, "hostRoutes", index)
        check_network(subject, (*where, "destination"), route["destination"])
        check_address(subject, (*where, "nextHop"), route["nextHop"])
    if "ipv6AddressMode" in subnet and network.version != 6:
        subject.report(
            (*path, "ipv6AddressMode"), f"ipv6AddressMode does not go with the IPv4 subnet {network}", key=True
        )
