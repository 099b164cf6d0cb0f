"""The clouds that the suite runs on: a simulated one always, a real one where MAGI_TEST_CLOUDS_FILE leads to it.

The real one is a development cloud (docs/devcloud.md), or any OpenStack that has what `samples.py` names.
Its entry is `paris`, or MAGI_TEST_CLOUD; where there is `lyon` too, two tests of three take that, as those of the whole
way, which run at the same time, are about paris most of all.
"""

from __future__ import annotations

import os
import secrets
import time
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import yaml

from openstack_simulator import CloudSettings, Simulator
from reconciler.model import ApiBudget, Target
from reconciler.targets.openstack.session.clouds import Clouds
from tests.conformance.bench import Bench
from tests.conformance.samples import CONTENT, PLACE, TARGET
from tests.simulator.callers import Clock

REAL = os.environ.get("MAGI_TEST_CLOUDS_FILE", "")
_OPENSTACK = pytest.param("openstack", marks=[pytest.mark.openstack])
CLOUDS = [pytest.param("simulator"), *([_OPENSTACK] if REAL else [])]


@contextmanager
def bench_at(cloud: str, folder: Path, **settings: float) -> Iterator[Bench]:
    """A bench at a fresh simulated cloud with these settings, or at the real one, which is left as it was."""
    (folder / "tiny.raw").write_text(CONTENT, encoding="utf-8")
    with ExitStack() as ending:
        if cloud == "simulator":
            clock = Clock()
            usual = {"build_seconds": 1, "delete_seconds": 1, "action_seconds": 1, "offload_seconds": -1}
            like = CloudSettings(**{**usual, **settings})  # type: ignore[arg-type]  # seconds, all of them
            simulator = ending.enter_context(Simulator({TARGET: like}, clock=clock, seed=1))
            clouds = Clouds(simulator.write_clouds_file(folder / "clouds.yaml"))
            yield Bench(_target(TARGET), clouds, "test", lambda: clock.forward(10), ending, folder)
            return
        entry = os.environ.get("MAGI_TEST_CLOUD") or _entry()
        owner = f"test-{secrets.token_hex(4)}"
        bench = Bench(_target(entry), Clouds(Path(REAL)), owner, lambda: time.sleep(0.3), ending, folder)
        try:
            yield bench
        finally:
            bench.converge({})


def _entry() -> str:
    """The cloud of this worker: two clouds have twice the patience of one."""
    known = yaml.safe_load(Path(REAL).read_text(encoding="utf-8"))["clouds"]
    test = os.environ["PYTEST_CURRENT_TEST"].rpartition(" ")[0]
    return TARGET if "lyon" not in known or zlib.crc32(test.encode()) % 3 == 0 else "lyon"


def _target(entry: str) -> Target:
    budget = ApiBudget(concurrency=4, requests_per_second=1000.0, timeout=60.0)
    return Target(TARGET, "openstack", entry, (), (), budget, PLACE)
