"""What a router says beyond its links: the addresses and SNAT of its gateway, and its static routes."""

from __future__ import annotations

from reconciler.documents.checking.addresses import canonical, check_address, check_network
from reconciler.documents.checking.draft import ServiceDraft
from reconciler.documents.reading.spots import Problems
from reconciler.documents.words.routing import Router, StaticRoute


def check_gateway(problems: Problems, router: Router) -> None:
    """Addresses and SNAT belong to a gateway."""
    for index, address in enumerate(router.external_addresses or ()):
        check_address(problems, router.at("external_addresses", index), address)
    for field, given in (("externalAddresses", router.external_addresses), ("snat", router.snat)):
        if given is not None and router.external_network is None:
            message = f"router '{router.name}' has {field}, but no externalNetwork"
            problems.report(router.at(field), message, "name the network of its gateway", key=True)


def check_routes(draft: ServiceDraft, router: Router) -> None:
    """A next hop has to be reached over a link of the router, or over its gateway, and not to be the router itself."""
    problems = draft.problems
    legs = [subnet for link in router.virtual_links for subnet in draft.subnets.get(link, ())]
    seen: dict[tuple[str, str], StaticRoute] = {}
    for route in router.routes:
        destination = check_network(problems, route.at("destination"), route.destination)
        next_hop = check_address(problems, route.at("next_hop"), route.next_hop)
        if destination is None or next_hop is None:
            continue
        if destination.version != next_hop.version:
            message = f"next hop {next_hop} does not go with destination {destination}"
            problems.report(route.at("next_hop"), message, "a route is of one IP version")
            continue
        if any(subnet.gateway == next_hop for subnet in legs):
            message = f"next hop {next_hop} is an address of router '{router.name}' itself"
            problems.report(route.at("next_hop"), message, "name the next router behind it")
        elif router.external_network is None and not any(next_hop in subnet.network for subnet in legs):
            reached = ", ".join(str(subnet.network) for subnet in legs) or "nothing"
            message = f"router '{router.name}' does not reach next hop {next_hop}"
            problems.report(route.at("next_hop"), message, f"it is connected to {reached}")
        same = (str(destination), canonical(route.next_hop))
        if same in seen:
            line = seen[same].spot.place().line
            problems.report(route.spot, f"the route to {destination} says the same as line {line}", "remove one")
        seen.setdefault(same, route)
