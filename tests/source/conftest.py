from pathlib import Path

import pytest

from tests.git_work import Work, new_work


@pytest.fixture
def work(tmp_path: Path) -> Work:
    """An empty repository with the branch main, and its bare twin served/edge.git."""
    return new_work(tmp_path)
