"""An observation with nothing to do: its number of API requests depends on kinds and pages, not on services."""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks import fleet
from benchmarks.clouds import catalog_of, simulated, write
from benchmarks.result import Result
from reconciler.loop.converge import converge
from reconciler.loop.one_pass import one_pass
from reconciler.targets.openstack.driver import connect
from reconciler.targets.openstack.session.clouds import Clouds

MOST = 12


def run() -> list[Result]:
    results = []
    for services in (1, 10, 100):
        with tempfile.TemporaryDirectory() as name, simulated(Path(name), "--build-seconds", "0") as clouds:
            catalog = catalog_of(write(Path(name) / "repository", fleet.small_services(services, concurrency=32)))
            driver = connect(catalog.targets["paris"], Clouds(clouds.file), "magi", lambda _: None)
            done = converge(catalog, {"paris": driver})
            assert done.succeeded, done.reports["paris"].left
            objects = sum(done.reports["paris"].counts.values())
            driver.close()
            # A driver that has yet to log in, as in a process that has just started.
            driver = connect(catalog.targets["paris"], Clouds(clouds.file), "magi", lambda _: None)
            for start in ("first observation, with login", "later observation"):
                clouds.ask("_simulator/requests", "DELETE")
                report = one_pass("paris", catalog, driver)
                assert report.settled
                requests = sum(entry["count"] for entry in clouds.ask("_simulator/requests"))
                what = f"{services} service{'s' if services > 1 else ''} ({objects} resources), {start}"
                results.append(Result(what, requests, "requests", MOST))
            driver.close()
    return results
