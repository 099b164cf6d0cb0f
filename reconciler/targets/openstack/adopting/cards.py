"""In which order the network cards of a server are in it: as Nova has it, never by ages or ids.

What runs on a server calls its cards by that order. Nova reports the addresses of a server by network, networks and the
cards on each in that order, and which card an address is on by its MAC address.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

_MAC = "OS-EXT-IPS-MAC:mac_addr"


def in_order(server: Any, ports: Sequence[Any], networks: Mapping[str, str]) -> list[Any] | None:
    """The ports of a server, the first card first; None where Nova's words leave that open.

    ``networks``: names of networks by id. Open it is where two cards are on one network and others elsewhere, as what
    is between the two is not reported; and where a card has no address and is not the only one of its network.
    """
    by_network: dict[str, list[Any]] = {}
    for port in ports:
        by_network.setdefault(networks.get(port["network_id"], ""), []).append(port)
    addresses: Mapping[str, Iterable[Any]] = server.get("addresses") or {}
    if len(ports) > 1 and (
        set(addresses) != set(by_network) or len(by_network) != len({p["network_id"] for p in ports})
    ):
        return None
    if len(by_network) > 1 and max(map(len, by_network.values())) > 1:
        return None
    found: list[Any] = []
    for name in addresses if len(ports) > 1 else by_network:
        cards = by_network[name]
        if len(cards) == 1:
            found += cards
            continue
        macs = list(dict.fromkeys(one.get(_MAC) for one in addresses[name]))
        by_mac = {port["mac_address"]: port for port in cards}
        if set(macs) != by_mac.keys():
            return None
        found += [by_mac[mac] for mac in macs]
    return found
