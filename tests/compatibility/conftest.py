from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from openstack_simulator import CloudSettings, Simulator
from reconciler.targets.openstack.session.clouds import Clouds
from tests.compatibility.lab import Lab
from tests.conformance.bench import Bench
from tests.drivers.clouds import TARGET, Vim


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    settings = CloudSettings(build_seconds=0, delete_seconds=0, action_seconds=0)
    with ExitStack() as ending:
        simulator = ending.enter_context(Simulator({"paris": settings}, seed=1))
        vim = Vim(simulator, simulator.write_clouds_file(tmp_path / "clouds.yaml"), ending)
        yield Lab(vim, Bench(TARGET, Clouds(vim.clouds_file), "test", lambda: None, ending, tmp_path))
