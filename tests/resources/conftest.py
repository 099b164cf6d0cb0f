from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance.bench import Bench
from tests.conformance.clouds import bench_at


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A fresh simulated cloud for each test, with a clock that only the test moves."""
    with bench_at("simulator", tmp_path) as made:
        yield made
