"""The rules of QoS policies: bandwidth limits, minimum bandwidths, DSCP marks. API reference: Networking v2.0, QoS.

A policy has at most one of a type and direction, so type and direction are the name; what it says changes in place.
The rules of a managed policy are managed, whoever made them: one that Git does not ask for is drift.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar, TypeVar

from reconciler.model import Key, Observed, Spec
from reconciler.targets.openstack.kinds.declared import (
    OpenStackKind,
    Right,
    Role,
    neutron_extension,
    neutron_rights,
)
from reconciler.targets.openstack.kinds.qos_policy import QOS_POLICIES
from reconciler.targets.rest import EXISTS, GONE, Changes, Ids, Index, Json, Request


@dataclass(frozen=True, slots=True)
class BandwidthLimitSpec(Spec):
    """At most so much in a direction as seen by the instance. ``burst`` 0 leaves it to what enforces the limit."""

    rank: ClassVar[int] = 20
    immutable: ClassVar[frozenset[str]] = frozenset({"policy", "direction"})
    part_of: ClassVar[str | None] = "policy"

    policy: Key
    direction: str
    max_kbps: int
    burst: int = 0


@dataclass(frozen=True, slots=True)
class MinimumBandwidthSpec(Spec):
    """At least so much in a direction as seen by the instance."""

    rank: ClassVar[int] = 30
    immutable: ClassVar[frozenset[str]] = frozenset({"policy", "direction"})
    part_of: ClassVar[str | None] = "policy"

    policy: Key
    direction: str
    min_kbps: int


@dataclass(frozen=True, slots=True)
class DscpMarkingSpec(Spec):
    """The DSCP value of packets that leave."""

    rank: ClassVar[int] = 40
    immutable: ClassVar[frozenset[str]] = frozenset({"policy"})
    part_of: ClassVar[str | None] = "policy"

    policy: Key
    mark: int


_USUAL = "egress"
"""The direction of what does not report one."""

QosRuleSpec = BandwidthLimitSpec | MinimumBandwidthSpec | DscpMarkingSpec
R = TypeVar("R", BandwidthLimitSpec, MinimumBandwidthSpec, DscpMarkingSpec)


def qos_rule_key(spec: QosRuleSpec) -> Key:
    """The Key that follows from a rule: vcpe/fw/gold/limit-egress, vcpe/fw/gold/minimum-egress, vcpe/fw/gold/dscp."""
    kind = next(kind for kind in QOS_RULES if isinstance(spec, kind.spec))
    direction = "" if isinstance(spec, DscpMarkingSpec) else f"-{spec.direction}"
    return Key(spec.policy.target, kind.name, f"{spec.policy.name}/{kind.word}{direction}")


def _rights(rule_type: str) -> tuple[Right, ...]:
    return neutron_rights(f"qos/policies/{{part}}/{rule_type}_rules", f"policy_{rule_type}_rule", role=Role.MANAGER)


class QosRuleKind(OpenStackKind[R]):
    """What the three have in common. ``rule_type``: what the API calls it; ``attributes``: field -> attribute."""

    listing = QOS_POLICIES
    by_part = True
    named_by_content = True
    rule_type: ClassVar[str]
    word: ClassVar[str]
    attributes: ClassVar[Mapping[str, str]]

    def items(self, index: Index) -> Iterable[Json]:
        return [
            {**rule, "qos_policy_id": policy["id"]}
            for policy in index.items[QOS_POLICIES]
            if policy["id"] in index.keys
            for rule in policy["rules"]
            if rule["type"] == self.rule_type
        ]

    def identify(self, item: Json, index: Index) -> Key | None:
        policy = index.keys.get(item["qos_policy_id"])
        if policy is None or policy.kind != "qos-policy":
            return None
        return qos_rule_key(self.read(item, index))

    def decode(self, key: Key, item: Json, index: Index) -> Observed:
        return Observed(key=key, spec=self.read(item, index), id=item["id"])

    def read(self, item: Json, index: Index) -> R:
        values: dict[str, Any] = {field: item.get(attribute) for field, attribute in self.attributes.items()}
        if "direction" in values:
            values["direction"] = values["direction"] or _USUAL
        make: Any = self.spec
        found: R = make(policy=index.keys[item["qos_policy_id"]], **values)
        return found

    def create(self, key: Key, spec: R, ids: Ids, owner: str) -> Request:
        body = {attribute: getattr(spec, field) for field, attribute in self.attributes.items()}
        route = f"{QOS_POLICIES.path}/{{part}}/{self.rule_type}_rules"
        resource = f"{self.rule_type}_rule"
        return Request(
            "POST",
            "network",
            route,
            part=ids[spec.policy],
            body={resource: body},
            answer=resource,
            done=EXISTS,
            dispensable=frozenset({"direction"} if body.get("direction") == _USUAL else ()),
        )

    def update(self, observed: Observed, spec: R, changes: Changes, ids: Ids, owner: str) -> Iterator[Request]:
        names = [field.name for field in fields(spec) if field.name in changes.fields]
        body = {self.attributes[name]: getattr(spec, name) for name in names}
        yield Request(
            "PUT", "network", self._route, observed.id, part=ids[spec.policy], body={f"{self.rule_type}_rule": body}
        )

    def delete(self, observed: Observed, spec: R, ids: Ids) -> Request:
        return Request("DELETE", "network", self._route, observed.id, part=ids[spec.policy], done=GONE)

    @property
    def _route(self) -> str:
        return f"{QOS_POLICIES.path}/{{part}}/{self.rule_type}_rules/{{id}}"


class BandwidthLimitKind(QosRuleKind[BandwidthLimitSpec]):
    name = "qos-bandwidth-limit"
    spec = BandwidthLimitSpec
    rule_type, word = "bandwidth_limit", "limit"
    rights = _rights("bandwidth_limit")
    attributes: ClassVar[Mapping[str, str]] = {
        "direction": "direction",
        "max_kbps": "max_kbps",
        "burst": "max_burst_kbps",
    }
    requirements = (
        neutron_extension(
            "qos-bw-limit-direction",
            "QoS policies that limit what comes in",
            "a step that needs `maxKbps` under `ingress` fails and says why, all else works",
            "qos/direction",
        ),
    )


class MinimumBandwidthKind(QosRuleKind[MinimumBandwidthSpec]):
    name = "qos-minimum-bandwidth"
    spec = MinimumBandwidthSpec
    rule_type, word = "minimum_bandwidth", "minimum"
    rights = _rights("minimum_bandwidth")
    attributes: ClassVar[Mapping[str, str]] = {"direction": "direction", "min_kbps": "min_kbps"}


class DscpMarkingKind(QosRuleKind[DscpMarkingSpec]):
    name = "qos-dscp-marking"
    spec = DscpMarkingSpec
    rule_type, word = "dscp_marking", "dscp"
    rights = _rights("dscp_marking")
    attributes: ClassVar[Mapping[str, str]] = {"mark": "dscp_mark"}


QOS_RULES: tuple[QosRuleKind[Any], ...] = (BandwidthLimitKind(), MinimumBandwidthKind(), DscpMarkingKind())
