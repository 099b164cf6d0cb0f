"""The software images of a VnfDescriptor: what Magi uploads for its VDUs."""

from __future__ import annotations

from reconciler.documents.reading.spots import Problems
from reconciler.documents.words.descriptor import VnfDescriptorSpec
from reconciler.documents.words.software_images import SoftwareImage
from reconciler.model import Opaque
from reconciler.targets.openstack.kinds.image import ImageSpec, is_free


def check_properties(problems: Problems, spec: VnfDescriptorSpec) -> None:
    """Notes properties of images that are not for documents to say."""
    for image in spec.software_images:
        for one in image.properties:
            if not is_free(one):
                message = f"property '{one}' of software image '{image.name}' is set by Glance, Nova or Magi"
                problems.report(image.at("properties", one), message, "leave it out", key=True)


def image_spec(image: SoftwareImage) -> ImageSpec:
    return ImageSpec(
        content=Opaque(image.checksum, image.url or image.file or ""),
        disk_format=image.disk_format,
        container_format=image.container_format,
        min_disk=image.min_disk,
        min_ram=image.min_ram,
        properties=tuple(sorted(image.properties.items())),
    )
