"""The security groups of a VNF or a service, with their rules."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.documents.checking.rules import rule_spec
from reconciler.documents.expand.expansion import Expansion
from reconciler.documents.words.filters import SecurityGroup
from reconciler.model import Key
from reconciler.targets.openstack.kinds.security_group import SecurityGroupSpec
from reconciler.targets.openstack.kinds.security_group_rule import canonical_rule, rule_key


def expand_security_groups(
    expansion: Expansion, vim: str, prefix: str, written: Sequence[SecurityGroup]
) -> dict[str, Key]:
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
            wanted = rule_spec(rule, key, groups)
            expansion.add(rule_key(wanted), wanted, rule.spot.place())
        if not any(rule.direction == "egress" for rule in group.rules):
            # Neutron makes these two with every group; only a group with egress rules of its own does without.
            for ethertype in ("IPv4", "IPv6"):
                wanted = canonical_rule(key, "egress", ethertype)
                expansion.add(rule_key(wanted), wanted, where, comes_with=key)
    return groups
