"""floating-ip: an external address for a connection point. API reference: Networking v2.0, floating IPs.

It is made, or one that the project has and no port uses is taken. One that is taken is given back instead of removed,
with the description that it had: ``magi:OWNER NAME SIGNATURE -- what it said before``.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Self

from reconciler.model import Claim, Impact, Key, Observed, Spec, Writer
from reconciler.model.resources import AddressOutput, Canvas, vdu_of
from reconciler.targets.openstack.kinds.adoption import Left, Survey, Taken
from reconciler.targets.openstack.kinds.cards import cards
from reconciler.targets.openstack.kinds.declared import Right, neutron_extension, read_right
from reconciler.targets.openstack.kinds.describing import Data, Documents
from reconciler.targets.openstack.kinds.marks import described_key, described_writer, signed
from reconciler.targets.openstack.kinds.neutron import DESCRIPTION, NeutronKind, named_policy
from reconciler.targets.openstack.kinds.port import PORTS
from reconciler.targets.openstack.kinds.router_interface import interface_key, legs
from reconciler.targets.rest import GONE, Ids, Index, Json, Listing, Named, Request, body_with

UNUSED = "unused-floating-ip"
"""The kind in the Keys of what may be taken."""
_BEFORE = " --"

FLOATING_IPS = Listing("network", "/v2.0/floatingips", "floatingips", own_project=True, project="project_id")


def unused_key(external_network: Key, address: str) -> Key:
    """The Key of a floating IP of the project that is to be taken."""
    return Key(external_network.target, UNUSED, f"{external_network.name}/{address}")


def handle(item: Json) -> str:
    """All that is needed to take an unused one: its id, its revision and its description."""
    return f"{item['id']} {item['revision_number']} {item.get('description') or ''}"


@dataclass(frozen=True, slots=True)
class FloatingIpSpec(Spec):
    """``via``: the router interface that carries its traffic, without which Neutron refuses it.

    ``address``: which one outside; None leaves it to the cloud. By default policy only an admin may name it.
    ``qos_policy`` is about its traffic alone. ``existing``: the one of the project that is taken for it; None: one is
    made.
    """

    rank: ClassVar[int] = 210
    counts: ClassVar[bool] = True
    immutable: ClassVar[frozenset[str]] = frozenset({"external_network", "via", "address", "existing"})
    copied: ClassVar[frozenset[str]] = frozenset({"existing"})
    computed: ClassVar[frozenset[str]] = frozenset({"address"})
    reattach: ClassVar[frozenset[str]] = frozenset({"port"})

    external_network: Key
    port: Key | None = None
    via: Key | None = None
    address: str | None = None
    qos_policy: Key | None = None
    existing: Key | None = None

    def claims(self) -> Iterator[Claim]:
        if self.address:
            yield Claim("address", f"network {self.external_network.name}", self.address)

    def settle(self, observed: Self) -> Self:
        """The way follows from the port: where that differs, writing the port is all there is to do."""
        settled = Spec.settle(self, observed)
        return replace(settled, via=observed.via) if observed.port != self.port else settled

    def side_effects(self, impact: Impact, desired: FloatingIpSpec | None, changed: Collection[str]) -> tuple[str, ...]:
        if desired is None:
            return ("address given back",) if self.existing is None else ("address stays with the project",)
        return ("new address",) if impact is Impact.REPLACE and desired.address != self.address else ()

    def draw(self, key: Key, canvas: Canvas) -> None:
        point = canvas.node(key.target, "access-point", key.name.rpartition("/")[0], key)
        canvas.edge(point, canvas.network(self.external_network), key)
        if self.port:
            server, _, interface = self.port.name.rpartition("/")
            canvas.edge(point, canvas.node(key.target, "vdu", vdu_of(server)), key, interface)

    def output(self, key: Key) -> AddressOutput:
        return AddressOutput(key.name.rpartition("/")[0], (self.address,) if self.address else (), self.port)

    def fronts(self) -> Key | None:
        return self.port


class FloatingIpKind(NeutronKind[FloatingIpSpec]):
    name = "floating-ip"
    spec = FloatingIpSpec
    listing = FLOATING_IPS
    quota = "floatingip"
    resource = "floatingip"
    has_name = False
    rights = (
        read_right("network", FLOATING_IPS.path, "get_floatingip"),
        Right(
            "network",
            "POST",
            "/v2.0/floatingips",
            ("create_floatingip",),
            above=("create_floatingip:floating_ip_address",),
        ),
        Right("network", "PUT", "/v2.0/floatingips/{id}", ("update_floatingip",)),
        Right("network", "DELETE", "/v2.0/floatingips/{id}", ("delete_floatingip",)),
    )
    evidence: ClassVar[Mapping[str, str]] = {"qos_policy_id": "existing-qos-policy"}
    requirements = (
        neutron_extension(
            "qos-fip",
            "access points with `qosPolicy`",
            "a floating IP that needs `qosPolicy` is not made and says why, all else works",
            "floatingips/qos_policy_id",
        ),
    )

    def names(self, index: Index) -> Iterator[Named]:
        for floating in index.items[FLOATING_IPS]:
            by = f"floating IP {floating['id']}"
            yield from named_policy(floating, by)
            if floating.get("port_id"):
                yield Named("port", floating["port_id"], by)
            if floating.get("router_id"):
                yield Named("router", floating["router_id"], by)

    def identify(self, item: Json, index: Index) -> Key | None:
        name = described_key(_marked(item)[0], index.owner)
        return index.key(self.name, name) if name else None

    def writer_of(self, item: Json) -> Writer | None:
        return described_writer(_marked(item)[0])

    def decode(self, key: Key, item: Json, index: Index) -> Observed:
        found = super().decode(key, item, index)
        return replace(found, address=item.get("floating_ip_address") or "", before=_marked(item)[1] or "")

    def read(self, item: Json, index: Index) -> FloatingIpSpec:
        network = index.must_know("existing-network", item["floating_network_id"])
        return FloatingIpSpec(
            external_network=network,
            port=index.known("port", item.get("port_id")),
            via=_interface(item, index),
            address=item["floating_ip_address"],
            qos_policy=index.known("existing-qos-policy", item.get("qos_policy_id")),
            existing=None if _marked(item)[1] is None else unused_key(network, item["floating_ip_address"]),
        )

    def write(self, spec: FloatingIpSpec, ids: Ids) -> Mapping[str, Mapping[str, Json]]:
        return {
            "external_network": {"floating_network_id": ids[spec.external_network]},
            "address": {} if spec.address is None else {"floating_ip_address": spec.address},
            "port": {"port_id": ids[spec.port] if spec.port else None},
            "qos_policy": {"qos_policy_id": ids[spec.qos_policy] if spec.qos_policy else None},
        }

    def takes(self, spec: FloatingIpSpec) -> Mapping[str, int]:
        return {} if spec.existing else NeutronKind.takes(self, spec)

    def create(self, key: Key, spec: FloatingIpSpec, ids: Ids, owner: str) -> Request:
        made = super().create(key, spec, ids, owner)
        if spec.existing is None:
            return made
        identifier, revision, before = ids[spec.existing].split(" ", 2)
        fixed = {"floating_network_id", "floating_ip_address"}
        body = {name: value for name, value in made.body[self.resource].items() if name not in fixed}
        body["description"] = _with_before(body["description"], before)
        return replace(
            made,
            method="PUT",
            route=f"{FLOATING_IPS.path}/{{id}}",
            id=identifier,
            body={self.resource: body},
            # Of two that saw it unused one takes it.
            revision_number=int(revision),
        )

    def signed(self, request: Request, writer: Writer) -> Request:
        mark, before = _apart(request.body[self.resource]["description"])
        if before is None:
            return super().signed(request, writer)
        text = _with_before(signed(mark, writer, DESCRIPTION), before)
        return body_with(request, self.resource, {"description": text})

    def delete(self, observed: Observed, spec: FloatingIpSpec, ids: Ids) -> Request:
        if spec.existing is None:
            return super().delete(observed, spec, ids)
        body = {"port_id": None, "description": observed.before}
        route = f"{FLOATING_IPS.path}/{{id}}"
        return Request("PUT", "network", route, observed.id, body={self.resource: body}, done=GONE)

    def disown(self, observed: Observed, spec: FloatingIpSpec, owner: str) -> Iterator[Request]:
        yield replace(self._described(observed, observed.before), done=GONE)

    def dispensable(self, spec: FloatingIpSpec) -> frozenset[str]:
        return frozenset() if spec.qos_policy else frozenset({"qos_policy_id"})

    def adopted(self, survey: Survey) -> Iterator[Taken | Left]:
        """Those of a port that is taken over, if their router is too: web-eth0/web-0."""
        routers, ports = survey.names("router"), survey.names("port")
        for item in _in_use(survey):
            if item.get("router_id") not in routers:
                yield Left(self.name, item["floating_ip_address"], "its router is not taken over")
        for port, item in survey.once(_reachable).items():
            if port in ports:
                vdu, instance, interface = ports[port].split("/")
                yield Taken(item, f"{vdu}-{interface}/{instance}")

    def alike(self, server: Json, survey: Survey) -> Hashable:
        reachable = survey.once(_reachable)
        return tuple(port["id"] in reachable for port in cards(server, survey) or ())

    def describe(self, key: Key, spec: FloatingIpSpec, documents: Documents) -> None:
        """One access point for each connection point, whichever instance is reached."""
        name = key.name.split("/")[1]
        if spec.port is None or name in {point["name"] for point in documents.service["accessPoints"]}:
            return
        _, vnf, _, interface = spec.port.name.split("/")
        point: Data = {
            "name": name,
            "externalNetwork": spec.external_network.name,
            "connectionPoint": {"vnf": vnf, "name": interface},
        }
        documents.add("accessPoints", point | ({"qosPolicy": spec.qos_policy.name} if spec.qos_policy else {}))


def _apart(description: str) -> tuple[str, str | None]:
    """The mark in a description, and what one that was taken said before; None of one that was made."""
    mark, taken, before = description.partition(_BEFORE)
    return mark, before.removeprefix(" ") if taken else None


def _marked(item: Json) -> tuple[str, str | None]:
    return _apart(item.get("description") or "")


def _with_before(mark: str, before: str) -> str:
    """What does not fit is cut: the mark has to be whole."""
    return f"{mark}{_BEFORE} {before}".rstrip()[:DESCRIPTION]


def _in_use(survey: Survey) -> list[Json]:
    """Those that have a port and may be taken over."""
    return [one for one in survey.items("floating-ip") if one.get("port_id") and survey.selection.is_free(one)]


def _reachable(survey: Survey) -> Mapping[str, Json]:
    """By id of a port its floating IP, if the documents can say how it gets there: by a router that is taken over."""
    routers = survey.names("router")
    return {item["port_id"]: item for item in _in_use(survey) if item.get("router_id") in routers}


def _interface(item: Json, index: Index) -> Key | None:
    """The interface of the floating IP's router in the subnet of its fixed address, when both are managed."""
    router, port = index.keys.get(item.get("router_id") or ""), item.get("port_id")
    if router is None or port is None:
        return None
    ports = index.table("port by id", ((p["id"], p) for p in index.items[PORTS]))
    subnets = [
        ip["subnet_id"]
        for p in ports.get(port, ())
        for ip in p["fixed_ips"]
        if ip["ip_address"] == item["fixed_ip_address"]
    ]
    for subnet in subnets:
        key = index.keys.get(subnet)
        if key and subnet in legs(index).get(item["router_id"], ()):
            return interface_key(router, key)
    return None
