"""Checks the VNFs of a network service against their descriptors: counts, connections, fixed addresses, names, size."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from reconciler.documents.checking.addresses import is_address
from reconciler.documents.checking.draft import ServiceDraft
from reconciler.documents.checking.links import subnet_names
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
from reconciler.documents.choosing.choices import count_waits
from reconciler.documents.policy.conduct import strategy_of
from reconciler.documents.words.interfaces import Interface
from reconciler.documents.words.vdus import Vdu
from reconciler.documents.words.vnfs import Vnf

MAX_NAME = 200
"""Characters in the name of a resource: with the owner's mark it has to fit into the 255 of a description."""


def check_vnfs(draft: ServiceDraft) -> None:
    """Notes what is wrong with the VNFs. Afterwards ``draft.vims`` has their VIMs, and ``size`` is known."""
    size = 0
    for vnf in draft.vnf_items.values():
        _place_vnf(draft, vnf)
        if vnf.descriptor in draft.descriptors:
            _check_connections(draft, vnf)
            _check_counts(draft, vnf)
            _check_groups(draft, vnf)
            _check_names(draft, vnf)
            size += _size_of(draft, vnf)
    draft.size = size


def waits_of_servers(draft: ServiceDraft) -> int:
    """How often a server of a VNF waits for one of another."""
    vnfs = [vnf for vnf in draft.vnf_items.values() if vnf.descriptor in draft.descriptors]
    return count_waits(vnfs, {vnf.name: sum(count_of(vnf, vdu) for vdu in _vdus(draft, vnf)) for vnf in vnfs})


def check_addresses_once(draft: ServiceDraft) -> None:
    """Notes fixed addresses that two ports would have, or a port and a router."""
    problems = draft.problems
    claims: list[Claim | None] = []
    for name, router in {link: router for (link, _), router in draft.router_on.items()}.items():
        hint = f"router '{router.name}' has it, as the gateway"
        # In subnets that overlap, which is reported already, it may be the same one.
        for gateway in {subnet.gateway for subnet in draft.subnets.get(name, ()) if subnet.gateway}:
            number = int(gateway)
            claims.append(Claim((name, gateway.version), number, number, router.spot, hint))
    for vnf in draft.vnf_items.values():
        for point, texts in vnf.addresses.items():
            link = vnf.connect.get(point, "")
            for index, text in enumerate(texts):
                where = vnf.at("addresses", point, index)
                claims.append(claim_addresses(problems, where, text, link, draft.subnets.get(link)))
        for point, texts in vnf.mac_addresses.items():
            for index, text in enumerate(texts):
                where = vnf.at("mac_addresses", point, index)
                claims.append(claim_macs(problems, where, text, vnf.connect.get(point, "")))
    report_taken(problems, claims)


def addresses_given(interface: Interface, vnf: Vnf) -> Sequence[str]:
    """The addresses of an interface: the descriptor's own, else those of its service."""
    return interface.addresses or vnf.addresses.get(interface.connection_point or "", ())


def macs_given(interface: Interface, vnf: Vnf) -> Sequence[str]:
    """The MAC addresses of an interface: the descriptor's own, else those of its service."""
    return interface.mac_addresses or vnf.mac_addresses.get(interface.connection_point or "", ())


def _pools_of(vnf: Vnf) -> Mapping[str, Mapping[str, Sequence[str]]]:
    """What a VNF says for each connection point about addresses, by field."""
    return {"addresses": vnf.addresses, "mac_addresses": vnf.mac_addresses}


def _place_vnf(draft: ServiceDraft, vnf: Vnf) -> None:
    problems, of_service = draft.problems, draft.spec.vim
    if vnf.placement is not None:  # it could not be made, which is reported already
        draft.complete = False
    elif vnf.vim is not None:
        if draft.knows_vim(vnf.at("vim"), vnf.vim):
            draft.vims[vnf.name] = vnf.vim
    elif of_service is not None:
        if of_service in draft.vim_documents:
            draft.vims[vnf.name] = of_service
    else:
        problems.report(vnf.spot, f"no VIM for VNF '{vnf.name}'", "set vim or placement here, or spec.vim")
    check_descriptor_is_there(draft, vnf)


def _check_connections(draft: ServiceDraft, vnf: Vnf) -> None:
    links, problems = draft.link_items, draft.problems
    points = draft.points_of(vnf)
    for point, link in vnf.connect.items():
        where = vnf.at("connect", point)
        if point not in points:
            problems.report_unknown(where, "connection point", point, points, key=True)
        if link not in links:
            problems.report_unknown(where, "virtual link", link, links)
    needed = draft.needed_points_of(vnf)
    for point in points:
        if point in needed and point not in vnf.connect:
            problems.report(
                vnf.at("connect") if vnf.connect else vnf.spot,
                f"connection point '{point}' of descriptor '{vnf.descriptor}' is not connected",
                f"add '{point}: VIRTUAL-LINK' to connect",
                key=True,
            )
    for field, given in (*_pools_of(vnf).items(), ("security_groups", vnf.security_groups)):
        for point in given:
            if point not in points:
                problems.report_unknown(vnf.at(field, point), "connection point", point, points, key=True)


def _check_counts(draft: ServiceDraft, vnf: Vnf) -> None:
    problems = draft.problems
    names = [vdu.name for vdu in _vdus(draft, vnf)]
    for name in vnf.counts:
        if name not in names:
            problems.report_unknown(vnf.at("counts", name), "VDU", name, names, key=True)
    users: defaultdict[str, list[str]] = defaultdict(list)
    for vdu in _vdus(draft, vnf):
        count = count_of(vnf, vdu)
        where = vnf.at("counts", vdu.name) if vdu.name in vnf.counts else vnf.at("name")
        for interface in vdu.interfaces:
            point = interface.connection_point or ""
            for word, size in _sizes(interface, vnf):
                if size < count:
                    problems.report(
                        where,
                        f"VDU '{vdu.name}' has {count} instances, but interface '{interface.name}' has "
                        f"{size} {word}{'es' if size != 1 else ''}",
                        "give an address for each, or none at all",
                    )
            if count and vdu.name not in users[point]:
                users[point].append(vdu.name)
        strategy = strategy_of(draft.spec)
        if count and not strategy.max_unavailable and strategy.max_surge and not surge_of(vnf, vdu, 1):
            problems.report(
                where,
                f"VDU '{vdu.name}' could never change: maxUnavailable is 0, and there is no fixed address for an "
                f"instance beside the {count}",
                "give one more address, or set maxUnavailable to 1",
            )
    for field, point in [(field, point) for field, given in _pools_of(vnf).items() for point in given]:
        if len(users[point]) > 1:
            problems.report(
                vnf.at(field, point),
                f"connection point '{point}' is shared by the VDUs {' and '.join(users[point])}, "
                "so that each address would be given twice",
                "leave the addresses out, or give each VDU a connection point of its own",
                key=True,
            )


def _sizes(interface: Interface, vnf: Vnf) -> Iterator[tuple[str, int]]:
    """How many addresses of each type an interface has that has any, with the word for one."""
    addresses, given_macs = addresses_given(interface, vnf), macs_given(interface, vnf)
    if not addresses and not given_macs:
        return
    # What is no address or range is reported elsewhere, with its place.
    pools = address_pools(text for text in addresses if all(map(is_address, ends(text))))
    macs = mac_pool(given_macs)
    words = {f"IPv{version} address" if len(pools) > 1 else "address": pool for version, pool in pools.items()}
    for word, pool in (words | ({"MAC address": macs} if macs.spans else {})).items():
        if pool.is_sound:
            yield word, pool.size


def _check_groups(draft: ServiceDraft, vnf: Vnf) -> None:
    """Security groups of the service for connection points."""
    problems, groups = draft.problems, draft.groups
    open_points = {
        interface.connection_point: interface.name
        for vdu in _vdus(draft, vnf)
        for interface in vdu.interfaces
        if interface.port_security is False
    }
    for point, names in vnf.security_groups.items():
        for index, name in enumerate(names):
            if name not in groups:
                problems.report_unknown(vnf.at("security_groups", point, index), "security group", name, groups)
        if names and point in open_points:
            message = f"interface '{open_points[point]}' behind '{point}' has 'portSecurity: false'"
            problems.report(vnf.at("security_groups", point), message, "it can't have security groups", key=True)


def _check_names(draft: ServiceDraft, vnf: Vnf) -> None:
    for name in _long_names(draft, vnf):
        if len(name) > MAX_NAME:
            message = f"the name '{name[:40]}…' has {len(name)} characters"
            draft.problems.report(vnf.spot, message, f"at most {MAX_NAME} fit")


def _long_names(draft: ServiceDraft, vnf: Vnf) -> Iterator[str]:
    """The names that have the most parts: those of ports and of subnets of internal virtual links."""
    prefix = f"{draft.name}/{vnf.name}"
    for vdu in _vdus(draft, vnf):
        parts = (*(one.name for one in vdu.interfaces), *(one.name for one in vdu.volumes), *vdu.shared_volumes)
        for part in parts:
            yield f"{prefix}/{vdu.name}-{count_of(vnf, vdu)}/{part}"
    for link in draft.descriptors[vnf.descriptor].spec.virtual_links:
        for subnet in subnet_names(link):
            yield f"{prefix}/{link.name}/{subnet}"


def _size_of(draft: ServiceDraft, vnf: Vnf) -> int:
    """About how many resources a VNF becomes; networks and the like are of no account."""
    groups = draft.descriptors[vnf.descriptor].spec.security_groups
    rules = sum(1 + len(group.rules) for group in groups)
    return rules + sum(count_of(vnf, vdu) * _parts(vdu) for vdu in _vdus(draft, vnf))


def _parts(vdu: Vdu) -> int:
    """How many resources an instance becomes."""
    volumes = 2 * len(vdu.volumes) + len(vdu.shared_volumes) + (vdu.boot_volume is not None)
    return 1 + len(vdu.interfaces) + volumes


def _vdus(draft: ServiceDraft, vnf: Vnf) -> Sequence[Vdu]:
    return draft.descriptors[vnf.descriptor].spec.vdus


def count_of(vnf: Vnf, vdu: Vdu) -> int:
    """How many instances of a VDU there are: the service may say otherwise than the descriptor."""
    return vnf.counts.get(vdu.name, vdu.count)


def surge_of(vnf: Vnf, vdu: Vdu, most: int) -> int:
    """How many instances of a VDU may exist beside the others for a while: as fixed addresses are left."""
    count = count_of(vnf, vdu)
    pools = (size for interface in vdu.interfaces for _, size in _sizes(interface, vnf))
    return min([most if count else 0, *(size - count for size in pools)])
