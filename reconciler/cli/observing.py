"""Plans of several targets, made side by side: what every command that observes begins with."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from reconciler.loop.one_pass import Watcher, in_turn, one_pass
from reconciler.model import Catalog, Driver, Report, World


def observe(
    catalog: Catalog,
    drivers: Mapping[str, Driver],
    service: str | None,
    *,
    complete: bool = False,
    preflight: bool = False,
) -> list[Report]:
    """A plan of each target, made side by side, in the order of the drivers. The rest is as in `one_pass`."""
    worlds: dict[str, World] = {}
    watcher = Watcher(observed=lambda world: worlds.update({world.target: world}))

    def one(target: str) -> Report:
        return one_pass(
            target,
            catalog,
            drivers[target],
            watcher=watcher,
            only=service,
            dry_run=True,
            complete=complete,
            preflight=preflight,
        )

    with ThreadPoolExecutor(len(drivers), thread_name_prefix="plan") as pool:
        found = list(pool.map(one, drivers))
    if service:
        return found
    reports = {report.target: report for report in found}
    return [
        in_turn(report, worlds[report.target], catalog, reports) if report.target in worlds else report
        for report in found
    ]
