"""A plan for one VIM does not walk through the services of all: that would grow with the square of the VIMs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from reconciler.loop.pass_context import current_circumstances
from reconciler.model import ApiBudget, Catalog, Place, ServiceInfo, Target, World
from reconciler.planning import plan_target

PLACE = Place("edge.yaml", 1)


class Walked(dict[str, ServiceInfo]):
    """Services that count how often someone walks through all of them."""

    walks = 0

    def __iter__(self) -> Iterator[str]:
        self.walks += 1
        return super().__iter__()

    def items(self) -> Any:
        self.walks += 1
        return super().items()

    def values(self) -> Any:
        self.walks += 1
        return super().values()


def test_all_services_are_walked_through_once_a_commit_and_not_once_a_plan() -> None:
    vims = [f"vim-{number}" for number in range(10)]
    services = Walked({f"{vim}-edge": ServiceInfo(f"{vim}-edge", PLACE, (vim,)) for vim in vims})
    catalog = Catalog(
        {vim: Target(vim, "openstack", vim, (), (), ApiBudget(), PLACE) for vim in vims},
        {vim: {} for vim in vims},
        services,
    )
    plan_of(catalog, vims[0])
    once = services.walks
    for vim in vims:
        plan_of(catalog, vim)
    assert services.walks == once > 0


def plan_of(catalog: Catalog, vim: str) -> None:
    plan_target(catalog, World(vim, {}, {}), current_circumstances(catalog))
