"""The network cards of a server, in the order in which they are in it: as Nova has it, never by ages or ids.

What runs on a server calls its cards by that order. Nova reports the addresses of a server by network, networks and the
cards on each in that order, and which card an address is on by its MAC address.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

from reconciler.targets.openstack.kinds.adoption import Survey
from reconciler.targets.rest import Json

_MAC = "OS-EXT-IPS-MAC:mac_addr"


def cards(server: Json, survey: Survey) -> list[Json] | None:
    """The ports of a server: its cards in order, then what these carry; None where the order is open."""
    found = in_order(server, survey.once(_by_server).get(server["id"], []), survey.once(_network_names))
    if found is None:
        return None
    by_id = survey.once(_by_id)
    subs = [sub["port_id"] for port in found for sub in _carried(port)]
    return [*found, *(by_id[port] for port in subs if port in by_id and by_id[port] not in found)]


def made_like(port: Json) -> Hashable:
    """What two ports that are made alike have in common."""
    pairs = port.get("allowed_address_pairs") or ()
    # An address pair with the MAC address of the port itself names none.
    others = {(p["ip_address"], p["mac_address"] if p["mac_address"] != port["mac_address"] else "") for p in pairs}
    return (
        port["network_id"],
        tuple(sorted(port.get("security_groups") or ())),
        port.get("binding:vnic_type") or "",
        port.get("port_security_enabled", True),
        port.get("qos_policy_id") or "",
        tuple(sorted(others)),
        tuple(sorted(sub["segmentation_id"] for sub in _carried(port))),
    )


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


def _carried(port: Json) -> Iterable[Json]:
    """The subports of the trunk of a port."""
    found: Iterable[Json] = (port.get("trunk_details") or {}).get("sub_ports", ())
    return found


def _by_server(survey: Survey) -> Mapping[str, Sequence[Json]]:
    found: defaultdict[str, list[Json]] = defaultdict(list)
    for port in survey.items("port"):
        if port["device_owner"].startswith("compute:"):
            found[port["device_id"]].append(port)
    return found


def _by_id(survey: Survey) -> Mapping[str, Json]:
    return {port["id"]: port for port in survey.items("port")}


def _network_names(survey: Survey) -> Mapping[str, str]:
    """Of all networks: a server may be on one that another project shares."""
    return {network["id"]: network["name"] for network in survey.listed("network")}
