"""Software images of a descriptor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from reconciler.documents.words.declaring import Word, declare, word
from reconciler.documents.words.rules import exactly_one
from reconciler.documents.words.scalars import CloudName


@word(
    "softwareImage",
    title="Software image",
    examples=[
        {
            "name": "firewall-3.1",
            "url": "https://images.example.net/firewall-3.1.qcow2",
            "checksum": "sha256:5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03",
            "diskFormat": "qcow2",
        }
    ],
    rules=exactly_one("url", "file"),
)
class SoftwareImage(Word):
    """An image that Magi uploads where it is needed, once a VIM."""

    name: CloudName = declare(
        "Name",
        (
            "Name of the image; VDUs refer to it. It takes precedence over an image of the VIM of that name, and an "
            "entry in 'images' of the Vim over both."
        ),
        examples=["firewall-3.1"],
    )
    url: str | None = declare(
        "URL",
        "URL that the host of Magi fetches, with 'https://' or 'http://'. Excludes 'file'.",
        default=None,
        examples=["https://images.example.net/firewall-3.1.qcow2"],
        maxLength=2048,
        pattern="^https?://[^\\s]+$",
        patternErrorMessage="a URL that begins with https:// or http:// is needed",
    )
    file: str | None = declare(
        "File",
        "Path of a file in the folder 'images.folder' on the host of Magi. Excludes 'url'.",
        default=None,
        examples=["firewall-3.1.qcow2"],
        minLength=1,
        maxLength=1024,
        pattern="^[^/]",
        patternErrorMessage="a path relative to images.folder is needed",
    )
    checksum: str = declare(
        "Checksum",
        (
            "'sha256:' and the 64 digits that sha256sum prints for the file as it is uploaded. What has another "
            "checksum never becomes an image."
        ),
        examples=["sha256:5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"],
        pattern="^sha256:[0-9a-f]{64}$",
        patternErrorMessage="'sha256:' and 64 hexadecimal digits in lower case are needed, as sha256sum prints them",
    )
    disk_format: Literal["raw", "qcow2", "vmdk", "vdi", "vhd", "vhdx", "ploop", "iso", "ami", "ari", "aki"] = declare(
        "Disk format",
        "Format of the file, in the words of Glance. Nothing is converted.",
        examples=["qcow2"],
    )
    container_format: Literal["bare", "ovf", "ova", "docker", "compressed", "ami", "ari", "aki"] = declare(
        "Container format",
        "What the image is packed in, in the words of Glance.",
        default="bare",
        examples=["bare"],
    )
    min_disk: int = declare(
        "Smallest disk",
        "Disk in GiB that an instance needs.",
        default=0,
        examples=[10],
        minimum=0,
        maximum=65536,
    )
    min_ram: int = declare(
        "Smallest memory",
        "Memory in MiB that an instance needs.",
        default=0,
        examples=[2048],
        minimum=0,
        maximum=16777216,
    )
    properties: Mapping[str, str] = declare(
        "Properties",
        (
            "Further properties, such as 'hw_vif_multiqueue_enabled'. Refused are those of Glance itself, those that "
            "Nova sets on the image of a server ('image_type', 'instance_uuid', 'block_device_mapping'), and names "
            "that begin with 'magi_' or 'os_glance'."
        ),
        default={},
        examples=[{"hw_vif_multiqueue_enabled": "true", "os_type": "linux"}],
        propertyNames={
            "pattern": "^[-a-zA-Z0-9_:.]{1,255}$",
            "patternErrorMessage": "a property has 1 to 255 letters, digits, '-', '_', ':' and '.'",
        },
        values={"maxLength": 255},
    )
