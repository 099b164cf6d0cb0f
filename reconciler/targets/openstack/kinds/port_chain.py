"""port-chain: the groups that traffic passes in order, and which traffic. API reference: Networking v2.0, SFC.

Neutron reports no state of it: it looks the same when the server behind a pair is gone. How a chain is doing is how
its instances are doing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from reconciler.model import Impact, Key, Spec
from reconciler.targets.openstack.kinds.declared import neutron_rights, read_right
from reconciler.targets.openstack.kinds.neutron import NeutronKind
from reconciler.targets.rest import Ids, Index, Json, Listing, Named

PORT_CHAINS = Listing("network", "/v2.0/sfc/port_chains", "port_chains", optional=True, project="project_id")

_CORRELATION = "mpls"
"""How the cloud marks the traffic between groups, which Neutron takes for granted too."""


@dataclass(frozen=True, slots=True)
class PortChainSpec(Spec):
    """``groups``: in the order of the traffic, at least one. ``classifiers`` is sorted: the order means nothing.

    ``symmetric``: answers go the same way back. Other groups are another chain: Neutron takes them in any order, and
    then keeps those that were there in the old one.
    """

    rank: ClassVar[int] = 250
    immutable: ClassVar[frozenset[str]] = frozenset({"groups", "symmetric"})

    groups: tuple[Key, ...]
    classifiers: tuple[Key, ...] = ()
    symmetric: bool = False

    def side_effects(self, impact: Impact, desired: PortChainSpec | None, changed: Collection[str]) -> tuple[str, ...]:
        if desired is None:
            return ("traffic goes past the chain",)
        if impact is Impact.REPLACE:
            return ("traffic goes past the chain until it is made again",)
        return ("traffic of the chain is interrupted for a moment",) if changed else ()


class PortChainKind(NeutronKind[PortChainSpec]):
    name = "port-chain"
    spec = PortChainSpec
    listing = PORT_CHAINS
    resource = "port_chain"
    quota = "port_chain"
    extension = "sfc"
    rights = (
        read_right(
            "network",
            PORT_CHAINS.path,
            "get_port_chain",
            purpose="an observation, where a service has forwarding graphs",
        ),
        *neutron_rights("sfc/port_chains", "port_chain"),
    )

    def names(self, index: Index) -> Iterator[Named]:
        for chain in index.items[PORT_CHAINS]:
            by = f"port chain {chain['id']}"
            yield from (Named("port-pair-group", group, by) for group in chain["port_pair_groups"])
            yield from (Named("flow-classifier", classifier, by) for classifier in chain["flow_classifiers"])

    def read(self, item: Json, index: Index) -> PortChainSpec:
        return PortChainSpec(
            groups=tuple(index.must_know("port-pair-group", group) for group in item["port_pair_groups"]),
            classifiers=tuple(sorted(index.must_know("flow-classifier", one) for one in item["flow_classifiers"])),
            symmetric=item["chain_parameters"]["symmetric"],
        )

    def write(self, spec: PortChainSpec, ids: Ids) -> Mapping[str, Mapping[str, Json]]:
        return {
            "groups": {"port_pair_groups": [ids[group] for group in spec.groups]},
            "classifiers": {"flow_classifiers": [ids[one] for one in spec.classifiers]},
            "symmetric": {"chain_parameters": {"correlation": _CORRELATION, "symmetric": spec.symmetric}},
        }
