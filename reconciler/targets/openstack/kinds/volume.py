"""volume: a disk of its own, for data or to boot from. API reference: Block Storage v3, volumes.

Its listing is optional: it is asked where volumes are declared or attached.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from reconciler.model import Impact, Key, Observed, Spec, State, Writer
from reconciler.targets.openstack.kinds.adoption import HAS_A_MARK, Left, Survey, Taken
from reconciler.targets.openstack.kinds.declared import OpenStackKind, Right, read_right
from reconciler.targets.openstack.kinds.describing import Documents, last, name_of, without_defaults
from reconciler.targets.openstack.kinds.image import FETCHED, image_marks, image_use
from reconciler.targets.openstack.kinds.marks import BY, IMAGE, IMAGE_ID, KEEP, KEY, OWNER, PREFIX, signature
from reconciler.targets.openstack.kinds.users import ATTACHED, server_of
from reconciler.targets.rest import GONE, Changes, Ids, Index, Json, Listing, Request, Single, body_with

VOLUMES = Listing(
    "block-storage",
    "/volumes/detail",
    "volumes",
    optional=True,
    project="os-vol-tenant-attr:tenant_id",
    own_only=True,
    single=Single("/volumes/{id}", "volume"),
)
VOLUME = "/volumes/{id}"
ROOT = "root"
"""What the volume that an instance boots from is called."""

_BUSY = frozenset({400})
"""How Cinder refuses what it would do a moment later, when a server has detached the volume."""


@dataclass(frozen=True, slots=True)
class VolumeSpec(Spec):
    """``size`` in GiB. ``image``: what it is filled with, to boot from; ``image_version`` and ``image_id`` are as
    those of a server. ``keep``: it outlives what declared it.
    """

    rank: ClassVar[int] = 180
    counts: ClassVar[bool] = True
    immutable: ClassVar[frozenset[str]] = frozenset({"image", "image_version", "availability_zone"})
    computed: ClassVar[frozenset[str]] = frozenset({"type", "availability_zone", "image_version", "image_id"})
    derived: ClassVar[frozenset[str]] = frozenset({"image_version", "image_id"})
    copied: ClassVar[frozenset[str]] = frozenset({"image"})
    refused: ClassVar[Mapping[str, str]] = {"size": "to a smaller one"}
    building: ClassVar[int] = 5
    used_when_ready: ClassVar[bool] = True

    size: int
    type: Key | None = None
    image: Key | None = None
    availability_zone: str | None = None
    keep: bool = False
    image_version: str | None = None
    image_id: str | None = None

    def side_effects(self, impact: Impact, desired: VolumeSpec | None, changed: Collection[str]) -> tuple[str, ...]:
        goes = desired is None or impact is Impact.REPLACE
        return ("data loss: the volume",) if goes and not self.keep else ()

    def refusal_of(self, name: str, observed: Spec) -> str:
        if name != "size" or not isinstance(observed, VolumeSpec) or observed.size < self.size:
            return ""
        return (
            f"a volume can't shrink from {observed.size} to {self.size} GiB: give it the old size again, or the volume "
            "another name: then it is a new one, without the data"
        )


ATTACHING = tuple(f"block-storage volume:attachment_{what}" for what in ("create", "update", "complete"))
"""The policy rules behind what Nova does to give a server a volume, with the same login."""


def _right(
    method: str, route: str, rule: str, action: str = "", further: tuple[str, ...] = (), purpose: str = ""
) -> Right:
    """What is done to a volume that is there."""
    rules = ("volume:get", f"volume:{rule}")
    return Right("block-storage", method, route, rules, action=action, further=further, purpose=purpose)


class VolumeKind(OpenStackKind[VolumeSpec]):
    name = "volume"
    spec = VolumeSpec
    listing = VOLUMES
    states: ClassVar[Mapping[str, State]] = {
        "available": State.READY,
        "in-use": State.READY,
        "deleting": State.DELETING,
    }
    other_state = State.BUILDING
    quota = "volumes"
    rights = (
        read_right(
            "block-storage",
            VOLUMES.path,
            "volume:get_all",
            "volume_extension:volume_image_metadata:show",
            purpose="an observation, where a service has volumes",
        ),
        Right(
            "block-storage",
            "POST",
            "/volumes",
            ("volume:create",),
            further=("volume:create_from_image", "volume:multiattach"),
            behind=FETCHED,
        ),
        _right("PUT", VOLUME, "update", purpose="its name, its marks"),
        _right("DELETE", VOLUME, "delete"),
        _right("POST", f"{VOLUME}/action", "extend", action="os-extend", further=("volume:extend_attached_volume",)),
        _right("POST", f"{VOLUME}/action", "retype", action="os-retype", further=("volume:multiattach",)),
        _right("PUT", f"{VOLUME}/metadata", "update_volume_metadata", purpose="one that is to be kept; `magi disown`"),
        _right("POST", f"{VOLUME}/metadata", "create_volume_metadata", purpose="`magi adopt`"),
    )

    def takes(self, spec: VolumeSpec) -> Mapping[str, int]:
        return {self.quota: 1, "gigabytes": spec.size}

    def identify(self, item: Json, index: Index) -> Key | None:
        metadata = item["metadata"]
        if metadata.get(OWNER) != index.owner or not metadata.get(KEY):
            return None
        return index.key(self.name, metadata[KEY])

    def decode(self, key: Key, item: Json, index: Index) -> Observed:
        metadata, status = item["metadata"], item["status"]
        image = image_use(index, metadata, None)
        spec = VolumeSpec(
            size=item["size"],
            type=index.key("volume-type", item["volume_type"]) if item.get("volume_type") else None,
            image=image.key if image else None,
            availability_zone=item.get("availability_zone") or None,
            keep=KEEP in metadata,
            image_version=image.version if image else None,
            image_id=image.id if image else None,
        )
        return Observed(
            key=key,
            spec=spec,
            id=item["id"],
            name=item["name"] or "",
            detail=status,
            superseded=image.superseded if image else "",
            stays="" if spec.keep else _stays(item, index),
        )

    def state_of(self, item: Json) -> State:
        return State.ERROR if item["status"].startswith("error") else super().state_of(item)

    def create(self, key: Key, spec: VolumeSpec, ids: Ids, owner: str) -> Request:
        volume = {
            "name": key.name,
            "size": spec.size,
            "volume_type": ids[spec.type] if spec.type else None,
            "availability_zone": spec.availability_zone,
            "imageRef": ids[spec.image] if spec.image else None,
            "metadata": _marks(key, spec, owner, ids[spec.image] if spec.image else None),
        }
        body = {"volume": {name: value for name, value in volume.items() if value is not None}}
        return Request("POST", "block-storage", "/volumes", body=body, answer="volume", pending=True)

    def signed(self, request: Request, writer: Writer) -> Request:
        metadata = request.body["volume"]["metadata"] | signature(writer)
        return body_with(request, "volume", {"metadata": metadata})

    def writer_of(self, item: Json) -> Writer | None:
        return Writer.of(item["metadata"].get(BY) or "")

    def update(self, observed: Observed, spec: VolumeSpec, changes: Changes, ids: Ids, owner: str) -> Iterator[Request]:
        written: dict[str, Json] = {"name": changes.name.new} if changes.name else {}
        if "keep" in changes.fields:
            written["metadata"] = _marks(observed.key, spec, owner, _image_id(observed)) | signature(observed.writer)
        if written:
            yield Request("PUT", "block-storage", VOLUME, observed.id, body={"volume": written})
        if "size" in changes.fields:
            yield _action(observed, {"os-extend": {"new_size": spec.size}})
        elif "type" in changes.fields and spec.type is not None:
            retype = {"new_type": ids[spec.type], "migration_policy": "on-demand"}
            yield _action(observed, {"os-retype": retype})

    def disown(self, observed: Observed, spec: VolumeSpec, owner: str) -> Iterator[Request]:
        yield Request("PUT", "block-storage", f"{VOLUME}/metadata", observed.id, body={"metadata": {}}, done=GONE)

    def marked(self, item: Json, key: Key, owner: str) -> Json:
        """Whoever made it did not mean it to go with a document, so it is kept."""
        image = (item.get("volume_image_metadata") or {}) if is_bootable(item) else {}
        found = {IMAGE: image.get("image_name"), IMAGE_ID: image.get("image_id")} if image.get("image_name") else {}
        marks = {OWNER: owner, KEY: key.name, KEEP: "true"} | {name: value for name, value in found.items() if value}
        return item | {"metadata": item["metadata"] | marks}

    def adopt(self, observed: Observed, spec: VolumeSpec, owner: str) -> Iterator[Request]:
        body = {"metadata": _marks(observed.key, spec, owner, spec.image_id)}
        yield Request("POST", "block-storage", f"{VOLUME}/metadata", observed.id, body=body)

    def delete(self, observed: Observed, spec: VolumeSpec, ids: Ids) -> Request:
        """One that is to be kept loses its marks instead, and is unmanaged from then on."""
        if spec.keep:
            kept = {"metadata": {f"{PREFIX}kept": observed.key.name}}
            return Request("PUT", "block-storage", f"{VOLUME}/metadata", observed.id, body=kept, done=GONE)
        return Request("DELETE", "block-storage", VOLUME, observed.id, done=GONE, again=_BUSY, pending=True)

    def adopted(self, survey: Survey) -> Iterator[Taken | Left]:
        """Those in a server that is taken over, with it: web/web-0/root, web/web-0/data1."""
        servers = survey.names("server")
        for server in survey.items("server"):
            if server["id"] in servers:
                yield from self._adopted_with(server, servers[server["id"]], survey)

    def _adopted_with(self, server: Json, instance: str, survey: Survey) -> Iterator[Taken | Left]:
        number = 0
        for volume in _attached(server, survey):
            if why := _refused(volume, server, survey):
                yield Left(self.name, volume["name"] or volume["id"], why)
            elif _is_root(volume, server):
                yield Taken(volume, f"{instance}/{ROOT}")
            else:
                number += 1
                yield Taken(volume, f"{instance}/data{number}")

    def alike(self, server: Json, survey: Survey) -> Hashable:
        taken = [volume for volume in _attached(server, survey) if not _refused(volume, server, survey)]
        # The order of volumes that are made in the same second is that of their ids, and means nothing.
        taken.sort(key=lambda volume: not _is_root(volume, server))
        return tuple((volume["size"], volume.get("volume_type"), volume.get("bootable")) for volume in taken)

    def describe(self, key: Key, spec: VolumeSpec, documents: Documents) -> None:
        vnf = documents.vnf(server_of(key))
        if vnf is None:
            return
        content = without_defaults({"size": spec.size, "type": name_of(spec.type), "keep": spec.keep})
        if last(key) == ROOT:
            vnf.vdu["bootVolume"] = content
        else:
            vnf.vdu["volumes"].append({"name": last(key)} | content)


def _attached(server: Json, survey: Survey) -> list[Json]:
    attached = {one["id"] for one in server.get(ATTACHED, ())}
    return [volume for volume in survey.items(VolumeKind.name) if volume["id"] in attached] if attached else []


def _is_root(volume: Json, server: Json) -> bool:
    """Whether the server boots from the volume."""
    return not server["image"] and is_bootable(volume)


def _refused(volume: Json, server: Json, survey: Survey) -> str:
    """Why a volume in a server can't be taken over with it; "" where it can."""
    if not survey.selection.is_free(volume):
        return HAS_A_MARK
    if len(volume["attachments"]) > 1:
        return "several servers share it"
    if is_bootable(volume) and server["image"]:
        return f"{server['name']} does not boot from it, and it holds an image"
    return ""


def _stays(item: Json, index: Index) -> str:
    """A volume in a server that is not managed: no process of Magi would take it out of there."""
    servers = [one["server_id"] for one in item.get("attachments") or () if one.get("server_id")]
    others = sorted(one for one in servers if one not in index.keys)
    return f"server {others[0]} of another actor uses it" if others else ""


def is_bootable(item: Json) -> bool:
    return bool(item.get("bootable") == "true")


def _action(observed: Observed, body: Json) -> Request:
    return Request("POST", "block-storage", f"{VOLUME}/action", observed.id, body=body, pending=True)


def _image_id(observed: Observed) -> str | None:
    return observed.spec.image_id if isinstance(observed.spec, VolumeSpec) else None


def _marks(key: Key, spec: VolumeSpec, owner: str, image_id: str | None) -> dict[str, str]:
    return {OWNER: owner, KEY: key.name} | image_marks(spec.image, image_id) | ({KEEP: "true"} if spec.keep else {})
