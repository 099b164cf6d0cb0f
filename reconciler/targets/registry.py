"""The types of targets by the ``type`` of a Vim: the only place that names them.

A type says what its kinds of resources are, what documents become there, and how to connect. It is imported light: what
connects is imported when it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from reconciler.config import ImagesConfig
from reconciler.documents.blueprint import Blueprint
from reconciler.documents.checking.parameters import Contents
from reconciler.documents.lowering import Lowered
from reconciler.documents.reading.spots import Problems
from reconciler.documents.words.descriptor import VnfDescriptorSpec
from reconciler.model import ApiCall, Desired, Driver, Key, Target
from reconciler.model.findings import Finding, Grade
from reconciler.model.kinds import KindFacts
from reconciler.targets.memory import kinds as memory, lowering as in_memory
from reconciler.targets.memory.driver import MemoryDriver, Store
from reconciler.targets.openstack.kinds import KINDS as OPENSTACK_KINDS
from reconciler.targets.openstack.lowering import check_descriptor, lower

if TYPE_CHECKING:
    from reconciler.targets.openstack.session.clouds import Clouds


@dataclass(frozen=True, slots=True)
class Access:
    """What the host gives to connect to targets. ``record`` takes every request that is sent.

    ``clouds_file``: None for the usual search path. ``owner``: the name in marks. ``images``: where software images
    may come from.
    """

    clouds_file: Path | None
    owner: str
    record: Callable[[ApiCall], None] = lambda _: None
    images: ImagesConfig = ImagesConfig()


Shared: TypeAlias = dict[object, Any]
"""What a type keeps between two targets, by keys of its own."""


@dataclass(frozen=True, slots=True)
class TargetType:
    """One type of target.

    ``lower`` makes the resources on those of a blueprint's targets that are named. ``connect`` makes a driver, and
    ``examine`` shows whether a target has what is needed; both may keep in ``Shared`` what several targets have in
    common.
    """

    name: str
    kinds: tuple[KindFacts, ...]
    check_descriptor: Callable[[Problems, VnfDescriptorSpec], None]
    lower: Callable[[Blueprint, Contents, Collection[str]], Lowered]
    connect: Callable[[Target, Access, Shared], Driver]
    examine: Callable[[Target, Access, Shared], list[Finding]]


@dataclass(frozen=True)
class Registry:
    """Types of targets by name."""

    types: Mapping[str, TargetType]

    @cached_property
    def kinds(self) -> Mapping[str, KindFacts]:
        """The kinds of resources of all types, by name. Raises ValueError where two types call one alike."""
        found: dict[str, KindFacts] = {}
        for one in self.types.values():
            for kind in one.kinds:
                if kind.name in found:
                    raise ValueError(f"two types of targets have a kind '{kind.name}'")
                found[kind.name] = kind
        return found

    @cached_property
    def fields_of_kinds(self) -> Mapping[str, tuple[str, ...]]:
        return {name: kind.fields for name, kind in self.kinds.items()}

    def check_descriptor(self, problems: Problems, spec: VnfDescriptorSpec) -> None:
        for one in self.types.values():
            one.check_descriptor(problems, spec)

    def lower(self, blueprint: Blueprint, contents: Contents) -> Mapping[Key, Desired]:
        """All resources of a service whose checks found nothing, each type of target making its own."""
        resources: dict[Key, Desired] = {}
        instances: dict[str, list[Key]] = {}
        for name, one in self.types.items():
            on = frozenset(vim for vim, document in blueprint.vims.items() if document.spec.type == name)
            lowered = one.lower(blueprint, contents, on)
            resources |= lowered.resources
            for name_of_vnf, keys in lowered.instances.items():
                instances.setdefault(name_of_vnf, []).extend(keys)
        for vnf in blueprint.spec.vnfs:
            after = tuple(key for other in vnf.depends_on for key in instances.get(other, ()))
            for key in instances.get(vnf.name, ()) if after else ():
                resources[key] = replace(resources[key], after=after)
        return resources


@dataclass
class Connections:
    """Makes drivers. One object a process: what the drivers of one type share, they share through it."""

    registry: Registry
    _shared: Shared = field(default_factory=dict)

    def connect(self, target: Target, access: Access) -> Driver:
        """A driver for the target, which sends nothing yet. Raises ConfigError."""
        return self.registry.types[target.type].connect(target, access, self._shared)

    def examine(self, target: Target, access: Access) -> list[Finding]:
        """Whether the target has what is needed, login first. Nothing is changed there."""
        return self.registry.types[target.type].examine(target, access, self._shared)


def _connect_openstack(target: Target, access: Access, shared: Shared) -> Driver:
    from reconciler.targets.openstack.driver import connect  # noqa: PLC0415  it takes half a second to import

    return connect(target, _clouds(access, shared), access.owner, access.record, access.images)


def _examine_openstack(target: Target, access: Access, shared: Shared) -> list[Finding]:
    from reconciler.targets.openstack.doctor.checkup import check  # noqa: PLC0415  it takes half a second to import

    return check(target, _clouds(access, shared))


def _clouds(access: Access, shared: Shared) -> Clouds:
    """The entries of a clouds.yaml, which is parsed once for all who log in by it."""
    from reconciler.targets.openstack.session.clouds import Clouds  # noqa: PLC0415  it takes half a second to import

    key = ("openstack", access.clouds_file)
    if key not in shared:
        shared[key] = Clouds(access.clouds_file)
    found: Clouds = shared[key]
    return found


def _connect_memory(target: Target, access: Access, shared: Shared) -> Driver:
    return MemoryDriver(target, _store(target, shared), access.owner)


def _examine_memory(target: Target, _: Access, shared: Shared) -> list[Finding]:
    count = len(_store(target, shared).items)
    return [Finding("memory", "there", Grade.FINE, f"{count} resources, which are gone with the process")]


def _store(target: Target, shared: Shared) -> Store:
    """What is on a target in memory: the same for all who name it alike."""
    found: Store = shared.setdefault(("memory", target.entry), Store())
    return found


def _facts(kinds: Iterable[Any]) -> tuple[KindFacts, ...]:
    return tuple(KindFacts(kind.name, kind.spec, kind.by_part) for kind in kinds)


OPENSTACK = TargetType(
    "openstack", _facts(OPENSTACK_KINDS), check_descriptor, lower, _connect_openstack, _examine_openstack
)

MEMORY = TargetType(
    "memory", memory.KINDS, in_memory.check_descriptor, in_memory.lower, _connect_memory, _examine_memory
)

TARGET_TYPES = Registry({one.name: one for one in (OPENSTACK, MEMORY)})
CHOICES = {"kinds": tuple(sorted(TARGET_TYPES.kinds)), "types": tuple(TARGET_TYPES.types)}
"""What documents may say where only the types of targets know it: the ``choices`` of their fields."""
