"""Ports."""

from typing import Any

from openstack_simulator.cloud import Cloud
from openstack_simulator.errors import Record, invalid_input, network_error
from openstack_simulator.identity import Token
from openstack_simulator.neutron.addresses import allocate
from openstack_simulator.neutron.attributes import (
    Attribute,
    accept,
    address_or_cidr,
    boolean,
    disallowed,
    forbidden,
    list_of,
    mac_address,
    one_of,
    optional,
    standard,
    text,
    uuid,
)
from openstack_simulator.neutron.limits import demand_quota
from openstack_simulator.neutron.networks import NETWORKS, is_shared
from openstack_simulator.neutron.qos import QOS_POLICIES
from openstack_simulator.neutron.resource import Resource, bumped, stamp
from openstack_simulator.neutron.security_groups import SECURITY_GROUPS, default_group

UNSET: Any = "unset"
ROUTER_INTERFACE = "network:router_interface"
ROUTER_GATEWAY = "network:router_gateway"
FLOATING_IP = "network:floatingip"
_SERVICE_OWNERS = (ROUTER_INTERFACE, ROUTER_GATEWAY, FLOATING_IP)
_CHAINED = {
    "port_pairs": ("ingress", "egress"),
    "flow_classifiers": ("logical_source_port", "logical_destination_port"),
}
_VNIC_TYPES = (
    "normal",
    "direct",
    "macvtap",
    "baremetal",
    "direct-physical",
    "virtio-forwarder",
    "smart-nic",
    "vdpa",
    "accelerator-direct",
    "accelerator-direct-physical",
    "remote-managed",
)


def _pair(value: Any) -> Record:
    if not isinstance(value, dict) or not value.keys() <= {"ip_address", "mac_address"}:
        raise network_error(400, "HTTPBadRequest", f"Invalid address pair: {value}")
    if "ip_address" not in value:
        raise network_error(400, "AllowedAddressPairsMissingIP", "AllowedAddressPair must contain ip_address")
    pair = {"ip_address": address_or_cidr(value["ip_address"])}
    if value.get("mac_address"):
        mac_address(value["mac_address"])
        pair["mac_address"] = value["mac_address"]
    return pair


def _address_pairs(value: Any) -> list[Record]:
    pairs: list[Record] = list_of(_pair)(value)
    for place, pair in enumerate(pairs):
        if pair in pairs[:place]:
            message = f"mac_address {pair.get('mac_address')} ip_address {pair['ip_address']}"
            raise network_error(
                400, "DuplicateAddressPairInRequest", f"Request contains duplicate address pair: {message}."
            )
    return pairs


_ATTRIBUTES = {
    **standard(),
    "network_id": Attribute(check=uuid, update=False),
    "admin_state_up": Attribute(default=True, check=boolean),
    "mac_address": Attribute(default=None, check=optional(mac_address)),
    "fixed_ips": Attribute(default=None),
    "ip_allocation": Attribute(create=False, update=False, extension="ip_allocation"),
    "device_id": Attribute(default="", check=text()),
    "device_owner": Attribute(default="", check=text()),
    "security_groups": Attribute(default=None, check=optional(list_of(uuid)), extension="security-group"),
    "port_security_enabled": Attribute(default=None, check=optional(boolean), extension="port-security"),
    "allowed_address_pairs": Attribute(default=None, check=_address_pairs, extension="allowed-address-pairs"),
    "extra_dhcp_opts": Attribute(default=[], extension="extra_dhcp_opt"),
    "binding:vnic_type": Attribute(default="normal", check=one_of(*_VNIC_TYPES), extension="binding"),
    "binding:profile": Attribute(default={}, admin=True, private=True, extension="binding"),
    "binding:host_id": Attribute(default="", admin=True, private=True, extension="binding"),
    "binding:vif_type": Attribute(create=False, update=False, private=True, extension="binding"),
    "binding:vif_details": Attribute(create=False, update=False, private=True, extension="binding"),
    "qos_policy_id": Attribute(default=None, check=optional(uuid), extension="qos"),
    "qos_network_policy_id": Attribute(create=False, update=False, extension="qos-port-network-policy"),
    "trunk_details": Attribute(create=False, update=False, extension="trunk-details"),
    "status": Attribute(create=False, update=False),
}


def _visible(cloud: Cloud, token: Token, port: Record) -> bool:
    if token.is_admin or port["project_id"] == token.project_id:
        return True
    network = cloud.network.networks[port["network_id"]]
    return bool(network["project_id"] == token.project_id)


def create(cloud: Cloud, token: Token, values: Record) -> Record:
    """A port of a caller; others' networks only when they are shared."""
    network = NETWORKS.find(cloud, token, values["network_id"])
    if values["qos_policy_id"]:
        QOS_POLICIES.find(cloud, token, values["qos_policy_id"])
    foreign = not token.is_admin and network["project_id"] != token.project_id
    if foreign and not is_shared(cloud, token, network):
        raise forbidden("create_port")
    if foreign and values["mac_address"]:
        raise forbidden("create_port:mac_address")
    if foreign and any("ip_address" in ip for ip in values["fixed_ips"] or ()):
        raise forbidden("create_port:fixed_ips:ip_address")
    # Only the owner of the network may say these, even their defaults.
    for name in ("port_security_enabled", "allowed_address_pairs"):
        if foreign and values[name] is not None:
            raise disallowed(f"(rule:create_port and rule:create_port:{name})")
    values = {**values, "allowed_address_pairs": values["allowed_address_pairs"] or []}
    return store(cloud, stamp(cloud, token, values), network, token)


def store(cloud: Cloud, record: Record, network: Record, token: Token | None = None) -> Record:
    """Complete a stamped port (MAC, addresses, security groups) and keep it. Raises Neutron's refusals."""
    ports = cloud.network.ports
    owner = record["device_owner"]
    mac = str(record["mac_address"] or _new_mac(cloud, network["id"]))
    if ports.holds("mac", (network["id"], mac)):
        raise _mac_in_use(mac, network["id"])
    secured = record["port_security_enabled"]
    if secured is None:
        secured = network["port_security_enabled"] and not owner.startswith("network:")
    addresses = allocate(cloud, network["id"], mac, record["fixed_ips"], router_port=owner in _SERVICE_OWNERS)
    groups = record["security_groups"]
    if groups is None:
        groups = [default_group(cloud, record["project_id"])["id"]] if secured and record["project_id"] else []
    elif token:
        _check_groups(cloud, token, groups)
    _check_security(secured=secured, groups=groups, pairs=record["allowed_address_pairs"], creating=True)
    return ports.put(
        {
            **record,
            "mac_address": mac,
            "fixed_ips": addresses,
            # Without addresses because that was asked for, not because there was none to be had.
            "ip_allocation": "none" if record["fixed_ips"] == [] else "immediate",
            "security_groups": groups,
            "port_security_enabled": secured,
            "allowed_address_pairs": _pairs(record["allowed_address_pairs"], mac),
            "status": record.get("status", "DOWN"),
            "binding:vif_type": "unbound",
            "binding:vif_details": {},
            "qos_network_policy_id": None,
        }
    )


def make(cloud: Cloud, token: Token, values: Record) -> Record:
    """A port made for a caller by another service, with the defaults and the refusals of a request."""
    demand_quota(cloud, token.project_id, "port", cloud.network.ports)
    return create(cloud, token, accept(cloud, token, _ATTRIBUTES, values, creating=True, kind="port"))


def service_port(cloud: Cloud, project_id: str, network: Record, **values: Any) -> Record:
    """A port that the cloud makes for itself: router interface, gateway, floating IP."""
    now = cloud.timestamp()
    record = {
        **{name: attribute.default for name, attribute in _ATTRIBUTES.items() if attribute.create},
        "id": cloud.new_id(),
        "project_id": project_id,
        "tenant_id": project_id,
        "revision_number": 1,
        "created_at": now,
        "updated_at": now,
        "tags": [],
        "network_id": network["id"],
        "port_security_enabled": False,
        "allowed_address_pairs": [],
        "status": "ACTIVE",
        **values,
    }
    return store(cloud, record, network)


def readdressed(cloud: Cloud, port: Record, fixed_ips: Any) -> Record:
    """A port of the cloud's own on other addresses."""
    addresses = allocate(cloud, port["network_id"], port["mac_address"], fixed_ips, router_port=True, current=port)
    return cloud.network.ports.put(bumped(cloud, port, {"fixed_ips": addresses}))


def _new_mac(cloud: Cloud, network_id: str) -> str:
    """A MAC that no port of the network has; with thousands of ports, chance alone hits one twice."""
    while True:
        mac = "fa:16:3e:" + ":".join(f"{octet:02x}" for octet in cloud.random.randbytes(3))
        if not cloud.network.ports.holds("mac", (network_id, mac)):
            return mac


def _mac_in_use(mac: str, network_id: str) -> Exception:
    message = f"Unable to complete operation for network {network_id}. The mac address {mac} is in use."
    return network_error(409, "MacAddressInUse", message)


def _pairs(pairs: list[Record], mac: str) -> list[Record]:
    return [{"mac_address": mac, **pair} for pair in pairs]


def _check_groups(cloud: Cloud, token: Token, groups: list[str]) -> None:
    for group in groups:
        SECURITY_GROUPS.find(cloud, token, group)


def _check_security(*, secured: bool, groups: list[str], pairs: list[Record], creating: bool) -> None:
    if secured:
        return
    if groups and creating:
        message = "Port security must be enabled and port must have an IP address in order to use security groups."
        raise network_error(400, "PortSecurityAndIPRequiredForSecurityGroups", message)
    if groups:
        message = "Port has security group associated. Cannot disable port security or IP address until"
        message = f"{message} security group is removed."
        raise network_error(409, "PortSecurityPortHasSecurityGroup", message)
    if pairs:
        message = "Port Security must be enabled in order to have allowed address pairs on a port."
        raise network_error(409, "AddressPairAndPortSecurityRequired", message)


def update(cloud: Cloud, token: Token, port: Record, changes: Record) -> Record:
    changes = {name: value for name, value in changes.items() if value is not None or name == "qos_policy_id"}
    if changes.get("qos_policy_id"):
        QOS_POLICIES.find(cloud, token, changes["qos_policy_id"])
    mac = str(changes.get("mac_address", port["mac_address"]))
    if mac != port["mac_address"]:
        if not token.is_admin:
            raise disallowed("(rule:update_port and rule:update_port:mac_address)")
        if port["binding:host_id"]:
            bound = f"port is already bound, port type: {port['binding:vif_type']}"
            macs = f"old_mac {port['mac_address']}, new_mac {mac}"
            message = f"Unable to complete operation on port {port['id']}, {bound}, {macs}."
            raise network_error(409, "PortBound", message)
        if cloud.network.ports.holds("mac", (port["network_id"], mac)):
            raise _mac_in_use(mac, port["network_id"])
    if "fixed_ips" in changes:
        router_port = port["device_owner"] in _SERVICE_OWNERS
        requested = changes["fixed_ips"]
        changes["fixed_ips"] = allocate(
            cloud, port["network_id"], mac, requested, router_port=router_port, current=port
        )
        _release_floating_ips(cloud, port, {ip["ip_address"] for ip in changes["fixed_ips"]})
    if "security_groups" in changes:
        _check_groups(cloud, token, changes["security_groups"])
    if "allowed_address_pairs" in changes:
        changes["allowed_address_pairs"] = _pairs(changes["allowed_address_pairs"], mac)
    merged = {**port, **changes}
    _check_security(
        secured=merged["port_security_enabled"],
        groups=merged["security_groups"],
        pairs=merged["allowed_address_pairs"],
        creating=False,
    )
    return cloud.network.ports.put(bumped(cloud, port, changes))


def _release_floating_ips(cloud: Cloud, port: Record, kept: set[str]) -> None:
    for floating in cloud.network.floating_ips.find("port_id", port["id"]):
        if floating["fixed_ip_address"] not in kept:
            message = f"port {port['id']} has a floating IP on the address {floating['fixed_ip_address']}"
            raise invalid_input(message)


def delete(cloud: Cloud, token: Token, port: Record) -> None:
    owner = port["device_owner"]
    if owner.startswith("compute:") and not token.is_admin:
        raise disallowed("rule:delete_port")
    if owner in _SERVICE_OWNERS:
        message = (
            f"Port {port['id']} cannot be deleted directly via the port API: has device owner {port['device_owner']}."
        )
        raise network_error(409, "ServicePortInUse", message)
    for trunk in cloud.network.trunks.find("port", port["id"]):
        parent = trunk["port_id"] == port["id"]
        kind, role = ("PortInUseAsTrunkParent", "parent port") if parent else ("PortInUseAsSubPort", "subport")
        message = f"Port {port['id']} is currently a {role} for trunk {trunk['id']}."
        raise network_error(409, kind, message)
    _demand_unchained(cloud, port["id"])
    discard(cloud, port)


def _demand_unchained(cloud: Cloud, port_id: str) -> None:
    """A port of a port pair or of a flow classifier stays: the database refuses it, without a word of its own."""
    for collection, ends in _CHAINED.items():
        if any(port_id in (one[end] for end in ends) for one in cloud.network.table(collection)):
            message = "There was a conflict when trying to complete your request."
            raise network_error(409, "HTTPConflict", message)


def view(cloud: Cloud, port: Record) -> Record:
    """With the trunk that it is the parent of."""
    for trunk in cloud.network.trunks.find("port", port["id"]):
        if trunk["port_id"] == port["id"]:
            macs = cloud.network.ports
            subports = [{**one, "mac_address": macs[one["port_id"]]["mac_address"]} for one in trunk["sub_ports"]]
            return {**port, "trunk_details": {"trunk_id": trunk["id"], "sub_ports": subports}}
    return port


def discard(cloud: Cloud, port: Record) -> None:
    """Take a port away; a floating IP on it is left without a port."""
    for floating in cloud.network.floating_ips.find("port_id", port["id"]):
        loose = {"port_id": None, "fixed_ip_address": None, "router_id": None, "status": "DOWN"}
        cloud.network.floating_ips.put(bumped(cloud, floating, loose))
    cloud.network.ports.remove(port["id"])


PORTS = Resource(
    singular="port",
    collection="ports",
    kind="Port",
    table=lambda cloud: cloud.network.ports,
    attributes=_ATTRIBUTES,
    create=create,
    update=update,
    delete=delete,
    visible=_visible,
    view=view,
)
