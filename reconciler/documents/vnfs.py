"""Checks the VNFs of a network service against their descriptors: counts, connections, fixed addresses, names, size."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from reconciler.documents.addresses import Address
from reconciler.documents.links import check_fixed_address, subnet_names
from reconciler.documents.placed import Placed
from reconciler.documents.yaml_marks import Path

MAX_NAME = 200
"""Characters in the name of a resource: with the owner's mark it has to fit into the 255 of a description."""

MAX_RESOURCES = 50_000
"""Resources of one service: far more than any has, and few enough to be held in memory."""


def check_vnfs(placed: Placed) -> None:
    """Notes what is wrong with the VNFs. Their VIMs are in ``placed.vims`` afterwards."""
    size = 0
    for path, vnf in placed.vnf_items.values():
        _place_vnf(placed, path, vnf)
        if vnf["descriptor"] in placed.descriptors:
            _check_connections(placed, path, vnf)
            _check_counts(placed, path, vnf)
            _check_names(placed, path, vnf)
            size += _size_of(placed, vnf)
    if size > MAX_RESOURCES:
        message = f"the service has {size:,} resources; at most {MAX_RESOURCES:,} are allowed"
        placed.subject.report(("vnfs",), message, "look for a count that is too large, or divide the service")


def check_addresses_once(placed: Placed) -> None:
    """Notes fixed addresses that two ports would have, or a port and a router."""
    taken: dict[tuple[str, Address], str] = {}
    for name, router in placed.router_on.items():
        for subnet in placed.subnets.get(name, ()):
            if subnet.gateway is not None:
                taken[name, subnet.gateway] = f"router '{router.name}' has it, as the gateway"
    for path, vnf in placed.vnf_items.values():
        for point, addresses in vnf.get("addresses", {}).items():
            link = vnf.get("connect", {}).get(point, "")
            for index, text in enumerate(addresses):
                where = (*path, "addresses", point, index)
                address = check_fixed_address(placed.subject, where, text, placed.subnets.get(link))
                if address is None:
                    continue
                if (link, address) in taken:
                    placed.subject.report(where, f"address {address} is taken", taken[link, address])
                taken.setdefault((link, address), f"line {placed.subject.place(*where).line} has it")


def _place_vnf(placed: Placed, path: Path, vnf: Any) -> None:
    subject = placed.subject
    if "vim" in vnf:
        if placed.knows_vim((*path, "vim"), vnf["vim"]):
            placed.vims[vnf["name"]] = vnf["vim"]
    elif "vim" in subject.spec:
        if subject.spec["vim"] in placed.vim_documents:
            placed.vims[vnf["name"]] = subject.spec["vim"]
    else:
        subject.report(path, f"no VIM for VNF '{vnf['name']}'", "set vim here, or for the whole service in spec.vim")
    name = vnf["descriptor"]
    if name not in placed.descriptors and not placed.is_refused("VnfDescriptor", name):
        subject.report_unknown((*path, "descriptor"), "descriptor", name, placed.descriptors)


def _check_connections(placed: Placed, path: Path, vnf: Any) -> None:
    links, subject, connect = placed.link_items, placed.subject, vnf.get("connect", {})
    points = placed.points_of(vnf)
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
    for point in vnf.get("addresses", {}):
        if point not in points:
            subject.report_unknown((*path, "addresses", point), "connection point", point, points, key=True)


def _check_counts(placed: Placed, path: Path, vnf: Any) -> None:
    subject = placed.subject
    names = [vdu["name"] for vdu in _vdus(placed, vnf)]
    for name in vnf.get("counts", ()):
        if name not in names:
            subject.report_unknown((*path, "counts", name), "VDU", name, names, key=True)
    users: defaultdict[str, list[str]] = defaultdict(list)
    for vdu in _vdus(placed, vnf):
        count = count_of(vnf, vdu)
        where = (*path, "counts", vdu["name"]) if vdu["name"] in vnf.get("counts", {}) else (*path, "name")
        for interface in vdu.get("interfaces", ()):
            point = interface.get("connectionPoint", "")
            addresses = interface.get("addresses") or vnf.get("addresses", {}).get(point, ())
            if addresses and len(addresses) < count:
                subject.report(
                    where,
                    f"VDU '{vdu['name']}' has {count} instances, but interface '{interface['name']}' has "
                    f"{len(addresses)} address{'es' if len(addresses) != 1 else ''}",
                    "give an address for each, or none at all",
                )
            if count and vdu["name"] not in users[point]:
                users[point].append(vdu["name"])
    for point in vnf.get("addresses", {}):
        if len(users[point]) > 1:
            subject.report(
                (*path, "addresses", point),
                f"connection point '{point}' is shared by the VDUs {' and '.join(users[point])}, "
                "so that each address would be given twice",
                "leave the addresses out, or give each VDU a connection point of its own",
                key=True,
            )


def _check_names(placed: Placed, path: Path, vnf: Any) -> None:
    for name in _long_names(placed, vnf):
        if len(name) > MAX_NAME:
            message = f"the name '{name[:40]}…' has {len(name)} characters"
            placed.subject.report(path, message, f"at most {MAX_NAME} fit")


def _long_names(placed: Placed, vnf: Any) -> Iterator[str]:
    """The names that have the most parts: those of ports and of subnets of internal virtual links."""
    prefix = f"{placed.name}/{vnf['name']}"
    for vdu in _vdus(placed, vnf):
        for interface in vdu.get("interfaces", ()):
            yield f"{prefix}/{vdu['name']}-{count_of(vnf, vdu)}/{interface['name']}"
    for link in placed.descriptors[vnf["descriptor"]].data["spec"].get("virtualLinks", ()):
        for subnet in subnet_names(link):
            yield f"{prefix}/{link['name']}/{subnet}"


def _size_of(placed: Placed, vnf: Any) -> int:
    """About how many resources a VNF becomes; networks and the like are of no account."""
    groups = placed.descriptors[vnf["descriptor"]].data["spec"].get("securityGroups", ())
    rules = sum(1 + len(group.get("rules", ())) for group in groups)
    instances = sum(count_of(vnf, vdu) * (1 + len(vdu.get("interfaces", ()))) for vdu in _vdus(placed, vnf))
    return rules + instances


def _vdus(placed: Placed, vnf: Any) -> list[Any]:
    vdus: list[Any] = placed.descriptors[vnf["descriptor"]].data["spec"]["vdus"]
    return vdus


def count_of(vnf: Any, vdu: Any) -> int:
    """How many instances of a VDU there are: the service may say otherwise than the descriptor."""
    count: int = vnf.get("counts", {}).get(vdu["name"], vdu.get("count", 1))
    return count
