"""What can be done to a volume by `POST /volumes/{id}/action`."""

from collections.abc import Callable
from typing import Any

from openstack_simulator.cinder.records import demand, type_named
from openstack_simulator.cinder.volumes import find, settle
from openstack_simulator.cloud import Cloud
from openstack_simulator.errors import Record, compute_error
from openstack_simulator.routing import Request, Response, Route

Action = Callable[[Cloud, Request, Record, Any], None]
_EXTEND_IN_USE = (3, 42)


def _extend(cloud: Cloud, request: Request, volume: Record, arguments: Any) -> None:
    size = arguments.get("new_size") if isinstance(arguments, dict) else None
    if not isinstance(size, int) or isinstance(size, bool) or size < 1:
        raise compute_error(400, f"Invalid input for field/attribute new_size. Value: {size}.")
    allowed = ("available", "in-use") if request.version >= _EXTEND_IN_USE else ("available",)
    if volume["status"] not in allowed:
        message = f"Volume {volume['id']} status must be '{allowed}' to extend, but current status is"
        raise compute_error(400, f"Invalid volume: {message} {volume['status']}")
    if size <= volume["size"]:
        message = (
            f"New size for extend must be greater than current size. (current: {volume['size']}, extended: {size})."
        )
        raise compute_error(400, f"Invalid input received: {message}")
    demand(cloud, volume["project_id"], volumes=0, gigabytes=size - volume["size"])
    settle(cloud, volume, "extending", status=volume["status"], size=size)


def _retype(cloud: Cloud, _request: Request, volume: Record, arguments: Any) -> None:
    found = type_named(cloud, arguments.get("new_type") if isinstance(arguments, dict) else None)
    if found is None:
        raise compute_error(404, f"Volume type {arguments.get('new_type')} could not be found.")
    if volume["status"] not in ("available", "in-use"):
        raise compute_error(400, f"Invalid volume: Unable to retype volume in status {volume['status']}")
    if found["name"] == volume["volume_type"]:
        raise compute_error(400, f"Invalid volume: New volume_type same as original: {found['id']}.")
    settle(cloud, volume, "retyping", status=volume["status"], volume_type=found["name"])


def _reset_status(cloud: Cloud, request: Request, volume: Record, arguments: Any) -> None:
    if not request.token.is_admin:
        raise compute_error(403, "Policy doesn't allow volume_extension:volume_admin_actions:reset_status.")
    cloud.volumes.volumes.change(volume["id"], status=str(arguments.get("status")))


ACTIONS: dict[str, Action] = {"os-extend": _extend, "os-retype": _retype, "os-reset_status": _reset_status}


def act(cloud: Cloud, request: Request) -> Response:
    body = request.json()
    name = next(iter(body), "") if isinstance(body, dict) else ""
    if name not in ACTIONS:
        raise compute_error(400, f"There is no such action: {name}")
    ACTIONS[name](cloud, request, find(cloud, request), body[name])
    return Response(202)


ROUTES = (Route("POST", "/v3/volumes/{id}/action", act),)
