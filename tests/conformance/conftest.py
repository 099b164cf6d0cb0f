from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance.bench import Bench
from tests.conformance.clouds import CLOUDS, bench_at


@pytest.fixture(params=CLOUDS)
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    """Each test of the suite runs on each cloud that there is."""
    with bench_at(request.param, tmp_path) as made:
        yield made
