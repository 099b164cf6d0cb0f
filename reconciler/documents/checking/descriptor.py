"""Checks a VnfDescriptor in itself: everything that it refers to is there, every address is one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from reconciler.documents.checking.addresses import check_address, check_network
from reconciler.documents.checking.hostnames import wrong_hostname
from reconciler.documents.checking.links import Subnet, check_link, check_provider
from reconciler.documents.checking.parameters import check_parameters
from reconciler.documents.checking.pools import Claim, claim_addresses, claim_macs, report_taken
from reconciler.documents.checking.qos import check_policies
from reconciler.documents.checking.rules import check_groups
from reconciler.documents.checking.sizing import check_sizing
from reconciler.documents.checking.software_images import check_software_images
from reconciler.documents.checking.templates import MAX_USER_DATA, TextFile
from reconciler.documents.checking.volumes import check_shared_volumes, check_volumes
from reconciler.documents.choosing.flavours import check_flavours
from reconciler.documents.reading.marks import Document, Path
from reconciler.documents.subject import Subject
from reconciler.model import Problem

_OUR_METADATA = "magi:"


class Names(NamedTuple):
    """What the interfaces of a descriptor can refer to."""

    points: dict[str, Any]
    links: dict[str, list[Subnet]]
    groups: Mapping[str, Any]


def check_descriptor(document: Document, files: Mapping[str, TextFile]) -> list[Problem]:
    """All that is wrong with a VnfDescriptor that its schema accepts. ``files``: its user data, by what it calls it."""
    subject = Subject(document)
    points = subject.named("connection point", "connectionPoints")
    groups = check_groups(subject)
    check_policies(subject)
    keys = subject.named("key pair", "keyPairs")
    internal = subject.named("virtual link", "virtualLinks")
    for path, link in internal.values():
        check_provider(subject, path, link)
    links = {name: check_link(subject, path, link) for name, (path, link) in internal.items()}
    check_software_images(subject)
    named = {name for vdu in subject.spec["vdus"] for name in vdu.get("sharedVolumes", ())}
    volumes = check_shared_volumes(subject, named)
    used: set[str] = set()
    for path, vdu in subject.named("VDU", "vdus").values():
        if "keyPair" in vdu and vdu["keyPair"] not in keys:
            subject.report_unknown((*path, "keyPair"), "key pair", vdu["keyPair"], keys)
        _check_contents(subject, path, vdu)
        _check_place(subject, path, vdu)
        check_volumes(subject, path, vdu, volumes)
        check_sizing(subject, path, vdu)
        here: dict[str, str] = {}
        for where, interface in subject.named("interface", *path, "interfaces").values():
            _check_interface(subject, where, interface, Names(points, links, groups))
            point = interface.get("connectionPoint", "")
            if point in here:
                subject.report(
                    (*where, "connectionPoint"),
                    f"connection point '{point}' is that of interface '{here[point]}' already",
                    "give each interface of a VDU its own",
                )
            elif point:
                here[point] = interface["name"]
        used |= set(here)
        probed = vdu.get("probe", {}).get("interface")
        names = [interface["name"] for interface in vdu.get("interfaces", ())]
        if probed is not None and probed not in names:
            subject.report_unknown((*path, "probe", "interface"), "interface", probed, names)
    for name, (path, _) in points.items():
        if name not in used:
            subject.report(
                path, f"no interface leads to connection point '{name}'", "remove it, or name it in a vdu's interface"
            )
    for path, _ in subject.items("vdus"):
        _check_subports(subject, path)
    _check_addresses_once(subject, links)
    check_parameters(subject, files)
    check_flavours(subject)
    return subject.problems


def _check_contents(subject: Subject, path: Path, vdu: Any) -> None:
    """What an instance is handed: metadata, host name and user data."""
    for name in vdu.get("metadata", ()):
        if name.startswith(_OUR_METADATA):
            subject.report(
                (*path, "metadata", name), f"metadata '{name}': names with '{_OUR_METADATA}' are Magi's", key=True
            )
    hostname = vdu.get("hostname", "")
    if hostname and not ("parameters" in subject.spec and "{{" in hostname) and (wrong := wrong_hostname(hostname)):
        subject.report((*path, "hostname"), f"hostname '{hostname}' is no name of a host", wrong)
    size = len(vdu.get("userData", {}).get("inline", "").encode())
    if size > MAX_USER_DATA:
        message = f"user data has {size:,} bytes; at most {MAX_USER_DATA:,} are allowed"
        subject.report((*path, "userData", "inline"), message, "let the instance fetch the rest")


def _check_place(subject: Subject, path: Path, vdu: Any) -> None:
    """Where instances run: zones and hosts."""
    if "availabilityZone" in vdu and "availabilityZones" in vdu:
        message = f"VDU '{vdu['name']}' has both availabilityZone and availabilityZones"
        subject.report((*path, "availabilityZones"), message, "keep one of them", key=True)
    if "maxInstancesPerHost" in vdu and vdu.get("affinity") != "anti-affinity":
        message = f"maxInstancesPerHost of VDU '{vdu['name']}' needs 'affinity: anti-affinity'"
        found = f"it has '{vdu['affinity']}'" if "affinity" in vdu else "it has none"
        subject.report((*path, "maxInstancesPerHost"), message, found, key=True)
    if "serverGroup" in vdu and "affinity" in vdu:
        message = f"VDU '{vdu['name']}' has both affinity and serverGroup"
        subject.report((*path, "serverGroup"), message, "keep one of them: the group says how it places", key=True)


def _check_interface(subject: Subject, path: Path, interface: Any, names: Names) -> None:
    points, links, groups = names
    point, link = interface.get("connectionPoint"), interface.get("virtualLink")
    if point is not None and point not in points:
        subject.report_unknown((*path, "connectionPoint"), "connection point", point, points)
    if link is not None and link not in links:
        subject.report_unknown((*path, "virtualLink"), "virtual link", link, links)
    for index, group in enumerate(interface.get("securityGroups", ())):
        if group not in groups:
            subject.report_unknown((*path, "securityGroups", index), "security group", group, groups)
    _check_pairs(subject, path, interface)


def _check_subports(subject: Subject, path: Path) -> None:
    """A subport is carried by another interface of its VDU, in a VLAN of its own there."""
    interfaces = [interface for _, interface in subject.items(*path, "interfaces")]
    names = {interface["name"] for interface in interfaces}
    parents = {interface["name"] for interface in interfaces if "subportOf" not in interface}
    used: dict[tuple[str, int], Path] = {}
    for where, interface in subject.items(*path, "interfaces"):
        if "subportOf" not in interface:
            continue
        parent, vlan = interface["subportOf"]["interface"], interface["subportOf"]["vlan"]
        place = (*where, "subportOf")
        if parent not in parents and parent in names:
            message = f"interface '{parent}' is a subport itself"
            subject.report((*place, "interface"), message, "name one that is a network card")
        elif parent not in parents:
            subject.report_unknown((*place, "interface"), "interface", parent, parents)
        elif (parent, vlan) in used:
            line = subject.place(*used[parent, vlan]).line
            subject.report((*place, "vlan"), f"VLAN {vlan} of '{parent}' is taken", f"line {line} has it")
        used.setdefault((parent, vlan), place)


def _check_pairs(subject: Subject, path: Path, interface: Any) -> None:
    seen = set()
    for index, pair in enumerate(interface.get("allowedAddressPairs", ())):
        where = (*path, "allowedAddressPairs", index, "address")
        check = check_network if "/" in pair["address"] else check_address
        given = check(subject, where, pair["address"])
        claim = (given, pair.get("mac", "").lower())
        if given is not None and claim in seen:
            subject.report(where, f"the pair for {given} is there twice", "remove one")
        seen.add(claim)


def _check_addresses_once(subject: Subject, links: dict[str, list[Subnet]]) -> None:
    """Fixed addresses on internal virtual links: each has to be one of the link, and of one port."""
    claims: list[Claim | None] = []
    for path, _ in subject.items("vdus"):
        for where, interface in subject.items(*path, "interfaces"):
            link = interface.get("virtualLink", "")
            for index, text in enumerate(interface.get("addresses", ())):
                claims.append(claim_addresses(subject, (*where, "addresses", index), text, link, links.get(link)))
            for index, text in enumerate(interface.get("macAddresses", ())):
                claims.append(claim_macs(subject, (*where, "macAddresses", index), text, link))
    report_taken(subject, claims)
