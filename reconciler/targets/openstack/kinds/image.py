"""software-image: an image that Magi uploads. API reference: Image v2, images.

What it holds is its name, so one is enough for all who ask for the same. It is made without its bytes, and marked by
that; the next observation finds them missing, and what uses it waits until they are there.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, NamedTuple

from reconciler.model import Key, Observed, Opaque, Spec, State, Writer
from reconciler.targets.openstack.kinds.declared import OpenStackKind, Right, read_right
from reconciler.targets.openstack.kinds.existing import IMAGES
from reconciler.targets.openstack.kinds.marks import IMAGE as MARK_IMAGE, IMAGE_ID as MARK_IMAGE_ID
from reconciler.targets.rest import GONE, UNKNOWN, Changes, Ids, Index, Json, Request

SOFTWARE_IMAGE = "software-image"
IMAGE = f"{IMAGES.path}/{{id}}"
OWNER, KEY, CHECKSUM, BY = "magi_owner", "magi_key", "magi_sha256", "magi_by"
MARK_PREFIX = "magi_"
RESERVED = frozenset(
    {"id", "name", "status", "visibility", "protected", "os_hidden", "checksum", "os_hash_algo", "os_hash_value"}
    | {"owner", "size", "virtual_size", "container_format", "disk_format", "created_at", "updated_at", "tags"}
    | {"direct_url", "locations", "stores", "min_ram", "min_disk", "self", "file", "schema"}
)
"""What Glance itself says of an image: no other property may be called so."""
COPIED = frozenset({"image_type", "instance_uuid", "block_device_mapping"})
"""What Nova says of the image of a server that someone took, which has the properties of the server's own as well."""
CLOUDS = "os_glance"
"""What the names of properties begin with that Glance sets by itself."""

_PATCH = "application/openstack-images-v2.1-json-patch"
_WHOLE = frozenset({"queued", "active", "deactivated"})
_GONE = frozenset({"deleted", "pending_delete"})
_BY_CONTENT = "sha256:"

FETCHED = ("image get_image", "image download_image")
"""The policy rules behind what Nova and Cinder do with an image, with the same login."""


@dataclass(frozen=True, slots=True)
class ImageSpec(Spec):
    """``content`` is compared by its SHA-256; its text is where it comes from: a URL, or a file's path.

    ``min_disk`` in GiB, ``min_ram`` in MiB; ``properties`` are sorted pairs. ``uploaded``: whether its bytes are there.
    """

    rank: ClassVar[int] = 170
    immutable: ClassVar[frozenset[str]] = frozenset({"content", "disk_format", "container_format"})
    building: ClassVar[int] = 20
    used_when_ready: ClassVar[bool] = True

    content: Opaque
    disk_format: str
    container_format: str = "bare"
    min_disk: int = 0
    min_ram: int = 0
    properties: tuple[tuple[str, str], ...] = ()
    uploaded: bool = True


def software_image_key(target: str, spec: ImageSpec) -> Key:
    """The Key of an image: what it holds and what is said of it, not where it comes from."""
    said = [spec.disk_format, spec.container_format, spec.min_disk, spec.min_ram, spec.properties]
    digest = hashlib.sha256(json.dumps(said).encode()).hexdigest()
    return Key(target, SOFTWARE_IMAGE, f"{spec.content.digest[: len(_BY_CONTENT) + 16]}-{digest[:8]}")


def image_key(target: str, name: str) -> Key:
    """The Key of an image by its name in a mark: one of Magi's, or one that was there."""
    return Key(target, SOFTWARE_IMAGE if name.startswith(_BY_CONTENT) else "image", name)


CURRENT, SUPERSEDED = "current", "superseded"


class ImageUse(NamedTuple):
    """The image that something was made from: the Key of its name when that was, and its id, None where not known.

    ``version``: whether the name means that image still. An image that is gone or was renamed is no older one.
    """

    key: Key
    id: str | None
    version: str

    @property
    def superseded(self) -> str:
        return f"image '{self.key.name}'" if self.version == SUPERSEDED else ""


def image_use(index: Index, marks: Mapping[str, str], image_id: str | None) -> ImageUse | None:
    """What the marks of a server or volume record of its image, where they are about the image that it has.

    ``image_id``: that of the image, where the service reports it; None has the marks believed.
    """
    name, marked = marks.get(MARK_IMAGE), marks.get(MARK_IMAGE_ID)
    if name and (image_id is None or marked == image_id):
        key, image_id = image_key(index.target, name), marked
    elif image_id:
        key = index.known("image", image_id) or index.key("image", "none")
    else:
        return None
    ids = index.existing.get(key, ())
    older = key.kind == "image" and image_id is not None and ids and image_id not in ids
    return ImageUse(key, image_id, SUPERSEDED if older else CURRENT)


def image_marks(key: Key | None, image_id: str | None) -> dict[str, str]:
    """The marks that identify an image; none of one whose name is not known."""
    if key is None or key.name.startswith(UNKNOWN):
        return {}
    return {MARK_IMAGE: key.name} | ({MARK_IMAGE_ID: image_id} if image_id else {})


class ImageKind(OpenStackKind[ImageSpec]):
    name = SOFTWARE_IMAGE
    spec = ImageSpec
    listing = IMAGES
    states: ClassVar[Mapping[str, State]] = {"deactivated": State.ERROR}
    rights = (
        read_right("image", IMAGES.path, "get_images", "get_image"),
        Right("image", "POST", IMAGES.path, ("add_image",), purpose="software images"),
        Right("image", "PATCH", IMAGE, ("get_image", "modify_image"), purpose="software images"),
        Right("image", "PUT", f"{IMAGE}/file", ("get_image", "upload_image"), purpose="software images"),
        Right("image", "DELETE", IMAGE, ("get_image", "delete_image"), purpose="software images"),
    )

    def identify(self, item: Json, index: Index) -> Key | None:
        if item.get(OWNER) != index.owner or not item.get(KEY) or item["status"] in _GONE:
            return None
        if not COPIED.isdisjoint(item):
            # With all managed properties, the marks were copied as well. What is in it is another actor's.
            return None
        if item["status"] in _WHOLE:
            return index.key(self.name, item[KEY])
        # An upload that was cut off, and can't be taken up again. No one asks for this Key, so it is removed.
        return index.key(self.name, f"{item[KEY]}~{item['id']}")

    def decode(self, key: Key, item: Json, index: Index) -> Observed:
        status = item["status"]
        spec = ImageSpec(
            content=Opaque(item[CHECKSUM]),
            disk_format=item["disk_format"],
            container_format=item["container_format"],
            min_disk=item["min_disk"],
            min_ram=item["min_ram"],
            properties=tuple(sorted((name, value) for name, value in item.items() if is_free(name))),
            uploaded=status != "queued",
        )
        return Observed(key, spec, item["id"], name=item["name"] or "", detail=status)

    def create(self, key: Key, spec: ImageSpec, ids: Ids, owner: str) -> Request:
        body = {
            "name": key.name,
            "visibility": "private",
            "disk_format": spec.disk_format,
            "container_format": spec.container_format,
            "min_disk": spec.min_disk,
            "min_ram": spec.min_ram,
            OWNER: owner,
            KEY: key.name,
            CHECKSUM: spec.content.digest,
            **dict(spec.properties),
        }
        return Request("POST", "image", IMAGES.path, body=body, answer="id", pending=True)

    def signed(self, request: Request, writer: Writer) -> Request:
        return replace(request, body=request.body | {BY: str(writer)})

    def writer_of(self, item: Json) -> Writer | None:
        return Writer.of(item.get(BY) or "")

    def update(self, observed: Observed, spec: ImageSpec, changes: Changes, ids: Ids, owner: str) -> Iterator[Request]:
        patch = [_set("name", changes.name.new)] if changes.name else []
        written: dict[str, Json] = {"min_disk": spec.min_disk, "min_ram": spec.min_ram}
        patch += [_set(name, written[name]) for name in written if name in changes.fields]
        if properties := changes.fields.get("properties"):
            patch += _properties(dict(properties.old), dict(properties.new))
        if patch:
            yield Request("PATCH", "image", IMAGE, observed.id, body=patch, media=_PATCH)
        if "uploaded" in changes.fields:
            yield Request("PUT", "image", f"{IMAGE}/file", observed.id, upload=spec.content)

    def delete(self, observed: Observed, spec: ImageSpec, ids: Ids) -> Request:
        return Request("DELETE", "image", IMAGE, observed.id, done=GONE)


def is_free(name: str) -> bool:
    """Whether documents may say a property: it is neither Glance's nor Nova's nor Magi's."""
    return name not in RESERVED | COPIED and not name.startswith((MARK_PREFIX, CLOUDS))


def _properties(old: Mapping[str, str], new: Mapping[str, str]) -> list[Json]:
    gone = [{"op": "remove", "path": _pointer(name)} for name in sorted(old.keys() - new.keys())]
    return [_set(name, value) for name, value in new.items() if old.get(name) != value] + gone


def _set(name: str, value: Json) -> Json:
    return {"op": "add", "path": _pointer(name), "value": value}


def _pointer(name: str) -> str:
    return "/" + name.replace("~", "~0").replace("/", "~1")
