"""The QoS policies of a VNF or a service, with their rules, and what names one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping

from reconciler.documents.blueprint import Blueprint
from reconciler.documents.checking.qos import bandwidths_of
from reconciler.documents.words.qos import QosPolicy
from reconciler.model import Key
from reconciler.targets.openstack.kinds.qos_policy import QosPolicySpec
from reconciler.targets.openstack.kinds.qos_rule import (
    BandwidthLimitSpec,
    DscpMarkingSpec,
    MinimumBandwidthSpec,
    QosRuleSpec,
    qos_rule_key,
)
from reconciler.targets.openstack.lowering.expansion import Expansion


def qos_policy(vim: str, name: str | None, own: Mapping[str, Key]) -> Key | None:
    """The QoS policy behind a name: one of the same document, else one that the VIM holds."""
    if name is None:
        return None
    return own.get(name) or Key(vim, "existing-qos-policy", name)


def expand_qos_policies(expansion: Expansion, vim: str, prefix: str, policies: Iterable[QosPolicy]) -> dict[str, Key]:
    made: dict[str, Key] = {}
    for policy in policies:
        key = made[policy.name] = Key(vim, "qos-policy", f"{prefix}/{policy.name}")
        place = policy.spot.place()
        expansion.add(key, QosPolicySpec(shared=policy.shared), place)
        for rule in _rules(key, policy):
            expansion.add(qos_rule_key(rule), rule, place)
    return made


def policies_of_service(expansion: Expansion, on: Collection[str]) -> dict[str, Mapping[str, Key]]:
    """The QoS policies of the service, by VIM and name: each on those of the VIMs where something names it."""
    blueprint = expansion.blueprint
    used = _named(blueprint)
    found: dict[str, Mapping[str, Key]] = {}
    for vim in sorted(used.keys() & set(on)):
        policies = [policy for policy in blueprint.spec.qos_policies if policy.name in used[vim]]
        found[vim] = expand_qos_policies(expansion, vim, blueprint.name, policies)
    return found


def _named(blueprint: Blueprint) -> Mapping[str, set[str]]:
    """The names of QoS policies that parts of a service say, by VIM."""
    names: defaultdict[str, set[str]] = defaultdict(set)
    for link in blueprint.spec.virtual_links:
        if link.qos_policy is not None:
            for vim in blueprint.vims_of_link[link.name]:
                names[vim].add(link.qos_policy)
    for vnf in blueprint.spec.vnfs:
        names[blueprint.vim_of_vnf[vnf.name]] |= set(vnf.qos_policies.values())
    for point in blueprint.spec.access_points:
        if point.qos_policy is not None and point.connection_point:
            names[blueprint.vim_of_vnf[point.connection_point.vnf]].add(point.qos_policy)
    return names


def _rules(policy: Key, given: QosPolicy) -> Iterator[QosRuleSpec]:
    for direction, limits in bandwidths_of(given).items():
        if limits.max_kbps is not None:
            yield BandwidthLimitSpec(policy, direction, limits.max_kbps, limits.max_burst_kbps or 0)
        if limits.min_kbps is not None:
            yield MinimumBandwidthSpec(policy, direction, limits.min_kbps)
    if given.dscp_mark is not None:
        yield DscpMarkingSpec(policy, given.dscp_mark)
