"""The ports of servers: asked for in a create, attached, detached, released."""

from dataclasses import dataclass
from typing import Any

from openstack_simulator.cloud import Cloud
from openstack_simulator.errors import ApiError, Record, compute_error, network_error
from openstack_simulator.identity import Token
from openstack_simulator.neutron import ports as neutron_ports
from openstack_simulator.neutron.networks import NETWORKS, is_shared
from openstack_simulator.neutron.resource import bumped

OWNER = "compute:"


@dataclass(frozen=True, slots=True)
class RequestedNic:
    """A NIC of a create: a port that is there, or a network with perhaps an address."""

    port: Record | None = None
    network: Record | None = None
    address: str | None = None
    tag: str | None = None


def resolve(cloud: Cloud, token: Token, networks: Any) -> list[RequestedNic]:
    """What `networks` of a create means; Nova's refusals for what is not there or in use."""
    if networks == "none":
        return []
    if networks in (None, "auto") or networks == []:
        return _only_network(cloud, token)
    requested = [_one(cloud, token, item) for item in networks]
    named = [one.port["id"] for one in requested if one.port]
    for place, port_id in enumerate(named):
        if port_id in named[:place]:
            message = f"Port ID '{port_id}' was specified twice: you cannot attach a port multiple times."
            raise compute_error(400, message)
    return requested


def _only_network(cloud: Cloud, token: Token) -> list[RequestedNic]:
    usable = [
        network
        for network in cloud.network.networks
        if (network["project_id"] == token.project_id or is_shared(cloud, token, network))
        and not network["router:external"]
        and cloud.network.subnets.holds("network_id", network["id"])
    ]
    if len(usable) > 1:
        raise compute_error(409, "Multiple possible networks found, use a Network ID to be more specific.")
    return [RequestedNic(network=network) for network in usable]


def _one(cloud: Cloud, token: Token, item: Record) -> RequestedNic:
    if item.get("port"):
        return RequestedNic(port=free_port(cloud, token, item["port"]), tag=item.get("tag"))
    if not item.get("uuid"):
        raise compute_error(400, "Bad networks format: network uuid is not in proper format (None)")
    try:
        network = NETWORKS.find(cloud, token, item["uuid"])
    except ApiError:
        raise compute_error(400, f"Network {item['uuid']} could not be found.") from None
    if network["router:external"] and not is_shared(cloud, token, network) and not token.is_admin:
        raise compute_error(403, f"It is not allowed to create an interface on external network {network['id']}")
    if not cloud.network.subnets.holds("network_id", network["id"]):
        raise compute_error(400, f"Network {network['id']} requires a subnet in order to boot instances on.")
    address = item.get("fixed_ip")
    subnets = cloud.network.subnets.find("network_id", network["id"])
    if address and any(cloud.network.ports.holds("address", (subnet["id"], address)) for subnet in subnets):
        raise compute_error(400, f"Fixed IP address {address} is already in use on instance .")
    return RequestedNic(network=network, address=address, tag=item.get("tag"))


def free_port(cloud: Cloud, token: Token, port_id: str) -> Record:
    try:
        port = neutron_ports.PORTS.find(cloud, token, port_id)
    except ApiError:
        raise compute_error(400, f"Port id {port_id} could not be found.") from None
    if port["device_id"]:
        raise compute_error(409, f"Port {port_id} is still in use.")
    says_none = "ip_allocation" not in cloud.settings.disabled_extensions and port["ip_allocation"] == "none"
    if not port["fixed_ips"] and not says_none:
        raise compute_error(400, f"Port {port_id} requires a FixedIP in order to be used.")
    return port


def plug(cloud: Cloud, token: Token, server: Record, requested: RequestedNic, groups: list[str]) -> tuple[Record, bool]:
    """The port of one NIC, bound to the server, and whether Nova made it. Raises Neutron's refusals."""
    if requested.port is not None:
        _demand_filterable(cloud, cloud.network.networks[requested.port["network_id"]])
        return bind(cloud, server, requested.port), False
    if requested.network is None:
        raise ValueError("a NIC has a port or a network")
    _demand_filterable(cloud, requested.network)
    values: Record = {"network_id": requested.network["id"]}
    if requested.address:
        values["fixed_ips"] = [{"ip_address": requested.address}]
    if groups and requested.network["port_security_enabled"]:
        values["security_groups"] = groups
    port = neutron_ports.make(cloud, token, values)
    return bind(cloud, server, port), True


def _demand_filterable(cloud: Cloud, network: Record) -> None:
    """Nova puts no server on a filtered network without a subnet, whatever the port itself says."""
    if network["port_security_enabled"] and not cloud.network.subnets.holds("network_id", network["id"]):
        message = "Network requires port_security_enabled and subnet associated in order to apply security groups."
        raise network_error(400, "SecurityGroupCannotBeApplied", message)


def bind(cloud: Cloud, server: Record, port: Record) -> Record:
    cloud.compute.plugged[port["id"]] = next(cloud.compute.plugs)
    return cloud.network.ports.put(
        bumped(
            cloud,
            port,
            {
                "device_id": server["id"],
                "device_owner": OWNER + server["zone"],
                "binding:host_id": server["planned_host"],
                "binding:vif_type": "ovs",
                "binding:vif_details": {"port_filter": True, "connectivity": "l2"},
                "status": "ACTIVE" if server["status"] == "ACTIVE" else "DOWN",
            },
        )
    )


def rebind(cloud: Cloud, server: Record, host: str | None) -> None:
    """Its ports on another host; None: on none, and still its own."""
    place = {
        "binding:host_id": host or "",
        "binding:vif_type": "ovs" if host else "unbound",
        "binding:vif_details": {"port_filter": True, "connectivity": "l2"} if host else {},
        "status": "ACTIVE" if host else "DOWN",
    }
    for port in ports_of(cloud, server):
        cloud.network.ports.put(bumped(cloud, port, place))


def ports_of(cloud: Cloud, server: Record) -> list[Record]:
    """Its network cards, in their order."""
    found = cloud.network.ports.find("device_id", server["id"])
    return sorted(found, key=lambda port: cloud.compute.plugged.get(port["id"], -1))


def set_status(cloud: Cloud, server: Record, status: str | None) -> None:
    if status is None:
        return
    for port in ports_of(cloud, server):
        if port["status"] != status:
            cloud.network.ports.put(bumped(cloud, port, {"status": status}))


def release(cloud: Cloud, server: Record, port: Record) -> None:
    """Nova deletes the port it made; one that was there before is only unbound."""
    if port["id"] in server["made_ports"]:
        neutron_ports.discard(cloud, port)
        return
    loose = {
        "device_id": "",
        "device_owner": "",
        "status": "DOWN",
        "binding:host_id": "",
        "binding:vif_type": "unbound",
        "binding:vif_details": {},
    }
    cloud.network.ports.put(bumped(cloud, port, loose))


def release_all(cloud: Cloud, server: Record) -> None:
    for port in ports_of(cloud, server):
        release(cloud, server, port)


def addresses(cloud: Cloud, server: Record) -> Record:
    """By the name of the network, as a server shows them; floating ones behind the fixed ones."""
    result: dict[str, list[Record]] = {}
    for port in ports_of(cloud, server):
        name = cloud.network.networks[port["network_id"]]["name"]
        floating = cloud.network.floating_ips.find("port_id", port["id"])
        entries = result.setdefault(name, [])
        for ip in port["fixed_ips"]:
            entries.append(_address(ip["ip_address"], "fixed", port))
            entries.extend(
                _address(one["floating_ip_address"], "floating", port)
                for one in floating
                if one["fixed_ip_address"] == ip["ip_address"]
            )
    return dict(result)


def _address(ip: str, kind: str, port: Record) -> Record:
    return {
        "version": 6 if ":" in ip else 4,
        "addr": ip,
        "OS-EXT-IPS:type": kind,
        "OS-EXT-IPS-MAC:mac_addr": port["mac_address"],
    }
