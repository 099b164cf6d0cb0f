"""subnet: an address range of a virtual link. API reference: Networking v2.0, subnets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any, ClassVar, NamedTuple

from reconciler.model import Impact, Key, Spec
from reconciler.model.resources import Canvas, LinkOutput
from reconciler.targets.openstack.kinds.adoption import Left, Survey, Taken
from reconciler.targets.openstack.kinds.declared import BY_ITSELF, neutron_rights, read_right
from reconciler.targets.openstack.kinds.describing import Data, Documents, last, unless, without_defaults
from reconciler.targets.openstack.kinds.network import NETWORKS
from reconciler.targets.openstack.kinds.occupants import OccupiedKind
from reconciler.targets.openstack.kinds.port import PORTS
from reconciler.targets.rest import Ids, Index, Json, Listing, Named, Single

SUBNETS = Listing(
    "network",
    "/v2.0/subnets",
    "subnets",
    own_project=True,
    project="project_id",
    single=Single("/v2.0/subnets/{id}", "subnet"),
)
NO_GATEWAY = ""


class Pool(NamedTuple):
    start: str
    end: str

    def __str__(self) -> str:
        return f"{self.start}-{self.end}"


class HostRoute(NamedTuple):
    destination: str
    next_hop: str

    def __str__(self) -> str:
        return f"{self.destination} via {self.next_hop}"


@dataclass(frozen=True, slots=True)
class SubnetSpec(Spec):
    """``gateway``: an address, "" for none, None for the cloud's choice (the first address)."""

    rank: ClassVar[int] = 60
    immutable: ClassVar[frozenset[str]] = frozenset({"network", "cidr", "ipv6_address_mode"})
    computed: ClassVar[frozenset[str]] = frozenset({"gateway", "allocation_pools"})
    disruptive: ClassVar[Mapping[str, Impact]] = {}

    network: Key
    cidr: str
    gateway: str | None = None
    dhcp: bool = True
    dns_servers: tuple[str, ...] = ()
    allocation_pools: tuple[Pool, ...] | None = None
    host_routes: tuple[HostRoute, ...] = ()
    ipv6_address_mode: str | None = None

    def draw(self, key: Key, canvas: Canvas) -> None:
        canvas.node(key.target, "link", self.network.name, key, self.cidr)

    def output(self, key: Key) -> LinkOutput:
        return LinkOutput(self.network, (self.cidr,))


class SubnetKind(OccupiedKind[SubnetSpec]):
    name = "subnet"
    spec = SubnetSpec
    listing = SUBNETS
    quota = "subnet"
    resource = "subnet"
    rights = (
        read_right("network", SUBNETS.path, "get_subnet"),
        read_right("network", "/v2.0/subnets/{id}", "get_subnet", purpose=BY_ITSELF, dispensable=True),
        *neutron_rights("subnets", "subnet"),
    )

    def names(self, index: Index) -> Iterator[Named]:
        for subnet in index.items[SUBNETS]:
            yield Named("network", subnet["network_id"], f"subnet {subnet['id']}")
        own = {network["id"]: network["project_id"] for network in index.items[NETWORKS]}
        for port in index.items[PORTS]:
            # The subnets of a network of another actor are not listed.
            if own.get(port["network_id"]) == port["project_id"]:
                yield from (Named("subnet", ip["subnet_id"], f"port {port['id']}") for ip in port["fixed_ips"])

    def read(self, item: Json, index: Index) -> SubnetSpec:
        network = index.must_know("network", item["network_id"])
        return SubnetSpec(
            network=network,
            cidr=item["cidr"],
            gateway=item.get("gateway_ip") or NO_GATEWAY,
            dhcp=item["enable_dhcp"],
            dns_servers=tuple(item.get("dns_nameservers") or ()),
            allocation_pools=tuple(sorted(Pool(p["start"], p["end"]) for p in item.get("allocation_pools") or ())),
            host_routes=tuple(sorted(HostRoute(r["destination"], r["nexthop"]) for r in item.get("host_routes") or ())),
            ipv6_address_mode=item.get("ipv6_address_mode"),
        )

    def write(self, spec: SubnetSpec, ids: Ids) -> Mapping[str, Mapping[str, Json]]:
        mode = spec.ipv6_address_mode
        chosen: dict[str, Any] = {}
        if spec.gateway is not None:
            chosen["gateway"] = {"gateway_ip": spec.gateway or None}
        if spec.allocation_pools is not None:
            pools = [{"start": p.start, "end": p.end} for p in spec.allocation_pools]
            chosen["allocation_pools"] = {"allocation_pools": pools}
        return {
            "network": {"network_id": ids[spec.network]},
            "cidr": {"cidr": spec.cidr, "ip_version": 6 if ":" in spec.cidr else 4},
            "dhcp": {"enable_dhcp": spec.dhcp},
            "dns_servers": {"dns_nameservers": list(spec.dns_servers)},
            "host_routes": {
                "host_routes": [{"destination": r.destination, "nexthop": r.next_hop} for r in spec.host_routes]
            },
            "ipv6_address_mode": {"ipv6_address_mode": mode, "ipv6_ra_mode": mode} if mode else {},
            **chosen,
        }

    def adopted(self, survey: Survey) -> Iterator[Taken | Left]:
        """Those of a network that is taken over, with it: lan/ipv4, lan/ipv4-2."""
        networks = survey.names("network")
        count: defaultdict[tuple[str, int], int] = defaultdict(int)
        for subnet in survey.items(self.name):
            network, version = subnet["network_id"], subnet["ip_version"]
            if network in networks:
                count[network, version] += 1
                number = count[network, version]
                name = f"ipv{version}" if number == 1 else f"ipv{version}-{number}"
                yield Taken(subnet, f"{networks[network]}/{name}")

    def describe(self, key: Key, spec: SubnetSpec, documents: Documents) -> Data | None:
        link = documents.part(spec.network)
        if link is None:
            return None
        content = {
            "name": last(key),
            "cidr": spec.cidr,
            "dnsServers": list(spec.dns_servers),
            "allocationPools": [] if _has_usual_pool(spec) else [p._asdict() for p in spec.allocation_pools or ()],
            "hostRoutes": [{"destination": r.destination, "nextHop": r.next_hop} for r in spec.host_routes],
            "ipv6AddressMode": spec.ipv6_address_mode,
        }
        gateway = False if spec.gateway == NO_GATEWAY else spec.gateway
        part = without_defaults(content) | {"gateway": gateway} | unless("dhcp", spec.dhcp)
        link.setdefault("subnets", []).append(part)
        return part


def _has_usual_pool(subnet: SubnetSpec) -> bool:
    """Whether the pool is the one that Neutron makes of a subnet whose gateway is its first address."""
    network = ip_network(subnet.cidr)
    last_address = network.broadcast_address - (network.version == 4)
    usual = Pool(str(network.network_address + 2), str(last_address))
    return subnet.gateway == str(network.network_address + 1) and subnet.allocation_pools == (usual,)
