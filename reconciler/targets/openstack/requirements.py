"""What Magi needs of an OpenStack cloud, what it uses where it is there, and what becomes of it without.

docs/compatibility.md shows this table, `magi doctor` holds a cloud against it, and tests/compatibility has a test for
each row. The API and the microversion of a service are what `services.py` says, the rows of a kind are in its file
(`OpenStackKind.requirements`); here are those of the login, and of the extensions that all kinds of a service use.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from reconciler.targets.openstack.kinds import KINDS, server
from reconciler.targets.openstack.kinds.declared import (
    Level,
    OpenStackKind,
    Requirement,
    RequirementType,
    neutron_extension,
)
from reconciler.targets.openstack.services import SERVICES, Service, Use


def version_number(version: str) -> tuple[int, ...]:
    """A microversion as what it is compared by: "2.9" is before "2.79". Raises ValueError for what is none."""
    return tuple(int(part) for part in version.split("."))


HOSTNAME_MICROVERSION = server.HOSTNAME_MICROVERSION


def _row(service: Service, kind: RequirementType, name: str, use: Use) -> Requirement:
    level = Level.USED if use.optional else Level.NEEDED
    return Requirement(service.type, kind, name, level, use.purpose, use.without)


def rows_of(service: Service) -> Iterator[Requirement]:
    """The API of a service, and the microversion that is asked of it."""
    yield _row(service, RequirementType.API, service.version.removeprefix("/"), service.use)
    if service.microversion_use:
        yield _row(service, RequirementType.MICROVERSION, service.microversion, service.microversion_use)


_OF_SERVICES: tuple[Requirement, ...] = (
    Requirement(
        "identity",
        RequirementType.API,
        "v3",
        Level.NEEDED,
        "login and catalog",
        "the login fails, so the VIM can't be observed",
    ),
    Requirement(
        "identity",
        RequirementType.LOGIN,
        "application_credential",
        Level.USED,
        "login that belongs to no person",
        "an entry of clouds.yaml with an application credential can't log in; one with user and password can",
    ),
    neutron_extension(
        "standard-attr-description",
        "the mark by which Magi knows its own",
        "nothing can be marked: every create of a network resource is refused",
        "description",
        level=Level.NEEDED,
    ),
    neutron_extension(
        "standard-attr-revisions",
        "updates that fail when another actor was faster",
        "an update may overwrite what someone changed since the observation, a second or so before",
    ),
    neutron_extension(
        "revision-if-match",
        "updates that fail when another actor was faster",
        "an update may overwrite what someone changed since the observation, a second or so before",
    ),
    neutron_extension(
        "standard-attr-timestamp",
        "finding the older of two with one mark, after a reply was lost",
        "the one with the lower id stays, which may be the newer one",
    ),
    neutron_extension(
        "pagination",
        "listings in pages of 1000",
        "a listing is one answer, however long",
    ),
    neutron_extension(
        "project-id",
        "listing what is the project's own",
        "the same for a member; an admin's observation lists all projects, and knows its own by the mark",
    ),
    neutron_extension(
        "quotas",
        "showing the limits of the project in `magi doctor`, and what would exceed them in plans",
        "`magi doctor` shows no limits of the network service, and plans do not check them; nothing else changes",
    ),
    neutron_extension(
        "quota_details",
        "showing how much of them is used in `magi doctor`, and what would exceed them in plans",
        "`magi doctor` shows the limits alone, and plans do not check them; nothing else changes",
    ),
    neutron_extension(
        "standard-attr-tag", "nothing: tags can't be set by the create call", "nothing changes", level=Level.UNUSED
    ),
    neutron_extension(
        "sorting", "nothing: the order of a listing has no meaning", "nothing changes", level=Level.UNUSED
    ),
    *(row for service in SERVICES.values() for row in rows_of(service)),
)

_ORDER = ("identity", *SERVICES)


def collected(kinds: Iterable[OpenStackKind[Any]]) -> tuple[Requirement, ...]:
    """The rows of the services and of these kinds: by service, the API first, then by how much depends on them."""

    def place(row: Requirement) -> tuple[int, bool, int]:
        return _ORDER.index(row.service), row.type is not RequirementType.API, tuple(Level).index(row.level)

    return tuple(sorted((*(row for kind in kinds for row in kind.requirements), *_OF_SERVICES), key=place))


REQUIREMENTS: tuple[Requirement, ...] = collected(KINDS)

EXTENSIONS: tuple[Requirement, ...] = tuple(row for row in REQUIREMENTS if row.type is RequirementType.EXTENSION)

_BY_ATTRIBUTE = {attribute: row for row in EXTENSIONS for attribute in row.attributes}


def extension_of(attribute: str, collection: str = "") -> Requirement | None:
    """The extension that an attribute of the network service needs, in a collection such as ``floatingips``."""
    return _BY_ATTRIBUTE.get(f"{collection}/{attribute}") or _BY_ATTRIBUTE.get(attribute)
