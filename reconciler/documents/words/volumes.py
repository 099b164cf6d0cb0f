"""Volumes of instances, and those that all instances of a VNF share."""

from __future__ import annotations

from reconciler.documents.words.declaring import Word, declare, word
from reconciler.documents.words.scalars import (
    CloudName,
    Name,
)


@word("volume", title="Volume", examples=[{"name": "data", "size": 20, "type": "fast"}])
class Volume(Word):
    """A disk that outlives a rebuild of the instances it is attached to."""

    name: Name = declare(
        "Name",
        (
            "Name of the volume; the last part of its name in the VIM, and not 'root' beside a boot volume. Another "
            "name is another volume, without the data."
        ),
        examples=["data"],
    )
    size: int = declare(
        "Size",
        "Size in GiB. It may grow in place, also while attached; a smaller size is refused.",
        examples=[20],
        minimum=1,
        maximum=65536,
    )
    type: CloudName | None = declare(
        "Volume type",
        (
            "Name of a volume type in the VIM. Left out: the VIM decides. A change is a retype in place, with "
            "migration where it needs that."
        ),
        default=None,
        examples=["fast"],
    )
    availability_zone: CloudName | None = declare(
        "Availability zone",
        (
            "Name of an availability zone for volumes. Left out: the VIM decides. A change is a replacement, without "
            "the data."
        ),
        default=None,
        examples=["nova"],
    )
    keep: bool = declare(
        "Keep",
        (
            "Whether the volume stays when nothing asks for it any more: Magi takes its marks off and leaves it. It "
            "is not found again: a new instance of that index gets a new volume."
        ),
        default=False,
        examples=[True],
    )


@word("bootVolume", title="Boot volume", examples=[{"size": 20}])
class BootVolume(Word):
    """A volume made from the image of the VDU, that an instance boots from instead of the disk of its flavor."""

    size: int = declare(
        "Size",
        "Size in GiB. It may grow in place; a smaller size is refused.",
        examples=[20],
        minimum=1,
        maximum=65536,
    )
    type: CloudName | None = declare(
        "Volume type",
        (
            "Name of a volume type in the VIM. Left out: the VIM decides. A change is a retype in place, with "
            "migration where it needs that."
        ),
        default=None,
        examples=["fast"],
    )
    availability_zone: CloudName | None = declare(
        "Availability zone",
        "Name of an availability zone for volumes. Left out: the VIM decides. A change is a replacement.",
        default=None,
        examples=["nova"],
    )
    keep: bool = declare(
        "Keep",
        (
            "Whether the volume stays when nothing asks for it any more: Magi takes its marks off and leaves it. It "
            "is not found again: a new instance of that index gets a new volume."
        ),
        default=False,
        examples=[True],
    )
