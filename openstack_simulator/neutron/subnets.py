"""Subnets: address ranges of networks."""

import ipaddress
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from openstack_simulator.cloud import Cloud
from openstack_simulator.errors import Record, invalid_input, network_error
from openstack_simulator.identity import Token
from openstack_simulator.neutron.addresses import AUTOMATIC
from openstack_simulator.neutron.attributes import (
    Attribute,
    anything,
    boolean,
    cidr,
    ip_address,
    list_of,
    one_of,
    optional,
    routes,
    standard,
    text,
    uuid,
)
from openstack_simulator.neutron.networks import NETWORKS, is_shared, touched
from openstack_simulator.neutron.resource import Resource, bumped, stamp

UNSET: Any = "unset"
_MODES = one_of("slaac", "dhcpv6-stateful", "dhcpv6-stateless", None)
_HOLDS_A_SUBNET = ("network:dhcp", "network:distributed")


def _nameservers(value: Any) -> list[str]:
    servers: list[str] = list_of(anything)(value)
    for server in servers:
        try:
            ip_address(server)
        except ValueError as error:
            raise ValueError(f"'{server}' is not a valid nameserver. {error}") from None
    if repeated := [server for server in servers if servers.count(server) > 1]:
        raise ValueError(f"Duplicate nameserver '{repeated[0]}'")
    return servers


_ATTRIBUTES = {
    **standard(),
    "network_id": Attribute(check=uuid, update=False),
    "ip_version": Attribute(check=one_of(4, 6, "4", "6"), update=False),
    "cidr": Attribute(default=None, check=cidr, update=False),
    "gateway_ip": Attribute(default=UNSET, check=optional(ip_address)),
    "allocation_pools": Attribute(default=None),
    "dns_nameservers": Attribute(default=[], check=_nameservers),
    "host_routes": Attribute(default=[], check=routes),
    "enable_dhcp": Attribute(default=True, check=boolean),
    "ipv6_ra_mode": Attribute(default=None, check=_MODES, update=False),
    "ipv6_address_mode": Attribute(default=None, check=_MODES, update=False),
    "subnetpool_id": Attribute(default=None, check=optional(text()), update=False),
    "use_default_subnetpool": Attribute(default=False, check=boolean, update=False),
    "prefixlen": Attribute(default=None, update=False),
    "service_types": Attribute(default=[], extension="subnet-service-types"),
    "router:external": Attribute(create=False, update=False, extension="subnet-external-network"),
}


def _visible(cloud: Cloud, token: Token, subnet: Record) -> bool:
    if token.is_admin or subnet["project_id"] == token.project_id:
        return True
    network = cloud.network.networks[subnet["network_id"]]
    return is_shared(cloud, token, network) or bool(network["router:external"])


def create(cloud: Cloud, token: Token, values: Record) -> Record:
    state = cloud.network
    network = NETWORKS.find_own(cloud, token, values["network_id"], "create_subnet_on")
    if values["cidr"] is None:
        raise network_error(
            400, "BadRequest", "Bad subnets request: a subnetpool must be specified in the absence of a cidr."
        )
    net = ipaddress.ip_network(values["cidr"])
    version = int(values["ip_version"])
    if net.version != version:
        raise invalid_input(f"cidr '{net}' does not match the ip_version '{version}'")
    if values["enable_dhcp"]:
        _check_dhcp(net)
    _check_ipv6_modes(values, version)
    _check_overlap(cloud, network, net)
    gateway = values["gateway_ip"]
    if gateway == UNSET:
        gateway = _default_gateway(net)
    else:
        _check_gateway(net, gateway)
    pools = _pools(values["allocation_pools"], net, gateway)
    touched(cloud, network["id"])
    kept = {name: value for name, value in values.items() if name not in ("use_default_subnetpool", "prefixlen")}
    return state.subnets.put(
        {
            **stamp(cloud, token, kept),
            "revision_number": 0,
            "ip_version": version,
            "gateway_ip": gateway,
            "allocation_pools": pools,
            "router:external": network["router:external"],
        }
    )


def _check_dhcp(net: Any) -> None:
    if net.max_prefixlen - net.prefixlen < 2:
        raise invalid_input("Subnet has a prefix length that is incompatible with DHCP service enabled")
    for kind, found in (("Multicast", net.is_multicast), ("Loopback", net.is_loopback)):
        if found:
            raise invalid_input(f"{kind} IP subnet is not supported if enable_dhcp is True")


def _on_the_edge(net: Any, gateway: str) -> bool:
    """Whether it is the first or the last address of an IPv4 network, be that as small as it may."""
    return net.version == 4 and ipaddress.ip_address(gateway) in (net.network_address, net.broadcast_address)


def _default_gateway(net: Any) -> str:
    """The first address: behind that of the network with IPv4, so of a /32 one that is not on the subnet."""
    gateway = str(net.network_address + (1 if net.version == 4 else 0))
    if _on_the_edge(net, gateway):
        message = f"Gateway IP {gateway} cannot be the network or broadcast IP address {net}"
        raise network_error(409, "IpamValueInvalid", message)
    return gateway


def _check_gateway(net: Any, gateway: str | None) -> None:
    if gateway is None:
        return
    if ipaddress.ip_address(gateway).version != net.version:
        raise invalid_input(f"gateway_ip '{gateway}' does not match the ip_version '{net.version}'")
    if _on_the_edge(net, gateway):
        raise invalid_input("Gateway is not valid on subnet")


def _check_ipv6_modes(values: Record, version: int) -> None:
    modes = (values["ipv6_ra_mode"], values["ipv6_address_mode"])
    if modes == (None, None):
        return
    if version == 4:
        name = "ipv6_ra_mode" if modes[0] else "ipv6_address_mode"
        raise invalid_input(f"{name} is not valid when ip_version is 4")
    if not values["enable_dhcp"]:
        raise invalid_input("ipv6_ra_mode or ipv6_address_mode cannot be set when enable_dhcp is set to False")
    prefix = ipaddress.ip_network(values["cidr"]).prefixlen
    if modes[1] in AUTOMATIC and prefix != 64:
        message = f"Invalid CIDR {values['cidr']} for IPv6 address mode. OpenStack uses the EUI-64 address format"
        raise invalid_input(f"{message}, which requires the prefix to be /64")
    if None not in modes and modes[0] != modes[1]:
        message = f"ipv6_ra_mode set to '{modes[0]}' with ipv6_address_mode set to '{modes[1]}' is not valid"
        raise invalid_input(f"{message}. If both attributes are set, they must be the same value")


def _check_overlap(cloud: Cloud, network: Record, net: Any) -> None:
    for other in cloud.network.subnets.find("network_id", network["id"]):
        if net.version == other["ip_version"] and net.overlaps(ipaddress.ip_network(other["cidr"])):
            message = f"Requested subnet with cidr: {net} for network: {network['id']} overlaps with another subnet"
            raise invalid_input(message)


def _pools(requested: Any, net: Any, gateway: str | None) -> list[Record]:
    """The pools asked for, checked; by default every host address but the gateway's."""
    if requested is None:
        return _default_pools(net, gateway)
    ranges: list[tuple[Any, Any]] = []
    for pool in list_of(anything)(requested):
        start: Any
        end: Any
        try:
            start, end = ipaddress.ip_address(pool["start"]), ipaddress.ip_address(pool["end"])
        except (ValueError, KeyError, TypeError):
            reason = f"Validation of dictionary's keys failed. Provided: {pool}"
            raise network_error(
                400, "HTTPBadRequest", f"Invalid input for allocation_pools. Reason: {reason}."
            ) from None
        if start > end:
            raise network_error(400, "InvalidAllocationPool", f"The allocation pool {pool} is not valid.")
        if start not in net or end not in net:
            message = f"The allocation pool {start}-{end} spans beyond the subnet cidr {net}."
            raise network_error(400, "OutOfBoundsAllocationPool", message)
        if gateway is not None and start <= ipaddress.ip_address(gateway) <= end:
            message = f"Gateway ip {gateway} conflicts with allocation pool {start}-{end}."
            raise network_error(409, "GatewayConflictWithAllocationPools", message)
        ranges.append((start, end))
    for (start, end), (next_start, next_end) in pairwise(sorted(ranges)):
        if next_start <= end:
            message = f"Found overlapping allocation pools: {start}-{end} {next_start}-{next_end} for subnet {net}."
            raise network_error(409, "OverlappingAllocationPools", message)
    return [{"start": str(start), "end": str(end)} for start, end in ranges]


def _default_pools(net: Any, gateway: str | None) -> list[Record]:
    first, last = net.network_address, net.broadcast_address
    if first == last:
        return [{"start": str(first), "end": str(last)}]
    if net.version == 6:
        first += 1
    elif net.num_addresses > 2:
        first, last = first + 1, last - 1
    spans: Iterable[tuple[Any, Any]] = [(first, last)]
    if gateway is not None and first <= (at := ipaddress.ip_address(gateway)) <= last:
        spans = [(first, at - 1), (at + 1, last)]
    return [{"start": str(start), "end": str(end)} for start, end in spans if start <= end]


def update(cloud: Cloud, _token: Token, subnet: Record, changes: Record) -> Record:
    net = ipaddress.ip_network(subnet["cidr"])
    gateway = changes.get("gateway_ip", subnet["gateway_ip"])
    if "gateway_ip" in changes and gateway != subnet["gateway_ip"]:
        _check_gateway(net, gateway)
        _check_gateway_unused(cloud, subnet)
    if changes.get("enable_dhcp") and not subnet["enable_dhcp"]:
        _check_dhcp(net)
    if "allocation_pools" in changes or "gateway_ip" in changes:
        pools = changes.get("allocation_pools", subnet["allocation_pools"])
        changes = {**changes, "allocation_pools": _pools(pools, net, gateway)}
        if changes["allocation_pools"] == subnet["allocation_pools"]:
            del changes["allocation_pools"]
        else:
            cloud.network.next_address.pop(subnet["id"], None)
    return cloud.network.subnets.put(bumped(cloud, subnet, changes))


def _check_gateway_unused(cloud: Cloud, subnet: Record) -> None:
    for port in cloud.network.ports.find("address", (subnet["id"], subnet["gateway_ip"])):
        message = f"Current gateway ip {subnet['gateway_ip']} already in use by port {port['id']}. Unable to update."
        raise network_error(409, "GatewayIpInUse", message)


def delete(cloud: Cloud, _token: Token, subnet: Record) -> None:
    """Addresses on ports hold it; addresses that SLAAC made do not."""
    state = cloud.network
    automatic = subnet["ipv6_address_mode"] in AUTOMATIC
    ports = [port for port in state.ports.find("subnet", subnet["id"]) if port["device_owner"] not in _HOLDS_A_SUBNET]
    if any(not automatic or port["device_owner"].startswith("network:router") for port in ports):
        message = "One or more ports have an IP allocation from this subnet"
        raise network_error(409, "SubnetInUse", f"Unable to complete operation on subnet {subnet['id']}: {message}.")
    for port in state.ports.find("subnet", subnet["id"]):
        kept = [ip for ip in port["fixed_ips"] if ip["subnet_id"] != subnet["id"]]
        state.ports.put(bumped(cloud, port, {"fixed_ips": kept}))
    touched(cloud, subnet["network_id"])
    state.subnets.remove(subnet["id"])
    state.next_address.pop(subnet["id"], None)


SUBNETS = Resource(
    singular="subnet",
    collection="subnets",
    kind="Subnet",
    table=lambda cloud: cloud.network.subnets,
    attributes=_ATTRIBUTES,
    create=create,
    update=update,
    delete=delete,
    visible=_visible,
)
