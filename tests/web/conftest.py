from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from reconciler.web import make_app
from tests.loop.follower import Follower
from tests.web.busy import busy


# Not for the whole session: other tests count the threads of daemons.
@pytest.fixture(scope="module")
def follower(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Follower]:
    with busy(Path(tmp_path_factory.mktemp("busy"))) as made:
        yield made


@pytest.fixture(scope="module")
def app(follower: Follower) -> Flask:
    """The web part of a real daemon during trouble."""
    return make_app(follower.daemon)
