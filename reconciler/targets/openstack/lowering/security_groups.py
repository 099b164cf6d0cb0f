"""The security groups of a VNF or a service, with their rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from reconciler.documents.checking.rules import meaning_of
from reconciler.documents.words.filters import AddressGroup, SecurityGroup, SecurityGroupRule
from reconciler.model import Key
from reconciler.targets.openstack.kinds.security_group import SecurityGroupSpec
from reconciler.targets.openstack.kinds.security_group_rule import SecurityGroupRuleSpec, canonical_rule, rule_key
from reconciler.targets.openstack.lowering.address_groups import address_group, expand_address_groups
from reconciler.targets.openstack.lowering.expansion import Expansion


class Filtering(Protocol):
    """The part of a document that says what its interfaces let through."""

    @property
    def security_groups(self) -> Sequence[SecurityGroup]: ...
    @property
    def address_groups(self) -> Sequence[AddressGroup]: ...


def expand_security_groups(
    expansion: Expansion,
    vim: str,
    prefix: str,
    spec: Filtering,
) -> dict[str, Key]:
    """The security groups by name, with what else of the same document their rules may name."""
    addresses = expand_address_groups(expansion, vim, prefix, spec.address_groups)
    written = spec.security_groups
    groups = {
        group.name: Key(vim, "security-group", f"{prefix}/{group.name}")
        if group.existing is None
        else Key(vim, "existing-security-group", group.existing)
        for group in written
    }
    for group in written:
        if group.existing is not None:
            continue
        key, where = groups[group.name], group.spot.place()
        expansion.add(key, SecurityGroupSpec(stateful=group.stateful), where)
        for rule in group.rules:
            desired = _rule(rule, key, groups, addresses)
            expansion.add(rule_key(desired), desired, rule.spot.place())
        if not any(rule.direction == "egress" for rule in group.rules):
            # Neutron makes these two with every group; only a group with egress rules of its own does without.
            for ethertype in ("IPv4", "IPv6"):
                desired = canonical_rule(key, "egress", ethertype)
                expansion.add(rule_key(desired), desired, where, comes_with=key)
    return groups


def _rule(
    rule: SecurityGroupRule, group: Key, groups: Mapping[str, Key], addresses: Mapping[str, Key]
) -> SecurityGroupRuleSpec:
    match, remote_group, remote_address_group = meaning_of(rule)
    return canonical_rule(
        group,
        match.direction,
        match.ethertype,
        protocol=match.protocol,
        port_min=match.port_min,
        port_max=match.port_max,
        remote_cidr=match.remote,
        remote_group=None if remote_group is None else groups[remote_group],
        remote_address_group=address_group(group.target, remote_address_group, addresses),
    )
