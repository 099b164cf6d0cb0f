"""Checks the routers and access points of a network service, and works out where each router is deployed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from reconciler.documents.blueprint import PlacedRouter
from reconciler.documents.checking.addresses import Network, overlapping
from reconciler.documents.checking.draft import ServiceDraft
from reconciler.documents.checking.links import subnets_of
from reconciler.documents.checking.outside_addresses import check_outside_addresses
from reconciler.documents.checking.static_routes import check_gateway, check_routes
from reconciler.documents.reading.spots import Problems, Spot
from reconciler.documents.words import Vim
from reconciler.documents.words.routing import AccessPoint, Router

Attached: TypeAlias = Sequence[tuple[Spot, str]]
"""The virtual links of a router: where each is named, and its name."""


def place_routers(draft: ServiceDraft) -> None:
    """Routers as such, and access points at a virtual link, which become one."""
    problems = draft.problems
    routers = problems.named("router", draft.spec.routers)
    for router in routers.values():
        attached = [(router.at("virtual_links", index), link) for index, link in enumerate(router.virtual_links)]
        _place_router(draft, router, attached)
        check_gateway(problems, router)
        check_routes(draft, router)
    for name, point in problems.named("access point", draft.spec.access_points).items():
        if point.virtual_link is None:
            continue
        if name in routers:
            line = routers[name].spot.place().line
            problems.report(point.at("name"), f"access point '{name}' and the router in line {line} share a name")
        _place_router(draft, point, [(point.at("virtual_link"), point.virtual_link)])


def _place_router(draft: ServiceDraft, router: Router | AccessPoint, attached: Attached) -> None:
    problems, vims, of_service = draft.problems, draft.vim_documents, draft.spec.vim
    _check_attached(draft, router.name, attached)
    on = {vim for _, link in attached for vim in draft.links.get(link, ())}
    if isinstance(router, Router) and router.vim is not None and draft.knows_vim(router.at("vim"), router.vim):
        on.add(router.vim)
    if not on and of_service is not None and of_service in vims:
        on.add(of_service)
    if len(on) > 1 and any(set(draft.links.get(link, ())) != on for _, link in attached):
        message = f"router '{router.name}' would be on the VIMs {' and '.join(sorted(on))}"
        problems.report(router.spot, message, "a router is deployed where all of its links are")
        return
    if not on and draft.complete and not problems:
        problems.report(router.spot, f"no VIM for router '{router.name}'", "set vim here, or spec.vim")
    for vim in sorted(on):
        external = router.external_network
        if external is None and isinstance(router, AccessPoint):  # which leads out of the VIM
            external = _external(problems, router, vims[vim])
        found = PlacedRouter(router.name, vim, external, tuple(link for _, link in attached), router)
        _put(draft, found, attached)


def _put(draft: ServiceDraft, found: PlacedRouter, attached: Attached) -> None:
    """Puts a router on its links of one VIM, where there may be no other one."""
    draft.routers.append(found)
    for where, link in attached:
        first = draft.router_on.setdefault((link, found.vim), found)
        if first is not found and link in draft.link_items:
            draft.problems.report(
                where,
                f"virtual link '{link}' is on the routers '{first.name}' and '{found.name}'",
                "its gateway address can be on one of them only",
            )
            if found.external_network:
                draft.router_on[link, found.vim] = found  # so that its floating IPs cause no further problems


def _check_attached(draft: ServiceDraft, router: str, attached: Attached) -> None:
    """A router needs links with managed subnets, which have a gateway and do not overlap."""
    problems = draft.problems
    legs: list[tuple[Spot, str, Network]] = []
    for where, link in attached:
        if link not in draft.link_items:
            problems.report_unknown(where, "virtual link", link, draft.link_items)
            continue
        if link not in draft.subnets:
            hint = "only virtual links that Magi makes can be put on its routers"
            problems.report(where, f"virtual link '{link}' is an existing network", hint)
            continue
        if not subnets_of(draft.link_items[link]):
            problems.report(where, f"virtual link '{link}' has no subnet to route", "give it a cidr")
        for subnet in draft.subnets[link]:
            if not subnet.routable:
                message = f"router '{router}' can't be on {subnet.network} of '{link}', which has 'gateway: false'"
                problems.report(where, message, "give it a gateway: the router takes its address")
            elif subnet.has_outer_gateway:
                message = f"router '{router}' can't be on {subnet.network} of '{link}'"
                message = f"{message}, whose gateway {subnet.gateway} is outside of it"
                problems.report(where, message, "set a gateway of the subnet: the router takes its address")
        legs += [(where, link, subnet.network) for subnet in draft.subnets[link]]
    for first, second in overlapping([network for _, _, network in legs]):
        (_, link, network), (where, other_link, other) = legs[first], legs[second]
        if link != other_link:  # within one link it is reported already
            message = f"{other} of '{other_link}' overlaps with {network} of '{link}' on router '{router}'"
            problems.report(where, message)


def _external(problems: Problems, point: AccessPoint, vim: Vim) -> str | None:
    external = vim.spec.external_network
    if external is None:
        message = f"no external network for access point on VIM '{vim.name}'"
        problems.report(point.spot, message, "set externalNetwork here or in the Vim")
    return external


def check_access_points(draft: ServiceDraft) -> None:
    """Those at a connection point: it has to exist, to be reachable from outside, and to have no other one."""
    problems, vnfs, vims = draft.problems, draft.vnf_items, draft.vim_documents
    first_at: dict[tuple[str, str], AccessPoint] = {}
    for point in draft.spec.access_points:
        if point.connection_point is None:
            continue
        vnf_name, cp = point.connection_point.vnf, point.connection_point.name
        if vnf_name not in vnfs:
            problems.report_unknown(point.at("connection_point", "vnf"), "VNF", vnf_name, vnfs)
            continue
        vnf = vnfs[vnf_name]
        external = None
        if vnf_name in draft.vims:
            external = point.external_network or _external(problems, point, vims[draft.vims[vnf_name]])
            draft.external[point.name] = external or ""
        if vnf.descriptor not in draft.descriptors:
            continue
        points = draft.points_of(vnf)
        if cp not in points:
            problems.report_unknown(point.at("connection_point", "name"), "connection point", cp, points)
            continue
        if first_at.setdefault((vnf_name, cp), point) is not point:
            line = first_at[vnf_name, cp].spot.place().line
            message = f"connection point '{cp}' of VNF '{vnf_name}' has an access point already, in line {line}"
            problems.report(point.at("connection_point"), message, "a port has one floating IP")
        check_outside_addresses(draft, point, vnf, cp)
        link = vnf.connect.get(cp, "")
        if link in draft.subnets and external is not None:  # else it is reported already
            _check_way_out(draft, point.at("connection_point"), (cp, link, draft.vims[vnf_name]), external)


def _check_way_out(draft: ServiceDraft, spot: Spot, at: tuple[str, str, str], external: str) -> None:
    """A floating IP needs an IPv4 subnet, and a router from there to the external network that it is of."""
    problems, (point, link, vim) = draft.problems, at
    router = draft.router_on.get((link, vim))
    way = f"connection point '{point}' is on virtual link '{link}'"
    if draft.subnets[link] and all(subnet.network.version == 6 for subnet in draft.subnets[link]):
        problems.report(spot, f"{way}, which has no IPv4 subnet", "floating IPs are IPv4")
    elif router is None or not router.external_network:
        hint = f"add an access point with virtualLink: {link}, or put '{link}' on a router with an externalNetwork"
        problems.report(spot, f"{way}, which no router leads out of", hint)
    elif external != router.external_network:
        message = f"{way}, whose router '{router.name}' leads to '{router.external_network}', not to '{external}'"
        problems.report(spot, message, f"set externalNetwork: {router.external_network} here, or {external} there")
