from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.git_server import GitServer, serve_repositories
from tests.git_work import Work, new_work


@pytest.fixture
def work(tmp_path: Path) -> Work:
    """An empty repository with the branch main, and its bare twin served/edge.git."""
    return new_work(tmp_path)


@pytest.fixture
def server(work: Work) -> Iterator[GitServer]:
    """A Git server that has the bare twin."""
    with serve_repositories(work.bare.parent) as running:
        yield running
