"""First sync of 50 services against clouds 50 ms away, held against the ideal that the cloud's own log allows.

The ideal is the larger of two times: that of all requests divided by how many may run at once, and that of the longest
chain of steps, with the observations before and after it and the building of a server.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from statistics import mean

from benchmarks import fleet
from benchmarks.clouds import catalog_of, simulated, write
from benchmarks.result import Result
from reconciler.applying import path_lengths
from reconciler.loop.converge import converge
from reconciler.loop.one_pass import one_pass
from reconciler.targets.openstack.driver import connect
from reconciler.targets.openstack.kinds.server import ServerSpec
from reconciler.targets.openstack.session.clouds import Clouds

SERVICES = 50
LATENCY = 0.05
BUILD = 0.5
CONCURRENCY = 8
TIMES_IDEAL = 1.3


def run() -> list[Result]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        catalog = catalog_of(write(folder / "repository", fleet.small_services(SERVICES, CONCURRENCY)))
        with simulated(folder, "--latency", str(LATENCY), "--build-seconds", str(BUILD)) as clouds:
            driver = connect(catalog.targets["paris"], Clouds(clouds.file), "magi", lambda _: None)
            plan = one_pass("paris", catalog, driver, dry_run=True).plan
            assert plan is not None
            clouds.ask("_simulator/requests", "DELETE")
            start = time.perf_counter()
            done = converge(catalog, {"paris": driver})
            taken = time.perf_counter() - start
            assert done.succeeded, done.reports["paris"].left
            log = clouds.ask("_simulator/log")
            driver.close()
    seconds = [entry["end"] - entry["start"] for entry in log]
    by_budget = sum(seconds) / CONCURRENCY
    longest = max(path_lengths(plan).values()) - ServerSpec.building
    chain = (longest + 2) * mean(seconds) + BUILD
    ideal = max(by_budget, chain)
    return [
        Result(f"first sync of {SERVICES} services, {len(plan)} steps, {len(log)} requests", taken, "s"),
        Result(f"all requests / {CONCURRENCY} at once", by_budget, "s"),
        Result(f"longest chain: {longest} steps, 2 observations, a build", chain, "s"),
        Result("times the ideal", taken / ideal, "", TIMES_IDEAL),
    ]
