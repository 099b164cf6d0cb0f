from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from openstack_simulator import CloudSettings, Simulator
from reconciler.tracing import UNTRACED, Tracer
from tests.git_work import new_work
from tests.loop.follower import Follower


@pytest.fixture
def tracer() -> Tracer:
    """Files of tests about traces have another one."""
    return UNTRACED


@pytest.fixture
def follower(tmp_path: Path, tracer: Tracer) -> Iterator[Follower]:
    """A daemon whose scheduler is not started: tests let it fetch from Git themselves."""
    settings = CloudSettings(build_seconds=0, delete_seconds=0, action_seconds=0)
    with ExitStack() as ending:
        simulator = ending.enter_context(Simulator({"paris": settings, "lyon": settings}, seed=1))
        clouds_file = simulator.write_clouds_file(tmp_path / "clouds.yaml")
        yield Follower(new_work(tmp_path / "git"), simulator, clouds_file, tmp_path, ending, tracer)
