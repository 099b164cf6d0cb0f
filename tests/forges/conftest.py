from collections.abc import Iterator

import pytest

from reconciler.forges import Forge, open_forge
from tests.forges.fakes import FAKES, ForgeFake, GiteaFake, GitHubFake, GitLabFake, gitea_fake, github_fake, gitlab_fake


@pytest.fixture(params=FAKES)
def fake(request: pytest.FixtureRequest) -> Iterator[ForgeFake]:
    """Each forge in turn."""
    with FAKES[request.param]() as fake:
        yield fake
        assert fake.violations == []


@pytest.fixture
def forge(fake: ForgeFake) -> Forge:
    return open_forge(fake.kind, fake.url, fake.project, fake.token)


@pytest.fixture
def hub() -> Iterator[GitHubFake]:
    with github_fake() as fake:
        yield fake
        assert fake.violations == []


@pytest.fixture
def lab() -> Iterator[GitLabFake]:
    with gitlab_fake() as fake:
        yield fake
        assert fake.violations == []


@pytest.fixture
def tea() -> Iterator[GiteaFake]:
    with gitea_fake() as fake:
        yield fake
        assert fake.violations == []


@pytest.fixture
def waits() -> list[float]:
    """Seconds that a test was to wait; `waits.append` is the sleep that it is given."""
    return []
