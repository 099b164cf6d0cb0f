"""router: joins virtual links, and them with an external network. API reference: Networking v2.0, routers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from reconciler.model import Claim, Impact, Key, Spec
from reconciler.model.resources import AddressOutput, Canvas
from reconciler.targets.openstack.kinds.adoption import Left, Survey, Taken
from reconciler.targets.openstack.kinds.declared import (
    BY_ITSELF,
    Level,
    neutron_extension,
    neutron_rights,
    read_right,
)
from reconciler.targets.openstack.kinds.describing import Data, Documents, last, name_of, without_defaults
from reconciler.targets.openstack.kinds.occupants import OccupiedKind
from reconciler.targets.openstack.services import UNKNOWN_WITHOUT
from reconciler.targets.rest import Ids, Index, Json, Listing, Single

ROUTERS = Listing(
    "network",
    "/v2.0/routers",
    "routers",
    own_project=True,
    project="project_id",
    single=Single("/v2.0/routers/{id}", "router"),
)


@dataclass(frozen=True, slots=True)
class RouterSpec(Spec):
    """``external_network``: where the gateway of the router is; None for no gateway.

    ``external_addresses`` of the gateway and ``snat``, whether what it sends out has them, are the cloud's choice
    when they are None; by default policy only an admin may name them.
    """

    rank: ClassVar[int] = 70
    counts: ClassVar[bool] = True
    disruptive: ClassVar[Mapping[str, Impact]] = {
        "external_network": Impact.NEW_ADDRESS,
        "external_addresses": Impact.NEW_ADDRESS,
        "snat": Impact.NEW_ADDRESS,
    }
    computed: ClassVar[frozenset[str]] = frozenset({"external_addresses", "snat"})

    external_network: Key | None = None
    external_addresses: tuple[str, ...] | None = None
    snat: bool | None = None
    admin_state_up: bool = True

    def claims(self) -> Iterator[Claim]:
        if self.external_network:
            for address in self.external_addresses or ():
                yield Claim("address", f"network {self.external_network.name}", address)

    def draw(self, key: Key, canvas: Canvas) -> None:
        router = canvas.node(key.target, "router", key.name, key)
        if self.external_network:
            canvas.edge(router, canvas.network(self.external_network), key)

    def output(self, key: Key) -> AddressOutput | None:
        return AddressOutput(key.name, self.external_addresses or ()) if self.external_network else None


class RouterKind(OccupiedKind[RouterSpec]):
    name = "router"
    spec = RouterSpec
    listing = ROUTERS
    quota = "router"
    resource = "router"
    rights = (
        read_right("network", ROUTERS.path, "get_router"),
        read_right("network", "/v2.0/routers/{id}", "get_router", purpose=BY_ITSELF, dispensable=True),
        *neutron_rights(
            "routers",
            "router",
            further=("external_gateway_info", "external_gateway_info:network_id"),
            above=("external_gateway_info:enable_snat", "external_gateway_info:external_fixed_ips"),
        ),
    )
    requirements = (
        neutron_extension("router", "routers and floating IPs", UNKNOWN_WITHOUT, level=Level.NEEDED),
        neutron_extension(
            "external-net",
            "routers with a gateway, floating IPs",
            "no network is external: a router that needs a gateway and a floating IP can't be made, all else can",
        ),
        neutron_extension(
            "ext-gw-mode",
            "routers with `snat`",
            "gateways do what the cloud does; a step that needs `snat` fails and says why",
        ),
    )

    def read(self, item: Json, index: Index) -> RouterSpec:
        gateway = item.get("external_gateway_info") or {}
        addresses = sorted(ip["ip_address"] for ip in gateway.get("external_fixed_ips") or ())
        return RouterSpec(
            external_network=index.known("existing-network", gateway.get("network_id")),
            external_addresses=tuple(addresses) if gateway else None,
            snat=gateway.get("enable_snat"),
            admin_state_up=item["admin_state_up"],
        )

    def write(self, spec: RouterSpec, ids: Ids) -> Mapping[str, Mapping[str, Json]]:
        gateway = {"external_gateway_info": _gateway(spec, ids)}
        return {
            "external_network": gateway,
            "external_addresses": gateway,
            "snat": gateway,
            "admin_state_up": {"admin_state_up": spec.admin_state_up},
        }

    def adopted(self, survey: Survey) -> Iterator[Taken | Left]:
        return survey.by_name(self.name, survey.items(self.name))

    def describe(self, key: Key, spec: RouterSpec, documents: Documents) -> Data:
        content = {"name": last(key), "externalNetwork": name_of(spec.external_network)}
        return documents.add("routers", without_defaults(content))


def _gateway(spec: RouterSpec, ids: Ids) -> dict[str, Any] | None:
    """The gateway as one attribute: Neutron takes it as a whole, and what is left out of it is chosen again."""
    if spec.external_network is None:
        return None
    gateway: dict[str, Any] = {"network_id": ids[spec.external_network]}
    if spec.external_addresses is not None:
        gateway["external_fixed_ips"] = [{"ip_address": address} for address in spec.external_addresses]
    if spec.snat is not None:
        gateway["enable_snat"] = spec.snat
    return gateway
