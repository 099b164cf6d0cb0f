"""port-pair-group: instances among which traffic of a chain is spread. API reference: Networking v2.0, SFC.

All instances of a VDU are one group. It changes in place as they come and go, and chains share it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from reconciler.model import Key, Spec
from reconciler.targets.openstack.kinds.declared import BY_ITSELF, neutron_rights, read_right
from reconciler.targets.openstack.kinds.neutron import NeutronKind
from reconciler.targets.rest import Ids, Index, Json, Listing, Named, Single

PORT_PAIR_GROUPS = Listing(
    "network",
    "/v2.0/sfc/port_pair_groups",
    "port_pair_groups",
    optional=True,
    project="project_id",
    single=Single("/v2.0/sfc/port_pair_groups/{id}", "port_pair_group"),
)


@dataclass(frozen=True, slots=True)
class PortPairGroupSpec(Spec):
    """``pairs`` is sorted: the order means nothing. Without any, no traffic gets through."""

    rank: ClassVar[int] = 230

    pairs: tuple[Key, ...] = ()


class PortPairGroupKind(NeutronKind[PortPairGroupSpec]):
    name = "port-pair-group"
    spec = PortPairGroupSpec
    listing = PORT_PAIR_GROUPS
    resource = "port_pair_group"
    quota = "port_pair_group"
    extension = "sfc"
    rights = (
        read_right(
            "network",
            PORT_PAIR_GROUPS.path,
            "get_port_pair_group",
            purpose="an observation, where a service has forwarding graphs",
        ),
        read_right(
            "network", "/v2.0/sfc/port_pair_groups/{id}", "get_port_pair_group", purpose=BY_ITSELF, dispensable=True
        ),
        *neutron_rights("sfc/port_pair_groups", "port_pair_group"),
    )

    def names(self, index: Index) -> Iterator[Named]:
        for group in index.items[PORT_PAIR_GROUPS]:
            for pair in group["port_pairs"]:
                yield Named("port-pair", pair, f"port pair group {group['id']}")

    def read(self, item: Json, index: Index) -> PortPairGroupSpec:
        return PortPairGroupSpec(tuple(sorted(index.must_know("port-pair", pair) for pair in item["port_pairs"])))

    def write(self, spec: PortPairGroupSpec, ids: Ids) -> Mapping[str, Mapping[str, Json]]:
        return {"pairs": {"port_pairs": [ids[pair] for pair in spec.pairs]}}
