"""flow-classifier: which traffic enters a chain. API reference: Networking v2.0, SFC.

Nothing of it changes in place, and Neutron refuses two that one packet matches: the one that was goes first, and the
chain with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from reconciler.model import Key, Spec
from reconciler.targets.openstack.kinds.declared import BY_ITSELF, neutron_extension, neutron_rights, read_right
from reconciler.targets.openstack.kinds.neutron import NeutronKind
from reconciler.targets.rest import Ids, Index, Json, Listing, Named, Single

FLOW_CLASSIFIERS = Listing(
    "network",
    "/v2.0/sfc/flow_classifiers",
    "flow_classifiers",
    optional=True,
    project="project_id",
    single=Single("/v2.0/sfc/flow_classifiers/{id}", "flow_classifier"),
)


class PortRange(NamedTuple):
    """Ports of TCP or UDP, both ends included. None: that end is open."""

    low: int | None
    high: int | None

    def __str__(self) -> str:
        return (
            f"{self.low}" if self.low == self.high else f"{self.low or 0}-{65535 if self.high is None else self.high}"
        )


@dataclass(frozen=True, slots=True)
class FlowClassifierSpec(Spec):
    """``source``: the port that the traffic comes out of, without which drivers steer none; None matches all of them.

    ``destination``: the port that it goes to. ``protocol``: tcp, udp, icmp, or None for all. CIDRs are canonical.
    """

    rank: ClassVar[int] = 240
    immutable: ClassVar[frozenset[str]] = frozenset(
        {
            "source",
            "destination",
            "ethertype",
            "protocol",
            "source_ports",
            "destination_ports",
            "source_cidr",
            "destination_cidr",
        }
    )

    source: Key | None
    destination: Key | None = None
    ethertype: str = "IPv4"
    protocol: str | None = None
    source_ports: PortRange | None = None
    destination_ports: PortRange | None = None
    source_cidr: str | None = None
    destination_cidr: str | None = None


class FlowClassifierKind(NeutronKind[FlowClassifierSpec]):
    name = "flow-classifier"
    spec = FlowClassifierSpec
    listing = FLOW_CLASSIFIERS
    resource = "flow_classifier"
    quota = "flow_classifier"
    extension = "flow_classifier"
    rights = (
        read_right(
            "network",
            FLOW_CLASSIFIERS.path,
            "get_flow_classifier",
            purpose="an observation, where a service has forwarding graphs",
        ),
        read_right(
            "network", "/v2.0/sfc/flow_classifiers/{id}", "get_flow_classifier", purpose=BY_ITSELF, dispensable=True
        ),
        *neutron_rights("sfc/flow_classifiers", "flow_classifier"),
    )
    requirements = (
        neutron_extension(
            "flow_classifier",
            "services with `forwardingGraphs`: the traffic that takes a path",
            "a step that makes a classifier, or a chain with one, is blocked and says why, all else works",
        ),
    )

    def names(self, index: Index) -> Iterator[Named]:
        for classifier in index.items[FLOW_CLASSIFIERS]:
            for end in ("logical_source_port", "logical_destination_port"):
                if classifier[end]:
                    yield Named("port", classifier[end], f"flow classifier {classifier['id']}")

    def read(self, item: Json, index: Index) -> FlowClassifierSpec:
        return FlowClassifierSpec(
            source=index.known("port", item["logical_source_port"]),
            destination=index.known("port", item["logical_destination_port"]),
            ethertype=item["ethertype"],
            protocol=item["protocol"],
            source_ports=_range(item, "source_port_range"),
            destination_ports=_range(item, "destination_port_range"),
            source_cidr=item["source_ip_prefix"],
            destination_cidr=item["destination_ip_prefix"],
        )

    def write(self, spec: FlowClassifierSpec, ids: Ids) -> Mapping[str, Mapping[str, Json]]:
        return {
            "source": {"logical_source_port": ids[spec.source] if spec.source else None},
            "destination": {"logical_destination_port": ids[spec.destination] if spec.destination else None},
            "ethertype": {"ethertype": spec.ethertype},
            "protocol": {"protocol": spec.protocol},
            "source_ports": _ends(spec.source_ports, "source_port_range"),
            "destination_ports": _ends(spec.destination_ports, "destination_port_range"),
            "source_cidr": {"source_ip_prefix": spec.source_cidr},
            "destination_cidr": {"destination_ip_prefix": spec.destination_cidr},
        }


def _range(item: Json, name: str) -> PortRange | None:
    low, high = item[f"{name}_min"], item[f"{name}_max"]
    return None if low is None and high is None else PortRange(low, high)


def _ends(ports: PortRange | None, name: str) -> Mapping[str, int | None]:
    low, high = ports or (None, None)
    return {f"{name}_min": low, f"{name}_max": high}
