"""port: a connection point on a virtual link. API reference: Networking v2.0, ports."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from typing import ClassVar, NamedTuple, Self

from reconciler.model import Claim, Impact, Key, Observed, Spec
from reconciler.model.resources import Canvas, InterfaceOutput, vdu_of
from reconciler.targets.openstack.kinds.adoption import Left, Survey, Taken
from reconciler.targets.openstack.kinds.arrivals import precedence
from reconciler.targets.openstack.kinds.cards import cards, made_like
from reconciler.targets.openstack.kinds.declared import (
    BY_ITSELF,
    NOVA,
    Right,
    neutron_extension,
    neutron_rights,
    read_right,
)
from reconciler.targets.openstack.kinds.describing import Data, Documents, last, name_of, unless, without_defaults
from reconciler.targets.openstack.kinds.neutron import NeutronKind, named_policy
from reconciler.targets.openstack.kinds.server_states import locked
from reconciler.targets.openstack.kinds.users import server_of
from reconciler.targets.rest import GONE, Changes, Ids, Index, Json, Listing, Named, Request, Single

_AUTOMATIC = frozenset({"slaac", "dhcpv6-stateless"})  # an instance makes up its addresses

PORTS = Listing(
    "network", "/v2.0/ports", "ports", own_project=True, project="project_id", single=Single("/v2.0/ports/{id}", "port")
)


class FixedIp(NamedTuple):
    """An address in a subnet. ``address`` None: any of that subnet; ``subnet`` None: the one it belongs to."""

    subnet: Key | None
    address: str | None

    def __str__(self) -> str:
        return self.address or f"any of {self.subnet.name if self.subnet else 'the network'}"


class AddressPair(NamedTuple):
    """An address that may also be used as source; ``mac`` None: with the port's own."""

    address: str
    mac: str | None = None

    def __str__(self) -> str:
        return f"{self.address} ({self.mac})" if self.mac else self.address


@dataclass(frozen=True, slots=True)
class PortSpec(Spec):
    """``fixed_ips`` None: whatever the network gives. The tuples are sorted: their order means nothing.

    ``vnic_type``: what the server gets of it: normal (virtual), direct, macvtap or direct-physical (SR-IOV).
    ``left_by``: the id of a server that is gone, and that the port is plugged into all the same.
    ``precedence``: only found, where it has several addresses: those first that have the best reason to stay, in one
    group those between which nothing decides.
    """

    rank: ClassVar[int] = 140
    immutable: ClassVar[frozenset[str]] = frozenset({"network", "mac", "vnic_type"})
    disruptive: ClassVar[Mapping[str, Impact]] = {"fixed_ips": Impact.NEW_ADDRESS}
    computed: ClassVar[frozenset[str]] = frozenset({"fixed_ips", "mac"})
    derived: ClassVar[frozenset[str]] = frozenset({"left_by", "precedence"})

    network: Key
    fixed_ips: tuple[FixedIp, ...] | None = None
    mac: str | None = None
    vnic_type: str = "normal"
    security_groups: tuple[Key, ...] = ()
    port_security: bool = True
    allowed_address_pairs: tuple[AddressPair, ...] = ()
    admin_state_up: bool = True
    qos_policy: Key | None = None
    left_by: str | None = None
    precedence: tuple[tuple[str, ...], ...] = field(default=(), compare=False)

    def claims(self) -> Iterator[Claim]:
        for ip in self.fixed_ips or ():
            if ip.address:
                yield Claim("address", f"network {self.network.name}", ip.address)
        if self.mac:
            yield Claim("MAC address", f"network {self.network.name}", self.mac)

    def settle(self, observed: Self) -> Self:
        """Addresses that were left to the cloud are those that it gave, as long as there is one for each.

        Of more than that, those stay that something else names, as it would have to go with them, then those that were
        observed first.
        """
        settled = replace(self, mac=self.mac or observed.mac, precedence=observed.precedence)
        if self.fixed_ips == observed.fixed_ips or observed.fixed_ips is None:
            return settled
        if self.fixed_ips is None:
            return replace(settled, fixed_ips=observed.fixed_ips)
        chosen = [ip for _, ip in _choose(self.fixed_ips, observed)]
        return replace(settled, fixed_ips=tuple(sorted(chosen, key=_order)))

    def refusal_of(self, name: str, observed: Spec) -> str:
        """Does not take one of several addresses from a port when it may be the one that the port has always had."""
        if name != "fixed_ips" or not self.fixed_ips or not isinstance(observed, PortSpec):
            return ""
        choice = _choose(self.fixed_ips, observed)
        left = set(observed.fixed_ips or ()) - {ip for _, ip in choice}
        ranks = _ranks(observed)
        alike = sorted(
            {other for asked, ip in choice for other in left if _fits(asked, other) and ranks(other) == ranks(ip)},
            key=_order,
        )
        if not alike:
            return ""
        others = " or ".join(sorted({str(ip) for asked, ip in choice if any(_fits(asked, one) for one in alike)}))
        return (
            f"whether {others} or {' or '.join(map(str, alike))} came first is not known: both were there when the "
            "port was first observed, and nothing else names either; write the one that is to stay under `addresses`, "
            "or take the other one from the port"
        )

    def side_effects(self, impact: Impact, desired: PortSpec | None, changed: Collection[str]) -> tuple[str, ...]:
        if desired is None or impact is not Impact.REPLACE:
            return ()
        kept = desired.fixed_ips is not None and all(ip.address for ip in desired.fixed_ips)
        return ("port flap",) if kept else ("port flap", "new address")

    def draw(self, key: Key, canvas: Canvas) -> None:
        server, _, interface = key.name.rpartition("/")
        canvas.edge(canvas.node(key.target, "vdu", vdu_of(server)), canvas.network(self.network), key, interface)

    def output(self, key: Key) -> InterfaceOutput:
        return InterfaceOutput(self.network, self.addresses(), self.mac or "")

    def addresses(self) -> tuple[str, ...]:
        return tuple(ip.address for ip in self.fixed_ips or () if ip.address)


def _choose(desired: Sequence[FixedIp], observed: PortSpec) -> list[tuple[FixedIp, FixedIp]]:
    """Each address that is asked for, and which it is: one of those that are there, or itself where none is left."""
    free = sorted(observed.fixed_ips or (), key=_ranks(observed))
    chosen: list[tuple[FixedIp, FixedIp]] = []
    # The most particular first, or an open one could take the address that another names.
    for asked in sorted(desired, key=lambda ip: (ip.address is None, ip.subnet is None)):
        match = next((ip for ip in free if _fits(asked, ip)), None)
        if match:
            free.remove(match)
        chosen.append((asked, match or asked))
    return chosen


def _ranks(observed: PortSpec) -> Callable[[FixedIp], int]:
    """How late an address comes in the precedence of a port."""
    ranks = {address: rank for rank, group in enumerate(observed.precedence) for address in group}
    return lambda ip: ranks.get(ip.address or "", len(observed.precedence))


def _fits(desired: FixedIp, ip: FixedIp) -> bool:
    return desired.subnet in {None, ip.subnet} and desired.address in {None, ip.address}


def _order(ip: FixedIp) -> tuple[str, str]:
    return (ip.subnet.name if ip.subnet else "", ip.address or "")


def unplug(server: str, port: str) -> Request:
    """Takes a port from a server, which the server goes on doing after it was asked. Both by id."""
    path = "/servers/{id}/os-interface/{part}"
    return Request("DELETE", "compute", path, server, part=port, done=GONE, pending=True)


class PortKind(NeutronKind[PortSpec]):
    name = "port"
    spec = PortSpec
    listing = PORTS
    quota = "port"
    resource = "port"
    evidence: ClassVar[Mapping[str, str]] = {"qos_policy_id": "existing-qos-policy"}
    rights = (
        read_right("network", PORTS.path, "get_port"),
        read_right("network", "/v2.0/ports/{id}", "get_port", purpose=BY_ITSELF, dispensable=True),
        *neutron_rights(
            "ports",
            "port",
            further=(
                "fixed_ips",
                "fixed_ips:subnet_id",
                "fixed_ips:ip_address",
                "port_security_enabled",
                "allowed_address_pairs",
                "allowed_address_pairs:ip_address",
                "allowed_address_pairs:mac_address",
            ),
            created=("mac_address", "binding:vnic_type"),
            updated=("device_id", "device_owner"),
        ),
        Right("compute", "DELETE", "/servers/{id}/os-interface/{part}", (f"{NOVA}os-attach-interfaces:delete",)),
    )
    requirements = (
        neutron_extension(
            "binding",
            "interfaces with a `vnicType` other than normal",
            "all interfaces are virtual cards; a step that needs another `vnicType` fails and says why",
            "binding:vnic_type",
        ),
        neutron_extension(
            "allowed-address-pairs",
            "interfaces with `allowedAddressPairs`",
            "a step that needs `allowedAddressPairs` fails and says why, all else works",
            "allowed_address_pairs",
        ),
        neutron_extension(
            "ip_allocation",
            "servers with an interface on a link without a subnet",
            "Nova refuses such a server: its port `requires a FixedIP`; "
            "give the link a subnet (`dhcp: false` is enough)",
        ),
    )

    def names(self, index: Index) -> Iterator[Named]:
        for port in index.items[PORTS]:
            by = f"port {port['id']}"
            yield Named("network", port["network_id"], by)
            if port["device_owner"].startswith("compute:") and port["device_id"]:
                yield Named("server", port["device_id"], by)
            yield from (Named("security-group", group, by) for group in port.get("security_groups", ()))
            yield from named_policy(port, by)

    def read(self, item: Json, index: Index) -> PortSpec:
        network = index.must_know("existing-network", item["network_id"])
        groups = (index.known("existing-security-group", group) for group in item.get("security_groups") or ())
        pairs = item.get("allowed_address_pairs") or ()
        # A subnet that is not managed can't be referred to, so its addresses have no reference.
        addresses = (FixedIp(index.keys.get(ip["subnet_id"]), ip["ip_address"]) for ip in item["fixed_ips"])
        return PortSpec(
            network=network,
            fixed_ips=tuple(sorted(addresses, key=_order)),
            mac=item["mac_address"],
            vnic_type=item.get("binding:vnic_type", "normal"),
            security_groups=tuple(sorted(group for group in groups if group)),
            port_security=item.get("port_security_enabled", True),
            allowed_address_pairs=tuple(
                sorted(
                    (
                        AddressPair(
                            p["ip_address"], None if p["mac_address"] == item["mac_address"] else p["mac_address"]
                        )
                        for p in pairs
                    ),
                    key=str,
                )
            ),
            admin_state_up=item["admin_state_up"],
            qos_policy=index.known("existing-qos-policy", item.get("qos_policy_id")),
            left_by=item["device_id"] if index.gone and item["device_id"] in index.gone else None,
            precedence=precedence(item, index) if len(item["fixed_ips"]) > 1 else (),
        )

    def dispensable(self, spec: PortSpec) -> frozenset[str]:
        usual = {
            "port_security_enabled": spec.port_security,
            "allowed_address_pairs": not spec.allowed_address_pairs,
            "binding:vnic_type": spec.vnic_type == "normal",
            "qos_policy_id": spec.qos_policy is None,
        }
        return frozenset(attribute for attribute, is_usual in usual.items() if is_usual)

    def decode(self, key: Key, item: Json, index: Index) -> Observed:
        observed = super().decode(key, item, index)
        if not item["device_owner"].startswith("compute:"):
            return observed
        return replace(observed, attached_to=item["device_id"], stays=locked(index, item["device_id"]))

    def delete(self, observed: Observed, spec: PortSpec, ids: Ids) -> Request:
        """A port that a server uses is unplugged, and goes with the next pass: policy delete_port would not let it."""
        if spec.left_by:
            return _freed(observed)
        if observed.attached_to:
            return unplug(observed.attached_to, observed.id)
        return super().delete(observed, spec, ids)

    def update(self, observed: Observed, spec: PortSpec, changes: Changes, ids: Ids, owner: str) -> Iterator[Request]:
        if "left_by" in changes.fields:
            yield _freed(observed)
        rest = changes.without("left_by")
        if rest.fields or rest.name:
            yield from super().update(observed, spec, rest, ids, owner)

    def create(self, key: Key, spec: PortSpec, ids: Ids, owner: str) -> Request:
        request = super().create(key, spec, ids, owner)
        # On a network of another actor only its owner may say these, even the defaults: policy create_port:*.
        return request.without(request.dispensable) if spec.network.kind == "existing-network" else request

    def write(self, spec: PortSpec, ids: Ids) -> Mapping[str, Mapping[str, Json]]:
        addresses = [
            ({"subnet_id": ids[ip.subnet]} if ip.subnet else {}) | ({"ip_address": ip.address} if ip.address else {})
            for ip in spec.fixed_ips or ()
        ]
        pairs = [
            {"ip_address": pair.address} | ({"mac_address": pair.mac} if pair.mac else {})
            for pair in spec.allowed_address_pairs
        ]
        return {
            "network": {"network_id": ids[spec.network]},
            "fixed_ips": {} if spec.fixed_ips is None else {"fixed_ips": addresses},
            "mac": {} if spec.mac is None else {"mac_address": spec.mac},
            "vnic_type": {"binding:vnic_type": spec.vnic_type},
            "security_groups": {"security_groups": [ids[group] for group in spec.security_groups]},
            "port_security": {"port_security_enabled": spec.port_security},
            "allowed_address_pairs": {"allowed_address_pairs": pairs},
            "admin_state_up": {"admin_state_up": spec.admin_state_up},
            "qos_policy": {"qos_policy_id": ids[spec.qos_policy] if spec.qos_policy else None},
        }

    def adopted(self, survey: Survey) -> Iterator[Taken | Left]:
        """The cards of a server that is taken over, in order: web/web-0/eth0."""
        servers = survey.names("server")
        for server in survey.items("server"):
            if server["id"] in servers:
                for number, port in enumerate(cards(server, survey) or ()):
                    yield Taken(port, f"{servers[server['id']]}/eth{number}")

    def alike(self, server: Json, survey: Survey) -> Hashable:
        return tuple(made_like(port) for port in cards(server, survey) or ())

    def describe(self, key: Key, spec: PortSpec, documents: Documents) -> Data | None:
        vnf = documents.vnf(server_of(key))
        if vnf is None:
            return None
        name = last(key)
        vnf.entry["connect"][name] = documents.called(spec.network, "virtualLinks", "net")
        if given := _given_addresses(key, documents):
            vnf.entry["addresses"][name] = given
        if spec.port_security and spec.security_groups:
            groups = [documents.called(group, "securityGroups", "group") for group in spec.security_groups]
            vnf.entry["securityGroups"][name] = groups
        vnf.descriptor["connectionPoints"].append({"name": name})
        interface = _interface(name, spec)
        vnf.vdu["interfaces"].append(interface)
        return interface


def _interface(name: str, port: PortSpec) -> Data:
    """What the descriptor says of an interface; the groups are the service's."""
    pairs = [{"address": p.address} | ({"mac": p.mac} if p.mac else {}) for p in port.allowed_address_pairs]
    content = {
        "name": name,
        "connectionPoint": name,
        "vnicType": None if port.vnic_type == "normal" else port.vnic_type,
        "allowedAddressPairs": pairs,
        "qosPolicy": name_of(port.qos_policy),
    }
    groups: Data = {} if port.security_groups or not port.port_security else {"securityGroups": []}
    return without_defaults(content) | unless("portSecurity", port.port_security) | groups


def _given_addresses(key: Key, documents: Documents) -> list[str]:
    """The fixed addresses of an interface, those of one IP version by index of the instance."""
    ports = [port for one in documents.instances(key) if (port := documents.spec(one, PortSpec))]
    found: list[str] = []
    for version in (4, 6):
        each = [[a for ip in port.fixed_ips or () if (a := _given(ip, version, documents))] for port in ports]
        if all(len(addresses) == 1 for addresses in each):
            found += [addresses[0] for addresses in each]
    return found


def _given(ip: FixedIp, version: int, documents: Documents) -> str | None:
    """The address, if it is of that version and not one that the instance makes up by itself."""
    if ip.address is None or ip_address(ip.address).version != version:
        return None
    subnet = documents.part(ip.subnet) if ip.subnet else None
    return None if subnet and subnet.get("ipv6AddressMode") in _AUTOMATIC else ip.address


def _freed(port: Observed) -> Request:
    """Takes a port from a server that is gone, of which Nova could not take it."""
    body = {"port": {"device_id": "", "device_owner": ""}}
    return Request("PUT", "network", f"{PORTS.path}/{{id}}", port.id, body=body, pending=True)
