"""The software images of a VnfDescriptor: what Magi uploads for its VDUs."""

from __future__ import annotations

from typing import Any

from reconciler.documents.subject import Subject
from reconciler.model import Opaque
from reconciler.resources.openstack.image import ImageSpec, is_free


def check_software_images(subject: Subject) -> None:
    """Notes images that no VDU has, and properties that are not for documents to say."""
    used = {vdu["image"] for vdu in subject.spec["vdus"]}
    for name, (path, image) in subject.named("software image", "softwareImages").items():
        if name not in used:
            subject.report((*path, "name"), f"no VDU has software image '{name}'", "remove it, or name it in a vdu")
        for one in image.get("properties", ()):
            if not is_free(one):
                message = f"property '{one}' of software image '{name}' is set by Glance, Nova or Magi"
                subject.report((*path, "properties", one), message, "leave it out", key=True)


def image_spec(image: Any) -> ImageSpec:
    return ImageSpec(
        content=Opaque(image["checksum"], image.get("url") or image["file"]),
        disk_format=image["diskFormat"],
        container_format=image.get("containerFormat", "bare"),
        min_disk=image.get("minDisk", 0),
        min_ram=image.get("minRam", 0),
        properties=tuple(sorted(image.get("properties", {}).items())),
    )
