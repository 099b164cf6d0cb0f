"""QoS policies of a document: what one says has to be something, and has to be possible."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reconciler.documents.checking.draft import ServiceDraft
from reconciler.documents.reading.spots import Problems
from reconciler.documents.words.qos import Bandwidth, QosPolicy


def bandwidths_of(policy: QosPolicy) -> Mapping[str, Bandwidth]:
    """What a policy says of the bandwidth, by direction."""
    both = {"egress": policy.egress, "ingress": policy.ingress}
    return {direction: bandwidth for direction, bandwidth in both.items() if bandwidth is not None}


def check_policies(problems: Problems, written: Sequence[QosPolicy]) -> Mapping[str, QosPolicy]:
    """The QoS policies of a document by name; what is wrong with them is noted."""
    policies = problems.named("QoS policy", written)
    for policy in policies.values():
        bandwidths = bandwidths_of(policy).values()
        if policy.dscp_mark is None and all(one.max_kbps is None and one.min_kbps is None for one in bandwidths):
            message = f"QoS policy '{policy.name}' says nothing"
            problems.report(policy.spot, message, "add egress or ingress with maxKbps or minKbps, or dscpMark")
        for one in bandwidths:
            if one.min_kbps is not None and one.max_kbps is not None and one.min_kbps > one.max_kbps:
                message = f"minKbps {one.min_kbps} is above maxKbps {one.max_kbps}"
                problems.report(one.at("min_kbps"), message, "exchange them")
    return policies


def check_policies_of_vnfs(draft: ServiceDraft) -> None:
    """Notes connection points that are none, where a VNF names QoS policies for them."""
    for vnf in draft.vnf_items.values():
        if vnf.descriptor in draft.descriptors:
            points = draft.points_of(vnf)
            for point in vnf.qos_policies:
                if point not in points:
                    where = vnf.at("qos_policies", point)
                    draft.problems.report_unknown(where, "connection point", point, points, key=True)
