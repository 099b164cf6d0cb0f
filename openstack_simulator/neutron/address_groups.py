"""Address groups: named sets of networks that rules of security groups refer to."""

import ipaddress
from collections.abc import Callable
from typing import Any

from openstack_simulator.cloud import Cloud
from openstack_simulator.errors import Record, network_error
from openstack_simulator.identity import Token
from openstack_simulator.neutron.attributes import Attribute, list_of, standard
from openstack_simulator.neutron.resource import Resource, bumped, stamp
from openstack_simulator.routing import Request, Response, Route
from openstack_simulator.tables import Table


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


def table(cloud: Cloud) -> Table:
    return cloud.network.table("address_groups")


def create(cloud: Cloud, token: Token, values: Record) -> Record:
    values = {**values, "addresses": list(dict.fromkeys(values["addresses"]))}
    return table(cloud).put({**stamp(cloud, token, values), "shared": False})


def update(cloud: Cloud, _token: Token, group: Record, changes: Record) -> Record:
    return table(cloud).put(bumped(cloud, group, changes))


def delete(cloud: Cloud, _token: Token, group: Record) -> None:
    if any(rule["remote_address_group_id"] == group["id"] for rule in cloud.network.security_group_rules):
        raise network_error(
            409, "AddressGroupInUse", f"Address group {group['id']} is in use on one or more security group rules."
        )
    table(cloud).remove(group["id"])


ADDRESS_GROUPS = Resource(
    singular="address_group",
    collection="address_groups",
    kind="AddressGroup",
    table=table,
    attributes=_ATTRIBUTES,
    create=create,
    update=update,
    delete=delete,
    extension="address-group",
    missing="Address group {} could not be found",
    path="/v2.0/address-groups",
    taggable=False,
)


def _requested(request: Request) -> list[str]:
    body = request.json()
    if not isinstance(body, dict) or not isinstance(body.get("addresses"), list):
        raise network_error(400, "HTTPBadRequest", "Invalid input for addresses")
    try:
        return list(dict.fromkeys(_network(one) for one in body["addresses"]))
    except ValueError as error:
        raise network_error(400, "HTTPBadRequest", f"Invalid input for addresses. Reason: {error}.") from None


def _changed(action: str, change: Callable[[Record, list[str]], list[str]]) -> Callable[[Cloud, Request], Response]:
    def changed(cloud: Cloud, request: Request) -> Response:
        group = ADDRESS_GROUPS.find_own(cloud, request.token, request.id, action)
        addresses = change(group, _requested(request))
        return Response(200, {"address_group": update(cloud, request.token, group, {"addresses": addresses})})

    return changed


def _more(group: Record, requested: list[str]) -> list[str]:
    if there := [one for one in requested if one in group["addresses"]]:
        message = f"Addresses {there} already exist in the address group {group['id']}."
        raise network_error(400, "AddressesAlreadyExist", message)
    return [*group["addresses"], *requested]


def _fewer(group: Record, unwanted: list[str]) -> list[str]:
    if missing := [one for one in unwanted if one not in group["addresses"]]:
        message = f"Addresses {missing} not found in the address group {group['id']}."
        raise network_error(404, "AddressesNotFound", message)
    return [one for one in group["addresses"] if one not in unwanted]


ROUTES = (
    Route("PUT", "/v2.0/address-groups/{id}/add_addresses", _changed("add_addresses_to", _more)),
    Route("PUT", "/v2.0/address-groups/{id}/remove_addresses", _changed("remove_addresses_from", _fewer)),
)
