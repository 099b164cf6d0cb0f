"""What the daemon tells when the newest commit is not in force because nobody vouches for it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from prometheus_client import CollectorRegistry

from reconciler.config import Config, RepositoryConfig
from reconciler.loop.daemon import Daemon
from reconciler.source import Snapshot, Source, open_source
from tests.loop.follower import Follower, vim

TOLD = "commit 0123456789 of Eve <eve@example.net> is not verified: it bears no signature"


@dataclass
class Distrusting:
    """A source whose newest commit is not verified."""

    inner: Source
    distrust: str = TOLD

    @property
    def label(self) -> str:
        return self.inner.label

    def fetch(self) -> Snapshot:
        return replace(self.inner.fetch(), distrust=self.distrust)

    def last_good(self) -> Snapshot | None:
        return None


def test_an_unverified_commit_is_told_in_status_and_metrics_until_it_is_gone(follower: Follower) -> None:
    follower.work.commit(vim("paris"))
    source = Distrusting(open_source(f"file://{follower.work.bare}", "main", cache_dir=follower.folder / "other"))
    daemon = Daemon(Config(RepositoryConfig("x")), source, follower.connect, "1.2.3")
    follower.ending.callback(daemon.stop)
    registry = CollectorRegistry()
    registry.register(daemon.metrics)
    for distrust in (TOLD, ""):
        source.distrust = distrust
        daemon.follow()
        status = daemon.source_status()
        assert (status.distrust, status.error) == (distrust, "")
        assert registry.get_sample_value("magi_revision_unverified") == float(bool(distrust))
