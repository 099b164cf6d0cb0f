"""Checks a VnfDescriptor in itself: everything that it refers to is there, every address is one."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from reconciler.documents.checking.addresses import check_address, check_network
from reconciler.documents.checking.hostnames import wrong_hostname
from reconciler.documents.checking.links import Subnet, check_link, check_provider
from reconciler.documents.checking.parameters import check_parameters, decoded
from reconciler.documents.checking.pools import Claim, claim_addresses, claim_macs, report_taken
from reconciler.documents.checking.qos import check_policies
from reconciler.documents.checking.rules import check_address_groups, check_groups
from reconciler.documents.checking.templates import MAX_USER_DATA, TextFile, size_in_bytes
from reconciler.documents.checking.vocabulary import Vocabulary
from reconciler.documents.checking.volumes import check_shared_volumes, check_volumes
from reconciler.documents.choosing.flavours import check_flavours
from reconciler.documents.reading.spots import Problems, Spot
from reconciler.documents.words import VnfDescriptor
from reconciler.documents.words.descriptor import VnfDescriptorSpec
from reconciler.documents.words.interfaces import Interface
from reconciler.documents.words.vdus import UserData, Vdu
from reconciler.model import Problem

_OUR_METADATA = "magi:"


class Names(NamedTuple):
    """What the interfaces of a descriptor can refer to."""

    points: Collection[str]
    links: Collection[str]
    groups: Collection[str]


def check_descriptor(document: VnfDescriptor, files: Mapping[str, TextFile], targets: Vocabulary) -> list[Problem]:
    """All that is wrong with a VnfDescriptor that its schema accepts. ``files``: its user data, by what it calls it."""
    problems, spec = Problems(), document.spec
    points = problems.named("connection point", spec.connection_points)
    check_address_groups(problems, spec.address_groups)
    groups = check_groups(problems, spec.security_groups)
    check_policies(problems, spec.qos_policies)
    keys = problems.named("key pair", spec.key_pairs)
    internal = problems.named("virtual link", spec.virtual_links)
    for link in internal.values():
        check_provider(problems, link)
    links = {name: check_link(problems, link) for name, link in internal.items()}
    _check_software_images(problems, spec)
    volumes = check_shared_volumes(problems, spec)
    names = Names(points, links, groups)
    used: set[str] = set()
    for vdu in problems.named("VDU", spec.vdus).values():
        if vdu.key_pair is not None and vdu.key_pair not in keys:
            problems.report_unknown(vdu.at("key_pair"), "key pair", vdu.key_pair, keys)
        _check_contents(problems, vdu, templates=bool(spec.parameters))
        _check_place(problems, vdu)
        check_volumes(problems, vdu, volumes)
        used |= _check_interfaces(problems, vdu, names)
        interfaces = [interface.name for interface in vdu.interfaces]
        if vdu.probe is not None and vdu.probe.interface not in interfaces:
            problems.report_unknown(vdu.probe.at("interface"), "interface", vdu.probe.interface, interfaces)
    for name, point in points.items():
        if name not in used:
            message = f"no interface leads to connection point '{name}'"
            problems.report(point.spot, message, "remove it, or name it in a vdu's interface")
    for vdu in spec.vdus:
        _check_subports(problems, vdu)
    _check_addresses_once(problems, spec, links)
    check_parameters(problems, spec, files)
    check_flavours(problems, spec)
    targets.check_descriptor(problems, spec)
    return problems.found


def _check_software_images(problems: Problems, spec: VnfDescriptorSpec) -> None:
    """Notes images that no VDU has."""
    used = {vdu.image for vdu in spec.vdus}
    for name, image in problems.named("software image", spec.software_images).items():
        if name not in used:
            message = f"no VDU has software image '{name}'"
            problems.report(image.at("name"), message, "remove it, or name it in a vdu")


def _check_contents(problems: Problems, vdu: Vdu, *, templates: bool) -> None:
    """What an instance is handed: metadata, host name and user data."""
    for name in vdu.metadata:
        if name.startswith(_OUR_METADATA):
            message = f"metadata '{name}': names with '{_OUR_METADATA}' are Magi's"
            problems.report(vdu.at("metadata", name), message, key=True)
    hostname = vdu.hostname or ""
    if hostname and not (templates and "{{" in hostname) and (wrong := wrong_hostname(hostname)):
        problems.report(vdu.at("hostname"), f"hostname '{hostname}' is no name of a host", wrong)
    if vdu.user_data:
        _check_user_data(problems, vdu.user_data)


def _check_user_data(problems: Problems, given: UserData) -> None:
    """What is written in the descriptor itself."""
    field = "inline" if given.base64 is None else "base64"
    try:
        text = (given.inline or "") if given.base64 is None else decoded(given.base64)
    except ValueError:
        problems.report(given.at(field), "this is no base64", "'base64 FILE' prints it, with '=' at the end as it is")
        return
    if (size := size_in_bytes(text)) > MAX_USER_DATA:
        message = f"user data has {size:,} bytes; at most {MAX_USER_DATA:,} are allowed"
        problems.report(given.at(field), message, "let the instance fetch the rest")


def _check_place(problems: Problems, vdu: Vdu) -> None:
    """Where instances run: zones and hosts."""
    if vdu.availability_zone is not None and vdu.availability_zones is not None:
        message = f"VDU '{vdu.name}' has both availabilityZone and availabilityZones"
        problems.report(vdu.at("availability_zones"), message, "keep one of them", key=True)
    if vdu.max_instances_per_host is not None and vdu.affinity != "anti-affinity":
        message = f"maxInstancesPerHost of VDU '{vdu.name}' needs 'affinity: anti-affinity'"
        found = f"it has '{vdu.affinity}'" if vdu.affinity else "it has none"
        problems.report(vdu.at("max_instances_per_host"), message, found, key=True)
    if vdu.server_group is not None and vdu.affinity is not None:
        message = f"VDU '{vdu.name}' has both affinity and serverGroup"
        hint = "keep one of them: the group says how it places"
        problems.report(vdu.at("server_group"), message, hint, key=True)


def _check_interfaces(problems: Problems, vdu: Vdu, names: Names) -> set[str]:
    """The connection points that the interfaces of a VDU lead to."""
    here: dict[str, str] = {}
    for interface in problems.named("interface", vdu.interfaces).values():
        _check_interface(problems, interface, names)
        point = interface.connection_point or ""
        if point in here:
            problems.report(
                interface.at("connection_point"),
                f"connection point '{point}' is that of interface '{here[point]}' already",
                "give each interface of a VDU its own",
            )
        elif point:
            here[point] = interface.name
    return set(here)


def _check_interface(problems: Problems, interface: Interface, names: Names) -> None:
    points, links, groups = names
    point, link = interface.connection_point, interface.virtual_link
    if point is not None and point not in points:
        problems.report_unknown(interface.at("connection_point"), "connection point", point, points)
    if link is not None and link not in links:
        problems.report_unknown(interface.at("virtual_link"), "virtual link", link, links)
    for index, group in enumerate(interface.security_groups or ()):
        if group not in groups:
            problems.report_unknown(interface.at("security_groups", index), "security group", group, groups)
    _check_pairs(problems, interface)


def _check_subports(problems: Problems, vdu: Vdu) -> None:
    """A subport is carried by another interface of its VDU, in a VLAN of its own there."""
    names = {interface.name for interface in vdu.interfaces}
    parents = {interface.name for interface in vdu.interfaces if interface.subport_of is None}
    used: dict[tuple[str, int], Spot] = {}
    for interface in vdu.interfaces:
        subport = interface.subport_of
        if subport is None:
            continue
        parent, vlan = subport.interface, subport.vlan
        if parent not in parents and parent in names:
            message = f"interface '{parent}' is a subport itself"
            problems.report(subport.at("interface"), message, "name one that is a network card")
        elif parent not in parents:
            problems.report_unknown(subport.at("interface"), "interface", parent, parents)
        elif (parent, vlan) in used:
            line = used[parent, vlan].place().line
            problems.report(subport.at("vlan"), f"VLAN {vlan} of '{parent}' is taken", f"line {line} has it")
        used.setdefault((parent, vlan), subport.spot)


def _check_pairs(problems: Problems, interface: Interface) -> None:
    seen = set()
    for pair in interface.allowed_address_pairs:
        where = pair.at("address")
        check = check_network if "/" in pair.address else check_address
        given = check(problems, where, pair.address)
        claim = (given, (pair.mac or "").lower())
        if given is not None and claim in seen:
            problems.report(where, f"the pair for {given} is there twice", "remove one")
        seen.add(claim)


def _check_addresses_once(problems: Problems, spec: VnfDescriptorSpec, links: Mapping[str, list[Subnet]]) -> None:
    """Fixed addresses on internal virtual links: each has to be one of the link, and of one port."""
    claims: list[Claim | None] = []
    for vdu in spec.vdus:
        for interface in vdu.interfaces:
            link = interface.virtual_link or ""
            for index, text in enumerate(interface.addresses):
                where = interface.at("addresses", index)
                claims.append(claim_addresses(problems, where, text, link, links.get(link)))
            for index, text in enumerate(interface.mac_addresses):
                claims.append(claim_macs(problems, interface.at("mac_addresses", index), text, link))
    report_taken(problems, claims)
