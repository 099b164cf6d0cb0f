"""What servers take of a cloud: the numbers of their flavors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from reconciler.model import Key
from reconciler.targets.openstack.kinds.existing import FLAVORS
from reconciler.targets.openstack.kinds.server import ServerSpec
from reconciler.targets.openstack.kinds.sizing import content_of
from reconciler.targets.openstack.preflight.asked import Asked


class Size(NamedTuple):
    """``memory`` in MiB, ``disk`` in GiB; a disk of 0 is as large as the image."""

    vcpus: int
    memory: int
    disk: int


@dataclass(frozen=True)
class Flavors:
    """``named``: the size of each flavor that is referred to by name."""

    named: Mapping[Key, Size]

    def size_of(self, server: ServerSpec) -> Size | None:
        """None where the cloud reports nothing of the flavor."""
        if server.sizing is not None:
            return _size(server.sizing.name)
        return self.named.get(server.flavor) if server.flavor else None


def flavors(asked: Asked) -> Flavors:
    """The flavors of the cloud, as the listing of an observation has them. Raises NotReported."""
    contents = {one["id"]: content_of(one) for one in asked.items(FLAVORS)}
    ids = {key: there[0] for key, there in asked.world.existing.items() if key.kind == "flavor" and len(there) == 1}
    return Flavors({key: _size(content) for key, one in ids.items() if (content := contents.get(one))})


def _size(content: str) -> Size:
    """The numbers in what a flavor holds (`content_name`)."""
    numbers = dict(part.partition("=")[::2] for part in content.split(","))
    return Size(int(numbers["vcpus"]), int(numbers["memory"]), int(numbers["disk"]))
