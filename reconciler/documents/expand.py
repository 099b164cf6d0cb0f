"""From a placed network service to the resources that it becomes. Nothing can be wrong here any more.

Names: SERVICE/LINK, SERVICE/LINK/SUBNET, SERVICE/ROUTER, SERVICE/VNF/VDU-INDEX, SERVICE/VNF/VDU-INDEX/INTERFACE.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import Any

from reconciler.documents.addresses import canonical
from reconciler.documents.links import AUTOMATIC, subnet_names, subnets_of
from reconciler.documents.placed import Placed, PlacedRouter
from reconciler.documents.rules import rule_spec
from reconciler.documents.vnfs import count_of
from reconciler.documents.yaml_marks import Document, Path
from reconciler.model import Desired, Key, Opaque, Place, Spec
from reconciler.resources.openstack.floating_ip import FloatingIpSpec
from reconciler.resources.openstack.keypair import KeypairSpec, without_comment
from reconciler.resources.openstack.network import NetworkSpec
from reconciler.resources.openstack.port import AddressPair, FixedIp, PortSpec
from reconciler.resources.openstack.router import RouterSpec
from reconciler.resources.openstack.router_interface import RouterInterfaceSpec, interface_key
from reconciler.resources.openstack.security_group import SecurityGroupSpec
from reconciler.resources.openstack.security_group_rule import canonical_rule, rule_key
from reconciler.resources.openstack.server import ServerSpec
from reconciler.resources.openstack.server_group import ServerGroupSpec
from reconciler.resources.openstack.subnet import NO_GATEWAY, HostRoute, Pool, SubnetSpec

DEFAULT_GROUP = "default"
"""The security group that every project has: for interfaces that name none."""

UserData = Callable[[Document, str], str]
"""The text of a user data file that a descriptor names."""


@dataclass(frozen=True, slots=True)
class Link:
    """A virtual link as a port sees it. ``subnets``: Key, network and whether addresses come by themselves (SLAAC).

    ``port_security``: that of the interfaces that say nothing.
    """

    network: Key
    existing: bool = False
    subnets: tuple[tuple[Key, Any, bool], ...] = ()
    port_security: bool = True

    def fixed_ips(self, address: str | None) -> tuple[FixedIp, ...] | None:
        """The addresses of a port: the one given, and where none is given what Neutron would choose by itself."""
        if self.existing:
            return (FixedIp(None, canonical(address)),) if address else None
        given = ip_address(address) if address else None
        wanted: list[FixedIp] = []
        versions: set[int] = set()
        for key, network, by_itself in self.subnets:
            if by_itself:
                wanted.append(FixedIp(key, None))  # beside all others: Neutron adds it to every port
            elif given is not None and given.version == network.version:
                if given in network:
                    wanted.append(FixedIp(key, str(given)))
            elif network.version not in versions:
                wanted.append(FixedIp(key, None))
                versions.add(network.version)
        return tuple(wanted)


@dataclass(slots=True)
class Expansion:
    """The resources of one service, filled step by step. ``points``: the ports of each connection point."""

    placed: Placed
    user_data: UserData
    resources: dict[Key, Desired] = field(default_factory=dict)
    points: dict[tuple[str, str], list[Key]] = field(default_factory=dict)

    def add(self, key: Key, spec: Spec, place: Place, comes_with: Key | None = None) -> Key:
        self.resources[key] = Desired(key, spec, place, comes_with)
        return key


def expand(placed: Placed, user_data: UserData) -> Mapping[Key, Desired]:
    """All resources of a service whose checks found nothing, on all its VIMs."""
    expansion = Expansion(placed, user_data)
    subject = placed.subject
    links = {
        (vim, link["name"]): _link(expansion, vim, subject.name, link, subject.place(*path))
        for path, link in subject.items("virtualLinks")
        for vim in placed.links[link["name"]]
    }
    for router in placed.routers:
        _router(expansion, router, links)
    for _, vnf in subject.items("vnfs"):
        _vnf(expansion, vnf, links)
    for path, point in subject.items("accessPoints"):
        if "connectionPoint" in point:
            _floating_ips(expansion, path, point, links)
    return expansion.resources


def _link(expansion: Expansion, vim: str, parent: str, link: Any, place: Place) -> Link:
    if "existing" in link:
        return Link(Key(vim, "existing-network", link["existing"]), existing=True)
    network = Key(vim, "network", f"{parent}/{link['name']}")
    secured = link.get("portSecurity", True)
    expansion.add(network, NetworkSpec(mtu=link.get("mtu"), port_security=secured), place)
    subnets: list[tuple[Key, Any, bool]] = []
    for name, subnet in zip(subnet_names(link), subnets_of(link), strict=True):
        key = Key(vim, "subnet", f"{network.name}/{name}")
        spec = _subnet(network, subnet)
        expansion.add(key, spec, place)
        subnets.append((key, ip_network(spec.cidr), spec.ipv6_address_mode in AUTOMATIC))
    return Link(network, subnets=tuple(subnets), port_security=secured)


def _subnet(network: Key, subnet: Any) -> SubnetSpec:
    gateway = subnet.get("gateway")
    pools = subnet.get("allocationPools")
    return SubnetSpec(
        network=network,
        cidr=canonical(subnet["cidr"]),
        gateway=NO_GATEWAY if gateway is False else canonical(gateway) if gateway else None,
        dhcp=subnet.get("dhcp", True),
        dns_servers=tuple(map(canonical, subnet.get("dnsServers", ()))),
        allocation_pools=tuple(sorted(Pool(canonical(p["start"]), canonical(p["end"])) for p in pools))
        if pools
        else None,
        host_routes=tuple(
            sorted(
                HostRoute(canonical(r["destination"]), canonical(r["nextHop"])) for r in subnet.get("hostRoutes", ())
            )
        ),
        ipv6_address_mode=subnet.get("ipv6AddressMode"),
    )


def _router(expansion: Expansion, router: PlacedRouter, links: Mapping[tuple[str, str], Link]) -> None:
    place = expansion.placed.subject.place(*router.path)
    key = Key(router.vim, "router", f"{expansion.placed.name}/{router.name}")
    external = Key(router.vim, "existing-network", router.external_network) if router.external_network else None
    expansion.add(key, RouterSpec(external_network=external), place)
    for name in router.links:
        for subnet, _, _ in links[router.vim, name].subnets:
            expansion.add(interface_key(key, subnet), RouterInterfaceSpec(router=key, subnet=subnet), place)


def _vnf(expansion: Expansion, vnf: Any, service_links: Mapping[tuple[str, str], Link]) -> None:
    placed = expansion.placed
    vim = placed.vims[vnf["name"]]
    document = placed.descriptors[vnf["descriptor"]]
    spec = document.data["spec"]
    prefix = f"{placed.name}/{vnf['name']}"

    def place(*where: str | int) -> Place:
        return Place(document.file, *document.place(("spec", *where)))

    internal = {
        link["name"]: _link(expansion, vim, prefix, link, place("virtualLinks", index))
        for index, link in enumerate(spec.get("virtualLinks", ()))
    }
    groups = _security_groups(expansion, vim, prefix, spec, place)
    for index, pair in enumerate(spec.get("keyPairs", ())):
        key = Key(vim, "keypair", f"{prefix}/{pair['name']}")
        expansion.add(key, KeypairSpec(without_comment(pair["publicKey"])), place("keyPairs", index))
    connected = {point: service_links[vim, link] for point, link in vnf.get("connect", {}).items()}
    for index, vdu in enumerate(spec["vdus"]):
        ports = [
            (interface, _interface_link(interface, internal, connected), _interface_addresses(interface, vnf))
            for interface in vdu.get("interfaces", ())
        ]
        common = _server(document, vim, prefix, vdu, expansion.user_data)
        if "affinity" in vdu:
            group = Key(vim, "server-group", f"{prefix}/{vdu['name']}")
            expansion.add(group, ServerGroupSpec(vdu["affinity"]), place("vdus", index))
        where = place("vdus", index)
        for number in range(count_of(vnf, vdu)):
            server = Key(vim, "server", f"{prefix}/{vdu['name']}-{number}")
            keys: list[Key] = []
            for interface, link, addresses in ports:
                key = Key(vim, "port", f"{server.name}/{interface['name']}")
                address = addresses[number] if addresses else None
                keys.append(expansion.add(key, _port(interface, link, address, groups, vim), where))
                if "connectionPoint" in interface:
                    expansion.points.setdefault((vnf["name"], interface["connectionPoint"]), []).append(key)
            expansion.add(server, common(tuple(keys)), where)


def _security_groups(
    expansion: Expansion, vim: str, prefix: str, spec: Any, place: Callable[..., Place]
) -> dict[str, Key]:
    groups = {
        group["name"]: Key(vim, "security-group", f"{prefix}/{group['name']}")
        for group in spec.get("securityGroups", ())
    }
    for index, group in enumerate(spec.get("securityGroups", ())):
        key, where = groups[group["name"]], place("securityGroups", index)
        expansion.add(key, SecurityGroupSpec(stateful=group.get("stateful", True)), where)
        rules = group.get("rules", ())
        for number, rule in enumerate(rules):
            wanted = rule_spec(rule, key, groups)
            expansion.add(rule_key(wanted), wanted, place("securityGroups", index, "rules", number))
        if not any(rule.get("direction") == "egress" for rule in rules):
            # Neutron makes these two with every group; only a group with egress rules of its own does without.
            for ethertype in ("IPv4", "IPv6"):
                wanted = canonical_rule(key, "egress", ethertype)
                expansion.add(rule_key(wanted), wanted, where, comes_with=key)
    return groups


def _interface_link(interface: Any, internal: Mapping[str, Link], connected: Mapping[str, Link]) -> Link:
    return internal[interface["virtualLink"]] if "virtualLink" in interface else connected[interface["connectionPoint"]]


def _interface_addresses(interface: Any, vnf: Any) -> list[str]:
    given: list[str] = interface.get("addresses") or vnf.get("addresses", {}).get(interface.get("connectionPoint"), [])
    return given


def _port(interface: Any, link: Link, address: str | None, groups: Mapping[str, Key], vim: str) -> PortSpec:
    filters = interface.get("securityGroups") or interface.get("allowedAddressPairs")
    secured = interface.get("portSecurity", link.port_security or bool(filters))
    if "securityGroups" in interface:
        chosen = tuple(sorted({groups[name] for name in interface["securityGroups"]}))
    else:
        chosen = (Key(vim, "existing-security-group", DEFAULT_GROUP),) if secured else ()
    pairs = (
        AddressPair(canonical(pair["address"]), pair["mac"].lower() if "mac" in pair else None)
        for pair in interface.get("allowedAddressPairs", ())
    )
    return PortSpec(
        network=link.network,
        fixed_ips=link.fixed_ips(address),
        security_groups=chosen,
        port_security=secured,
        allowed_address_pairs=tuple(sorted(pairs, key=str)),
    )


def _server(
    document: Document, vim: str, prefix: str, vdu: Any, user_data: UserData
) -> Callable[[tuple[Key, ...]], ServerSpec]:
    """A function from the ports of an instance to its Spec: all instances of a VDU share the rest."""
    given = vdu.get("userData")
    text = None if given is None else given["inline"] if "inline" in given else user_data(document, given["file"])
    opaque = None if text is None else Opaque.of(text)
    flavor, image = Key(vim, "flavor", vdu["flavor"]), Key(vim, "image", vdu["image"])
    key_pair = Key(vim, "keypair", f"{prefix}/{vdu['keyPair']}") if "keyPair" in vdu else None
    group = Key(vim, "server-group", f"{prefix}/{vdu['name']}") if "affinity" in vdu else None
    metadata = tuple(sorted(vdu.get("metadata", {}).items()))

    def server(ports: tuple[Key, ...]) -> ServerSpec:
        return ServerSpec(
            flavor=flavor,
            image=image,
            ports=ports,
            user_data=opaque,
            metadata=metadata,
            availability_zone=vdu.get("availabilityZone"),
            key_pair=key_pair,
            server_group=group,
        )

    return server


def _floating_ips(expansion: Expansion, path: Path, point: Any, links: Mapping[tuple[str, str], Link]) -> None:
    """One floating IP for each instance behind the connection point."""
    placed = expansion.placed
    vnf_name, cp = point["connectionPoint"]["vnf"], point["connectionPoint"]["name"]
    vim = placed.vims[vnf_name]
    place = placed.subject.place(*path)
    link_name = placed.vnf_items[vnf_name][1]["connect"][cp]
    router = placed.router_on.get(link_name)
    for port in expansion.points.get((vnf_name, cp), ()):
        instance = port.name.rsplit("/", 2)[1]
        key = Key(vim, "floating-ip", f"{placed.name}/{point['name']}/{instance}")
        external = Key(vim, "existing-network", placed.external[point["name"]])
        via = _via(expansion, router, links[vim, link_name], port) if router else None
        expansion.add(key, FloatingIpSpec(external_network=external, port=port, via=via), place)


def _via(expansion: Expansion, router: PlacedRouter, link: Link, port: Key) -> Key | None:
    """The router interface that carries the floating IP of a port: that in the subnet of its IPv4 address."""
    spec = expansion.resources[port].spec
    addresses = spec.fixed_ips if isinstance(spec, PortSpec) else None
    used = {ip.subnet for ip in addresses or ()}
    key = Key(router.vim, "router", f"{expansion.placed.name}/{router.name}")
    return next((interface_key(key, s) for s, network, _ in link.subnets if s in used and network.version == 4), None)
