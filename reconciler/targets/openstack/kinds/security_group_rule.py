"""security-group-rule: what a security group lets through. API reference: Networking v2.0, security group rules.

No field of a rule can change and Neutron refuses a second rule with the same content, so the content is the name.
The rules of a managed group are managed, whoever made them: a rule that Git does not ask for is drift.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

from reconciler.model import Key, Observed, Spec
from reconciler.model.filters import canonical_match
from reconciler.targets.openstack.kinds.declared import OpenStackKind, Right, neutron_extension
from reconciler.targets.openstack.kinds.describing import Data, Documents, last, name_of
from reconciler.targets.openstack.kinds.security_group import SECURITY_GROUPS
from reconciler.targets.rest import EXISTS, GONE, Ids, Index, Json, Named, Request

RULES = "/v2.0/security-group-rules"

_ICMP = frozenset({"icmp", "ipv6-icmp"})
_WORDS = {"ipv6-icmp": "icmpv6"}
"""Protocols that documents have another word for."""


@dataclass(frozen=True, slots=True)
class SecurityGroupRuleSpec(Spec):
    """``protocol`` None: any. ``port_min``/``port_max``: ports, or ICMP type and code. No remote: from everywhere."""

    rank: ClassVar[int] = 110
    immutable: ClassVar[frozenset[str]] = frozenset(
        {
            "group",
            "direction",
            "ethertype",
            "protocol",
            "port_min",
            "port_max",
            "remote_cidr",
            "remote_group",
            "remote_address_group",
        }
    )
    part_of: ClassVar[str | None] = "group"

    group: Key
    direction: str
    ethertype: str
    protocol: str | None = None
    port_min: int | None = None
    port_max: int | None = None
    remote_cidr: str | None = None
    remote_group: Key | None = None
    remote_address_group: Key | None = None


def canonical_rule(
    group: Key,
    direction: str,
    ethertype: str,
    *,
    protocol: str | int | None = None,
    port_min: int | None = None,
    port_max: int | None = None,
    remote_cidr: str | None = None,
    remote_group: Key | None = None,
    remote_address_group: Key | None = None,
) -> SecurityGroupRuleSpec:
    """A rule in the one form that rules with the same meaning share; Neutron itself keeps all ports as none."""
    match = canonical_match(
        direction, ethertype, protocol=protocol, port_min=port_min, port_max=port_max, remote=remote_cidr
    )
    return SecurityGroupRuleSpec(
        group=group,
        direction=match.direction,
        ethertype=match.ethertype,
        protocol=match.protocol,
        port_min=match.port_min,
        port_max=match.port_max,
        remote_cidr=match.remote,
        remote_group=remote_group,
        remote_address_group=remote_address_group,
    )


def rule_key(spec: SecurityGroupRuleSpec) -> Key:
    """The Key that follows from a rule's content: vcpe/fw/mgmt/ingress-ipv4-tcp-22-from-10.0.0.0/8."""
    group = spec.remote_group or spec.remote_address_group
    remote = spec.remote_cidr or (group.name if group else "")
    content = _in_words(spec.direction, spec.ethertype, spec.protocol, spec.port_min, spec.port_max, remote)
    return Key(spec.group.target, "security-group-rule", f"{spec.group.name}/{content}")


@lru_cache(maxsize=128)
def _in_words(
    direction: str, ethertype: str, protocol: str | None, port_min: int | None, port_max: int | None, remote: str
) -> str:
    parts = [direction, ethertype.lower(), protocol or "any"]
    if port_min is not None:
        parts.append(str(port_min) if port_max in {port_min, None} else f"{port_min}-{port_max}")
    elif port_max is not None:
        parts.append(f"-{port_max}")
    if remote:
        parts += ["from" if direction == "ingress" else "to", remote]
    return "-".join(parts)


class SecurityGroupRuleKind(OpenStackKind[SecurityGroupRuleSpec]):
    name = "security-group-rule"
    spec = SecurityGroupRuleSpec
    listing = SECURITY_GROUPS
    quota = "security_group_rule"
    by_part = True
    named_by_content = True
    rights = (
        Right("network", "POST", RULES, ("create_security_group_rule",)),
        Right("network", "DELETE", f"{RULES}/{{id}}", ("delete_security_group_rule",)),
    )
    requirements = (
        neutron_extension(
            "security-groups-remote-address-group",
            "security group rules with `remoteAddressGroup`",
            "a step that makes such a rule fails and says why, all else works",
            "remote_address_group_id",
        ),
    )

    def names(self, index: Index) -> Iterator[Named]:
        for group in index.items[SECURITY_GROUPS]:
            for rule in group["security_group_rules"]:
                by = f"rule {rule['id']}"
                if named := rule.get("remote_group_id"):
                    yield Named("security-group", named, by)
                if named := rule.get("remote_address_group_id"):
                    yield Named("address-group", named, by)

    def items(self, index: Index) -> Iterable[Json]:
        return [
            rule
            for group in index.items[SECURITY_GROUPS]
            if group["id"] in index.keys
            for rule in group["security_group_rules"]
        ]

    def identify(self, item: Json, index: Index) -> Key | None:
        group = index.keys.get(item["security_group_id"])
        if group is None or group.kind != "security-group":
            return None
        return rule_key(self.read(item, index))

    def decode(self, key: Key, item: Json, index: Index) -> Observed:
        return Observed(key=key, spec=self.read(item, index), id=item["id"])

    def read(self, item: Json, index: Index) -> SecurityGroupRuleSpec:
        return canonical_rule(
            index.keys[item["security_group_id"]],
            item["direction"],
            item["ethertype"],
            protocol=item.get("protocol"),
            port_min=item.get("port_range_min"),
            port_max=item.get("port_range_max"),
            remote_cidr=item.get("remote_ip_prefix"),
            remote_group=index.known("existing-security-group", item.get("remote_group_id")),
            remote_address_group=index.known("existing-address-group", item.get("remote_address_group_id")),
        )

    def create(self, key: Key, spec: SecurityGroupRuleSpec, ids: Ids, owner: str) -> Request:
        body = {
            "security_group_id": ids[spec.group],
            "direction": spec.direction,
            "ethertype": spec.ethertype,
            "protocol": spec.protocol,
            "port_range_min": spec.port_min,
            "port_range_max": spec.port_max,
            "remote_ip_prefix": spec.remote_cidr,
            "remote_group_id": ids[spec.remote_group] if spec.remote_group else None,
            "remote_address_group_id": ids[spec.remote_address_group] if spec.remote_address_group else None,
            "description": f"magi:{owner}",
        }
        given = {name: value for name, value in body.items() if value is not None}
        return Request(
            "POST", "network", RULES, body={"security_group_rule": given}, answer="security_group_rule", done=EXISTS
        )

    def delete(self, observed: Observed, spec: SecurityGroupRuleSpec, ids: Ids) -> Request:
        return Request("DELETE", "network", f"{RULES}/{{id}}", observed.id, done=GONE)

    def describe(self, key: Key, spec: SecurityGroupRuleSpec, documents: Documents) -> None:
        group = documents.part(spec.group)
        is_usual = spec.direction == "egress" and spec.group in documents.once(_open_groups)
        if group is not None and not is_usual:
            group.setdefault("rules", []).append(_described(spec, documents))


def _described(rule: SecurityGroupRuleSpec, documents: Documents) -> Data:
    protocol = _WORDS.get(rule.protocol or "", rule.protocol)
    group, addresses = rule.remote_group, rule.remote_address_group
    content: Data = {
        "direction": None if rule.direction == "ingress" else rule.direction,
        "ethertype": rule.ethertype,
        "protocol": int(protocol) if protocol and protocol.isdigit() else protocol,
        "remote": rule.remote_cidr,
        "remoteGroup": documents.called(group, "securityGroups", "group") if group else None,
        "remoteAddressGroup": last(addresses) if addresses and addresses in documents.observed else name_of(addresses),
    }
    if rule.protocol in _ICMP:
        content |= {"icmpType": rule.port_min, "icmpCode": rule.port_max}
    elif rule.port_min is not None:
        one = rule.port_max in {None, rule.port_min}
        content["ports"] = rule.port_min if one else f"{rule.port_min}-{rule.port_max}"
    return {name: value for name, value in content.items() if value is not None}


def _open_groups(documents: Documents) -> frozenset[Key]:
    """Groups whose outgoing rules are those that a new one has and documents don't say: they let everything out."""
    out: defaultdict[Key, set[SecurityGroupRuleSpec]] = defaultdict(set)
    for rule in documents.specs(SecurityGroupRuleSpec):
        if rule.direction == "egress":
            out[rule.group].add(rule)
    usual = ("IPv4", "IPv6")
    return frozenset(
        group
        for group, rules in out.items()
        if rules == {SecurityGroupRuleSpec(group, "egress", ethertype) for ethertype in usual}
    )
