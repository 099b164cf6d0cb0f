"""Rules of security groups: from a document to the one form that rules with the same meaning share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.documents.checking.addresses import canonical, check_network
from reconciler.documents.reading.marks import Path
from reconciler.documents.subject import Subject
from reconciler.model import Key
from reconciler.resources.openstack.security_group_rule import SecurityGroupRuleSpec, canonical_rule

_WITH_PORTS = frozenset({"tcp", "udp", "sctp", 6, 17, 132})
_ICMP = frozenset({"icmp", "icmpv6", 1, 58})
_OF_IPV6_ALONE = dict.fromkeys((41, 43, 44, 59, 60), 6)
"""Encapsulation and extension headers of IPv6: Neutron refuses them in a rule for IPv4."""
_IP_VERSION = {"icmp": 4, 1: 4, "icmpv6": 6, 58: 6} | _OF_IPV6_ALONE
_MAX_PORT = 65535
_NO_GROUP = Key("", "security-group", "")


def check_groups(subject: Subject) -> Mapping[str, tuple[Path, Any]]:
    """The security groups of a document by name; what is wrong with their rules is noted."""
    groups = subject.named("security group", "securityGroups")
    for path, group in groups.values():
        _check_rules(subject, path, group, groups)
    return groups


def check_rule(subject: Subject, path: Path, rule: Any) -> None:
    """Notes what is wrong with one rule in itself."""
    protocol = rule.get("protocol", "any")
    if "ports" in rule:
        if protocol not in _WITH_PORTS:
            subject.report(
                (*path, "ports"),
                f"ports do not go with protocol {protocol}",
                "set protocol: tcp, udp or sctp",
                key=True,
            )
        low, high = _ports(rule["ports"])
        if not 1 <= low <= high <= _MAX_PORT:
            subject.report(
                (*path, "ports"), f"{rule['ports']} is no port range", "write 443 or '8000-8100', at most 65535"
            )
    for field in ("icmpType", "icmpCode"):
        if field in rule and protocol not in _ICMP:
            subject.report(
                (*path, field), f"{field} does not go with protocol {protocol}", "set protocol: icmp", key=True
            )
    if "icmpCode" in rule and "icmpType" not in rule:
        subject.report((*path, "icmpCode"), "icmpCode needs icmpType", key=True)
    remotes = [field for field in ("remote", "remoteGroup", "remoteAddressGroup") if field in rule]
    if len(remotes) > 1:
        message = f"{' and '.join(remotes)} exclude each other"
        subject.report((*path, remotes[1]), message, "keep one of them", key=True)
    network = check_network(subject, (*path, "remote"), rule["remote"]) if "remote" in rule else None
    if network and rule.get("ethertype", f"IPv{network.version}") != f"IPv{network.version}":
        subject.report((*path, "ethertype"), f"{rule['ethertype']} does not go with remote {network}")
    elif protocol in _IP_VERSION and _ethertype(rule) != f"IPv{_IP_VERSION[protocol]}":
        other = "icmpv6" if _IP_VERSION[protocol] == 4 else "icmp"
        hint = "it is one of IPv6 alone" if protocol in _OF_IPV6_ALONE else f"set protocol: {other}"
        subject.report((*path, "protocol"), f"protocol {protocol} does not go with {_ethertype(rule)}", hint)


def rule_spec(rule: Any, group: Key, groups: dict[str, Key]) -> SecurityGroupRuleSpec:
    """What a rule that passed the checks becomes."""
    remote = rule.get("remote")
    low: int | None
    high: int | None
    if "ports" in rule:
        low, high = _ports(rule["ports"])
    else:
        low, high = rule.get("icmpType"), rule.get("icmpCode")
    return canonical_rule(
        group,
        rule.get("direction", "ingress"),
        _ethertype(rule),
        protocol=rule.get("protocol"),
        port_min=low,
        port_max=high,
        remote_cidr=canonical(remote) if remote else None,
        remote_group=groups[rule["remoteGroup"]] if "remoteGroup" in rule else None,
        remote_address_group=Key(group.target, "existing-address-group", rule["remoteAddressGroup"])
        if "remoteAddressGroup" in rule
        else None,
    )


def _ethertype(rule: Any) -> str:
    """What the rule says, else what its remote is, else what its protocol belongs to."""
    if "remote" in rule:
        default = "IPv6" if ":" in rule["remote"] else "IPv4"
    else:
        default = f"IPv{_IP_VERSION.get(rule.get('protocol'), 4)}"
    given: str = rule.get("ethertype", default)
    return given


def _ports(value: int | str) -> tuple[int, int]:
    low, _, high = str(value).partition("-")
    return int(low), int(high or low)


def _check_rules(subject: Subject, path: Path, group: Any, groups: Mapping[str, Any]) -> None:
    seen: dict[Any, Path] = {}
    for where, rule in subject.items(*path, "rules"):
        before = subject.count
        check_rule(subject, where, rule)
        if "remoteGroup" in rule and rule["remoteGroup"] not in groups:
            subject.report_unknown((*where, "remoteGroup"), "security group", rule["remoteGroup"], groups)
        if subject.count > before:
            continue
        spec = rule_spec(rule, _NO_GROUP, {name: Key("", "security-group", name) for name in groups})
        if spec in seen:
            first = subject.place(*seen[spec])
            subject.report(
                where, f"this rule of security group '{group['name']}' says the same as line {first.line}", "remove one"
            )
        seen.setdefault(spec, where)
