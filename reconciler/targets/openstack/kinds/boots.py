"""What a server boots from: its image, or a volume that was made from one."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.targets.openstack.kinds.image import ImageUse, image_use
from reconciler.targets.openstack.kinds.marks import IMAGE, OWNER
from reconciler.targets.openstack.kinds.users import ATTACHED
from reconciler.targets.openstack.kinds.volume import VOLUMES
from reconciler.targets.rest import Index, Json


def boot_volume(server: Json, index: Index) -> str | None:
    """The id of the managed volume that a server boots from: the one in it that was made from an image.

    What is in a server is Nova's word. Cinder's comes later, and out of step with whether the server is built.
    """
    if server["image"]:
        return None
    marks = _marks_of_volumes(index)
    return next((one["id"] for one in server.get(ATTACHED, ()) if one["id"] in marks), None)


def _marks_of_volumes(index: Index) -> Mapping[str, list[Mapping[str, str]]]:
    """For each managed volume that was made from an image its marks."""
    return index.table(
        "marks by volume",
        (
            (volume["id"], volume["metadata"])
            for volume in index.items.get(VOLUMES, ())
            if volume["metadata"].get(OWNER) == index.owner and volume["metadata"].get(IMAGE)
        ),
    )


def image_of(item: Json, boots_from: str | None, index: Index) -> ImageUse | None:
    """The image of a server, or that of the volume it boots from, which Nova does not report."""
    if item["image"]:
        return image_use(index, item["metadata"], item["image"]["id"])
    marks = _marks_of_volumes(index).get(boots_from or "", ())
    return next((image_use(index, one, None) for one in marks), None)
