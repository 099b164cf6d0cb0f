"""The security groups of a VNF or a service, with their rules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from reconciler.documents.checking.rules import rule_spec
from reconciler.documents.expand.expansion import Expansion
from reconciler.model import Key, Place
from reconciler.resources.openstack.security_group import SecurityGroupSpec
from reconciler.resources.openstack.security_group_rule import canonical_rule, rule_key


def expand_security_groups(
    expansion: Expansion, vim: str, prefix: str, spec: Any, place: Callable[..., Place]
) -> dict[str, Key]:
    groups = {
        group["name"]: Key(vim, "existing-security-group", group["existing"])
        if "existing" in group
        else Key(vim, "security-group", f"{prefix}/{group['name']}")
        for group in spec.get("securityGroups", ())
    }
    for index, group in enumerate(spec.get("securityGroups", ())):
        if "existing" in group:
            continue
        key, where = groups[group["name"]], place("securityGroups", index)
        expansion.add(key, SecurityGroupSpec(stateful=group.get("stateful", True)), where)
        rules = group.get("rules", ())
        for number, rule in enumerate(rules):
            wanted = rule_spec(rule, key, groups)
            expansion.add(rule_key(wanted), wanted, place("securityGroups", index, "rules", number))
        if not any(rule.get("direction") == "egress" for rule in rules):
            # Neutron makes these two with every group; only a group with egress rules of its own does without.
            for ethertype in ("IPv4", "IPv6"):
                wanted = canonical_rule(key, "egress", ethertype)
                expansion.add(rule_key(wanted), wanted, where, comes_with=key)
    return groups
