"""Checks a NetworkService against the descriptors and VIMs that it names, and works out where each part stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

from reconciler.documents.addresses import Network, check_address, check_link, overlap, subnets_of
from reconciler.documents.subject import Subject
from reconciler.documents.yaml_marks import Document, Path

Items = Mapping[str, tuple[Path, Any]]

MAX_NAME = 200
"""Characters in the name of a resource: with the owner's mark it has to fit into the 255 of a description."""


@dataclass(slots=True)
class Placed:
    """A network service with what its names refer to.

    ``link_items``, ``vnf_items``: path and data by name. ``networks``: the ranges of each new virtual link.
    ``refused``: kind and name of documents that are wrong in themselves; to refer to one only leaves this incomplete.
    ``vims``: the VIM of each VNF, by VNF name. ``links``: the VIMs of each virtual link, by link name.
    ``routers``: for each router or access point with a link: its VIM, external network and links.
    """

    subject: Subject
    descriptors: Mapping[str, Document]
    vim_documents: Mapping[str, Document]
    link_items: Items
    vnf_items: Items
    networks: Mapping[str, list[Network]]
    refused: frozenset[tuple[str, str]] = frozenset()
    complete: bool = True
    vims: dict[str, str] = field(default_factory=dict)
    links: dict[str, tuple[str, ...]] = field(default_factory=dict)
    routers: list[PlacedRouter] = field(default_factory=list)
    external: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.subject.name


@dataclass(frozen=True, slots=True)
class PlacedRouter:
    name: str
    path: Path
    vim: str
    external_network: str | None
    links: tuple[str, ...]


def place_service(
    document: Document,
    descriptors: Mapping[str, Document],
    vims: Mapping[str, Document],
    refused: frozenset[tuple[str, str]] = frozenset(),
) -> Placed:
    """Checks and places one service. What is wrong is in ``.subject.problems``; only without any is it to be expanded.

    ``descriptors`` and ``vims`` are by name.
    """
    subject = Subject(document)
    links = subject.named("virtual link", "virtualLinks")
    networks = {name: check_link(subject, path, link) for name, (path, link) in links.items() if "existing" not in link}
    placed = Placed(subject, descriptors, vims, links, subject.named("VNF", "vnfs"), networks, refused)
    if "vim" in subject.spec:
        _check_vim(placed, ("vim",), subject.spec["vim"])
    for path, vnf in placed.vnf_items.values():
        _place_vnf(placed, path, vnf)
        if vnf["descriptor"] in descriptors:
            _check_connections(placed, path, vnf)
            _check_counts(placed, path, vnf)
    _place_links(placed)
    _place_routers(placed)
    _check_access_points(placed)
    _check_one_gateway(placed)
    _check_addresses_once(placed)
    return placed


def _check_vim(placed: Placed, path: Path, name: str) -> bool:
    if name not in placed.vim_documents and not _is_refused(placed, "Vim", name):
        placed.subject.report_unknown(path, "VIM", name, placed.vim_documents)
    return name in placed.vim_documents


def _is_refused(placed: Placed, kind: str, name: str) -> bool:
    """Whether the document is there, and wrong; then what stands on it can't be judged."""
    refused = (kind, name) in placed.refused
    placed.complete = placed.complete and not refused
    return refused


def _place_vnf(placed: Placed, path: Path, vnf: Any) -> None:
    subject = placed.subject
    if "vim" in vnf:
        if _check_vim(placed, (*path, "vim"), vnf["vim"]):
            placed.vims[vnf["name"]] = vnf["vim"]
    elif "vim" in subject.spec:
        if subject.spec["vim"] in placed.vim_documents:
            placed.vims[vnf["name"]] = subject.spec["vim"]
    else:
        subject.report(path, f"no VIM for VNF '{vnf['name']}'", "set vim here, or for the whole service in spec.vim")
    name = vnf["descriptor"]
    if name not in placed.descriptors and not _is_refused(placed, "VnfDescriptor", name):
        subject.report_unknown((*path, "descriptor"), "descriptor", name, placed.descriptors)


def _check_counts(placed: Placed, path: Path, vnf: Any) -> None:
    descriptor, subject = placed.descriptors[vnf["descriptor"]], placed.subject
    names = [vdu["name"] for vdu in descriptor.data["spec"]["vdus"]]
    for name in vnf.get("counts", ()):
        if name not in names:
            subject.report_unknown((*path, "counts", name), "VDU", name, names, key=True)
    for vdu in descriptor.data["spec"]["vdus"]:
        count = vnf.get("counts", {}).get(vdu["name"], vdu.get("count", 1))
        where = (*path, "counts", vdu["name"]) if vdu["name"] in vnf.get("counts", {}) else (*path, "name")
        for interface in vdu.get("interfaces", ()):
            addresses = interface.get("addresses") or vnf.get("addresses", {}).get(interface.get("connectionPoint"), ())
            if addresses and len(addresses) < count:
                subject.report(
                    where,
                    f"VDU '{vdu['name']}' has {count} instances, but interface '{interface['name']}' has "
                    f"{len(addresses)} addresses",
                    "give an address for each, or none at all",
                )
            longest = f"{subject.name}/{vnf['name']}/{vdu['name']}-{count}/{interface['name']}"
            if len(longest) > MAX_NAME:
                subject.report(
                    path, f"the name '{longest[:40]}…' has {len(longest)} characters", f"at most {MAX_NAME} fit"
                )


def _check_connections(placed: Placed, path: Path, vnf: Any) -> None:
    descriptor, links = placed.descriptors[vnf["descriptor"]], placed.link_items
    subject, connect = placed.subject, vnf.get("connect", {})
    points = [point["name"] for point in descriptor.data["spec"].get("connectionPoints", ())]
    for point, link in connect.items():
        if point not in points:
            subject.report_unknown((*path, "connect", point), "connection point", point, points, key=True)
        if link not in links:
            subject.report_unknown((*path, "connect", point), "virtual link", link, links)
    for point in points:
        if point not in connect:
            subject.report(
                (*path, "connect") if connect else path,
                f"connection point '{point}' of descriptor '{vnf['descriptor']}' is not connected",
                f"add '{point}: VIRTUAL-LINK' to connect",
                key=True,
            )
    for point, addresses in vnf.get("addresses", {}).items():
        if point not in points:
            subject.report_unknown((*path, "addresses", point), "connection point", point, points, key=True)
        for index, address in enumerate(addresses):
            check_address(
                subject, (*path, "addresses", point, index), address, placed.networks.get(connect.get(point, ""))
            )


def _place_links(placed: Placed) -> None:
    """A new link stands on one VIM: where it says, or where its VNFs are; an existing one wherever it is used."""
    subject, links = placed.subject, placed.link_items
    used: dict[str, set[str]] = {name: set() for name in links}
    for name, (_, vnf) in placed.vnf_items.items():
        for link in vnf.get("connect", {}).values():
            if link in used and name in placed.vims:
                used[link].add(placed.vims[name])
    for name, (path, link) in links.items():
        if "vim" in link and _check_vim(placed, (*path, "vim"), link["vim"]):
            used[name].add(link["vim"])
        elif not used[name] and subject.spec.get("vim") in placed.vim_documents:
            used[name].add(subject.spec["vim"])
        if "existing" not in link:
            if len(used[name]) > 1:
                subject.report(
                    (*path, "name"),
                    f"virtual link '{name}' is used on the VIMs {' and '.join(sorted(used[name]))}",
                    "a new virtual link stands on one VIM: declare one for each",
                )
            elif not used[name] and placed.complete and not subject.problems:
                subject.report(
                    (*path, "name"), f"no VIM for virtual link '{name}'", "set vim here, or connect a VNF to it"
                )
        placed.links[name] = tuple(sorted(used[name]))


def _place_routers(placed: Placed) -> None:
    """Routers as such, and access points at a virtual link, which become one."""
    subject = placed.subject
    routers = subject.named("router", "routers")
    for path, router in routers.values():
        attached = [((*path, "virtualLinks", index), link) for index, link in enumerate(router.get("virtualLinks", ()))]
        _place_router(placed, path, router, attached)
    for name, (path, point) in subject.named("access point", "accessPoints").items():
        if "virtualLink" not in point:
            continue
        if name in routers:
            first = subject.place(*routers[name][0])
            subject.report((*path, "name"), f"access point '{name}' and the router in line {first.line} share a name")
        else:
            _place_router(placed, path, point, [((*path, "virtualLink"), point["virtualLink"])], outside=True)


def _place_router(
    placed: Placed, path: Path, router: Any, attached: Sequence[tuple[Path, str]], *, outside: bool = False
) -> None:
    """``outside``: it leads out of the VIM, so that it needs an external network, its own or the VIM's default."""
    subject, vims = placed.subject, placed.vim_documents
    on = {vim for _, link in attached for vim in placed.links.get(link, ())}
    _check_attached(placed, router["name"], attached)
    if "vim" in router and _check_vim(placed, (*path, "vim"), router["vim"]):
        on.add(router["vim"])
    if not on and subject.spec.get("vim") in vims:
        on.add(subject.spec["vim"])
    if len(on) > 1:
        message = f"router '{router['name']}' would stand on the VIMs {' and '.join(sorted(on))}"
        subject.report(path, message, "a router stands on one")
    elif not on and placed.complete and not subject.problems:
        subject.report(path, f"no VIM for router '{router['name']}'", "set vim here, or spec.vim")
    if len(on) == 1:
        vim = next(iter(on))
        external = router.get("externalNetwork")
        if external is None and outside:
            external = _external(subject, path, vims[vim])
        placed.routers.append(PlacedRouter(router["name"], path, vim, external, tuple(link for _, link in attached)))


def _check_attached(placed: Placed, router: str, attached: Sequence[tuple[Path, str]]) -> None:
    """A router needs links with subnets of ours, which do not overlap."""
    subject = placed.subject
    taken: list[tuple[str, Network]] = []
    for where, link in attached:
        if link not in placed.link_items:
            subject.report_unknown(where, "virtual link", link, placed.link_items)
            continue
        if link not in placed.networks:
            hint = "only virtual links that Magi makes can be put on its routers"
            subject.report(where, f"virtual link '{link}' is an existing network", hint)
            continue
        if not subnets_of(placed.link_items[link][1]):
            subject.report(where, f"virtual link '{link}' has no subnet to route", "give it a cidr")
        for network in placed.networks[link]:
            for other, one in taken:
                if overlap(one, network):
                    subject.report(
                        where, f"{network} of '{link}' overlaps with {one} of '{other}' on router '{router}'"
                    )
            taken.append((link, network))


def _external(subject: Subject, path: Path, vim: Document) -> str | None:
    external: str | None = vim.data["spec"].get("externalNetwork")
    if external is None:
        name = vim.data["metadata"]["name"]
        subject.report(
            path, f"no external network for access point on VIM '{name}'", "set externalNetwork here or in the Vim"
        )
    return external


def _check_access_points(placed: Placed) -> None:
    """Those at a connection point: it has to exist, and to be reachable from outside."""
    subject, vnfs, links, vims = placed.subject, placed.vnf_items, placed.link_items, placed.vim_documents
    for path, point in subject.items("accessPoints"):
        if "connectionPoint" not in point:
            continue
        vnf_name, cp = point["connectionPoint"]["vnf"], point["connectionPoint"]["name"]
        if vnf_name not in vnfs:
            subject.report_unknown((*path, "connectionPoint", "vnf"), "VNF", vnf_name, vnfs)
            continue
        vnf = vnfs[vnf_name][1]
        if vnf_name in placed.vims:
            external = point.get("externalNetwork") or _external(subject, path, vims[placed.vims[vnf_name]])
            placed.external[point["name"]] = external or ""
        if vnf["descriptor"] not in placed.descriptors:
            continue
        points = [p["name"] for p in placed.descriptors[vnf["descriptor"]].data["spec"].get("connectionPoints", ())]
        if cp not in points:
            subject.report_unknown((*path, "connectionPoint", "name"), "connection point", cp, points)
            continue
        link = vnf.get("connect", {}).get(cp)
        if link in links and "existing" not in links[link][1] and not _leads_out(placed, link):
            subject.report(
                (*path, "connectionPoint"),
                f"connection point '{cp}' is on virtual link '{link}', which no router leads out of",
                f"add an access point with virtualLink: {link}, or put '{link}' on a router with an externalNetwork",
            )


def _leads_out(placed: Placed, link: str) -> bool:
    return any(router.external_network and link in router.links for router in placed.routers)


def _check_one_gateway(placed: Placed) -> None:
    """A router takes the gateway address of a subnet, so only one router can stand on it."""
    for one, other in combinations(placed.routers, 2):
        for link in one.links:
            if link in other.links and link in placed.link_items:
                placed.subject.report(
                    other.path,
                    f"virtual link '{link}' is on the routers '{one.name}' and '{other.name}'",
                    "its gateway address can be on one of them only",
                )


def _check_addresses_once(placed: Placed) -> None:
    taken: dict[tuple[str, str], Path] = {}
    for path, vnf in placed.vnf_items.values():
        for point, addresses in vnf.get("addresses", {}).items():
            for index, address in enumerate(addresses):
                where = (*path, "addresses", point, index)
                claim = (vnf.get("connect", {}).get(point, ""), address)
                if claim in taken:
                    first = placed.subject.place(*taken[claim])
                    placed.subject.report(where, f"address {address} is taken", f"line {first.line} has it")
                taken.setdefault(claim, where)
