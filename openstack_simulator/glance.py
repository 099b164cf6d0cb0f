"""Glance v2: images."""

import hashlib
import re
from typing import Any

from openstack_simulator.cloud import Cloud
from openstack_simulator.errors import Record, image_error
from openstack_simulator.identity import Token
from openstack_simulator.routing import Request, Response, Route

DEFAULT_LIMIT = 25
_SET_BY_THE_SERVICE = frozenset(
    {"status", "size", "virtual_size", "checksum", "os_hash_algo", "os_hash_value", "created_at", "updated_at"}
    | {"owner", "file", "self", "schema", "stores"}
)
_FILTERS = ("name", "status", "visibility", "owner", "container_format", "disk_format", "id", "os_hidden")


def version(base: str, number: str, status: str) -> Record:
    return {"id": number, "status": status, "links": [{"rel": "self", "href": f"{base}/image/v2/"}]}


def list_versions(_cloud: Cloud, request: Request) -> Response:
    return Response(300, {"versions": versions(request.base)})


def versions(base: str) -> list[Record]:
    return [
        version(base, "v2.17", "CURRENT"),
        *(version(base, f"v2.{n}", "SUPPORTED") for n in (16, 15, 9, 7, 2, 1, 0)),
    ]


IMAGE_FIELDS = frozenset(
    {"id", "name", "visibility", "protected", "os_hidden", "tags", "min_ram", "min_disk"}
    | {"disk_format", "container_format", "direct_url", "locations"}
    | _SET_BY_THE_SERVICE
)
"""What Glance itself says of an image; all else are properties."""


def new_image(cloud: Cloud, owner: str, values: Record) -> Record:
    """A queued image with Glance's fields around the given ones."""
    now = cloud.timestamp()
    image_id = values.get("id") or cloud.new_id()
    return {
        "name": None,
        "disk_format": None,
        "container_format": None,
        "visibility": "shared",
        "size": None,
        "virtual_size": None,
        "status": "queued",
        "checksum": None,
        "protected": False,
        "min_ram": 0,
        "min_disk": 0,
        "owner": owner,
        "os_hidden": False,
        "os_hash_algo": None,
        "os_hash_value": None,
        "created_at": now,
        "updated_at": now,
        "tags": [],
        "file": f"/v2/images/{image_id}/file",
        "schema": "/v2/schemas/image",
        "self": f"/v2/images/{image_id}",
        **values,
        "id": image_id,
    }


def with_data(image: Record, data: bytes, now: str) -> Record:
    """The image once its bytes are there."""
    return {
        **image,
        "status": "active",
        "size": len(data),
        "checksum": hashlib.md5(data, usedforsecurity=False).hexdigest(),
        "os_hash_algo": "sha512",
        "os_hash_value": hashlib.sha512(data).hexdigest(),
        "updated_at": now,
    }


def visible(token: Token, image: Record) -> bool:
    return token.is_admin or image["visibility"] in ("public", "community") or image["owner"] == token.project_id


def _image(cloud: Cloud, request: Request) -> Record:
    image = cloud.images.get(request.id)
    if image is None or not visible(request.token, image):
        raise image_error(404, f"No image found with ID {request.id}")
    return image


def _own_image(cloud: Cloud, request: Request, action: str) -> Record:
    image = _image(cloud, request)
    if not request.token.is_admin and image["owner"] != request.token.project_id:
        raise image_error(403, f"You are not authorized to complete {action} action.")
    return image


def list_images(cloud: Cloud, request: Request) -> Response:
    """Newest first, in pages."""
    limit = _limit(request.first("limit"), cloud.settings.page_limit)
    images = [image for image in cloud.images if visible(request.token, image) and _matches(image, request)]
    key = (request.first("sort_key") or request.first("sort") or "created_at").split(":")[0]
    descending = (request.first("sort_dir") or "desc") == "desc"
    if request.first("sort"):
        descending = not (request.first("sort") or "").endswith(":asc")
    images.sort(key=lambda image: (str(image.get(key)), image["id"]), reverse=descending)
    marker = request.first("marker")
    if marker is not None:
        places = [place for place, image in enumerate(images) if image["id"] == marker]
        if not places:
            raise image_error(400, "Invalid marker")
        images = images[places[0] + 1 :]
    page = images[:limit]
    rest = "&".join(f"{name}={value}" for name, values in request.query.items() for value in values if name != "marker")
    body: Record = {
        "images": page,
        "first": "/v2/images" + (f"?{rest}" if rest else ""),
        "schema": "/v2/schemas/images",
    }
    if len(page) == limit and len(images) > limit:
        body["next"] = f"/v2/images?marker={page[-1]['id']}" + (f"&{rest}" if rest else "")
    return Response(200, body)


def _limit(text: str | None, most: int) -> int:
    if text is None:
        return min(DEFAULT_LIMIT, most)
    if not text.isdigit():
        raise image_error(400, "limit param must be an integer")
    return min(int(text), most)


def _matches(image: Record, request: Request) -> bool:
    for name in _FILTERS:
        requested = request.first(name)
        if requested is None:
            if name == "os_hidden" and image["os_hidden"]:
                return False
            continue
        options = requested.removeprefix("in:").split(",") if requested.startswith("in:") else [requested]
        if str(image[name]).lower() not in [option.lower() for option in options]:
            return False
    tags = request.query.get("tag", [])
    return all(tag in image["tags"] for tag in tags)


def show_image(cloud: Cloud, request: Request) -> Response:
    return Response(200, _image(cloud, request))


def create_image(cloud: Cloud, request: Request) -> Response:
    values = request.json()
    if not isinstance(values, dict):
        raise image_error(400, "Request body must be a JSON object")
    if forbidden := _SET_BY_THE_SERVICE & values.keys():
        raise image_error(403, f"Attribute '{min(forbidden)}' is read-only.")
    if values.get("id") in cloud.images:
        raise image_error(409, f"Image ID {values['id']} already exists!")
    if values.get("visibility") == "public" and not request.token.is_admin:
        raise image_error(403, "You are not authorized to complete publicize_image action.")
    image = cloud.images.put(new_image(cloud, request.token.project_id, values))
    return Response(201, image, {"Location": f"{request.base}/image/v2/images/{image['id']}"})


def upload_image(cloud: Cloud, request: Request) -> Response:
    image = _own_image(cloud, request, "upload_image")
    if image["status"] != "queued":
        raise image_error(409, f"Image status transition from {image['status']} to saving is not allowed")
    cloud.images.put(with_data(image, request.body, cloud.timestamp()))
    return Response(204)


def update_image(cloud: Cloud, request: Request) -> Response:
    """A JSON patch: add, replace and remove of whole attributes."""
    if not re.fullmatch(r"application/openstack-images-v2\.[01]-json-patch", request.headers.get("content-type", "")):
        raise image_error(415, "Unsupported Media Type")
    image: dict[str, Any] = {**_own_image(cloud, request, "modify_image")}
    for change in request.json():
        name = str(change.get("path", "")).lstrip("/")
        if not re.fullmatch(r"[^/]+", name) or change.get("op") not in ("add", "replace", "remove"):
            raise image_error(400, "Unable to understand the patch")
        if name in _SET_BY_THE_SERVICE or name == "id":
            raise image_error(403, f"Attribute '{name}' is read-only.")
        if change["op"] == "remove":
            image.pop(name, None)
        else:
            image[name] = change.get("value")
    return Response(200, cloud.images.put({**image, "updated_at": cloud.timestamp()}))


def delete_image(cloud: Cloud, request: Request) -> Response:
    image = _own_image(cloud, request, "delete_image")
    if image["protected"]:
        raise image_error(403, f"Image {image['id']} is protected and cannot be deleted.")
    cloud.images.remove(image["id"])
    return Response(204)


_IMAGE_SCHEMA: Record = {
    "name": "image",
    "properties": {
        name: {"type": ["null", kind]}
        for kind, names in {
            "string": ("id", "name", "status", "visibility", "checksum", "owner", "disk_format", "container_format"),
            "integer": ("size", "virtual_size", "min_ram", "min_disk"),
            "boolean": ("protected", "os_hidden"),
            "array": ("tags",),
        }.items()
        for name in names
    },
    "additionalProperties": {"type": "string"},
    "links": [
        {"href": "{self}", "rel": "self"},
        {"href": "{file}", "rel": "enclosure"},
        {"href": "{schema}", "rel": "describedby"},
    ],
}


def show_image_schema(_cloud: Cloud, _request: Request) -> Response:
    return Response(200, _IMAGE_SCHEMA)


def show_images_schema(_cloud: Cloud, _request: Request) -> Response:
    properties = {"images": {"type": "array", "items": _IMAGE_SCHEMA}, "schema": {"type": "string"}}
    links = [{"href": "{first}", "rel": "first"}, {"href": "{next}", "rel": "next"}]
    return Response(200, {"name": "images", "properties": properties, "links": links})


ROUTES = (
    Route("GET", "/", list_versions, open=True),
    Route("GET", "/versions", lambda _c, r: Response(200, {"versions": versions(r.base)}), open=True),
    Route("GET", "/v2", list_versions, open=True),
    Route("GET", "/v2/images", list_images),
    Route("POST", "/v2/images", create_image),
    Route("GET", "/v2/images/{id}", show_image),
    Route("PATCH", "/v2/images/{id}", update_image),
    Route("DELETE", "/v2/images/{id}", delete_image),
    Route("PUT", "/v2/images/{id}/file", upload_image),
    Route("GET", "/v2/schemas/image", show_image_schema),
    Route("GET", "/v2/schemas/images", show_images_schema),
)
