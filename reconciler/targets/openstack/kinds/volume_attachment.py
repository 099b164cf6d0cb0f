"""volume-attachment: a volume in a server. API reference: Compute v2.1, os-volume_attachments.

It has nothing to mark: it is managed when both its server and its volume are, and its Key follows from theirs. What a
server boots from is no attachment: it comes and goes with the server.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from reconciler.model import Key, Observed, Spec
from reconciler.targets.openstack.kinds.boots import boot_volume
from reconciler.targets.openstack.kinds.declared import NOVA, OpenStackKind, Right
from reconciler.targets.openstack.kinds.server_states import locked
from reconciler.targets.openstack.kinds.users import ATTACHED, SERVERS
from reconciler.targets.openstack.kinds.volume import ATTACHING
from reconciler.targets.rest import GONE, Ids, Index, Json, Request

_BUSY = frozenset({400})


def attachment_key(server: Key, volume: Key) -> Key:
    """The Key of ``volume`` in ``server``: vcpe/db/db-0/data."""
    return Key(server.target, "volume-attachment", f"{server.name}/{volume.name.rpartition('/')[2]}")


@dataclass(frozen=True, slots=True)
class VolumeAttachmentSpec(Spec):
    rank: ClassVar[int] = 200
    immutable: ClassVar[frozenset[str]] = frozenset({"server", "volume"})
    part_of: ClassVar[str | None] = "server"
    clings: ClassVar[bool] = True

    server: Key
    volume: Key


class VolumeAttachmentKind(OpenStackKind[VolumeAttachmentSpec]):
    name = "volume-attachment"
    spec = VolumeAttachmentSpec
    listing = SERVERS
    by_part = True
    rights = (
        Right(
            "compute",
            "POST",
            "/servers/{id}/os-volume_attachments",
            (f"{NOVA}os-volumes-attachments:create",),
            behind=("block-storage volume:get", *ATTACHING),
        ),
        Right(
            "compute",
            "DELETE",
            "/servers/{id}/os-volume_attachments/{part}",
            (f"{NOVA}os-volumes-attachments:delete",),
            behind=(
                "block-storage volume:get",
                "block-storage volume:attachment_delete",
                "block-storage volume_extension:volume_actions:begin_detaching",
                "block-storage volume_extension:volume_actions:roll_detaching",
            ),
        ),
    )

    def items(self, index: Index) -> Iterable[Json]:
        """One item for each volume in a server; with several servers a volume is in several items."""
        return [
            {"id": f"{item['id']}/{one['id']}", "server": item["id"], "volume": one["id"]}
            for item in index.items[SERVERS]
            if item["id"] in index.keys
            for one in item.get(ATTACHED, ())
            if one["id"] != boot_volume(item, index)
        ]

    def identify(self, item: Json, index: Index) -> Key | None:
        server, volume = index.keys.get(item["server"]), index.keys.get(item["volume"])
        if server is None or volume is None or volume.kind != "volume":
            return None
        return attachment_key(server, volume)

    def decode(self, key: Key, item: Json, index: Index) -> Observed:
        spec = VolumeAttachmentSpec(index.keys[item["server"]], index.keys[item["volume"]])
        return Observed(key, spec, item["volume"], stays=locked(index, item["server"]))

    def create(self, key: Key, spec: VolumeAttachmentSpec, ids: Ids, owner: str) -> Request:
        return Request(
            "POST",
            "compute",
            "/servers/{id}/os-volume_attachments",
            ids[spec.server],
            body={"volumeAttachment": {"volumeId": ids[spec.volume]}},
            answer="volumeAttachment",
        )

    def delete(self, observed: Observed, spec: VolumeAttachmentSpec, ids: Ids) -> Request:
        return Request(
            "DELETE",
            "compute",
            "/servers/{id}/os-volume_attachments/{part}",
            ids[spec.server],
            part=observed.id,
            done=GONE,
            again=_BUSY,
            pending=True,
        )
