from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from reconciler.simulator import CloudSettings, Simulator
from tests.drivers.clouds import Vim


@pytest.fixture
def vim(tmp_path: Path) -> Iterator[Vim]:
    settings = CloudSettings(build_seconds=0, delete_seconds=0, action_seconds=0)
    with ExitStack() as ending:
        simulator = ending.enter_context(Simulator({"paris": settings}, seed=1))
        yield Vim(simulator, simulator.write_clouds_file(tmp_path / "clouds.yaml"), ending)
