"""Keeps what follows from one Report to the next, for all repositories and VIMs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable

from reconciler.model import Report
from reconciler.reporting.chronicle.history import KEPT, Commit, History, Record
from reconciler.reporting.chronicle.seen import Seen, follow

_NOTHING = Seen()


class Chronicle:
    """What the daemon shows it of, in memory. ``kept``: commits of each repository. Used by many threads."""

    def __init__(self, kept: int = KEPT, clock: Callable[[], float] = time.time) -> None:
        self._kept = kept
        self._clock = clock
        self._lock = threading.Lock()
        self._histories: dict[str, History] = {}
        self._targets: dict[str, frozenset[str]] = {}
        self._seen: dict[tuple[str, str], tuple[Report, Seen]] = {}

    def taken(self, repository: str, commit: Commit, targets: Iterable[str]) -> None:
        """A commit is in force, with these VIMs. To be reported before the passes for it begin."""
        names = frozenset(targets)
        with self._lock:
            self._serve(repository, names)
            self._history(repository).taken(commit, sorted(names), self._clock())

    def shared(self, repository: str, targets: Iterable[str]) -> None:
        """These VIMs of the commit in force are served here from now on, as other daemons came or went."""
        names = frozenset(targets)
        with self._lock:
            self._serve(repository, names)
            self._history(repository).shared(sorted(names), self._clock())

    def _serve(self, repository: str, names: frozenset[str]) -> None:
        self._targets[repository] = names
        for one in [one for one in self._seen if one[0] == repository and one[1] not in names]:
            del self._seen[one]

    def refused(self, repository: str, commit: Commit, problems: Iterable[str]) -> None:
        """A commit is not taken: its documents are wrong, or it is not verified."""
        with self._lock:
            self._history(repository).refused(commit, problems, self._clock())

    def passed(self, report: Report) -> None:
        """A pass is done. That of a VIM which has left the repository is not heeded."""
        with self._lock:
            if report.target in self._targets.get(report.repository, ()):
                _, before = self._last(report)
                self._seen[report.repository, report.target] = (report, follow(before, report))
                self._history(report.repository).passed(report)

    def forget(self, repository: str) -> None:
        """A repository is followed no longer."""
        with self._lock:
            self._histories.pop(repository, None)
            self._targets.pop(repository, None)
            for one in [one for one in self._seen if one[0] == repository]:
                del self._seen[one]

    def seen(self, report: Report) -> Seen:
        """What the newest Report of a VIM means, with since when."""
        with self._lock:
            last, seen = self._last(report)
        return seen if last is report else follow(seen, report)

    def commits(self, repository: str) -> list[Record]:
        """What became of the newest commits of a repository, the newest first; none of one that is not known."""
        with self._lock:
            history = self._histories.get(repository)
            return history.newest() if history else []

    def _last(self, report: Report) -> tuple[Report | None, Seen]:
        return self._seen.get((report.repository, report.target), (None, _NOTHING))

    def _history(self, repository: str) -> History:
        return self._histories.setdefault(repository, History(self._kept))
