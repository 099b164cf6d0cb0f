"""How a network is carried: what an admin may ask for, and what is taken."""

from openstack_simulator.cloud import Cloud
from openstack_simulator.errors import ApiError, Record, invalid_input, network_error

PHYSICAL_NETWORKS = ("physnet1", "physnet2")
_TUNNELS = ("geneve", "vxlan", "gre")
_LARGEST_VLAN = 4094


def demand_segment(cloud: Cloud, values: Record) -> None:
    """Raises Neutron's refusals of a segment that an admin names."""
    kind, physical, number = (
        values.get(f"provider:{name}") for name in ("network_type", "physical_network", "segmentation_id")
    )
    if kind is None:
        if physical is not None or number is not None:
            raise invalid_input("network_type required")
        return
    if kind == "flat":
        _demand_flat(cloud, physical, number)
    elif kind == "vlan":
        _demand_vlan(cloud, physical, number)
    elif kind in _TUNNELS:
        if physical is not None:
            raise invalid_input(f"provider:physical_network specified for {kind} network")
        if number is not None and _taken(cloud, kind, None, number):
            raise _in_use("TunnelIdInUse", f"Unable to create the network. The tunnel ID {number} is in use.")
    elif kind != "local":
        raise invalid_input(f"network_type value '{kind}' not supported")


def _demand_flat(cloud: Cloud, physical: str | None, number: int | None) -> None:
    if physical is None:
        raise invalid_input("physical_network required for flat provider network")
    if number is not None:
        raise invalid_input("segmentation_id prohibited for flat provider network")
    if _taken(cloud, "flat", physical, None):
        message = f"Unable to create the flat network. Physical network {physical} is in use."
        raise _in_use("FlatNetworkInUse", message)


def _demand_vlan(cloud: Cloud, physical: str | None, number: int | None) -> None:
    if physical is None:
        if number is not None:
            raise invalid_input("segmentation_id requires physical_network for VLAN provider network")
        return
    if physical not in PHYSICAL_NETWORKS:
        raise invalid_input(f"physical_network '{physical}' unknown for VLAN provider network")
    if number is None:
        return
    if not 1 <= int(number) <= _LARGEST_VLAN:
        raise invalid_input(f"segmentation_id out of range (1 through {_LARGEST_VLAN})")
    if _taken(cloud, "vlan", physical, number):
        message = f"Unable to create the network. The VLAN {number} on physical network {physical} is in use."
        raise _in_use("VlanIdInUse", message)


def _taken(cloud: Cloud, kind: str, physical: str | None, number: int | None) -> bool:
    requested = (kind, physical, number)
    return any(
        requested == (one["provider:network_type"], one["provider:physical_network"], one["provider:segmentation_id"])
        for one in cloud.network.networks
    )


def _in_use(kind: str, message: str) -> ApiError:
    return network_error(409, kind, message)
