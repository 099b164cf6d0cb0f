"""Checks a VnfDescriptor in itself: everything that it refers to is there, every address is one."""

from __future__ import annotations

from typing import Any, NamedTuple

from reconciler.documents.addresses import Network, check_address, check_link, check_network
from reconciler.documents.rules import check_rule, rule_spec
from reconciler.documents.subject import Subject
from reconciler.documents.yaml_marks import Document, Path
from reconciler.model import Key, Problem

_NO_GROUP = Key("", "security-group", "")
_OUR_METADATA = "magi:"


class Names(NamedTuple):
    """What the interfaces of a descriptor can refer to."""

    points: dict[str, Any]
    links: dict[str, list[Network]]
    groups: dict[str, Any]


def check_descriptor(document: Document) -> list[Problem]:
    """All that is wrong with a VnfDescriptor that its schema accepts."""
    subject = Subject(document)
    points = subject.named("connection point", "connectionPoints")
    groups = subject.named("security group", "securityGroups")
    keys = subject.named("key pair", "keyPairs")
    links = {
        name: check_link(subject, path, link)
        for name, (path, link) in subject.named("virtual link", "virtualLinks").items()
    }
    for path, group in groups.values():
        _check_rules(subject, path, group, groups)
    used: set[str] = set()
    for path, vdu in subject.named("VDU", "vdus").values():
        if "keyPair" in vdu and vdu["keyPair"] not in keys:
            subject.report_unknown((*path, "keyPair"), "key pair", vdu["keyPair"], keys)
        for name in vdu.get("metadata", ()):
            if name.startswith(_OUR_METADATA):
                subject.report(
                    (*path, "metadata", name), f"metadata '{name}': names with '{_OUR_METADATA}' are Magi's", key=True
                )
        for where, interface in subject.named("interface", *path, "interfaces").values():
            _check_interface(subject, where, interface, Names(points, links, groups))
            used.add(interface.get("connectionPoint", ""))
    for name, (path, _) in points.items():
        if name not in used:
            subject.report(
                path, f"no interface leads to connection point '{name}'", "remove it, or name it in a vdu's interface"
            )
    return subject.problems


def _check_interface(
    subject: Subject,
    path: Path,
    interface: Any,
    names: Names,
) -> None:
    points, links, groups = names
    point, link = interface.get("connectionPoint"), interface.get("virtualLink")
    if point is not None and point not in points:
        subject.report_unknown((*path, "connectionPoint"), "connection point", point, points)
    if link is not None and link not in links:
        subject.report_unknown((*path, "virtualLink"), "virtual link", link, links)
    for index, group in enumerate(interface.get("securityGroups", ())):
        if group not in groups:
            subject.report_unknown((*path, "securityGroups", index), "security group", group, groups)
    for index, pair in enumerate(interface.get("allowedAddressPairs", ())):
        where = (*path, "allowedAddressPairs", index, "address")
        if "/" in pair["address"]:
            check_network(subject, where, pair["address"])
        else:
            check_address(subject, where, pair["address"])
    for index, address in enumerate(interface.get("addresses", ())):
        check_address(subject, (*path, "addresses", index), address, links.get(link or ""))


def _check_rules(subject: Subject, path: Path, group: Any, groups: dict[str, Any]) -> None:
    seen: dict[Any, Path] = {}
    for where, rule in subject.items(*path, "rules"):
        before = len(subject.problems)
        check_rule(subject, where, rule)
        if "remoteGroup" in rule and rule["remoteGroup"] not in groups:
            subject.report_unknown((*where, "remoteGroup"), "security group", rule["remoteGroup"], groups)
        if len(subject.problems) > before:
            continue
        spec = rule_spec(rule, _NO_GROUP, {name: Key("", "security-group", name) for name in groups})
        if spec in seen:
            first = subject.place(*seen[spec])
            subject.report(
                where, f"this rule of security group '{group['name']}' says the same as line {first.line}", "remove one"
            )
        seen.setdefault(spec, where)
