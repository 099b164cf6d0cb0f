"""Reports the outcomes of commits to the forge, in a thread of its own: a forge that is slow or away delays no pass.

Nothing is queued. What is to be reported follows from the newest state alone, so what is older is never reported late.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from reconciler.config import ForgeConfig
from reconciler.forges import Forge, ForgeBusyError, ForgeError, Status, Verdict, put_comment, put_status
from reconciler.model import ConfigError, Report, RepositoryStatus, Result
from reconciler.reporting.chronicle import UNSEEN, CommitState, judge, together
from reconciler.reporting.metrics import Metrics
from reconciler.review import Doing, done_markdown

log = logging.getLogger(__name__)

AGAIN, LONGEST = 60.0, 1800.0
"""Seconds until a report that the forge refused is repeated: twice as long each time, up to the longest."""


OpenForge = Callable[[], Forge]
"""Answers with the forge, by the token as it is now. Raises ConfigError."""


class State(NamedTuple):
    """What the daemon knows: of the repository, which VIMs the commit in force names, their last Reports."""

    source: RepositoryStatus
    targets: Sequence[str]
    reports: Sequence[Report]


class CommitReport(NamedTuple):
    """What is to be said of a commit. ``reasons``: what failed or is blocked. ``moves``: more is to come by itself."""

    commit: str
    verdict: Verdict
    description: str
    reasons: tuple[str, ...] = ()
    moves: bool = False


def list_commit_reports(state: State) -> Iterator[CommitReport]:
    """What is to be said of the commit in force, and of a newer one that is refused. Pure."""
    source = state.source
    if source.refused:
        problems = tuple(map(str, source.problems))
        count = _count(len(problems), "problem")
        yield CommitReport(
            source.refused, Verdict.FAILURE, f"refused: {count} in the documents: {problems[0]}", problems
        )
    if source.commit:
        yield _in_force(source.commit, state)


def _in_force(commit: str, state: State) -> CommitReport:
    reports = [report for report in state.reports if report.commit == commit]
    unseen = [UNSEEN] if len(reports) < len(state.targets) else []
    far, reasons = together([*map(judge, reports), *unseen])
    match far:
        case CommitState.UNREACHABLE:
            return CommitReport(commit, Verdict.ERROR, reasons[0], reasons)
        case CommitState.FAILED:
            return CommitReport(commit, Verdict.FAILURE, reasons[0], reasons)
        case CommitState.PROGRESSING:
            return CommitReport(commit, Verdict.PENDING, "in progress", moves=True)
        case CommitState.BLOCKED:
            return CommitReport(commit, Verdict.PENDING, f"{len(reasons)} blocked: {reasons[0]}", reasons)
        case CommitState.SYNCED:
            services = {service.name for report in reports for service in report.services}
            about = f"{_count(len(services), 'network service')} on {_count(len(state.targets), 'VIM')}"
            return CommitReport(commit, Verdict.SUCCESS, f"synced: {about}")


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


class ForgeReporter:
    """Keeps the forge up to date. ``state`` answers with the newest state at any time. Used by many threads."""

    def __init__(
        self,
        forge: OpenForge,
        config: ForgeConfig,
        state: Callable[[], State],
        metrics: Metrics,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._forge = forge
        self._config = config
        self._state = state
        self._metrics = metrics
        self._changed = threading.Condition()
        self._dirty = False
        self._stopping = False
        self._commit = ""
        self._first = ""
        self._doings: Counter[Doing] = Counter()
        self._reported: dict[str, CommitReport] = {}
        self._commented: dict[str, CommitReport] = {}
        self._clock = clock
        self._failures = 0
        self._until = 0.0
        self._failing: set[str] = set()
        self._thread = threading.Thread(target=self._run, name="forge", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def end(self) -> None:
        """Ends after what is being reported."""
        with self._changed:
            self._stopping = True
            self._changed.notify()

    def join(self, seconds: float) -> None:
        """Waits, at most so long, until it has ended."""
        if self._thread.is_alive():
            self._thread.join(seconds)

    def passed(self, report: Report) -> None:
        """Takes note of what a pass did, and has it reported to the forge soon."""
        with self._changed:
            if report.commit != self._commit and report.commit == self._state().source.commit:
                self._commit = report.commit
                self._doings.clear()
            if report.commit == self._commit:
                self._doings.update(
                    Doing(one.step.key.service, one.step.key.target, one.step.action.value)
                    for one in report.outcomes
                    if one.result is Result.DONE
                )
        self.wake()

    def wake(self) -> None:
        """Something may be new."""
        with self._changed:
            self._dirty = True
            self._changed.notify()

    def report(self) -> bool:
        """Shows the forge what it was not reported yet; whether it has heard all."""
        state = self._state()
        found = list(list_commit_reports(state))
        self._first = self._first or state.source.commit
        if self._is_only_starting(state):
            found = [one for one in found if one.commit != self._first]
        complete = True
        for one in found:
            # What a commit did is over once it is synced: what drifts later is no doing of it.
            over = self._reported.get(one.commit)
            last = over if over and over.verdict is Verdict.SUCCESS else one
            complete = self._report("status", last, self._reported, self._status) and complete
            if self._config.report == "comment":
                complete = self._report("comment", last, self._commented, self._comment) and complete
        commits = {one.commit for one in found}
        for reported in (self._reported, self._commented):
            for commit in reported.keys() - commits:
                del reported[commit]
        self._failures = 0 if complete else self._failures + 1
        if complete:
            self._until = 0.0
        else:
            pause = min(AGAIN * 2.0 ** min(self._failures - 1, 20), LONGEST)
            self._until = max(self._until, self._clock() + pause)
        return complete

    def _is_only_starting(self, state: State) -> bool:
        """Whether this process has not yet observed all that the first commit it found is about.

        One before it may have reported of the success of that commit, which would be in progress again.
        """
        seen = sum(report.commit == state.source.commit for report in state.reports)
        return state.source.commit == self._first and self._first not in self._reported and seen < len(state.targets)

    @property
    def next_try(self) -> float:
        """Seconds until a forge that failed is asked again; 0 for at once."""
        return max(0.0, self._until - self._clock())

    def _run(self) -> None:
        complete = True
        while True:
            with self._changed:
                while not self._stopping and not ((self._dirty or not complete) and self.next_try <= 0):
                    self._changed.wait(self.next_try if self._dirty or not complete else None)
                if self._stopping:
                    return
                self._dirty = False
            try:
                complete = self.report()
            except Exception:
                # It must outlive a defect, also of a library: passes do not depend on it.
                log.exception("reporting to the forge broke", extra={"repository": self._state().source.name})
                complete = False
                self._until = self._clock() + AGAIN

    def _report(
        self, what: str, one: CommitReport, reported: dict[str, CommitReport], action: Callable[[CommitReport], None]
    ) -> bool:
        """Whether the forge knows it. The one thing is not reported again because the other one was not heard."""
        if reported.get(one.commit) == one:
            return True
        repository = self._state().source.name
        pairs = {"repository": repository, "commit": one.commit, "what": what}
        try:
            action(one)
        except (ForgeError, ConfigError) as error:
            if isinstance(error, ForgeBusyError) and error.retry_after:
                self._until = max(self._until, self._clock() + error.retry_after)
            # Once: that it goes on is in the metrics.
            level = logging.DEBUG if what in self._failing else logging.WARNING
            log.log(level, "report to the forge failed", extra={**pairs, "error": str(error)})
            self._failing.add(what)
            self._metrics.forge_reported(repository, what, succeeded=False)
            return False
        if what in self._failing:
            self._failing.discard(what)
            log.info("reported to the forge again", extra=pairs)
        self._metrics.forge_reported(repository, what, succeeded=True)
        reported[one.commit] = one
        return True

    def _status(self, report: CommitReport) -> None:
        status = Status(report.verdict, self._config.context, report.description, self._config.link)
        put_status(self._forge(), report.commit, status)

    def _comment(self, report: CommitReport) -> None:
        """One comment on each pull request that brought the commit, once it has come to something."""
        with self._changed:
            doings = dict(self._doings) if self._commit == report.commit else {}
        if report.moves or not (doings or report.reasons):
            return
        body = done_markdown(report.commit, report.description, doings, report.reasons)
        forge = self._forge()
        for number in forge.requests_of(report.commit):
            put_comment(forge, number, self._config.context, body)
