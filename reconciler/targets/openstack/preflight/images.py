"""Images: whether they can be used, and fit into the memory and the disk that an instance has for them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from reconciler.model import Action, Impact, Obstacle, Step
from reconciler.targets.openstack.kinds.existing import IMAGES
from reconciler.targets.openstack.kinds.server import ServerSpec
from reconciler.targets.openstack.kinds.volume import VolumeSpec
from reconciler.targets.openstack.preflight.asked import Asked
from reconciler.targets.openstack.preflight.flavors import flavors

_WITH_IMAGE = frozenset({Impact.REPLACE, Impact.REBUILD, Impact.RESIZE})


def images(asked: Asked) -> Iterator[Obstacle]:
    """Image v2: min_disk in GiB, min_ram in MiB, size and virtual_size in bytes, status. Raises NotReported."""
    servers = [
        (step, spec)
        for step, spec in asked.desired("server", ServerSpec, Action.CREATE, Action.UPDATE)
        if step.action is Action.CREATE or step.impact in _WITH_IMAGE
    ]
    volumes = [(step, spec) for step, spec in asked.desired("volume", VolumeSpec) if spec.image]
    if not servers and not volumes:
        return
    there = {one["id"]: one for one in asked.items(IMAGES)}
    found = {key: there.get(ids[0]) for key, ids in asked.world.existing.items() if key.kind == "image"}
    sizes = flavors(asked) if servers else None
    for step, spec in servers:
        size = sizes.size_of(spec) if sizes else None
        if image := found.get(spec.image):
            yield from _obstacles(
                step, image, size and size.memory, None if spec.boot_volume or not size else size.disk
            )
    for step, volume in volumes:
        image = found.get(volume.image) if volume.image else None
        if image:
            yield from _obstacles(step, image, None, volume.size)


def _obstacles(step: Step, image: Any, memory: int | None, disk: int | None) -> Iterator[Obstacle]:
    """``memory`` in MiB and ``disk`` in GiB are what there is; None where that is not known or does not matter."""
    name = f"image '{image['name']}'"
    if image["status"] != "active":
        yield Obstacle(f"{name} is {image['status']}", (step.key,))
    if memory is not None and memory < image["min_ram"]:
        yield Obstacle(f"{name} needs {image['min_ram']} MiB of memory, the flavor has {memory}", (step.key,))
    least = max(image["min_disk"], _gib(image.get("virtual_size") or image.get("size") or 0))
    if disk and disk < least:  # a disk of 0 is as large as the image
        yield Obstacle(f"{name} needs a disk of {least} GiB, there are {disk}", (step.key,))


def _gib(size: int) -> int:
    """In whole GiB, rounded up."""
    return -(-size >> 30)
