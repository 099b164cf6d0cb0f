"""Rules of security groups: from a document to the one form that rules with the same meaning share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from reconciler.documents.checking.addresses import canonical, check_network
from reconciler.documents.reading.spots import Problems
from reconciler.documents.words.filters import AddressGroup, SecurityGroup, SecurityGroupRule
from reconciler.model.filters import Match, canonical_match

_WITH_PORTS = frozenset({"tcp", "udp", "sctp", 6, 17, 132})
_ICMP = frozenset({"icmp", "icmpv6", 1, 58})
_OF_IPV6_ALONE = frozenset({41, 43, 44, 59, 60})
"""Encapsulation and extension headers of IPv6: Neutron refuses them in a rule for IPv4."""
_IP_VERSION: Mapping[str | int, int] = {"icmp": 4, 1: 4, "icmpv6": 6, 58: 6, **dict.fromkeys(_OF_IPV6_ALONE, 6)}
_MAX_PORT = 65535


def check_address_groups(problems: Problems, written: Sequence[AddressGroup]) -> None:
    """Notes what is wrong with the address groups of a document."""
    for group in problems.named("address group", written).values():
        seen: set[str] = set()
        for index, text in enumerate(group.addresses):
            where = group.at("addresses", index)
            network = check_network(problems, where, text)
            if network and str(network) in seen:
                problems.report(where, f"{network} is there twice in address group '{group.name}'", "remove one")
            seen.add(str(network))


def check_groups(problems: Problems, written: Sequence[SecurityGroup]) -> Mapping[str, SecurityGroup]:
    """The security groups of a document by name; what is wrong with their rules is noted."""
    groups = problems.named("security group", written)
    for group in groups.values():
        _check_rules(problems, group, groups)
    return groups


def check_rule(problems: Problems, rule: SecurityGroupRule) -> None:
    """Notes what is wrong with one rule in itself."""
    protocol = rule.protocol
    if rule.ports is not None:
        if protocol not in _WITH_PORTS:
            message = f"ports do not go with protocol {protocol}"
            problems.report(rule.at("ports"), message, "set protocol: tcp, udp or sctp", key=True)
        low, high = ports_of(rule.ports)
        if not 1 <= low <= high <= _MAX_PORT:
            message = f"{rule.ports} is no port range"
            problems.report(rule.at("ports"), message, "write 443 or '8000-8100', at most 65535")
    for field, name, value in (("icmp_type", "icmpType", rule.icmp_type), ("icmp_code", "icmpCode", rule.icmp_code)):
        if value is not None and protocol not in _ICMP:
            message = f"{name} does not go with protocol {protocol}"
            problems.report(rule.at(field), message, "set protocol: icmp", key=True)
    if rule.icmp_code is not None and rule.icmp_type is None:
        problems.report(rule.at("icmp_code"), "icmpCode needs icmpType", key=True)
    remotes = {
        "remote": rule.remote,
        "remoteGroup": rule.remote_group,
        "remoteAddressGroup": rule.remote_address_group,
    }
    given = [name for name, value in remotes.items() if value is not None]
    if len(given) > 1:
        message = f"{' and '.join(given)} exclude each other"
        problems.report(rule.at(given[1]), message, "keep one of them", key=True)
    network = None if rule.remote is None else check_network(problems, rule.at("remote"), rule.remote)
    if network and (rule.ethertype or f"IPv{network.version}") != f"IPv{network.version}":
        problems.report(rule.at("ethertype"), f"{rule.ethertype} does not go with remote {network}")
    elif protocol in _IP_VERSION and _ethertype(rule) != f"IPv{_IP_VERSION[protocol]}":
        other = "icmpv6" if _IP_VERSION[protocol] == 4 else "icmp"
        hint = "it is one of IPv6 alone" if protocol in _OF_IPV6_ALONE else f"set protocol: {other}"
        problems.report(rule.at("protocol"), f"protocol {protocol} does not go with {_ethertype(rule)}", hint)


class Meaning(NamedTuple):
    """What a rule lets through: two of one meaning are one rule. ``remote_group``: of the same document, by name."""

    match: Match
    remote_group: str | None
    remote_address_group: str | None


def meaning_of(rule: SecurityGroupRule) -> Meaning:
    """What a rule that passed the checks lets through."""
    low, high = (rule.icmp_type, rule.icmp_code) if rule.ports is None else ports_of(rule.ports)
    match = canonical_match(
        rule.direction,
        _ethertype(rule),
        protocol=rule.protocol,
        port_min=low,
        port_max=high,
        remote=canonical(rule.remote) if rule.remote else None,
    )
    return Meaning(match, rule.remote_group, rule.remote_address_group)


def _ethertype(rule: SecurityGroupRule) -> str:
    """What the rule says, else what its remote is, else what its protocol belongs to."""
    if rule.ethertype is not None:
        return rule.ethertype
    if rule.remote is not None:
        return "IPv6" if ":" in rule.remote else "IPv4"
    return f"IPv{_IP_VERSION.get(rule.protocol, 4)}"


@lru_cache(maxsize=128)
def ports_of(value: int | str) -> tuple[int, int]:
    """The first and the last port of what is written: 443, or "8000-8099"."""
    low, _, high = str(value).partition("-")
    return int(low), int(high or low)


def _check_rules(problems: Problems, group: SecurityGroup, groups: Mapping[str, SecurityGroup]) -> None:
    seen: dict[Meaning, SecurityGroupRule] = {}
    for rule in group.rules:
        before = problems.count
        check_rule(problems, rule)
        if rule.remote_group is not None and rule.remote_group not in groups:
            problems.report_unknown(rule.at("remote_group"), "security group", rule.remote_group, groups)
        if problems.count > before:
            continue
        meaning = meaning_of(rule)
        if meaning in seen:
            line = seen[meaning].spot.place().line
            message = f"this rule of security group '{group.name}' says the same as line {line}"
            problems.report(rule.spot, message, "remove one")
        seen.setdefault(meaning, rule)
