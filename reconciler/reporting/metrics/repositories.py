"""What is known of each repository. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from prometheus_client.core import InfoMetricFamily, Metric

from reconciler.model import RepositoryStatus
from reconciler.reporting.metrics.families import gauge

GAUGES: tuple[tuple[str, str, Callable[[RepositoryStatus], float]], ...] = (
    ("magi_commit_timestamp_seconds", "When the commit in force was made.", lambda one: one.committed_at),
    (
        "magi_commit_refused",
        "1 while a newer commit is refused because its documents are wrong.",
        lambda one: bool(one.refused),
    ),
    (
        "magi_commit_unverified",
        "1 while a newer commit is not in force because it is not verified.",
        lambda one: bool(one.distrust),
    ),
    ("magi_document_problems", "Problems in the documents of the refused commit.", lambda one: len(one.problems)),
    ("magi_git_last_fetch_timestamp_seconds", "When Git last answered.", lambda one: one.fetched_at),
)
LABELS = ("repository", "share")


def about_repositories(repositories: Sequence[RepositoryStatus]) -> Iterator[Metric]:
    info = InfoMetricFamily("magi_commit", "The commit in force.", labels=("repository",))
    for one in repositories:
        info.add_metric((one.name,), {"url": one.url, "commit": one.commit})
    yield info
    shares = {(one.name, share): len(names) for one in repositories for share, names in _shares(one)}
    yield gauge(
        "magi_shard_vims", "VIMs of the commit in force, by the daemons that serve them.", LABELS, shares.items()
    )
    for name, text, value in GAUGES:
        yield gauge(name, text, ("repository",), [((one.name,), float(value(one))) for one in repositories])


def about_coordination(answers: bool | None) -> Iterator[Metric]:
    """``answers``: whether etcd does; None: it is not asked."""
    if answers is not None:
        text = "1 while the etcd by which daemons share VIMs answers; without it nothing is written."
        yield gauge("magi_coordination_up", text, (), [((), float(answers))])


def _shares(repository: RepositoryStatus) -> Iterator[tuple[str, tuple[str, ...]]]:
    if repository.shares:
        yield from repository.shares._asdict().items()
