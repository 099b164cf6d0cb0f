"""Addresses and networks: exact checks that a schema can't make, and the canonical spelling."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_interface, ip_network

from reconciler.documents.reading.spots import Problems, Spot

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address


_REMEMBERED = 128
"""So many networks: those of rules are few, and each is in many rules."""
_parse_network = lru_cache(_REMEMBERED)(ip_network)


@lru_cache(_REMEMBERED)
def canonical(address: str) -> str:
    """The one spelling of an address or CIDR that passed the checks: as OpenStack answers it."""
    return str(_parse_network(address)) if "/" in address else str(ip_address(address))


def is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def check_network(problems: Problems, spot: Spot, text: str) -> Network | None:
    """The network behind a CIDR, or None when it is none, which is noted."""
    try:
        return _parse_network(text)
    except ValueError as error:
        try:
            near = ip_interface(text).network
        except ValueError:
            problems.report(spot, f"'{text}' is no CIDR: {error}", "write it like 10.8.0.0/24 or 2001:db8::/64")
        else:
            problems.report(spot, f"'{text}' has host bits set", f"did you mean '{near}'?")
        return None


def check_address(problems: Problems, spot: Spot, text: str, within: Sequence[Network] | None = None) -> Address | None:
    """The address behind a text, or None when it is none or in none of the networks, which is noted."""
    try:
        address = ip_address(text)
    except ValueError:
        problems.report(spot, f"'{text}' is no IP address", "write it like 10.8.0.10 or 2001:db8::10")
        return None
    if within is not None and not any(address in network for network in within):
        ranges = ", ".join(map(str, within)) or "no subnets"
        problems.report(spot, f"address {text} is not on the virtual link", f"it has {ranges}")
        return None
    return address


def overlapping(networks: Sequence[Network]) -> Iterator[tuple[int, int]]:
    """Each network that overlaps with another one, as two indexes, the smaller one first; in no more than n log n."""
    order = sorted(range(len(networks)), key=lambda index: _in_order(networks[index]))
    widest: int | None = None
    for index in order:
        # Of two networks one holds the other or they are apart: in this order the wider one comes first.
        if widest is not None and networks[index].network_address in networks[widest]:
            yield min(widest, index), max(widest, index)
        else:
            widest = index


def _in_order(network: Network) -> tuple[int, int, int]:
    return network.version, int(network.network_address), network.prefixlen
