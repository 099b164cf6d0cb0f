"""Volumes of a server: list, attach, detach."""

from openstack_simulator.cinder import attachments
from openstack_simulator.cloud import Cloud
from openstack_simulator.errors import Record, compute_error
from openstack_simulator.nova.block_devices import demand_free, device, find_volume
from openstack_simulator.nova.body import Field, accept, is_boolean, is_text, is_uuid
from openstack_simulator.nova.instance_actions import recorded
from openstack_simulator.nova.servers import find
from openstack_simulator.routing import Request, Response, Route

_ATTACHMENT = {
    "volumeId": Field(is_uuid, required=True),
    "device": Field(is_text),
    "tag": Field(is_text, since=(2, 49)),
    "delete_on_termination": Field(is_boolean, since=(2, 79)),
}
_STATES = ("active", "paused", "stopped", "resized", "soft-delete")


def _demand_state(server: Record, verb: str) -> None:
    if server["vm_state"] not in _STATES:
        message = f"Cannot '{verb}' instance {server['id']} while it is in vm_state {server['vm_state']}"
        raise compute_error(409, message)


def view(request: Request, server: Record, attached: Record) -> Record:
    body = {"volumeId": attached["id"], "serverId": server["id"], "device": attached["device"]}
    if request.version < (2, 89):
        body["id"] = attached["id"]
    if request.version >= (2, 70):
        body["tag"] = attached["tag"]
    if request.version >= (2, 79):
        body["delete_on_termination"] = attached["delete"]
    return body


def list_attachments(cloud: Cloud, request: Request) -> Response:
    server = find(cloud, request)
    return Response(200, {"volumeAttachments": [view(request, server, one) for one in server["volumes"]]})


def attach(cloud: Cloud, request: Request) -> Response:
    server = find(cloud, request)
    values = accept(request, "volumeAttachment", _ATTACHMENT)
    _demand_state(server, "attach_volume")
    volume = find_volume(cloud, request.token, values["volumeId"], 404)
    if any(one["id"] == volume["id"] for one in server["volumes"]):
        raise compute_error(400, f"Invalid volume: volume {volume['id']} already attached to instance {server['id']}")
    demand_free(cloud, volume, request.version)
    attached = {
        "id": volume["id"],
        "device": device(server),
        "tag": values.get("tag"),
        "delete": values.get("delete_on_termination", False),
    }
    cloud.compute.servers.change(server["id"], volumes=[*server["volumes"], attached])
    attachments.attach(cloud, volume["id"], server["id"], attached["device"])
    return Response(200, {"volumeAttachment": view(request, server, attached)})


def detach(cloud: Cloud, request: Request) -> Response:
    """202; the server has it a little longer."""
    server, volume_id = find(cloud, request), request.params["volume_id"]
    if all(one["id"] != volume_id for one in server["volumes"]):
        raise compute_error(404, f"The volume_id {volume_id} is not attached to instance {server['id']}")
    _demand_state(server, "detach_volume")
    if server["volumes"][0]["id"] == volume_id and server["image_id"] is None:
        raise compute_error(403, "Cannot detach a root device volume")
    attachments.begin_detach(cloud, volume_id)

    def done() -> None:
        current = cloud.compute.servers.get(server["id"])
        if current is not None and any(one["id"] == volume_id for one in current["volumes"]):
            left = [one for one in current["volumes"] if one["id"] != volume_id]
            cloud.compute.servers.change(server["id"], volumes=left)
            attachments.detach(cloud, volume_id, server["id"])

    cloud.later(cloud.settings.action_seconds, done)
    return Response(202)


ATTACHMENTS = "/v2.1/servers/{id}/os-volume_attachments"

ROUTES = (
    Route("GET", ATTACHMENTS, list_attachments),
    Route("POST", ATTACHMENTS, recorded("attach_volume", attach)),
    Route("DELETE", ATTACHMENTS + "/{volume_id}", recorded("detach_volume", detach)),
)
