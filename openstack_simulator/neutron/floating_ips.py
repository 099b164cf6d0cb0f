"""Floating IPs."""

import ipaddress

from openstack_simulator.cloud import Cloud
from openstack_simulator.errors import ApiError, Record, network_error
from openstack_simulator.identity import Token
from openstack_simulator.neutron.attributes import Attribute, forbidden, ip_address, optional, standard, uuid
from openstack_simulator.neutron.networks import NETWORKS, is_external
from openstack_simulator.neutron.ports import FLOATING_IP, PORTS, ROUTER_INTERFACE, service_port
from openstack_simulator.neutron.qos import QOS_POLICIES
from openstack_simulator.neutron.resource import Resource, bumped, stamp

_PORT_DETAILS = ("name", "network_id", "mac_address", "admin_state_up", "status", "device_id", "device_owner")

_ATTRIBUTES = {
    **{name: one for name, one in standard().items() if name != "name"},
    "floating_network_id": Attribute(check=uuid, update=False),
    "floating_ip_address": Attribute(default=None, check=optional(ip_address), update=False, admin=True),
    "subnet_id": Attribute(default=None, check=optional(uuid), update=False),
    "port_id": Attribute(default=None, check=optional(uuid)),
    "fixed_ip_address": Attribute(default=None, check=optional(ip_address)),
    "qos_policy_id": Attribute(default=None, check=optional(uuid), extension="qos-fip"),
    "router_id": Attribute(create=False, update=False),
    "status": Attribute(create=False, update=False),
    "port_details": Attribute(create=False, update=False, extension="fip-port-details"),
    "port_forwardings": Attribute(create=False, update=False, extension="expose-port-forwarding-in-fip"),
}


def create(cloud: Cloud, token: Token, values: Record) -> Record:
    network = NETWORKS.find(cloud, token, values["floating_network_id"])
    if not is_external(cloud, network):
        raise _bad_request(f"Network {network['id']} is not a valid external network")
    if values["qos_policy_id"]:
        QOS_POLICIES.find(cloud, token, values["qos_policy_id"])
    if not cloud.network.subnets.find("network_id", network["id"]):
        raise _bad_request(f"Network {network['id']} does not contain any IPv4 subnet")
    record = stamp(cloud, token, values)
    association = associate(cloud, token, network["id"], values["port_id"], values["fixed_ip_address"])
    requested = {
        name: value
        for name, value in (("subnet_id", values["subnet_id"]), ("ip_address", values["floating_ip_address"]))
        if value
    }
    port = service_port(
        cloud,
        "",
        network,
        device_id=record["id"],
        device_owner=FLOATING_IP,
        fixed_ips=[requested] if requested else _ipv4_only(cloud, network["id"]),
        status="N/A",
    )
    floating = cloud.network.floating_ips.put(
        {
            **{name: value for name, value in record.items() if name != "subnet_id"},
            **association,
            "floating_ip_address": port["fixed_ips"][0]["ip_address"],
            "port_forwardings": [],
        }
    )
    _activate_later(cloud, floating)
    return floating


def _ipv4_only(cloud: Cloud, network_id: str) -> list[Record]:
    for subnet in cloud.network.subnets.find("network_id", network_id):
        if subnet["ip_version"] == 4:
            return [{"subnet_id": subnet["id"]}]
    raise _bad_request(f"Network {network_id} does not contain any IPv4 subnet")


def associate(
    cloud: Cloud, token: Token, network_id: str, port_id: str | None, fixed_ip: str | None, own_id: str = ""
) -> Record:
    """What an association sets on a floating IP, or its absence. Raises Neutron's refusals."""
    if port_id is None:
        if fixed_ip is not None:
            message = "Bad floatingip request: fixed_ip_address cannot be specified without a port_id."
            raise network_error(400, "BadRequest", message)
        return {"port_id": None, "fixed_ip_address": None, "router_id": None, "status": "DOWN"}
    port = PORTS.find(cloud, token, port_id)
    if not token.is_admin and port["project_id"] != token.project_id:
        raise forbidden("create_floatingip")
    addresses = [ip for ip in port["fixed_ips"] if ipaddress.ip_address(ip["ip_address"]).version == 4]
    chosen = next((ip for ip in addresses if fixed_ip in (None, ip["ip_address"])), None)
    if chosen is None:
        if fixed_ip is None:
            raise _bad_request(f"Cannot add floating IP to port {port_id} that has no fixed IPv4 addresses")
        raise _bad_request(f"Port {port_id} does not have fixed ip {fixed_ip}")
    if fixed_ip is None and len(addresses) > 1:
        message = f"Port {port_id} has multiple fixed IPv4 addresses.  Must provide a specific IPv4 address"
        raise _bad_request(f"{message} when assigning a floating IP")
    for other in cloud.network.floating_ips.find("port_id", port_id):
        if other["fixed_ip_address"] == chosen["ip_address"] and other["id"] != own_id:
            message = f"Cannot associate floating IP {other['floating_ip_address']} ({other['id']}) with port {port_id}"
            message = f"{message} using fixed IP {chosen['ip_address']}, as that fixed IP already has a floating IP"
            raise network_error(409, "FloatingIPPortAlreadyAssociated", f"{message} on external network {network_id}.")
    return {
        "port_id": port_id,
        "fixed_ip_address": chosen["ip_address"],
        "router_id": _router(cloud, network_id, chosen["subnet_id"], port_id),
        "status": "DOWN",
    }


def _bad_request(message: str) -> ApiError:
    return network_error(400, "BadRequest", f"Bad floatingip request: {message}.")


def _activate_later(cloud: Cloud, floating: Record) -> None:
    """An association is up a moment after the answer, as with a real agent."""

    def activate() -> None:
        current = cloud.network.floating_ips.get(floating["id"])
        if current is not None and current["port_id"] and current["status"] == "DOWN":
            cloud.network.floating_ips.put(bumped(cloud, current, {"status": "ACTIVE"}))

    if floating["port_id"]:
        cloud.later(cloud.settings.action_seconds, activate)


def _router(cloud: Cloud, network_id: str, subnet_id: str, port_id: str) -> str:
    """The router between the port's subnet and the external network."""
    for interface in cloud.network.ports.find("subnet", subnet_id):
        if interface["device_owner"] != ROUTER_INTERFACE:
            continue
        router = cloud.network.routers[interface["device_id"]]
        gateway = router["external_gateway_info"]
        if gateway and gateway["network_id"] == network_id:
            identifier: str = router["id"]
            return identifier
    message = f"External network {network_id} is not reachable from subnet {subnet_id}.  Therefore, cannot associate"
    raise network_error(404, "ExternalGatewayForFloatingIPNotFound", f"{message} Port {port_id} with a Floating IP.")


def update(cloud: Cloud, token: Token, floating: Record, changes: Record) -> Record:
    """Leaving port_id out of an update leaves the association; null ends it."""
    if changes.get("qos_policy_id"):
        QOS_POLICIES.find(cloud, token, changes["qos_policy_id"])
    if "port_id" in changes or "fixed_ip_address" in changes:
        port_id = changes.get("port_id", floating["port_id"])
        association = associate(
            cloud, token, floating["floating_network_id"], port_id, changes.get("fixed_ip_address"), floating["id"]
        )
        changes = {**changes, **association}
    floating = cloud.network.floating_ips.put(bumped(cloud, floating, changes))
    _activate_later(cloud, floating)
    return floating


def view(cloud: Cloud, floating: Record) -> Record:
    """With what its port is now."""
    port = cloud.network.ports.get(floating["port_id"])
    details = {name: port[name] for name in _PORT_DETAILS} if port else None
    return {**floating, "port_details": details}


def delete(cloud: Cloud, _token: Token, floating: Record) -> None:
    cloud.network.floating_ips.remove(floating["id"])
    for port in cloud.network.ports.find("device_id", floating["id"]):
        cloud.network.ports.remove(port["id"])


FLOATING_IPS = Resource(
    singular="floatingip",
    collection="floatingips",
    kind="FloatingIP",
    table=lambda cloud: cloud.network.floating_ips,
    attributes=_ATTRIBUTES,
    create=create,
    update=update,
    delete=delete,
    view=view,
    extension="router",
    missing="Floating IP {} could not be found",
)
