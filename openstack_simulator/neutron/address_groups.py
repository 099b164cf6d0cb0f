"""Address groups: named sets of networks that rules of security groups refer to."""

import ipaddress
from typing import Any

from openstack_simulator.cloud import Cloud
from openstack_simulator.errors import Record, network_error
from openstack_simulator.identity import Token
from openstack_simulator.neutron.attributes import Attribute, list_of, standard
from openstack_simulator.neutron.resource import Resource, bumped, stamp


def _network(value: Any) -> str:
    try:
        return str(ipaddress.ip_network(value))
    except ValueError:
        raise ValueError(f"'{value}' is not a valid IP subnet") from None


_ATTRIBUTES = {
    **standard(),
    "addresses": Attribute(default=[], check=list_of(_network), update=False),
    "shared": Attribute(create=False, update=False),
}


def create(cloud: Cloud, token: Token, values: Record) -> Record:
    return cloud.network.address_groups.put({**stamp(cloud, token, values), "shared": False})


def update(cloud: Cloud, _token: Token, group: Record, changes: Record) -> Record:
    return cloud.network.address_groups.put(bumped(cloud, group, changes))


def delete(cloud: Cloud, _token: Token, group: Record) -> None:
    if any(rule["remote_address_group_id"] == group["id"] for rule in cloud.network.security_group_rules):
        raise network_error(409, "AddressGroupInUse", f"Address group {group['id']} is in use on one or more rules.")
    cloud.network.address_groups.remove(group["id"])


ADDRESS_GROUPS = Resource(
    singular="address_group",
    collection="address_groups",
    kind="AddressGroup",
    table=lambda cloud: cloud.network.address_groups,
    attributes=_ATTRIBUTES,
    create=create,
    update=update,
    delete=delete,
    extension="address-group",
    missing="Address group {} could not be found",
    path="/v2.0/address-groups",
    taggable=False,
)
