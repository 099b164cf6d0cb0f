from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.conformance.bench import Bench
from tests.conformance.clouds import CLOUDS, bench_at


@pytest.fixture(params=CLOUDS)
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    """Each test of the suite runs on each cloud that there is."""
    with bench_at(request.param, tmp_path) as made:
        yield made


@pytest.fixture
def other(bench: Bench) -> Bench:
    """Another project of the same cloud, whose Magi has the same owner, and that sees all as an admin does."""
    target = replace(bench.target, entry=f"{bench.target.entry}-admin")
    made = Bench(target, bench.clouds, bench.owner, bench.wait, bench.ending, bench.images)
    bench.ending.callback(made.converge, {})
    return made


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Neutron refuses two chains with the same traffic, whoever they belong to: one test with one runs at a time."""
    for item in items:
        if "port-chain" in item.name or "service_chains" in item.path.name:
            item.add_marker(pytest.mark.xdist_group("service chains"))
