"""port-pair: the two ports by which traffic of a chain enters and leaves an instance. API: Networking v2.0, SFC.

Neutron takes it only when both ports are plugged into one server: it waits for that. It outlives its server, whose
successor has the same ports: the agents of the cloud move the flows to where these are. Its own listing has no state.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Self

from reconciler.model import Key, Observed, Spec
from reconciler.targets.openstack.kinds.declared import BY_ITSELF, neutron_extension, neutron_rights, read_right
from reconciler.targets.openstack.kinds.neutron import NeutronKind
from reconciler.targets.openstack.kinds.port import PORTS
from reconciler.targets.rest import Changes, Ids, Index, Json, Listing, Named, Request, Single

PORT_PAIRS = Listing(
    "network",
    "/v2.0/sfc/port_pairs",
    "port_pairs",
    optional=True,
    project="project_id",
    single=Single("/v2.0/sfc/port_pairs/{id}", "port_pair"),
)


@dataclass(frozen=True, slots=True)
class PortPairSpec(Spec):
    """``server``: what both ports are plugged into; None while they are in none. Traffic goes in by ``ingress``."""

    rank: ClassVar[int] = 220
    immutable: ClassVar[frozenset[str]] = frozenset({"ingress", "egress"})
    derived: ClassVar[frozenset[str]] = frozenset({"server"})
    reattach: ClassVar[frozenset[str]] = frozenset({"server"})

    ingress: Key
    egress: Key
    server: Key | None = None

    def settle(self, observed: Self) -> Self:
        """Where the ports are is a matter of the server: what is made of that is not the pair's."""
        return replace(self, server=observed.server)


class PortPairKind(NeutronKind[PortPairSpec]):
    name = "port-pair"
    spec = PortPairSpec
    listing = PORT_PAIRS
    resource = "port_pair"
    quota = "port_pair"
    extension = "sfc"
    rights = (
        read_right(
            "network", PORT_PAIRS.path, "get_port_pair", purpose="an observation, where a service has forwarding graphs"
        ),
        read_right("network", "/v2.0/sfc/port_pairs/{id}", "get_port_pair", purpose=BY_ITSELF, dispensable=True),
        *neutron_rights("sfc/port_pairs", "port_pair"),
    )
    requirements = (
        neutron_extension(
            "sfc",
            "services with `forwardingGraphs`; whether the driver behind it steers traffic, no API reports",
            "a step that makes a part of a chain is blocked and says why, all else works",
        ),
    )

    def names(self, index: Index) -> Iterator[Named]:
        for pair in index.items[PORT_PAIRS]:
            for end in ("ingress", "egress"):
                yield Named("port", pair[end], f"port pair {pair['id']}")

    def read(self, item: Json, index: Index) -> PortPairSpec:
        return PortPairSpec(
            ingress=index.must_know("port", item["ingress"]),
            egress=index.must_know("port", item["egress"]),
            server=_server_of(item["ingress"], index),
        )

    def write(self, spec: PortPairSpec, ids: Ids) -> Mapping[str, Mapping[str, Json]]:
        return {"ingress": {"ingress": ids[spec.ingress]}, "egress": {"egress": ids[spec.egress]}}

    def update(
        self, observed: Observed, spec: PortPairSpec, changes: Changes, ids: Ids, owner: str
    ) -> Iterator[Request]:
        """None for another server: its ports are all that the pair has of it."""
        rest = changes.without("server")
        if rest.fields or rest.name:
            yield from super().update(observed, spec, rest, ids, owner)


def _server_of(port: str, index: Index) -> Key | None:
    """The managed server that a port is plugged into."""
    servers = index.table("server by port", ((one["id"], one["device_id"]) for one in index.items[PORTS]))
    found = next(iter(servers.get(port, ())), "")
    key = index.keys.get(found)
    return key if key and key.kind == "server" else None
