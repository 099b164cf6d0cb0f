"""router: joins virtual links, and them with an external network. API reference: Networking v2.0, routers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from reconciler.model import Impact, Key, Spec
from reconciler.resources.openstack.kind import Ids, Index, Json, Listing, NeutronKind

ROUTERS = Listing("network", "/v2.0/routers", "routers", own_project=True)


@dataclass(frozen=True, slots=True)
class RouterSpec(Spec):
    """``external_network``: where the gateway of the router stands; None for no gateway."""

    disruptive: ClassVar[Mapping[str, Impact]] = {"external_network": Impact.NEW_ADDRESS}

    external_network: Key | None = None
    admin_state_up: bool = True


class RouterKind(NeutronKind[RouterSpec]):
    name = "router"
    spec = RouterSpec
    listing = ROUTERS
    resource = "router"

    def read(self, item: Json, index: Index) -> RouterSpec:
        gateway = item.get("external_gateway_info") or {}
        return RouterSpec(
            external_network=index.known("existing-network", gateway.get("network_id")),
            admin_state_up=item["admin_state_up"],
        )

    def write(self, spec: RouterSpec, ids: Ids) -> Mapping[str, Mapping[str, Json]]:
        gateway = {"network_id": ids[spec.external_network]} if spec.external_network else None
        return {
            "external_network": {"external_gateway_info": gateway},
            "admin_state_up": {"admin_state_up": spec.admin_state_up},
        }
