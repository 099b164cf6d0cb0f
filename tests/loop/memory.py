"""Catalogs for targets in memory."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.model import ApiBudget, Catalog, Desired, ServiceInfo, Target
from tests.worlds import PLACE, TARGET, ThingSpec, catalog_of


def target(name: str = TARGET) -> Target:
    return Target(name, "memory", name, (), (), ApiBudget(concurrency=2), PLACE)


def catalog(things: Mapping[str, ThingSpec], *names: str) -> Catalog:
    """The same things desired on each target."""
    targets = {name: target(name) for name in names or (TARGET,)}
    desired = {
        name: {
            key._replace(target=name): Desired(key._replace(target=name), one.spec, PLACE)
            for key, one in catalog_of(things).items()
        }
        for name in targets
    }
    return Catalog(targets, desired, {"svc": ServiceInfo("svc", PLACE, tuple(targets))}, commit="abc")
