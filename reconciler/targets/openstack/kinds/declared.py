"""What a kind of OpenStack declares of itself beyond what kinds of all targets do: what it needs of a cloud,
with which rights, and how it is adopted.

`requirements.py`, `doctor/rights.py` and `adopting/` collect it from `KINDS`.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from reconciler.model import Key
from reconciler.targets.openstack.kinds.adoption import Left, Survey, Taken
from reconciler.targets.openstack.kinds.describing import Data, Documents
from reconciler.targets.rest import Json, Kind, S


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


class Role(StrEnum):
    """What a login in the project needs at least, where the operator has changed no policy."""

    READER = "reader"
    MEMBER = "member"
    MANAGER = "manager"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Right:
    """One request. ``action``: the name in the body, where one route does several things.

    ``rules`` are those that it always needs, ``further`` those for some attributes, ``above`` those for attributes
    that by default more than ``role`` is needed for, where a document asks for them. ``behind``: what another service
    is asked on the way, with the same login. ``purpose``: why Magi sends it, where that is not plain.
    ``dispensable``: Magi does without where it is refused.
    """

    service: str
    method: str
    route: str
    rules: tuple[str, ...]
    role: Role = Role.MEMBER
    action: str = ""
    further: tuple[str, ...] = ()
    above: tuple[str, ...] = ()
    behind: tuple[str, ...] = ()
    purpose: str = ""
    dispensable: bool = False


NOVA = "os_compute_api:"
"""What the names of Nova's policy rules begin with."""

BY_ITSELF = "an observation in which one listing names what another one lacks; refused: the second one is believed"


def read_right(
    service: str, route: str, *rules: str, purpose: str = "an observation", dispensable: bool = False
) -> Right:
    """The right to read something, by default for a listing."""
    return Right(service, "GET", route, rules, Role.READER, purpose=purpose, dispensable=dispensable)


def neutron_rights(
    collection: str,
    name: str,
    further: tuple[str, ...] = (),
    above: tuple[str, ...] = (),
    created: tuple[str, ...] = (),
    updated: tuple[str, ...] = (),
    role: Role = Role.MEMBER,
) -> tuple[Right, ...]:
    """The rights to make, change and remove one under its own path.

    ``further``, ``above``: attributes with rules of their own; ``created``: those of ``further`` that never change,
    ``updated``: those that are only changed.
    """
    path = f"/v2.0/{collection}"

    def rules(verb: str, attributes: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(f"{verb}_{name}:{attribute}" for attribute in attributes)

    fixed = tuple(one for one in above if one.startswith("provider:"))
    changed = tuple(one for one in above if one not in fixed)
    return (
        Right(
            "network",
            "POST",
            path,
            (f"create_{name}",),
            role,
            further=rules("create", further + created),
            above=rules("create", above),
        ),
        Right(
            "network",
            "PUT",
            f"{path}/{{id}}",
            (f"update_{name}",),
            role,
            further=rules("update", further + updated),
            above=rules("update", changed),
        ),
        Right("network", "DELETE", f"{path}/{{id}}", (f"delete_{name}",), role),
    )


class OpenStackKind(Kind[S]):
    """A kind of resource of an OpenStack cloud."""

    requirements: ClassVar[tuple[Requirement, ...]] = ()
    """What it uses of a cloud beyond the API and the microversion of its service.

    What several kinds use is declared by the first of them in `KINDS`.
    """

    rights: ClassVar[tuple[Right, ...]] = ()
    """The policy rules behind each request that it makes, and behind its listing, if that is its own."""

    def adopted(self, survey: Survey) -> Iterator[Taken | Left]:
        """Which items of its listing are taken over, under which names, and what is left alone, with the reason.

        None of a kind that is only referred to, or that is managed by what it is a part of.
        """
        yield from ()

    def alike(self, server: Json, survey: Survey) -> Hashable:
        """What a server has of this kind that has to be the same for all instances of a VDU."""
        return None

    def describe(self, key: Key, spec: S, documents: Documents) -> Data | None:
        """Writes what documents say of a resource that is adopted, but for what is the default.

        The answer is the part to which what belongs to it can add; None where nothing can.
        """
        return None
