"""Which of the addresses of a port has the best reason to stay: by what names it, and by when it was first observed."""

from __future__ import annotations

import ipaddress
from collections import defaultdict
from collections.abc import Iterable, Iterator

from reconciler.targets.rest import Index, Json

_ANYWHERE = ""

Arrivals = tuple[tuple[str, ...], ...]
"""The addresses of a port in the order in which observations found them; in one group those of one observation."""


def arrived(before: Arrivals, found: Iterable[str]) -> Arrivals:
    """The arrivals of a port that has these addresses now; ``before``: those of the last observation."""
    there = set(found)
    kept = tuple(tuple(one for one in group if one in there) for group in before)
    new = there.difference(*before)
    ordered = sorted(new, key=lambda address: (":" in address, int(ipaddress.ip_address(address))))
    return tuple(group for group in (*kept, tuple(ordered)) if group)


def precedence(item: Json, index: Index) -> tuple[tuple[str, ...], ...]:
    """The addresses of a port: those first that a floating IP, a route, or a subnet's gateway or name server is.

    Of others those that it had at an earlier observation. Which came first Neutron does not report: it sorts them.
    """
    named = index.table("uses of addresses", _uses(index))
    places = {item["id"], item["network_id"], _ANYWHERE}
    found = [ip["ip_address"] for ip in item["fixed_ips"]]
    groups: defaultdict[tuple[bool, int], list[str]] = defaultdict(list)
    for age, group in enumerate(arrived(index.arrivals.get(item["id"], ()), found)):
        for address in group:
            groups[places.isdisjoint(named.get(address, ())), age].append(address)
    return tuple(tuple(groups[rank]) for rank in sorted(groups))


def _uses(index: Index) -> Iterator[tuple[str, str]]:
    """Addresses that something names, each with the id of its port or network, if that is reported."""
    for listing, items in index.items.items():
        if listing.collection == "floatingips":
            yield from ((one["fixed_ip_address"], one["port_id"]) for one in items if one.get("port_id"))
        elif listing.collection == "routers":
            yield from ((route["nexthop"], _ANYWHERE) for one in items for route in one.get("routes") or ())
        elif listing.collection == "subnets":
            for one in items:
                hops = (route["nexthop"] for route in one.get("host_routes") or ())
                for address in (one.get("gateway_ip"), *(one.get("dns_nameservers") or ()), *hops):
                    if address:
                        yield address, one["network_id"]
