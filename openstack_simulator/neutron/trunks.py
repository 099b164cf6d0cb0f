"""Trunks: ports that carry other ports, each tagged with a VLAN."""

from typing import Any

from openstack_simulator.cloud import Cloud
from openstack_simulator.errors import Record, network_error
from openstack_simulator.identity import Token
from openstack_simulator.neutron.attributes import Attribute, boolean, list_of, standard, uuid
from openstack_simulator.neutron.ports import PORTS
from openstack_simulator.neutron.resource import Resource, bumped, stamp
from openstack_simulator.routing import Request, Response, Route

SUBPORT = "trunk:subport"


def _subport(value: Any) -> Record:
    if not isinstance(value, dict) or "port_id" not in value:
        raise ValueError(f"'{value}' has no port_id")
    return {"port_id": uuid(value["port_id"]), **{k: value[k] for k in _SEGMENT if k in value}}


_SEGMENT = ("segmentation_type", "segmentation_id")
_ATTRIBUTES = {
    **standard(),
    "admin_state_up": Attribute(default=True, check=boolean),
    "port_id": Attribute(check=uuid, update=False),
    "sub_ports": Attribute(default=[], check=list_of(_subport), update=False),
    "status": Attribute(create=False, update=False),
}


def create(cloud: Cloud, token: Token, values: Record) -> Record:
    PORTS.find_own(cloud, token, values["port_id"], "update")
    _demand_free(cloud, values["port_id"])
    trunk = {**stamp(cloud, token, values), "sub_ports": [], "status": "ACTIVE"}
    checked = _checked(cloud, token, trunk, values["sub_ports"])
    return _store(cloud, trunk, checked)


def update(cloud: Cloud, _token: Token, trunk: Record, changes: Record) -> Record:
    return cloud.network.trunks.put(bumped(cloud, trunk, changes))


def delete(cloud: Cloud, _token: Token, trunk: Record) -> None:
    for subport in trunk["sub_ports"]:
        _release(cloud, subport["port_id"])
    cloud.network.trunks.remove(trunk["id"])


def _demand_free(cloud: Cloud, port_id: str) -> None:
    if (held := holder(cloud, port_id)) is not None:
        if held["port_id"] == port_id:
            message = f"Port {port_id} is currently a parent port for trunk {held['id']}."
            raise network_error(409, "PortInUseAsTrunkParent", message)
        message = f"Port {port_id} is in use by another trunk."
        raise network_error(409, "TrunkPortInUse", message)


def holder(cloud: Cloud, port_id: str) -> Record | None:
    """The trunk that a port is part of."""
    found = cloud.network.trunks.find("port", port_id)
    return found[0] if found else None


def _checked(cloud: Cloud, token: Token, trunk: Record, requested: list[Record]) -> list[Record]:
    parent = cloud.network.ports[trunk["port_id"]]
    taken = {subport["segmentation_id"] for subport in trunk["sub_ports"]}
    for subport in requested:
        if subport.keys() != {"port_id", *_SEGMENT} or subport["segmentation_type"] != "vlan":
            reason = f"Invalid segmentation details for subport {subport['port_id']}"
            raise network_error(400, "InvalidInput", f"Invalid input for operation: {reason}.")
        if not 1 <= int(subport["segmentation_id"]) <= 4094:
            reason = f"{subport['segmentation_id']} is not a valid VLAN"
            raise network_error(400, "InvalidInput", f"Invalid input for operation: {reason}.")
        port = PORTS.find_own(cloud, token, subport["port_id"], "update")
        if port["id"] == trunk["port_id"]:
            raise network_error(409, "ParentPortInUse", f"Port {port['id']} is the parent port of the trunk.")
        _demand_free(cloud, port["id"])
        if port["device_id"]:
            message = f"Port {port['id']} is currently in use and is not eligible for use as a subport."
            raise network_error(409, "PortInUse", message)
        mtu, most = (cloud.network.networks[one["network_id"]]["mtu"] for one in (port, parent))
        if mtu > most:
            message = f"MTU {mtu} of subport {port['id']} cannot be greater than MTU {most} of trunk {trunk['id']}."
            raise network_error(409, "SubPortMtuGreaterThanTrunkPortMtu", message)
        if subport["segmentation_id"] in taken:
            message = f"segmentation_type vlan and segmentation_id {subport['segmentation_id']} already in use"
            raise network_error(409, "DuplicateSubPort", f"{message} on trunk {trunk['id']}.")
        taken.add(subport["segmentation_id"])
    return requested


def _store(cloud: Cloud, trunk: Record, added: list[Record]) -> Record:
    for subport in added:
        port = cloud.network.ports[subport["port_id"]]
        cloud.network.ports.put(bumped(cloud, port, {"device_owner": SUBPORT, "device_id": trunk["id"]}))
    return cloud.network.trunks.put({**trunk, "sub_ports": [*trunk["sub_ports"], *added]})


def _release(cloud: Cloud, port_id: str) -> None:
    port = cloud.network.ports[port_id]
    cloud.network.ports.put(bumped(cloud, port, {"device_owner": "", "device_id": ""}))


TRUNKS = Resource(
    singular="trunk",
    collection="trunks",
    kind="Trunk",
    table=lambda cloud: cloud.network.trunks,
    attributes=_ATTRIBUTES,
    create=create,
    update=update,
    delete=delete,
    extension="trunk",
)


def _requested(request: Request) -> list[Record]:
    body = request.json()
    if not isinstance(body, dict) or not isinstance(body.get("sub_ports"), list):
        raise network_error(400, "HTTPBadRequest", "Invalid input for sub_ports")
    return [_subport(one) for one in body["sub_ports"]]


def add_subports(cloud: Cloud, request: Request) -> Response:
    trunk = TRUNKS.find_own(cloud, request.token, request.id, "add_subports_to")
    added = _checked(cloud, request.token, trunk, _requested(request))
    return Response(200, _store(cloud, bumped(cloud, trunk, {}), added))


def remove_subports(cloud: Cloud, request: Request) -> Response:
    trunk = TRUNKS.find_own(cloud, request.token, request.id, "remove_subports_from")
    gone = {one["port_id"] for one in _requested(request)}
    if unknown := gone - {one["port_id"] for one in trunk["sub_ports"]}:
        message = f"SubPort {min(unknown)} on trunk {trunk['id']} could not be found."
        raise network_error(404, "SubPortNotFound", message)
    for port_id in gone:
        _release(cloud, port_id)
    left = [one for one in trunk["sub_ports"] if one["port_id"] not in gone]
    return Response(200, cloud.network.trunks.put(bumped(cloud, trunk, {"sub_ports": left})))


def get_subports(cloud: Cloud, request: Request) -> Response:
    return Response(200, {"sub_ports": TRUNKS.find(cloud, request.token, request.id)["sub_ports"]})


ROUTES = (
    Route("PUT", "/v2.0/trunks/{id}/add_subports", add_subports),
    Route("PUT", "/v2.0/trunks/{id}/remove_subports", remove_subports),
    Route("GET", "/v2.0/trunks/{id}/get_subports", get_subports),
)
