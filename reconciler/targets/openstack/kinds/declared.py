"""What a kind of OpenStack declares of itself beyond what kinds of all targets do: what it needs of a cloud.

`requirements.py` collects it from `KINDS`. Data only.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from reconciler.targets.rest import Kind, S

UNKNOWN_WITHOUT = "the VIM can't be looked at, so nothing is planned or changed there"


class RequirementType(StrEnum):
    API = "API"
    LOGIN = "login method"
    MICROVERSION = "microversion"
    EXTENSION = "extension"


class Level(StrEnum):
    """How much Magi depends on something."""

    NEEDED = "needed"
    USED = "used"
    UNUSED = "not used"


@dataclass(frozen=True, slots=True)
class Requirement:
    """One row. ``service`` is a type of the catalog, ``name`` a version, a login method or the alias of an extension.

    ``purpose`` says what it is for, ``without`` what happens where it is missing. ``attributes`` are what a cloud
    without the extension refuses to be given it, with a collection before it where that alone is meant.
    """

    service: str
    type: RequirementType
    name: str
    level: Level
    purpose: str
    without: str
    attributes: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.service} {self.name}"


def neutron_extension(
    name: str, purpose: str, without: str, *attributes: str, level: Level = Level.USED
) -> Requirement:
    """An extension of the network service."""
    return Requirement("network", RequirementType.EXTENSION, name, level, purpose, without, attributes)


class OpenStackKind(Kind[S]):
    """A kind of resource of an OpenStack cloud."""

    requirements: ClassVar[tuple[Requirement, ...]] = ()
    """What it uses of a cloud beyond the API and the microversion of its service.

    What several kinds use is declared by the first of them in `KINDS`.
    """
