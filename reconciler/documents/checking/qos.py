"""QoS policies of a document: what one says has to be something, and has to be possible."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.documents.checking.placed import Placed
from reconciler.documents.reading.marks import Path
from reconciler.documents.subject import Subject

DIRECTIONS = ("egress", "ingress")


def check_policies(subject: Subject) -> Mapping[str, tuple[Path, Any]]:
    """The QoS policies of a document by name; what is wrong with them is noted."""
    policies = subject.named("QoS policy", "qosPolicies")
    for path, policy in policies.values():
        if not any(policy.get(field) for field in DIRECTIONS) and "dscpMark" not in policy:
            message = f"QoS policy '{policy['name']}' says nothing"
            subject.report(path, message, "add egress or ingress with maxKbps or minKbps, or dscpMark")
        for direction in DIRECTIONS:
            given = policy.get(direction, {})
            if given.get("minKbps", 0) > given.get("maxKbps", given.get("minKbps", 0)):
                message = f"minKbps {given['minKbps']} is above maxKbps {given['maxKbps']}"
                subject.report((*path, direction, "minKbps"), message, "exchange them")
    return policies


def check_policies_of_vnfs(placed: Placed) -> None:
    """Notes connection points that are none, where a VNF names QoS policies for them."""
    for path, vnf in placed.vnf_items.values():
        if vnf["descriptor"] in placed.descriptors:
            points = placed.points_of(vnf)
            for point in vnf.get("qosPolicies", {}):
                if point not in points:
                    where = (*path, "qosPolicies", point)
                    placed.subject.report_unknown(where, "connection point", point, points, key=True)
