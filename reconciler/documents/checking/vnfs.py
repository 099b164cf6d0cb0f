"""Checks the VNFs of a network service against their descriptors: counts, connections, fixed addresses, names, size."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from reconciler.documents.checking.addresses import is_address
from reconciler.documents.checking.dependencies import count_waits
from reconciler.documents.checking.links import subnet_names
from reconciler.documents.checking.placed import Placed
from reconciler.documents.checking.pools import (
    Claim,
    address_pools,
    claim_addresses,
    claim_macs,
    ends,
    mac_pool,
    report_taken,
)
from reconciler.documents.checking.versions import check_descriptor_is_there
from reconciler.documents.policy.conduct import strategy_of
from reconciler.documents.reading.marks import Path

POOLS = ("addresses", "macAddresses")
"""The fields of a VNF that give addresses by connection point and index of the instance."""

MAX_NAME = 200
"""Characters in the name of a resource: with the owner's mark it has to fit into the 255 of a description."""


def check_vnfs(placed: Placed) -> None:
    """Notes what is wrong with the VNFs. Their VIMs are in ``placed.vims`` afterwards, and ``placed.size`` is known."""
    size = 0
    for path, vnf in placed.vnf_items.values():
        _place_vnf(placed, path, vnf)
        if vnf["descriptor"] in placed.descriptors:
            _check_connections(placed, path, vnf)
            _check_counts(placed, path, vnf)
            _check_groups(placed, path, vnf)
            _check_names(placed, path, vnf)
            size += _size_of(placed, vnf)
    placed.size = size


def waits_of_servers(placed: Placed) -> int:
    """How often a server of a VNF waits for one of another."""
    vnfs = [vnf for _, vnf in placed.vnf_items.values() if vnf["descriptor"] in placed.descriptors]
    return count_waits(vnfs, {vnf["name"]: sum(count_of(vnf, vdu) for vdu in _vdus(placed, vnf)) for vnf in vnfs})


def check_addresses_once(placed: Placed) -> None:
    """Notes fixed addresses that two ports would have, or a port and a router."""
    claims: list[Claim | None] = []
    for name, router in {link: router for (link, _), router in placed.router_on.items()}.items():
        hint = f"router '{router.name}' has it, as the gateway"
        # In subnets that overlap, which is told already, it may be the same one.
        for gateway in {subnet.gateway for subnet in placed.subnets.get(name, ()) if subnet.gateway}:
            number = int(gateway)
            claims.append(Claim((name, gateway.version), number, number, router.path, hint))
    for path, vnf in placed.vnf_items.values():
        for field in POOLS:
            for point, texts in vnf.get(field, {}).items():
                link = vnf.get("connect", {}).get(point, "")
                for index, text in enumerate(texts):
                    where = (*path, field, point, index)
                    claims.append(
                        claim_macs(placed.subject, where, text, link)
                        if field == "macAddresses"
                        else claim_addresses(placed.subject, where, text, link, placed.subnets.get(link))
                    )
    report_taken(placed.subject, claims)


def given_to(interface: Any, vnf: Any, field: str) -> list[str]:
    """The addresses of an interface, of one of the `POOLS`: the descriptor's own, else those of its service."""
    given: list[str] = interface.get(field) or vnf.get(field, {}).get(interface.get("connectionPoint", ""), [])
    return given


def _place_vnf(placed: Placed, path: Path, vnf: Any) -> None:
    subject = placed.subject
    if "placement" in vnf:  # it could not be made, which is told already
        placed.complete = False
    elif "vim" in vnf:
        if placed.knows_vim((*path, "vim"), vnf["vim"]):
            placed.vims[vnf["name"]] = vnf["vim"]
    elif "vim" in subject.spec:
        if subject.spec["vim"] in placed.vim_documents:
            placed.vims[vnf["name"]] = subject.spec["vim"]
    else:
        subject.report(
            path,
            f"no VIM for VNF '{vnf['name']}'",
            "set vim or placement here, or spec.vim",
        )
    check_descriptor_is_there(placed, (*path, "descriptor"), vnf["descriptor"])


def _check_connections(placed: Placed, path: Path, vnf: Any) -> None:
    links, subject, connect = placed.link_items, placed.subject, vnf.get("connect", {})
    points = placed.points_of(vnf)
    for point, link in connect.items():
        if point not in points:
            subject.report_unknown((*path, "connect", point), "connection point", point, points, key=True)
        if link not in links:
            subject.report_unknown((*path, "connect", point), "virtual link", link, links)
    needed = placed.needed_points_of(vnf)
    for point in points:
        if point in needed and point not in connect:
            subject.report(
                (*path, "connect") if connect else path,
                f"connection point '{point}' of descriptor '{vnf['descriptor']}' is not connected",
                f"add '{point}: VIRTUAL-LINK' to connect",
                key=True,
            )
    for field in (*POOLS, "securityGroups"):
        for point in vnf.get(field, {}):
            if point not in points:
                subject.report_unknown((*path, field, point), "connection point", point, points, key=True)


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
            for word, size in _sizes(interface, vnf):
                if size < count:
                    subject.report(
                        where,
                        f"VDU '{vdu['name']}' has {count} instances, but interface '{interface['name']}' has "
                        f"{size} {word}{'es' if size != 1 else ''}",
                        "give an address for each, or none at all",
                    )
            if count and vdu["name"] not in users[point]:
                users[point].append(vdu["name"])
        strategy = strategy_of(subject.spec)
        if count and not strategy.max_unavailable and strategy.max_surge and not surge_of(vnf, vdu, 1):
            subject.report(
                where,
                f"VDU '{vdu['name']}' could never change: maxUnavailable is 0, and there is no fixed address for an "
                f"instance beside the {count}",
                "give one more address, or set maxUnavailable to 1",
            )
    for field, point in [(pool, point) for pool in POOLS for point in vnf.get(pool, {})]:
        if len(users[point]) > 1:
            subject.report(
                (*path, field, point),
                f"connection point '{point}' is shared by the VDUs {' and '.join(users[point])}, "
                "so that each address would be given twice",
                "leave the addresses out, or give each VDU a connection point of its own",
                key=True,
            )


def _sizes(interface: Any, vnf: Any) -> Iterator[tuple[str, int]]:
    """How many addresses of each sort an interface has that has any, with the word for one."""
    texts = given_to(interface, vnf, "addresses")
    # What is no address or range is told elsewhere, with its place.
    pools = address_pools(text for text in texts if all(map(is_address, ends(text))))
    macs = mac_pool(given_to(interface, vnf, "macAddresses"))
    words = {f"IPv{version} address" if len(pools) > 1 else "address": pool for version, pool in pools.items()}
    for word, pool in (words | ({"MAC address": macs} if macs.spans else {})).items():
        if pool.is_sound:
            yield word, pool.size


def _check_groups(placed: Placed, path: Path, vnf: Any) -> None:
    """Security groups of the service for connection points."""
    subject, groups = placed.subject, placed.groups
    open_points = {
        interface.get("connectionPoint"): interface["name"]
        for vdu in _vdus(placed, vnf)
        for interface in vdu.get("interfaces", ())
        if interface.get("portSecurity") is False
    }
    for point, names in vnf.get("securityGroups", {}).items():
        for index, name in enumerate(names):
            if name not in groups:
                where = (*path, "securityGroups", point, index)
                subject.report_unknown(where, "security group", name, groups)
        if names and point in open_points:
            message = f"interface '{open_points[point]}' behind '{point}' has 'portSecurity: false'"
            hint = "it can't have security groups"
            subject.report((*path, "securityGroups", point), message, hint, key=True)


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
        for volume in vdu.get("volumes", ()):
            yield f"{prefix}/{vdu['name']}-{count_of(vnf, vdu)}/{volume['name']}"
        for name in vdu.get("sharedVolumes", ()):
            yield f"{prefix}/{vdu['name']}-{count_of(vnf, vdu)}/{name}"
    for link in placed.descriptors[vnf["descriptor"]].data["spec"].get("virtualLinks", ()):
        for subnet in subnet_names(link):
            yield f"{prefix}/{link['name']}/{subnet}"


def _size_of(placed: Placed, vnf: Any) -> int:
    """About how many resources a VNF becomes; networks and the like are of no account."""
    groups = placed.descriptors[vnf["descriptor"]].data["spec"].get("securityGroups", ())
    rules = sum(1 + len(group.get("rules", ())) for group in groups)
    instances = sum(count_of(vnf, vdu) * _parts(vdu) for vdu in _vdus(placed, vnf))
    return rules + instances


def _parts(vdu: Any) -> int:
    """How many resources an instance becomes."""
    volumes = 2 * len(vdu.get("volumes", ())) + len(vdu.get("sharedVolumes", ())) + ("bootVolume" in vdu)
    return 1 + len(vdu.get("interfaces", ())) + volumes


def _vdus(placed: Placed, vnf: Any) -> list[Any]:
    vdus: list[Any] = placed.descriptors[vnf["descriptor"]].data["spec"]["vdus"]
    return vdus


def count_of(vnf: Any, vdu: Any) -> int:
    """How many instances of a VDU there are: the service may say otherwise than the descriptor."""
    count: int = vnf.get("counts", {}).get(vdu["name"], vdu.get("count", 1))
    return count


def surge_of(vnf: Any, vdu: Any, most: int) -> int:
    """How many instances of a VDU may stand beside the others for a while: as far as fixed addresses are left."""
    count = count_of(vnf, vdu)
    pools = (size for interface in vdu.get("interfaces", ()) for _, size in _sizes(interface, vnf))
    return min([most if count else 0, *(size - count for size in pools)])
