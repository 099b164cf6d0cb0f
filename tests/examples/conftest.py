"""One simulated cloud of each name for a test, and drivers to the VIMs of an example."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

from openstack_simulator import CloudSettings, Simulator
from reconciler.model import Catalog, Driver
from reconciler.targets.openstack.driver import connect
from reconciler.targets.openstack.session.clouds import Clouds

EXAMPLES = Path(__file__).parents[2] / "desired-state-examples"
FOLDERS = sorted(entry.name for entry in EXAMPLES.iterdir() if entry.is_dir())

Connect = Callable[[Catalog], Mapping[str, Driver]]


@pytest.fixture
def connected(tmp_path: Path) -> Iterator[Connect]:
    """Drivers to fresh simulated clouds, one for each VIM of a catalog."""
    with ExitStack() as ending:

        def drivers(catalog: Catalog) -> Mapping[str, Driver]:
            swift = CloudSettings(build_seconds=0.05, delete_seconds=0.05)
            clouds = {target.entry: swift for target in catalog.targets.values()}
            simulator = ending.enter_context(Simulator(clouds, seed=1))
            file = simulator.write_clouds_file(tmp_path / "clouds.yaml")
            made: dict[str, Driver] = {}
            for target in catalog.targets.values():
                made[target.name] = connect(target, Clouds(file), "test", lambda _: None)
                ending.callback(made[target.name].close)
            return made

        yield drivers
