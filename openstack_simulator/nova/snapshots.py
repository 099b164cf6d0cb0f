"""Images of servers: what a member takes of one, and what Nova takes of one that is shelved."""

from typing import Any

from openstack_simulator.cloud import Cloud
from openstack_simulator.errors import Record, compute_error
from openstack_simulator.glance import IMAGE_FIELDS, new_image, with_data
from openstack_simulator.nova import lifecycle
from openstack_simulator.nova.states import ACCEPTED, demand_state
from openstack_simulator.routing import Request, Response

_CONTENT = b"a snapshot of nothing"


def take(cloud: Cloud, server: Record, name: str) -> str:
    """The id of an image that is whole when an action would be done. It has the properties of the server's own one."""
    source = cloud.images.get(server["image_id"]) or {}
    inherited = {field: value for field, value in source.items() if field not in IMAGE_FIELDS}
    values = {
        **inherited,
        "name": name,
        "visibility": "private",
        "image_type": "snapshot",
        "instance_uuid": server["id"],
        "user_id": server["user_id"],
        "base_image_ref": server["image_id"],
    }
    image = cloud.images.put(new_image(cloud, server["project_id"], values))

    def fill() -> None:
        current = cloud.images.get(image["id"])
        if current is not None:
            formats = {"disk_format": "raw", "container_format": "bare"}
            cloud.images.put(with_data({**current, **formats}, _CONTENT, cloud.timestamp()))

    cloud.later(cloud.settings.action_seconds, fill)
    return str(image["id"])


def forget(cloud: Cloud, image_id: str | None) -> None:
    if image_id in cloud.images:
        cloud.images.remove(str(image_id))


def create_image(cloud: Cloud, request: Request, server: Record, arguments: Any) -> Response:
    name = arguments.get("name") if isinstance(arguments, dict) else None
    if not isinstance(name, str) or not name:
        raise compute_error(400, "Invalid input for field/attribute createImage. 'name' is a required property")
    demand_state(server, "snapshot", "active", "stopped", "paused", "suspended")
    image_id = take(cloud, server, name)
    lifecycle.settle(cloud, server, "image_snapshot")
    if request.version >= (2, 45):
        return Response(ACCEPTED, {"image_id": image_id})
    return Response(ACCEPTED, None, {"Location": f"{request.base}/image/v2/images/{image_id}"})
