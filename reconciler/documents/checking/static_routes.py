"""What a router says beyond its links: the addresses and SNAT of its gateway, and its static routes."""

from __future__ import annotations

from typing import Any

from reconciler.documents.checking.addresses import canonical, check_address, check_network
from reconciler.documents.checking.placed import Placed
from reconciler.documents.reading.marks import Path
from reconciler.documents.subject import Subject


def check_gateway(subject: Subject, path: Path, router: Any) -> None:
    """Addresses and SNAT belong to a gateway."""
    for index, address in enumerate(router.get("externalAddresses", ())):
        check_address(subject, (*path, "externalAddresses", index), address)
    for field in ("externalAddresses", "snat"):
        if field in router and "externalNetwork" not in router:
            message = f"router '{router['name']}' has {field}, but no externalNetwork"
            subject.report((*path, field), message, "name the network of its gateway", key=True)


def check_routes(placed: Placed, path: Path, router: Any) -> None:
    """A next hop has to be reached over a link of the router, or over its gateway, and not to be the router itself."""
    subject = placed.subject
    legs = [subnet for link in router.get("virtualLinks", ()) for subnet in placed.subnets.get(link, ())]
    seen: dict[tuple[str, str], Path] = {}
    for where, route in subject.items(*path, "routes"):
        destination = check_network(subject, (*where, "destination"), route["destination"])
        next_hop = check_address(subject, (*where, "nextHop"), route["nextHop"])
        if destination is None or next_hop is None:
            continue
        if destination.version != next_hop.version:
            message = f"next hop {next_hop} does not go with destination {destination}"
            subject.report((*where, "nextHop"), message, "a route is of one IP version")
            continue
        if any(subnet.gateway == next_hop for subnet in legs):
            message = f"next hop {next_hop} is an address of router '{router['name']}' itself"
            subject.report((*where, "nextHop"), message, "name the next router behind it")
        elif "externalNetwork" not in router and not any(next_hop in subnet.network for subnet in legs):
            reached = ", ".join(str(subnet.network) for subnet in legs) or "nothing"
            message = f"router '{router['name']}' does not reach next hop {next_hop}"
            subject.report((*where, "nextHop"), message, f"it is connected to {reached}")
        same = (str(destination), canonical(route["nextHop"]))
        if same in seen:
            line = subject.place(*seen[same]).line
            subject.report(where, f"the route to {destination} says the same as line {line}", "remove one")
        seen.setdefault(same, where)
