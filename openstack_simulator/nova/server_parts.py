"""What hangs on a server: metadata, tags, interfaces."""

from typing import Any

from openstack_simulator.cloud import Cloud
from openstack_simulator.errors import ApiError, Record, compute_error
from openstack_simulator.nova import nics
from openstack_simulator.nova.body import (
    Field,
    accept,
    invalid,
    is_list,
    is_metadata,
    is_tag,
    is_tag_list,
    is_text,
    is_uuid,
)
from openstack_simulator.nova.instance_actions import recorded
from openstack_simulator.nova.servers import find
from openstack_simulator.routing import Request, Response, Route

MOST_TAGS = 50
_ATTACHMENT = {
    "port_id": Field(is_uuid),
    "net_id": Field(is_uuid),
    "fixed_ips": Field(is_list),
    "tag": Field(is_text, since=(2, 49)),
}


_TAKE_METADATA = ("active", "paused", "suspended", "stopped")


def _demand_writable(server: Record, request: Request, verb: str = "update metadata") -> None:
    """409 for the metadata of a server that is locked, or in a state in which they stay as they are."""
    _demand_unlocked(server, request)
    if server["vm_state"] not in _TAKE_METADATA:
        state = f"vm_state {server['vm_state']}"
        raise compute_error(409, f"Cannot '{verb}' instance {server['id']} while it is in {state}")


def _demand_unlocked(server: Record, request: Request) -> None:
    if server["locked"] and not request.token.is_admin:
        raise compute_error(409, f"Instance {server['id']} is locked")


def _metadata_of(request: Request, name: str) -> dict[str, str]:
    body = request.json()
    if not isinstance(body, dict) or name not in body:
        raise compute_error(400, f"'{name}' is a required property")
    values: Any = body[name]
    if not is_metadata(values):
        raise invalid(name, values, f"'{name}' is not valid")
    metadata: dict[str, str] = values
    return metadata


def _keep_metadata(cloud: Cloud, server: Record, metadata: dict[str, str]) -> None:
    cloud.compute.servers.change(server["id"], metadata=metadata, updated=cloud.timestamp())


def list_metadata(cloud: Cloud, request: Request) -> Response:
    return Response(200, {"metadata": find(cloud, request)["metadata"]})


def merge_metadata(cloud: Cloud, request: Request) -> Response:
    server = find(cloud, request)
    _demand_writable(server, request)
    merged = {**server["metadata"], **_metadata_of(request, "metadata")}
    _keep_metadata(cloud, server, merged)
    return Response(200, {"metadata": merged})


def replace_metadata(cloud: Cloud, request: Request) -> Response:
    server = find(cloud, request)
    _demand_writable(server, request)
    metadata = _metadata_of(request, "metadata")
    _keep_metadata(cloud, server, metadata)
    return Response(200, {"metadata": metadata})


def _demand_item(server: Record, key: str) -> None:
    if key not in server["metadata"]:
        raise compute_error(404, "Metadata item was not found")


def show_metadata_item(cloud: Cloud, request: Request) -> Response:
    server, key = find(cloud, request), request.params["key"]
    _demand_item(server, key)
    return Response(200, {"meta": {key: server["metadata"][key]}})


def set_metadata_item(cloud: Cloud, request: Request) -> Response:
    server, key = find(cloud, request), request.params["key"]
    meta = _metadata_of(request, "meta")
    if list(meta) != [key]:
        raise compute_error(400, "Request body and URI mismatch")
    _demand_writable(server, request)
    _keep_metadata(cloud, server, {**server["metadata"], **meta})
    return Response(200, {"meta": meta})


def delete_metadata_item(cloud: Cloud, request: Request) -> Response:
    server, key = find(cloud, request), request.params["key"]
    _demand_item(server, key)
    _demand_writable(server, request, "delete metadata")
    _keep_metadata(cloud, server, {name: value for name, value in server["metadata"].items() if name != key})
    return Response(204)


def _tagged(cloud: Cloud, request: Request) -> Record:
    if request.version < (2, 26):
        raise compute_error(404, "The resource could not be found.")
    return find(cloud, request)


def list_tags(cloud: Cloud, request: Request) -> Response:
    return Response(200, {"tags": _tagged(cloud, request)["tags"]})


def replace_tags(cloud: Cloud, request: Request) -> Response:
    server = _tagged(cloud, request)
    body = request.json()
    tags: Any = body.get("tags") if isinstance(body, dict) else None
    if not is_tag_list(tags):
        raise invalid("tags", tags, "'tags' is not valid")
    kept = sorted(set(tags))
    cloud.compute.servers.change(server["id"], tags=kept)
    return Response(200, {"tags": kept})


def clear_tags(cloud: Cloud, request: Request) -> Response:
    cloud.compute.servers.change(_tagged(cloud, request)["id"], tags=[])
    return Response(204)


def show_tag(cloud: Cloud, request: Request) -> Response:
    server, tag = _tagged(cloud, request), request.params["tag"]
    if tag not in server["tags"]:
        raise compute_error(404, f"Server {server['id']} has no tag '{tag}'")
    return Response(204)


def add_tag(cloud: Cloud, request: Request) -> Response:
    server, tag = _tagged(cloud, request), request.params["tag"]
    if not is_tag(tag):
        raise compute_error(400, f"Invalid input for field/attribute tag. Value: {tag}. {tag!r} is not valid")
    if tag in server["tags"]:
        return Response(204)
    if len(server["tags"]) >= MOST_TAGS:
        raise compute_error(400, f"The number of tags exceeded the per-server limit {MOST_TAGS}")
    cloud.compute.servers.change(server["id"], tags=sorted([*server["tags"], tag]))
    location = f"{request.base}/compute{request.path}"
    return Response(201, None, {"Location": location})


def remove_tag(cloud: Cloud, request: Request) -> Response:
    server, tag = _tagged(cloud, request), request.params["tag"]
    if tag not in server["tags"]:
        raise compute_error(404, f"Instance {server['id']} has no tag '{tag}'")
    cloud.compute.servers.change(server["id"], tags=[one for one in server["tags"] if one != tag])
    return Response(204)


def _attachment(request: Request, port: Record) -> Record:
    body = {
        "port_id": port["id"],
        "net_id": port["network_id"],
        "mac_addr": port["mac_address"],
        "port_state": port["status"],
        "fixed_ips": port["fixed_ips"],
    }
    return {**body, "tag": None} if request.version >= (2, 70) else body


def list_interfaces(cloud: Cloud, request: Request) -> Response:
    ports = nics.ports_of(cloud, find(cloud, request))
    return Response(200, {"interfaceAttachments": [_attachment(request, port) for port in ports]})


def _port(cloud: Cloud, request: Request) -> tuple[Record, Record]:
    server, port_id = find(cloud, request), request.params["port_id"]
    for port in nics.ports_of(cloud, server):
        if port["id"] == port_id:
            return server, port
    raise compute_error(404, f"Port id {port_id} could not be found.")


def show_interface(cloud: Cloud, request: Request) -> Response:
    _, port = _port(cloud, request)
    return Response(200, {"interfaceAttachment": _attachment(request, port)})


def attach_interface(cloud: Cloud, request: Request) -> Response:
    server = find(cloud, request)
    _demand_unlocked(server, request)
    values = accept(request, "interfaceAttachment", _ATTACHMENT) if request.body.strip() else {}
    if values.get("port_id") and values.get("net_id"):
        raise compute_error(400, "Must not input both network_id and port_id")
    _demand_attachable(server, "attach_interface")
    token = request.token
    if values.get("port_id"):
        port_id = values["port_id"]
        if port_id not in cloud.network.ports:
            raise compute_error(404, f"Port id {port_id} could not be found.")
        requested = nics.RequestedNic(port=nics.free_port(cloud, token, port_id))
    elif values.get("net_id"):
        fixed = values.get("fixed_ips") or [{}]
        (requested,) = nics.resolve(cloud, token, [{"uuid": values["net_id"], "fixed_ip": fixed[0].get("ip_address")}])
    else:
        found = nics.resolve(cloud, token, None)
        if not found:
            raise compute_error(400, "No valid network found")
        requested = found[0]
    try:
        port, made = nics.plug(cloud, token, server, requested, [])
    except ApiError as error:
        message = error.body["NeutronError"]["message"] if isinstance(error.body, dict) else str(error.body)
        raise compute_error(400, message) from None
    if made:
        cloud.compute.servers.change(server["id"], made_ports=(*server["made_ports"], port["id"]))
    return Response(200, {"interfaceAttachment": _attachment(request, port)})


def _demand_attachable(server: Record, verb: str) -> None:
    if server["vm_state"] not in ("active", "paused", "stopped") or server["task_state"] is not None:
        state = server["task_state"] or server["vm_state"]
        kind = "task_state" if server["task_state"] else "vm_state"
        raise compute_error(409, f"Cannot '{verb}' instance {server['id']} while it is in {kind} {state}")


def detach_interface(cloud: Cloud, request: Request) -> Response:
    server, port = _port(cloud, request)
    _demand_unlocked(server, request)
    _demand_attachable(server, "detach_interface")
    nics.release(cloud, server, port)
    return Response(202)


SERVER = "/v2.1/servers/{id}"

ROUTES = (
    Route("GET", SERVER + "/metadata", list_metadata),
    Route("POST", SERVER + "/metadata", merge_metadata),
    Route("PUT", SERVER + "/metadata", replace_metadata),
    Route("GET", SERVER + "/metadata/{key}", show_metadata_item),
    Route("PUT", SERVER + "/metadata/{key}", set_metadata_item),
    Route("DELETE", SERVER + "/metadata/{key}", delete_metadata_item),
    Route("GET", SERVER + "/tags", list_tags),
    Route("PUT", SERVER + "/tags", replace_tags),
    Route("DELETE", SERVER + "/tags", clear_tags),
    Route("GET", SERVER + "/tags/{tag}", show_tag),
    Route("PUT", SERVER + "/tags/{tag}", add_tag),
    Route("DELETE", SERVER + "/tags/{tag}", remove_tag),
    Route("GET", SERVER + "/os-interface", list_interfaces),
    Route("POST", SERVER + "/os-interface", recorded("attach_interface", attach_interface)),
    Route("GET", SERVER + "/os-interface/{port_id}", show_interface),
    Route("DELETE", SERVER + "/os-interface/{port_id}", recorded("detach_interface", detach_interface)),
)
