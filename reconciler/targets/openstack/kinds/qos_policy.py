"""qos-policy: a named set of rules for the traffic of ports. API reference: Networking v2.0, Quality of Service.

By default policy only an admin may make one; who may use it is another matter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from reconciler.model import Spec
from reconciler.targets.openstack.kinds.declared import (
    BY_ITSELF,
    Role,
    neutron_extension,
    neutron_rights,
    read_right,
)
from reconciler.targets.openstack.kinds.occupants import OccupiedKind
from reconciler.targets.rest import Ids, Index, Json, Listing, Single

# Also what others share with the project, so that it can be referred to by name. Each brings its rules.
QOS_POLICIES = Listing(
    "network",
    "/v2.0/qos/policies",
    "policies",
    optional=True,
    project="project_id",
    single=Single("/v2.0/qos/policies/{id}", "policy"),
)


@dataclass(frozen=True, slots=True)
class QosPolicySpec(Spec):
    """``shared`` lets other projects use it."""

    rank: ClassVar[int] = 10

    shared: bool = False


class QosPolicyKind(OccupiedKind[QosPolicySpec]):
    name = "qos-policy"
    spec = QosPolicySpec
    listing = QOS_POLICIES
    resource = "policy"
    rights = (
        read_right("network", QOS_POLICIES.path, "get_policy", purpose="an observation, where a service has QoS"),
        read_right("network", "/v2.0/qos/policies/{id}", "get_policy", purpose=BY_ITSELF, dispensable=True),
        *neutron_rights("qos/policies", "policy", role=Role.MANAGER),
    )
    requirements = (
        neutron_extension(
            "qos",
            "links and interfaces with `qosPolicy`, `qosPolicies`",
            "a step that needs `qosPolicy` is blocked and says why, all else works",
            "qos_policy_id",
        ),
    )

    def read(self, item: Json, index: Index) -> QosPolicySpec:
        return QosPolicySpec(shared=item["shared"])

    def write(self, spec: QosPolicySpec, ids: Ids) -> Mapping[str, Mapping[str, Json]]:
        return {"shared": {"shared": spec.shared}}
