"""A pass of the daemon with nothing to do, beside the same requests whose answers are read and not used."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from typing import NamedTuple

import requests

from benchmarks.clouds import catalog_of
from benchmarks.on_openstack.cloud import GETS, Cloud
from benchmarks.on_openstack.magi import OWNER
from reconciler.loop.one_pass import one_pass
from reconciler.targets.openstack.driver import connect
from reconciler.targets.openstack.session.clouds import Clouds

_TIMES = 15


class Taken(NamedTuple):
    """Seconds of each, in the median: of a pass with nothing to do, and of one GET a kind, decoded from JSON."""

    of_pass: float
    raw: float


def quiet_pass(folder: Path, cloud: Cloud) -> Taken:
    """``folder``: the documents of what is deployed. Both have logged in before, and take turns."""
    catalog = catalog_of(folder)
    target = catalog.targets["paris"]
    driver = connect(target, Clouds(cloud.clouds_file), OWNER, lambda _: None)
    urls = [cloud.url(service) + path for service, path in GETS]
    headers = {"X-Auth-Token": cloud.token}

    def one(url: str) -> None:
        session.get(url, headers=headers, timeout=60).json()

    def raw() -> None:
        list(pool.map(one, urls))

    def passes() -> None:
        assert one_pass("paris", catalog, driver).settled

    with requests.Session() as session, ThreadPoolExecutor(target.budget.concurrency) as pool:
        taken: dict[Callable[[], None], list[float]] = {passes: [], raw: []}
        for _ in range(_TIMES):
            for what, seconds in taken.items():
                start = time.perf_counter()
                what()
                seconds.append(time.perf_counter() - start)
    driver.close()
    # The first of each opens connections, and the first pass asks for what later ones know.
    return Taken(*(median(seconds[1:]) for seconds in taken.values()))
