"""Plans of several targets, made side by side: what every command that observes begins with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

from reconciler.loop.narrowing import Removal
from reconciler.loop.one_pass import Watcher, in_turn, one_pass
from reconciler.model import Catalog, Driver, Report, World


def observe(
    catalog: Catalog,
    drivers: Mapping[str, Driver],
    only: str | Removal | None,
    *,
    complete: bool = False,
    preflight: bool = False,
    observed: Callable[[World], None] = lambda _: None,
) -> list[Report]:
    """A plan of each target, made side by side, in the order of the drivers. ``observed`` gets
    all that is on each target. The rest is as in `one_pass`.
    """
    worlds: dict[str, World] = {}

    def keep(world: World) -> None:
        worlds[world.target] = world
        observed(world)

    watcher = Watcher(observed=keep)

    def one(target: str) -> Report:
        return one_pass(
            target,
            catalog,
            drivers[target],
            watcher=watcher,
            only=only,
            dry_run=True,
            complete=complete,
            preflight=preflight,
        )

    with ThreadPoolExecutor(len(drivers), thread_name_prefix="plan") as pool:
        found = list(pool.map(one, drivers))
    if only:
        return found
    reports = {report.target: report for report in found}
    return [
        in_turn(report, worlds[report.target], catalog, reports) if report.target in worlds else report
        for report in found
    ]
