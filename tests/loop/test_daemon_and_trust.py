"""What the daemon shows when the newest commit is not in force because no one vouches for it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from prometheus_client import CollectorRegistry

from reconciler.config import Config, RepositoryConfig
from reconciler.loop.daemon import Daemon
from reconciler.loop.follower import Followed
from reconciler.reporting.chronicle import CommitOutcome
from reconciler.source import Distrust, Snapshot, Source, open_source
from tests.loop.follower import Follower, vim

UNVERIFIED = Distrust(
    "0123456789abcdef" * 2 + "01234567",
    "Eve <eve@example.net>",
    "it has no signature",
    "Open the door",
    datetime(2026, 1, 2, tzinfo=UTC),
)
DISTRUST = "commit 0123456789 of Eve <eve@example.net> is not verified: it has no signature"


@dataclass
class Distrusting:
    """A source whose newest commit is not verified."""

    inner: Source
    distrust: Distrust | None = UNVERIFIED

    @property
    def label(self) -> str:
        return self.inner.label

    def fetch(self) -> Snapshot:
        return replace(self.inner.fetch(), distrust=self.distrust)

    def last_good(self) -> Snapshot | None:
        return None


def test_an_unverified_commit_is_reported_in_status_and_metrics_until_it_is_gone(follower: Follower) -> None:
    follower.work.commit(vim("paris"))
    source = Distrusting(open_source(f"file://{follower.work.bare}", "main", cache_dir=follower.folder / "other"))
    daemon = Daemon("1.2.3")
    daemon.take([Followed(Config(RepositoryConfig("x")), source, follower.connect)])
    follower.ending.callback(daemon.stop)
    registry = CollectorRegistry()
    registry.register(daemon.metrics)
    for distrust, reported in ((UNVERIFIED, DISTRUST), (None, "")):
        source.distrust = distrust
        daemon.follow()
        status = daemon.repositories()[0]
        assert (status.distrust, status.error) == (reported, "")
        assert registry.get_sample_value("magi_commit_unverified", {"repository": "default"}) == bool(reported)


def test_an_unverified_commit_is_once_in_the_history_as_refused(follower: Follower) -> None:
    good = follower.work.commit(vim("paris"))
    source = Distrusting(open_source(f"file://{follower.work.bare}", "main", cache_dir=follower.folder / "other"))
    daemon = Daemon("1.2.3")
    daemon.take([Followed(Config(RepositoryConfig("x")), source, follower.connect)])
    follower.ending.callback(daemon.stop)
    daemon.follow()
    daemon.follow()
    unverified, in_force = daemon.chronicle.commits("default")
    assert (unverified.commit.id, unverified.commit.subject) == (UNVERIFIED.commit, "Open the door")
    assert unverified.commit.authored_at == datetime(2026, 1, 2, tzinfo=UTC).timestamp()
    assert (unverified.outcome, unverified.problems) == (CommitOutcome.REFUSED, (DISTRUST,))
    assert (in_force.commit.id, in_force.superseded_at) == (good, 0.0)
