"""Networks."""

from openstack_simulator.cloud import Cloud
from openstack_simulator.errors import Record, network_error
from openstack_simulator.identity import Token
from openstack_simulator.neutron import segments
from openstack_simulator.neutron.attributes import Attribute, boolean, domain, optional, standard, text, whole_number
from openstack_simulator.neutron.qos import QOS_POLICIES
from openstack_simulator.neutron.resource import Resource, bumped, stamp

NOVA_ZONE = "nova"
SHARED = "access_as_shared"
"""The action of the RBAC policies that share a network."""
_AUTOMATIC_OWNERS = ("network:dhcp", "network:distributed")
_OVERHEAD = 58

_ATTRIBUTES = {
    **standard(),
    "admin_state_up": Attribute(default=True, check=boolean),
    "shared": Attribute(default=False, check=boolean, admin=True),
    "router:external": Attribute(default=False, check=boolean, admin=True, extension="external-net"),
    "mtu": Attribute(default=0, check=whole_number(), extension="net-mtu", writable_by="net-mtu-writable"),
    "port_security_enabled": Attribute(default=True, check=boolean, extension="port-security"),
    "availability_zone_hints": Attribute(default=[], update=False, extension="network_availability_zone"),
    "availability_zones": Attribute(create=False, update=False, extension="network_availability_zone"),
    "provider:network_type": Attribute(default=None, admin=True, private=True, update=False, extension="provider"),
    "provider:physical_network": Attribute(default=None, admin=True, private=True, update=False, extension="provider"),
    "provider:segmentation_id": Attribute(default=None, admin=True, private=True, extension="provider"),
    "dns_domain": Attribute(default="", check=domain, extension="dns-integration"),
    "qos_policy_id": Attribute(default=None, check=optional(text()), extension="qos"),
    "is_default": Attribute(default=False, check=boolean, private=True, extension="auto-allocated-topology"),
    "status": Attribute(create=False, update=False),
    "subnets": Attribute(create=False, update=False),
    "ipv4_address_scope": Attribute(create=False, update=False),
    "ipv6_address_scope": Attribute(create=False, update=False),
}


def is_external(cloud: Cloud, network: Record) -> bool:
    return bool(network["router:external"]) and "external-net" not in cloud.settings.disabled_extensions


def is_shared(cloud: Cloud, token: Token, network: Record) -> bool:
    """Whether it is given to the project of the caller, or to all: ``shared`` is about who asks."""
    return bool(network["shared"]) or any(
        policy["action"] == SHARED and policy["target_tenant"] in {"*", token.project_id}
        for policy in cloud.network.rbac_policies.find("object_id", network["id"])
    )


def _visible(cloud: Cloud, token: Token, network: Record) -> bool:
    return (
        token.is_admin
        or network["project_id"] == token.project_id
        or is_shared(cloud, token, network)
        or is_external(cloud, network)
    )


def create(cloud: Cloud, token: Token, values: Record) -> Record:
    kind = values.get("provider:network_type") or "geneve"
    segments.demand_segment(cloud, values)
    _demand_policy(cloud, token, values)
    _demand_mtu(kind, values.get("mtu"))
    return cloud.network.networks.put(
        {
            **stamp(cloud, token, values),
            "provider:network_type": kind,
            "provider:segmentation_id": values.get("provider:segmentation_id") or _segment(cloud, kind),
            "mtu": values.get("mtu") or _largest_mtu(kind),
            "status": "ACTIVE",
            "ipv4_address_scope": None,
            "ipv6_address_scope": None,
            "availability_zones": [],
        }
    )


def _demand_policy(cloud: Cloud, token: Token, values: Record) -> None:
    if policy := values.get("qos_policy_id"):
        QOS_POLICIES.find(cloud, token, policy)


def _largest_mtu(kind: str) -> int:
    return 1500 - _OVERHEAD if kind == "geneve" else 1500


def _demand_mtu(kind: str, requested: int | None) -> None:
    if requested and requested > _largest_mtu(kind):
        message = f"Requested MTU is too big, maximum is {_largest_mtu(kind)}."
        raise network_error(400, "InvalidInput", f"Invalid input for operation: {message}")


def _segment(cloud: Cloud, kind: str) -> int | None:
    return None if kind in ("flat", "local") else cloud.random.randint(1, 65535)


def update(cloud: Cloud, token: Token, network: Record, changes: Record) -> Record:
    if changes.get("router:external") is False and network["router:external"]:
        _demand_no_floating_ips(cloud, network)
    _demand_policy(cloud, token, changes)
    _demand_mtu(network["provider:network_type"], changes.get("mtu"))
    return cloud.network.networks.put(bumped(cloud, network, changes))


def _demand_no_floating_ips(cloud: Cloud, network: Record) -> None:
    if any(
        port["device_owner"] == "network:router_gateway"
        for port in cloud.network.ports.find("network_id", network["id"])
    ):
        message = f"External network {network['id']} cannot be updated to be made non-external"
        raise network_error(409, "ExternalNetworkInUse", f"{message}, since it has existing gateway ports.")


def delete(cloud: Cloud, _token: Token, network: Record) -> None:
    """Ports in use hold it; its subnets go with it."""
    state = cloud.network
    ports = state.ports.find("network_id", network["id"])
    if held := [port for port in ports if port["device_owner"] not in _AUTOMATIC_OWNERS]:
        ids = ",".join(sorted(port["id"] for port in held))
        message = f"Unable to complete operation on network {network['id']}. There are one or more ports still in use"
        raise network_error(409, "NetworkInUse", f"{message} on the network, id for these ports is: {ids}.")
    for subnet in state.subnets.find("network_id", network["id"]):
        state.subnets.remove(subnet["id"])
    for policy in state.rbac_policies.find("object_id", network["id"]):
        state.rbac_policies.remove(policy["id"])
    state.networks.remove(network["id"])


def view(cloud: Cloud, network: Record) -> Record:
    """With the ids of its subnets and, once it has some, its zone."""
    subnets = [subnet["id"] for subnet in cloud.network.subnets.find("network_id", network["id"])]
    return {**network, "subnets": subnets, "availability_zones": [NOVA_ZONE] if subnets else []}


def touched(cloud: Cloud, network_id: str) -> None:
    """A change of a subnet is a new revision of its network."""
    network = cloud.network.networks[network_id]
    cloud.network.networks.put(bumped(cloud, network, {}))


NETWORKS = Resource(
    singular="network",
    collection="networks",
    kind="Network",
    table=lambda cloud: cloud.network.networks,
    attributes=_ATTRIBUTES,
    create=create,
    update=update,
    delete=delete,
    visible=_visible,
    view=view,
    shared=is_shared,
)
