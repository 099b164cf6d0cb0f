"""Filter rules in the one form that rules with the same meaning share, whichever way someone writes them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final, NamedTuple

# One protocol has several names (number, legacy name): IANA protocol numbers.
_PROTOCOLS: Final[Mapping[str, str]] = {
    "1": "icmp",
    "6": "tcp",
    "17": "udp",
    "58": "ipv6-icmp",
    "132": "sctp",
    "icmpv6": "ipv6-icmp",
}
_ALL_PORTS = (1, 65535)
_EVERYWHERE = frozenset({"0.0.0.0/0", "::/0"})


class Match(NamedTuple):
    """What a rule matches. ``protocol`` None: any. ``port_min``/``port_max``: ports, or ICMP type and code.

    ``remote``: a CIDR at the other end; None: everywhere.
    """

    direction: str
    ethertype: str
    protocol: str | None
    port_min: int | None
    port_max: int | None
    remote: str | None


@lru_cache(maxsize=128)  # most rules of a repository, and of a cloud, are alike
def canonical_match(
    direction: str,
    ethertype: str,
    *,
    protocol: str | int | None = None,
    port_min: int | None = None,
    port_max: int | None = None,
    remote: str | None = None,
) -> Match:
    """The one form: all ports are no ports, and everywhere is no remote."""
    word = None if protocol in {None, "any", 0, "0"} else str(protocol).lower()
    if (port_min, port_max) == _ALL_PORTS:
        port_min = port_max = None
    return Match(
        direction,
        ethertype,
        _PROTOCOLS.get(word, word) if word else None,
        port_min,
        port_max,
        None if remote in _EVERYWHERE else remote,
    )
