"""All kinds of resources on an OpenStack VIM, in the order in which a listing is read: what is referred to, first."""

from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

from reconciler.targets.openstack.kinds.declared import OpenStackKind
from reconciler.targets.openstack.kinds.existing import EXISTING


def _kinds_of(module: ModuleType) -> Iterator[OpenStackKind[Any]]:
    """One of each class of a module that is a kind: that has a name."""
    own = (one for one in vars(module).values() if isinstance(one, type) and one.__module__ == module.__name__)
    yield from (one() for one in own if issubclass(one, OpenStackKind) and "name" in vars(one))


def _modules() -> Iterator[ModuleType]:
    return (import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__))


KINDS: tuple[OpenStackKind[Any], ...] = tuple(
    sorted((kind for module in _modules() for kind in _kinds_of(module)), key=lambda kind: kind.spec.rank)
)
"""Of every file in this folder, sorted by `Spec.rank`: the place in a plan is the order of references too."""

__all__ = ["EXISTING", "KINDS"]
