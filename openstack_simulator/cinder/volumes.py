"""Volumes: list, show, create, update, delete."""

from typing import Any
from urllib.parse import urlencode

from openstack_simulator.cinder.records import ZONE, demand, new_volume, type_named
from openstack_simulator.cloud import Cloud
from openstack_simulator.errors import Record, compute_error
from openstack_simulator.glance import visible
from openstack_simulator.routing import Request, Response, Route

_DELETABLE = ("available", "error", "error_restoring", "error_extending", "error_managing")


def find(cloud: Cloud, request: Request) -> Record:
    volume = cloud.volumes.volumes.get(request.id)
    if volume is None or (volume["project_id"] != request.token.project_id and not request.token.is_admin):
        raise compute_error(404, f"Volume {request.id} could not be found.")
    return volume


def settle(cloud: Cloud, volume: Record, meanwhile: str, **final: object) -> Record:
    """A task that takes the cloud's time for actions, under the status `meanwhile`."""

    def done() -> None:
        current = cloud.volumes.volumes.get(volume["id"])
        if current is not None and current["status"] == meanwhile:
            cloud.volumes.volumes.change(volume["id"], **final)

    started = cloud.volumes.volumes.change(volume["id"], status=meanwhile)
    cloud.later(cloud.settings.action_seconds, done)
    return started


def view(request: Request, volume: Record) -> Record:
    shown = {name: value for name, value in volume.items() if name not in ("project_id", "image")}
    shown["os-vol-tenant-attr:tenant_id"] = volume["project_id"]
    shown["multiattach"] = False
    shown["links"] = [{"rel": "self", "href": f"{request.base}/block-storage/v3/volumes/{volume['id']}"}]
    if volume.get("image"):
        shown["volume_image_metadata"] = volume["image"]
    return shown


def list_details(cloud: Cloud, request: Request) -> Response:
    """Newest first, in pages."""
    everyone = request.first("all_tenants") in ("1", "True", "true") and request.token.is_admin
    table = cloud.volumes.volumes
    found = list(table) if everyone else table.find("project_id", request.token.project_id)
    requested = {name: request.first(name) for name in ("name", "status", "id") if request.first(name) is not None}
    found = [one for one in reversed(found) if all(str(one[name]) == value for name, value in requested.items())]
    marker = request.first("marker")
    if marker is not None:
        place = next((at for at, one in enumerate(found) if one["id"] == marker), None)
        if place is None:
            raise compute_error(404, f"Volume {marker} could not be found.")
        found = found[place + 1 :]
    most = cloud.settings.page_limit
    limit = min(int(request.first("limit") or most), most)
    page = found[:limit]
    body: Record = {"volumes": [view(request, one) for one in page]}
    if page and len(page) == limit:
        query = {name: values for name, values in request.query.items() if name != "marker"}
        query["marker"] = [page[-1]["id"]]
        href = f"{request.base}/block-storage{request.path}?{urlencode(query, doseq=True)}"
        body["volumes_links"] = [{"rel": "next", "href": href}]
    return Response(200, body)


def show_volume(cloud: Cloud, request: Request) -> Response:
    return Response(200, {"volume": view(request, find(cloud, request))})


def _metadata(value: Any) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(one, str) and len(one) <= 255 for one in value.values()):
        raise compute_error(400, f"Invalid input for field/attribute metadata. Value: {value}.")
    return {str(name): str(text) for name, text in value.items()}


def create_volume(cloud: Cloud, request: Request) -> Response:
    body = request.json()
    values = body.get("volume") if isinstance(body, dict) else None
    if not isinstance(values, dict):
        raise compute_error(400, "Invalid input for field/attribute volume.")
    size = values.get("size")
    if isinstance(size, bool) or not str(size).isdigit() or int(str(size)) < 1:
        raise compute_error(400, f"Invalid input for field/attribute size. Value: {size}. {size!r} is not valid")
    size = int(str(size))
    kind = type_named(cloud, values["volume_type"]) if values.get("volume_type") else None
    if values.get("volume_type") and kind is None:
        raise compute_error(404, f"Volume type with name {values['volume_type']} could not be found.")
    zone = values.get("availability_zone") or ZONE
    if zone != ZONE:
        raise compute_error(400, f"Invalid input received: Availability zone '{zone}' is invalid.")
    image = _image(cloud, request, values.get("imageRef"), size)
    token = request.token
    demand(cloud, token.project_id, volumes=1, gigabytes=size)
    more: Record = {"volume_type": kind["name"]} if kind else {}
    if image is not None:
        more |= {"bootable": "true", "image": {"image_id": image["id"], "image_name": image["name"]}}
    volume = new_volume(
        cloud,
        token.project_id,
        token.user.id,
        size,
        name=values.get("name"),
        description=values.get("description"),
        metadata=_metadata(values.get("metadata") or {}),
        **more,
    )
    cloud.volumes.volumes.put(volume)
    return Response(202, {"volume": view(request, settle(cloud, volume, "creating", status="available"))})


def _image(cloud: Cloud, request: Request, reference: str | None, size: int) -> Record | None:
    if not reference:
        return None
    image = cloud.images.get(reference)
    if image is None or not visible(request.token, image):
        raise compute_error(400, "Invalid image identifier or unable to access requested image.")
    if image["status"] != "active":
        raise compute_error(400, f"Invalid input received: Image {reference} is not active.")
    if size < image["min_disk"]:
        least = image["min_disk"]
        message = f"Volume size {size}GB cannot be smaller than the image minDisk size {least}GB."
        raise compute_error(400, f"Invalid input received: {message}")
    return image


def update_volume(cloud: Cloud, request: Request) -> Response:
    volume = find(cloud, request)
    values = request.json().get("volume") or {}
    changes = {name: values[name] for name in ("name", "description") if name in values}
    if "metadata" in values:
        changes["metadata"] = _metadata(values["metadata"])
    return Response(200, {"volume": view(request, cloud.volumes.volumes.change(volume["id"], **changes))})


def delete_volume(cloud: Cloud, request: Request) -> Response:
    volume = find(cloud, request)
    if volume["status"] not in _DELETABLE or volume["attachments"]:
        states = ", ".join(_DELETABLE)
        message = (
            f"Volume status must be {states} and must not be migrating, attached, belong to a group, or have snapshots."
        )
        raise compute_error(400, f"Invalid volume: {message}")
    cloud.volumes.volumes.change(volume["id"], status="deleting")

    def gone() -> None:
        cloud.volumes.volumes.remove(volume["id"])

    cloud.later(cloud.settings.delete_seconds, gone)
    return Response(202)


def replace_metadata(cloud: Cloud, request: Request) -> Response:
    volume = find(cloud, request)
    return _with_metadata(cloud, volume, _metadata(request.json().get("metadata")))


def add_metadata(cloud: Cloud, request: Request) -> Response:
    volume = find(cloud, request)
    return _with_metadata(cloud, volume, volume["metadata"] | _metadata(request.json().get("metadata")))


def _with_metadata(cloud: Cloud, volume: Record, metadata: dict[str, str]) -> Response:
    cloud.volumes.volumes.change(volume["id"], metadata=metadata)
    return Response(200, {"metadata": metadata})


VOLUMES, VOLUME = "/v3/volumes", "/v3/volumes/{id}"

ROUTES = (
    Route("GET", VOLUMES, list_details),
    Route("POST", VOLUMES, create_volume),
    Route("GET", VOLUMES + "/detail", list_details),
    Route("GET", VOLUME, show_volume),
    Route("PUT", VOLUME, update_volume),
    Route("DELETE", VOLUME, delete_volume),
    Route("PUT", VOLUME + "/metadata", replace_metadata),
    Route("POST", VOLUME + "/metadata", add_metadata),
)
