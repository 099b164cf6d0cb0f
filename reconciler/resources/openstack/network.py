"""network: a virtual link on the VIM. API reference: Networking v2.0, networks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from reconciler.model import Spec
from reconciler.resources.openstack.kind import Ids, Index, Json, Listing, NeutronKind

# Also what others share with the project, so that it can be referred to by name.
NETWORKS = Listing("network", "/v2.0/networks", "networks")


@dataclass(frozen=True, slots=True)
class NetworkSpec(Spec):
    """``mtu`` in bytes; None leaves it to the cloud. ``port_security`` is the default for ports made on it."""

    computed: ClassVar[frozenset[str]] = frozenset({"mtu"})

    mtu: int | None = None
    port_security: bool = True
    admin_state_up: bool = True


class NetworkKind(NeutronKind[NetworkSpec]):
    name = "network"
    spec = NetworkSpec
    listing = NETWORKS
    resource = "network"

    def read(self, item: Json, index: Index) -> NetworkSpec:
        return NetworkSpec(
            mtu=item.get("mtu"),
            port_security=item.get("port_security_enabled", True),
            admin_state_up=item["admin_state_up"],
        )

    def dispensable(self, spec: NetworkSpec) -> frozenset[str]:
        return frozenset({"port_security_enabled"} if spec.port_security else ())

    def write(self, spec: NetworkSpec, ids: Ids) -> Mapping[str, Mapping[str, Json]]:
        return {
            "mtu": {} if spec.mtu is None else {"mtu": spec.mtu},
            "port_security": {"port_security_enabled": spec.port_security},
            "admin_state_up": {"admin_state_up": spec.admin_state_up},
        }
