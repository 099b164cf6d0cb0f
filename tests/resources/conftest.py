"""A fresh cloud for each test, with a clock that only the test moves."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from reconciler.drivers.openstack import Clouds, OpenStackDriver, connect
from reconciler.model import ApiBudget, Target
from reconciler.simulator import CloudSettings, Simulator
from tests.resources.bench import Bench
from tests.resources.samples import PLACE, TARGET
from tests.simulator.callers import Clock


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    clock = Clock()
    settings = CloudSettings(build_seconds=1, delete_seconds=1, action_seconds=1)
    with ExitStack() as ending:
        simulator = ending.enter_context(Simulator({TARGET: settings}, clock=clock, seed=1))
        clouds = Clouds(simulator.write_clouds_file(tmp_path / "clouds.yaml"))
        budget = ApiBudget(concurrency=2, requests_per_second=1000.0)
        target = Target(TARGET, "openstack", TARGET, None, (), budget, PLACE)

        def driver_of(owner: str) -> OpenStackDriver:
            driver = connect(target, clouds, owner, lambda _: None)
            ending.callback(driver.close)
            return driver

        yield Bench(simulator, clock, driver_of, driver_of("test"))
