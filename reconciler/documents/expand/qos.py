"""The QoS policies of a VNF or a service, with their rules, and what names one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from reconciler.documents.checking.placed import Placed
from reconciler.documents.checking.qos import DIRECTIONS
from reconciler.documents.expand.expansion import Expansion
from reconciler.model import Key, Place
from reconciler.resources.openstack.qos_policy import QosPolicySpec
from reconciler.resources.openstack.qos_rule import (
    BandwidthLimitSpec,
    DscpMarkingSpec,
    MinimumBandwidthSpec,
    QosRuleSpec,
    qos_rule_key,
)


def qos_policy(vim: str, name: str | None, own: Mapping[str, Key]) -> Key | None:
    """The QoS policy behind a name: one of the same document, else one that the VIM holds."""
    if name is None:
        return None
    return own.get(name) or Key(vim, "existing-qos-policy", name)


def expand_qos_policies(
    expansion: Expansion, vim: str, prefix: str, spec: Any, place: Callable[..., Place]
) -> dict[str, Key]:
    made: dict[str, Key] = {}
    for index, policy in enumerate(spec.get("qosPolicies", ())):
        key = made[policy["name"]] = Key(vim, "qos-policy", f"{prefix}/{policy['name']}")
        where = place("qosPolicies", index)
        expansion.add(key, QosPolicySpec(shared=policy.get("shared", False)), where)
        for rule in _rules(key, policy):
            expansion.add(qos_rule_key(rule), rule, where)
    return made


def policies_of_service(expansion: Expansion) -> dict[str, Mapping[str, Key]]:
    """The QoS policies of the service, by VIM and name: each on the VIMs where something names it."""
    placed = expansion.placed
    used = _named(placed)
    found: dict[str, Mapping[str, Key]] = {}
    for vim in sorted(used):
        policies = [
            (index, policy)
            for index, policy in enumerate(placed.subject.spec.get("qosPolicies", ()))
            if policy["name"] in used[vim]
        ]
        places = [placed.subject.place("qosPolicies", index) for index, _ in policies]
        spec = {"qosPolicies": [policy for _, policy in policies]}
        found[vim] = expand_qos_policies(expansion, vim, placed.name, spec, lambda _, at, there=places: there[at])
    return found


def _named(placed: Placed) -> Mapping[str, set[str]]:
    """The names of QoS policies that parts of a service say, by VIM."""
    names: defaultdict[str, set[str]] = defaultdict(set)
    for name, (_, link) in placed.link_items.items():
        if "qosPolicy" in link:
            for vim in placed.links[name]:
                names[vim].add(link["qosPolicy"])
    for name, (_, vnf) in placed.vnf_items.items():
        names[placed.vims[name]] |= set(vnf.get("qosPolicies", {}).values())
    for _, point in placed.subject.items("accessPoints"):
        if "qosPolicy" in point:
            names[placed.vims[point["connectionPoint"]["vnf"]]].add(point["qosPolicy"])
    return names


def _rules(policy: Key, given: Any) -> Iterator[QosRuleSpec]:
    for direction in DIRECTIONS:
        limits = given.get(direction, {})
        if "maxKbps" in limits:
            yield BandwidthLimitSpec(policy, direction, limits["maxKbps"], limits.get("maxBurstKbps", 0))
        if "minKbps" in limits:
            yield MinimumBandwidthSpec(policy, direction, limits["minKbps"])
    if "dscpMark" in given:
        yield DscpMarkingSpec(policy, given["dscpMark"])
