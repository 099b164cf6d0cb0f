"""Checks the routers and access points of a network service, and works out where each router stands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reconciler.documents.checking.addresses import Network, overlapping
from reconciler.documents.checking.links import subnets_of
from reconciler.documents.checking.outside_addresses import check_outside_addresses
from reconciler.documents.checking.placed import Placed, PlacedRouter
from reconciler.documents.checking.static_routes import check_gateway, check_routes
from reconciler.documents.reading.marks import Document, Path
from reconciler.documents.subject import Subject

Attached = Sequence[tuple[Path, str]]
"""The virtual links of a router: where each is named, and its name."""


def place_routers(placed: Placed) -> None:
    """Routers as such, and access points at a virtual link, which become one."""
    subject = placed.subject
    routers = subject.named("router", "routers")
    for path, router in routers.values():
        attached = [((*path, "virtualLinks", index), link) for index, link in enumerate(router.get("virtualLinks", ()))]
        _place_router(placed, path, router, attached)
        check_gateway(subject, path, router)
        check_routes(placed, path, router)
    for name, (path, point) in subject.named("access point", "accessPoints").items():
        if "virtualLink" not in point:
            continue
        if name in routers:
            first = subject.place(*routers[name][0])
            subject.report((*path, "name"), f"access point '{name}' and the router in line {first.line} share a name")
        _place_router(placed, path, point, [((*path, "virtualLink"), point["virtualLink"])], outside=True)


def _place_router(placed: Placed, path: Path, router: Any, attached: Attached, *, outside: bool = False) -> None:
    """``outside``: it leads out of the VIM, so that it needs an external network, its own or the VIM's default."""
    subject, vims = placed.subject, placed.vim_documents
    _check_attached(placed, router["name"], attached)
    on = {vim for _, link in attached for vim in placed.links.get(link, ())}
    if "vim" in router and placed.knows_vim((*path, "vim"), router["vim"]):
        on.add(router["vim"])
    if not on and subject.spec.get("vim") in vims:
        on.add(subject.spec["vim"])
    if len(on) > 1 and any(set(placed.links.get(link, ())) != on for _, link in attached):
        message = f"router '{router['name']}' would stand on the VIMs {' and '.join(sorted(on))}"
        subject.report(path, message, "a router stands where all of its links are")
        return
    if not on and placed.complete and not subject.problems:
        subject.report(path, f"no VIM for router '{router['name']}'", "set vim here, or spec.vim")
    for vim in sorted(on):
        external = router.get("externalNetwork")
        if external is None and outside:
            external = _external(subject, path, vims[vim])
        found = PlacedRouter(router["name"], path, vim, external, tuple(link for _, link in attached), router)
        _put(placed, found, attached)


def _put(placed: Placed, found: PlacedRouter, attached: Attached) -> None:
    """Puts a router on its links of one VIM, where there may be no other one."""
    placed.routers.append(found)
    for where, link in attached:
        first = placed.router_on.setdefault((link, found.vim), found)
        if first is not found and link in placed.link_items:
            placed.subject.report(
                where,
                f"virtual link '{link}' is on the routers '{first.name}' and '{found.name}'",
                "its gateway address can be on one of them only",
            )
            if found.external_network:
                placed.router_on[link, found.vim] = found  # so that its floating IPs cause no further problems


def _check_attached(placed: Placed, router: str, attached: Attached) -> None:
    """A router needs links with subnets of ours, which have a gateway and do not overlap."""
    subject = placed.subject
    legs: list[tuple[Path, str, Network]] = []
    for where, link in attached:
        if link not in placed.link_items:
            subject.report_unknown(where, "virtual link", link, placed.link_items)
            continue
        if link not in placed.subnets:
            hint = "only virtual links that Magi makes can be put on its routers"
            subject.report(where, f"virtual link '{link}' is an existing network", hint)
            continue
        if not subnets_of(placed.link_items[link][1]):
            subject.report(where, f"virtual link '{link}' has no subnet to route", "give it a cidr")
        for subnet in placed.subnets[link]:
            if not subnet.routable:
                message = f"router '{router}' can't stand on {subnet.network} of '{link}', which has 'gateway: false'"
                subject.report(where, message, "give it a gateway: the router takes its address")
        legs += [(where, link, subnet.network) for subnet in placed.subnets[link]]
    for first, second in overlapping([network for _, _, network in legs]):
        (_, link, network), (where, other_link, other) = legs[first], legs[second]
        if link != other_link:  # within one link it is told already
            subject.report(where, f"{other} of '{other_link}' overlaps with {network} of '{link}' on router '{router}'")


def _external(subject: Subject, path: Path, vim: Document) -> str | None:
    external: str | None = vim.data["spec"].get("externalNetwork")
    if external is None:
        name = vim.data["metadata"]["name"]
        subject.report(
            path, f"no external network for access point on VIM '{name}'", "set externalNetwork here or in the Vim"
        )
    return external


def check_access_points(placed: Placed) -> None:
    """Those at a connection point: it has to exist, to be reachable from outside, and to have no other one."""
    subject, vnfs, vims = placed.subject, placed.vnf_items, placed.vim_documents
    first_at: dict[tuple[str, str], Path] = {}
    for path, point in subject.items("accessPoints"):
        if "connectionPoint" not in point:
            continue
        vnf_name, cp = point["connectionPoint"]["vnf"], point["connectionPoint"]["name"]
        if vnf_name not in vnfs:
            subject.report_unknown((*path, "connectionPoint", "vnf"), "VNF", vnf_name, vnfs)
            continue
        vnf = vnfs[vnf_name][1]
        external = None
        if vnf_name in placed.vims:
            external = point.get("externalNetwork") or _external(subject, path, vims[placed.vims[vnf_name]])
            placed.external[point["name"]] = external or ""
        if vnf["descriptor"] not in placed.descriptors:
            continue
        points = placed.points_of(vnf)
        if cp not in points:
            subject.report_unknown((*path, "connectionPoint", "name"), "connection point", cp, points)
            continue
        if first_at.setdefault((vnf_name, cp), path) is not path:
            line = subject.place(*first_at[vnf_name, cp]).line
            message = f"connection point '{cp}' of VNF '{vnf_name}' has an access point already, in line {line}"
            subject.report((*path, "connectionPoint"), message, "a port has one floating IP")
        check_outside_addresses(placed, path, point)
        link = vnf.get("connect", {}).get(cp)
        if link in placed.subnets and external is not None:  # else it is told already
            _check_way_out(placed, (*path, "connectionPoint"), (cp, link, placed.vims[vnf_name]), external)


def _check_way_out(placed: Placed, path: Path, at: tuple[str, str, str], external: str) -> None:
    """A floating IP needs an IPv4 subnet, and a router from there to the external network that it is of."""
    subject, (point, link, vim) = placed.subject, at
    router = placed.router_on.get((link, vim))
    way = f"connection point '{point}' is on virtual link '{link}'"
    if placed.subnets[link] and all(subnet.network.version == 6 for subnet in placed.subnets[link]):
        subject.report(path, f"{way}, which has no IPv4 subnet", "floating IPs are IPv4")
    elif router is None or not router.external_network:
        hint = f"add an access point with virtualLink: {link}, or put '{link}' on a router with an externalNetwork"
        subject.report(path, f"{way}, which no router leads out of", hint)
    elif external != router.external_network:
        message = f"{way}, whose router '{router.name}' leads to '{router.external_network}', not to '{external}'"
        subject.report(path, message, f"set externalNetwork: {router.external_network} here, or {external} there")
