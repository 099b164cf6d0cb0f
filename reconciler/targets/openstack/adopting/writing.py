"""The documents that ask for exactly what exists: one network service, and a descriptor for each VNF in it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from ipaddress import ip_address, ip_network
from typing import Any, TypeVar

from reconciler.model import Key, Observed, Spec
from reconciler.targets.openstack.kinds.adoption import free, slug
from reconciler.targets.openstack.kinds.floating_ip import FloatingIpSpec
from reconciler.targets.openstack.kinds.network import NetworkSpec
from reconciler.targets.openstack.kinds.port import FixedIp, PortSpec
from reconciler.targets.openstack.kinds.router import RouterSpec
from reconciler.targets.openstack.kinds.router_interface import RouterInterfaceSpec
from reconciler.targets.openstack.kinds.router_routes import RouterRoutesSpec, routes_key
from reconciler.targets.openstack.kinds.security_group import SecurityGroupSpec
from reconciler.targets.openstack.kinds.security_group_rule import SecurityGroupRuleSpec
from reconciler.targets.openstack.kinds.server import ServerSpec
from reconciler.targets.openstack.kinds.subnet import NO_GATEWAY, Pool, SubnetSpec
from reconciler.targets.openstack.kinds.trunk import TrunkSpec, trunk_key
from reconciler.targets.openstack.kinds.volume import ROOT, VolumeSpec

Data = dict[str, Any]
S = TypeVar("S", bound=Spec)

_AUTOMATIC = frozenset({"slaac", "dhcpv6-stateless"})
_DEFAULT = "default"
_WORDS = {"ipv6-icmp": "icmpv6"}
_ICMP = frozenset({"icmp", "ipv6-icmp"})


def documents_of(observed: Mapping[Key, Observed], service: str, vim: str) -> list[Data]:
    """NetworkService and VnfDescriptors, each as what YAML holds. The service is suspended: nothing is done to it."""
    return list(_Writer(observed, service, vim).documents())


@dataclass(frozen=True)
class _Writer:
    observed: Mapping[Key, Observed]
    service: str
    vim: str

    def documents(self) -> Iterator[Data]:
        vnfs = [(name, *self._vnf(name, servers)) for name, servers in self._vdus.items()]
        spec = {
            "vim": self.vim,
            "suspend": True,
            "virtualLinks": [*self._new_links(), *({"name": n, "existing": k.name} for k, n in self._existing.items())],
            "routers": list(self._routers()),
            "securityGroups": [*self._new_groups(), *self._existing_groups()],
            "vnfs": [vnf for _, vnf, _ in vnfs],
            "accessPoints": list(self._access_points()),
        }
        yield _document("NetworkService", self.service, spec)
        for name, _, descriptor in vnfs:
            yield _document("VnfDescriptor", self._descriptor(name), descriptor)

    def _descriptor(self, vnf: str) -> str:
        return f"{self.service}-{vnf}"[:63].rstrip("-")

    def _specs(self, kind: type[S]) -> dict[Key, S]:
        return {key: one.spec for key, one in sorted(self.observed.items()) if isinstance(one.spec, kind)}

    def _get(self, key: Key, kind: type[S]) -> S:
        spec = self.observed[key].spec
        assert isinstance(spec, kind)  # noqa: S101  a Key shows the kind
        return spec

    # --- links

    @cached_property
    def _existing(self) -> dict[Key, str]:
        """Networks of another actor that ports are on, with what the documents call them."""
        names: dict[Key, str] = {}
        mine = {_last(key) for key in self._specs(NetworkSpec)}
        for port in self._specs(PortSpec).values():
            if port.network.kind == "existing-network" and port.network not in names:
                names[port.network] = free(slug(port.network.name, "net"), {*names.values(), *mine})
        return names

    def _link(self, network: Key) -> str:
        return self._existing.get(network) or _last(network)

    def _new_links(self) -> Iterator[Data]:
        subnets: defaultdict[Key, list[Data]] = defaultdict(list)
        for key, subnet in self._specs(SubnetSpec).items():
            subnets[subnet.network].append(_subnet(_last(key), subnet))
        for key, network in self._specs(NetworkSpec).items():
            content = {
                "name": _last(key),
                "shared": network.shared,
                "external": network.external,
                "dnsDomain": network.dns_domain,
                "qosPolicy": _name(network.qos_policy),
                "subnets": subnets[key],
            }
            yield _without_defaults(content) | _unless("portSecurity", network.port_security)

    def _routers(self) -> Iterator[Data]:
        legs: defaultdict[Key, list[Key]] = defaultdict(list)
        for leg in self._specs(RouterInterfaceSpec).values():
            legs[leg.router].append(self._get(leg.subnet, SubnetSpec).network)
        for key, router in self._specs(RouterSpec).items():
            routes = self.observed.get(routes_key(key))
            listed = routes.spec.routes if routes and isinstance(routes.spec, RouterRoutesSpec) else ()
            yield _without_defaults(
                {
                    "name": _last(key),
                    "externalNetwork": _name(router.external_network),
                    "virtualLinks": list(dict.fromkeys(_last(network) for network in legs[key])),
                    "routes": [{"destination": route.destination, "nextHop": route.next_hop} for route in listed],
                }
            )

    # --- security groups

    def _new_groups(self) -> Iterator[Data]:
        rules: defaultdict[Key, list[SecurityGroupRuleSpec]] = defaultdict(list)
        for rule in self._specs(SecurityGroupRuleSpec).values():
            rules[rule.group].append(rule)
        for key, group in self._specs(SecurityGroupSpec).items():
            content = {"name": _last(key), "rules": [self._rule(rule) for rule in _said(rules[key])]}
            yield _without_defaults(content) | _unless("stateful", group.stateful)

    def _rule(self, rule: SecurityGroupRuleSpec) -> Data:
        protocol = _WORDS.get(rule.protocol or "", rule.protocol)
        content: Data = {
            "direction": None if rule.direction == "ingress" else rule.direction,
            "ethertype": rule.ethertype,
            "protocol": int(protocol) if protocol and protocol.isdigit() else protocol,
            "remote": rule.remote_cidr,
            "remoteGroup": self._group(rule.remote_group) if rule.remote_group else None,
            "remoteAddressGroup": _name(rule.remote_address_group),
        }
        if rule.protocol in _ICMP:
            content |= {"icmpType": rule.port_min, "icmpCode": rule.port_max}
        elif rule.port_min is not None:
            one = rule.port_max in {None, rule.port_min}
            content["ports"] = rule.port_min if one else f"{rule.port_min}-{rule.port_max}"
        return {name: value for name, value in content.items() if value is not None}

    @cached_property
    def _foreign_groups(self) -> dict[Key, str]:
        """Security groups of another actor that ports or rules name."""
        mine = {_last(key) for key in self._specs(SecurityGroupSpec)}
        named = [group for port in self._specs(PortSpec).values() for group in port.security_groups]
        named += [rule.remote_group for rule in self._specs(SecurityGroupRuleSpec).values() if rule.remote_group]
        names: dict[Key, str] = {}
        for group in named:
            if group.kind == "existing-security-group" and group not in names:
                names[group] = free(slug(group.name, "group"), {*names.values(), *mine})
        return names

    def _existing_groups(self) -> Iterator[Data]:
        for key, name in self._foreign_groups.items():
            yield {"name": name, "existing": key.name}

    def _group(self, group: Key) -> str:
        return self._foreign_groups.get(group) or _last(group)

    # --- VNFs

    @cached_property
    def _vdus(self) -> dict[str, list[Key]]:
        """The servers of each VNF, which has one VDU of its own name, by index."""
        found: defaultdict[str, list[Key]] = defaultdict(list)
        for key in self._specs(ServerSpec):
            found[key.name.split("/")[1]].append(key)
        return {name: sorted(keys, key=_index) for name, keys in found.items()}

    def _ports(self, server: Key) -> dict[str, PortSpec]:
        """Those of a server by the name of the interface, in order."""
        of_server = {_last(k): p for k, p in self._specs(PortSpec).items() if k.name.rpartition("/")[0] == server.name}
        return dict(sorted(of_server.items(), key=lambda entry: int(entry[0].removeprefix("eth"))))

    def _vnf(self, name: str, servers: list[Key]) -> tuple[Data, Data]:
        """A VNF of the service, and the spec of its descriptor."""
        ports = [self._ports(server) for server in servers]
        interfaces = list(ports[0])
        secured = {cp: port for cp, port in ports[0].items() if port.port_security}
        vnf = {
            "name": name,
            "descriptor": self._descriptor(name),
            "connect": {cp: self._link(port.network) for cp, port in ports[0].items()},
            "addresses": {cp: given for cp in interfaces if (given := self._addresses([one[cp] for one in ports]))},
            "securityGroups": {
                cp: [self._group(group) for group in port.security_groups]
                for cp, port in secured.items()
                if port.security_groups
            },
        }
        server = self._get(servers[0], ServerSpec)
        carried = self._carried(servers[0])
        vdu = {
            "name": name,
            "image": server.image.name,
            "flavor": _name(server.flavor),
            "count": len(servers) if len(servers) > 1 else None,
            "interfaces": [_interface(cp, port) | carried.get(cp, {}) for cp, port in ports[0].items()],
            "bootVolume": self._volume(Key(self.vim, "volume", f"{servers[0].name}/{ROOT}")),
            "volumes": [{"name": _last(key)} | self._volume(key) for key in self._data_volumes(servers[0])],
            "metadata": dict(server.metadata),
            "configDrive": server.config_drive,
            "serverGroup": _name(server.server_group),
            "keyPair": slug(server.key_pair.name, "key") if server.key_pair else None,
        }
        pairs = (
            [{"name": slug(server.key_pair.name, "key"), "existing": server.key_pair.name}] if server.key_pair else []
        )
        descriptor = {
            "connectionPoints": [{"name": cp} for cp in interfaces],
            "keyPairs": pairs,
            "vdus": [_without_defaults(vdu)],
        }
        return _without_defaults(vnf), _without_defaults(descriptor)

    def _addresses(self, ports: list[PortSpec]) -> list[str]:
        """The fixed addresses of an interface, those of one IP version by index of the instance."""
        found: list[str] = []
        for version in (4, 6):
            each = [[a for ip in port.fixed_ips or () if (a := self._named(ip, version))] for port in ports]
            if all(len(addresses) == 1 for addresses in each):
                found += [addresses[0] for addresses in each]
        return found

    def _named(self, ip: FixedIp, version: int) -> str | None:
        """The address, if it is of that version and not one that the instance makes up by itself."""
        subnet = self._get(ip.subnet, SubnetSpec) if ip.subnet else None
        if ip.address is None or ip_address(ip.address).version != version:
            return None
        return None if subnet and subnet.ipv6_address_mode in _AUTOMATIC else ip.address

    def _carried(self, server: Key) -> dict[str, Data]:
        """What interfaces that are subports of a trunk say of it."""
        found: dict[str, Data] = {}
        for key in self._specs(PortSpec):
            trunk = self.observed.get(trunk_key(key))
            if trunk and isinstance(trunk.spec, TrunkSpec) and key.name.startswith(f"{server.name}/"):
                for subport in trunk.spec.subports:
                    found[_last(subport.port)] = {"subportOf": {"interface": _last(key), "vlan": subport.vlan}}
        return found

    def _data_volumes(self, server: Key) -> list[Key]:
        mine = (key for key in self._specs(VolumeSpec) if key.name.rpartition("/")[0] == server.name)
        return [key for key in mine if _last(key) != ROOT]

    def _volume(self, key: Key) -> Data:
        if key not in self.observed:
            return {}
        volume = self._get(key, VolumeSpec)
        return _without_defaults({"size": volume.size, "type": _name(volume.type), "keep": volume.keep})

    def _access_points(self) -> Iterator[Data]:
        """One for each connection point with floating IPs."""
        points: dict[str, Data] = {}
        for key, address in self._specs(FloatingIpSpec).items():
            if address.port:
                _, vnf, _, cp = address.port.name.split("/")
                network = address.external_network.name
                name = key.name.split("/")[1]
                points[name] = {
                    "name": name,
                    "externalNetwork": network,
                    "connectionPoint": {"vnf": vnf, "name": cp},
                } | ({"qosPolicy": address.qos_policy.name} if address.qos_policy else {})
        yield from points.values()


def _document(kind: str, name: str, spec: Data) -> Data:
    return {
        "apiVersion": "magi/v1alpha1",
        "kind": kind,
        "metadata": {"name": name},
        "spec": _without_defaults(spec),
    }


def _interface(name: str, port: PortSpec) -> Data:
    """What the descriptor says of an interface; the groups are the service's."""
    bare = port.port_security and not port.security_groups
    pairs = [{"address": p.address} | ({"mac": p.mac} if p.mac else {}) for p in port.allowed_address_pairs]
    content = _without_defaults(
        {
            "name": name,
            "connectionPoint": name,
            "vnicType": None if port.vnic_type == "normal" else port.vnic_type,
            "allowedAddressPairs": pairs,
            "qosPolicy": _name(port.qos_policy),
        }
    )
    return content | _unless("portSecurity", port.port_security) | ({"securityGroups": []} if bare else {})


def _subnet(name: str, subnet: SubnetSpec) -> Data:
    gateway = False if subnet.gateway == NO_GATEWAY else subnet.gateway
    content = _without_defaults(
        {
            "name": name,
            "cidr": subnet.cidr,
            "dnsServers": list(subnet.dns_servers),
            "allocationPools": [] if _is_usual(subnet) else [p._asdict() for p in subnet.allocation_pools or ()],
            "hostRoutes": [{"destination": r.destination, "nextHop": r.next_hop} for r in subnet.host_routes],
            "ipv6AddressMode": subnet.ipv6_address_mode,
        }
    )
    return content | {"gateway": gateway} | _unless("dhcp", subnet.dhcp)


def _is_usual(subnet: SubnetSpec) -> bool:
    """Whether the pool is the one that Neutron makes of a subnet whose gateway is its first address."""
    network = ip_network(subnet.cidr)
    last = network.broadcast_address - (network.version == 4)
    first = Pool(str(network.network_address + 2), str(last))
    return subnet.gateway == str(network.network_address + 1) and subnet.allocation_pools == (first,)


def _said(rules: Iterable[SecurityGroupRuleSpec]) -> list[SecurityGroupRuleSpec]:
    """The rules that a document has to say: not the two that let everything out, when there are no others."""
    rules = list(rules)
    out = [rule for rule in rules if rule.direction == "egress"]
    open_to_all = {(r.ethertype, r.protocol, r.port_min, r.remote_cidr, r.remote_group) for r in out}
    usual = {("IPv4", None, None, None, None), ("IPv6", None, None, None, None)}
    return [rule for rule in rules if rule.direction == "ingress"] if open_to_all == usual else rules


def _without_defaults(content: Data) -> Data:
    """Without what says nothing: None, False, and empty texts, lists and mappings."""
    return {name: value for name, value in content.items() if value}


def _unless(name: str, usual: bool) -> Data:
    """A field that is true where nothing is said."""
    return {} if usual else {name: False}


def _name(key: Key | None) -> str | None:
    return key.name if key else None


def _last(key: Key) -> str:
    return key.name.rpartition("/")[2]


def _index(server: Key) -> int:
    return int(server.name.rpartition("-")[2])
