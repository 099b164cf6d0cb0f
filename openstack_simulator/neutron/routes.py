"""Every route of Neutron: those of each file in this folder, and those that all its collections have."""

from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

from openstack_simulator import neutron
from openstack_simulator.cloud import Cloud
from openstack_simulator.neutron.extensions import disabled_paths
from openstack_simulator.neutron.resource import Resource, crud
from openstack_simulator.neutron.tags import tag_routes
from openstack_simulator.routing import Route


def _modules() -> Iterator[ModuleType]:
    names = (found.name for found in iter_modules(neutron.__path__))
    return (import_module(f"{neutron.__name__}.{name}") for name in names if name != "routes")


_MODULES = tuple(_modules())
_COLLECTIONS = {
    one.collection: one for module in _MODULES for one in vars(module).values() if isinstance(one, Resource)
}
RESOURCES = tuple(_COLLECTIONS.values())
_EXTENSION_OF = disabled_paths(RESOURCES)

# What a file adds to a collection goes before what every collection has.
ROUTES: tuple[Route, ...] = (
    *(route for module in _MODULES for route in getattr(module, "ROUTES", ())),
    *(route for resource in RESOURCES for route in crud(resource)),
    *(route for resource in RESOURCES if resource.taggable for route in tag_routes(resource)),
)


def is_disabled(cloud: Cloud, route: Route) -> bool:
    """Whether the cloud's settings take this route away."""
    gone = cloud.settings.disabled_extensions
    if not gone:
        return False
    segments = route.template.split("/")
    if "tags" in segments:
        return "standard-attr-tag" in gone
    if segments[-1].startswith("details") and "quota_details" in gone:
        return True
    known = (_EXTENSION_OF.get("/".join(segments[2 : 2 + length])) for length in (2, 1))
    return next(filter(None, known), None) in gone
