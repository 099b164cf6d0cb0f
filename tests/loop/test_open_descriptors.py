"""What a daemon holds open: as much after many observations that fail as after one."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from pathlib import Path

import openstack.connection
import pytest

from reconciler.config import DriftConfig
from reconciler.loop.pass_context import Board
from reconciler.loop.target_loop import LoopId, TargetLoop
from reconciler.model import ApiBudget, ApiCall, Catalog, ConfigError, Driver, Place, RepositoryStatus, Target
from reconciler.reporting.events import EventLog
from reconciler.reporting.metrics import Metrics
from reconciler.targets.openstack.driver import connect
from reconciler.targets.openstack.session.clouds import Clouds
from tests.loop.follower import Follower
from tests.waiting import eventually

PARIS = Target("paris", "openstack", "paris", (), (), ApiBudget(), Place("vims.yaml", 1))
OBSERVATIONS = 50
SPARE = 4
"""What the simulator, which is in this process as well, may not have ended yet."""

pytestmark = pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="descriptors are counted in /proc")


@pytest.fixture(params=["closes", "leaves open"])
def sdk(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Releases of the SDK that close a session with its connection, and older ones that do not."""
    if request.param == "leaves open":
        monkeypatch.setattr(openstack.connection.Connection, "close", lambda _: None)


@pytest.fixture
def _uncollected() -> Iterator[None]:
    """What is only ended by garbage collection counts as open."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def descriptors() -> int:
    return len([*Path("/proc/self/fd").iterdir()])


@pytest.mark.usefixtures("sdk", "_uncollected")
def test_descriptors_and_threads_stay_as_many_over_forbidden_observations(follower: Follower) -> None:
    calls: list[ApiCall] = []
    made: list[Driver] = []

    def connected(target: Target) -> Driver:
        made.append(connect(target, Clouds(follower.clouds_file), "test", calls.append))
        return made[-1]

    loop = TargetLoop(
        LoopId("default", "paris"),
        connected,
        DriftConfig(),
        Metrics("1", lambda: [RepositoryStatus("")], list),
        Board(),
        EventLog(),
    )
    loop.take(Catalog({"paris": PARIS}, {"paris": {}}, {}))
    follower.fault(service="network", method="GET", status=403)
    loop.observe()
    open_first, threads_first = descriptors(), threading.active_count()
    for _ in range(OBSERVATIONS):
        loop.observe()
    assert loop.report is not None
    assert isinstance(loop.report.error, ConfigError)
    assert len(made) == OBSERVATIONS + 1
    eventually(lambda: descriptors() <= open_first + SPARE, 30.0)
    eventually(lambda: threading.active_count() <= threads_first, 30.0)
    loop.stop()
