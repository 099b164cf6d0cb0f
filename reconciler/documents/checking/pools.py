"""Pools of addresses: lists and ranges, of which instance number n has the n-th. A range may be huge: none is unrolled.

IPv4 and IPv6 addresses of one list are two pools, so that an instance has one of each.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import NamedTuple

from reconciler.documents.checking.addresses import Address
from reconciler.documents.checking.links import Subnet, check_fixed_address
from reconciler.documents.reading.spots import Problems, Spot


@dataclass(frozen=True, slots=True)
class Pool:
    """Numbers in the order of their ``spans``, each with its first and last."""

    spans: tuple[tuple[int, int], ...]

    @property
    def size(self) -> int:
        return sum(last - first + 1 for first, last in self.spans)

    @property
    def is_sound(self) -> bool:
        """Whether no range ends before it starts."""
        return all(first <= last for first, last in self.spans)

    def at(self, index: int) -> int:
        for first, last in self.spans:
            if index <= last - first:
                return first + index
            index -= last - first + 1
        raise IndexError(index)


def ends(text: str) -> tuple[str, str]:
    """First and last of a range; an address alone is both."""
    first, _, last = text.partition("-")
    return first.strip(), last.strip() or first.strip()


def address_pools(texts: Iterable[str]) -> Mapping[int, Pool]:
    """The pools of addresses that passed the checks, by IP version."""
    spans: dict[int, list[tuple[int, int]]] = {}
    for text in texts:
        first, last = map(ip_address, ends(text))
        spans.setdefault(first.version, []).append((int(first), int(last)))
    return {version: Pool(tuple(found)) for version, found in spans.items()}


def addresses_at(pools: Mapping[int, Pool], index: int) -> tuple[str, ...]:
    """The addresses of one instance, one of each IP version that there is a pool of."""
    kinds = {4: IPv4Address, 6: IPv6Address}
    return tuple(str(kinds[version](pool.at(index))) for version, pool in sorted(pools.items()))


def mac_pool(texts: Iterable[str]) -> Pool:
    return Pool(tuple((mac_number(first), mac_number(last)) for first, last in map(ends, texts)))


def mac_number(text: str) -> int:
    return int(text.replace(":", ""), 16)


def mac_text(number: int) -> str:
    return ":".join(f"{octet:02x}" for octet in number.to_bytes(6, "big"))


class Claim(NamedTuple):
    """Addresses that something on a virtual link has. ``space``: link and type of address, ``hint``: who has them."""

    space: tuple[str, int]
    first: int
    last: int
    spot: Spot
    hint: str


def claim_addresses(
    problems: Problems, spot: Spot, text: str, link: str, subnets: Sequence[Subnet] | None
) -> Claim | None:
    """The claim of an address or a range, or None when a port can't have it, which is noted."""
    first_text, last_text = ends(text)
    first = check_fixed_address(problems, spot, first_text, subnets)
    last = first if first_text == last_text else check_fixed_address(problems, spot, last_text, subnets)
    if first is None or last is None or not _is_range(problems, spot, (first, last), subnets):
        return None
    return Claim((link, first.version), int(first), int(last), spot, _line(spot))


def claim_macs(problems: Problems, spot: Spot, text: str, link: str) -> Claim | None:
    """The claim of a MAC address or a range of them, or None when it is none, which is noted."""
    first, last = map(mac_number, ends(text))
    if first > last:
        problems.report(spot, f"the range {text} ends before it starts", "write the lower address first")
        return None
    return Claim((link, 0), first, last, spot, _line(spot))


def report_taken(problems: Problems, claims: Iterable[Claim | None]) -> None:
    """Notes each claim on an address that an earlier one has already. None: no claim."""
    made = [claim for claim in claims if claim is not None]
    order = {id(claim): place for place, claim in enumerate(made)}
    widest: Claim | None = None
    for claim in sorted(made, key=lambda one: (one.space, one.first, one.last)):
        if widest is None or widest.space != claim.space or claim.first > widest.last:
            widest = claim
            continue
        earlier, later = sorted((widest, claim), key=lambda one: order[id(one)])
        problems.report(later.spot, f"address {_text(claim.space[1], claim.first)} is taken", earlier.hint)
        widest = max(widest, claim, key=lambda one: one.last)


def _is_range(
    problems: Problems, spot: Spot, range_: tuple[Address, Address], subnets: Sequence[Subnet] | None
) -> bool:
    first, last = range_
    if first.version != last.version:
        problems.report(spot, f"the range {first}-{last} is of two IP versions", "write one for each")
    elif int(first) > int(last):
        problems.report(spot, f"the range {first}-{last} ends before it starts", "write the lower address first")
    elif any((first in subnet.network) != (last in subnet.network) for subnet in subnets or ()):
        problems.report(spot, f"the range {first}-{last} leads from one subnet into another", "write one for each")
    else:
        return True
    return False


def _line(spot: Spot) -> str:
    return f"line {spot.place().line} has it"


def _text(family: int, number: int) -> str:
    return mac_text(number) if not family else str(IPv4Address(number) if family == 4 else IPv6Address(number))
