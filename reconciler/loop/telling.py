"""Tells the forge what becomes of commits, in a thread of its own: a forge that is slow or away delays no pass.

Nothing is queued. What is to be told follows from the newest state alone, so what is older is never told late.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from reconciler.chronicle import UNSEEN, Standing as Far, judge, together
from reconciler.config import ForgeConfig
from reconciler.forges import Forge, ForgeError, Status, Verdict, put_comment, put_status
from reconciler.metrics import Metrics
from reconciler.model import ConfigError, Report, RepositoryStatus, Result
from reconciler.review import Doing, done_markdown

log = logging.getLogger(__name__)

AGAIN = 60.0
"""Seconds until the forge is told again what it would not hear."""


OpenForge = Callable[[], Forge]
"""Answers with the forge, by the token as it is now. Raises ConfigError."""


class State(NamedTuple):
    """What the daemon knows: of the repository, which VIMs the commit in force names, their last Reports."""

    source: RepositoryStatus
    targets: Sequence[str]
    reports: Sequence[Report]


class Standing(NamedTuple):
    """What is to be said of a commit. ``reasons``: what failed or is held. ``moves``: more is to come by itself."""

    commit: str
    verdict: Verdict
    description: str
    reasons: tuple[str, ...] = ()
    moves: bool = False


def standings(state: State) -> Iterator[Standing]:
    """What is to be said of the commit in force, and of a newer one that is refused. Pure."""
    source = state.source
    if source.refused:
        problems = tuple(map(str, source.problems))
        count = _count(len(problems), "problem")
        yield Standing(source.refused, Verdict.FAILURE, f"refused: {count} in the documents: {problems[0]}", problems)
    if source.revision:
        yield _in_force(source.revision, state)


def _in_force(revision: str, state: State) -> Standing:
    reports = [report for report in state.reports if report.revision == revision]
    unseen = [UNSEEN] if len(reports) < len(state.targets) else []
    far, reasons = together([*map(judge, reports), *unseen])
    match far:
        case Far.UNREACHABLE:
            return Standing(revision, Verdict.ERROR, reasons[0], reasons)
        case Far.FAILED:
            return Standing(revision, Verdict.FAILURE, reasons[0], reasons)
        case Far.PROGRESSING:
            return Standing(revision, Verdict.PENDING, "in progress", moves=True)
        case Far.HELD:
            return Standing(revision, Verdict.PENDING, f"{len(reasons)} held: {reasons[0]}", reasons)
        case Far.SYNCED:
            services = {service.name for report in reports for service in report.services}
            about = f"{_count(len(services), 'network service')} on {_count(len(state.targets), 'VIM')}"
            return Standing(revision, Verdict.SUCCESS, f"synced: {about}")


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


class Teller:
    """Keeps the forge told. ``state`` answers with the newest state whenever it is asked. Used by many threads."""

    def __init__(self, forge: OpenForge, config: ForgeConfig, state: Callable[[], State], metrics: Metrics) -> None:
        self._forge = forge
        self._config = config
        self._state = state
        self._metrics = metrics
        self._changed = threading.Condition()
        self._dirty = False
        self._stopping = False
        self._commit = ""
        self._doings: Counter[Doing] = Counter()
        self._told: dict[str, Standing] = {}
        self._thread = threading.Thread(target=self._run, name="forge", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def end(self) -> None:
        """Ends after what is being told."""
        with self._changed:
            self._stopping = True
            self._changed.notify()

    def join(self, seconds: float) -> None:
        """Waits, at most so long, until it has ended."""
        if self._thread.is_alive():
            self._thread.join(seconds)

    def passed(self, report: Report) -> None:
        """Takes note of what a pass did, and has the forge told soon."""
        with self._changed:
            if report.revision != self._commit and report.revision == self._state().source.revision:
                self._commit = report.revision
                self._doings.clear()
            if report.revision == self._commit:
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

    def tell(self) -> bool:
        """Tells the forge what it was not told yet; whether it has heard all."""
        found = list(standings(self._state()))
        told = {one.commit: one for one in found if self._is_told(one) or self._tell(one)}
        # What a commit did is over once it is synced: what drifts later is no doing of it.
        self._told = {commit: self._told[commit] if self._is_over(commit) else one for commit, one in told.items()}
        return len(told) == len(found)

    def _run(self) -> None:
        complete = True
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._dirty or self._stopping, None if complete else AGAIN)
                if self._stopping:
                    return
                self._dirty = False
            try:
                complete = self.tell()
            except Exception:
                # It must outlive a defect, also of a library: passes do not depend on it.
                log.exception("telling the forge broke", extra={"repository": self._state().source.name})
                complete = False

    def _is_over(self, commit: str) -> bool:
        return commit in self._told and self._told[commit].verdict is Verdict.SUCCESS

    def _is_told(self, standing: Standing) -> bool:
        return self._is_over(standing.commit) or self._told.get(standing.commit) == standing

    def _tell(self, standing: Standing) -> bool:
        status = Status(standing.verdict, self._config.context, standing.description, self._config.link)
        done = self._try("status", standing.commit, lambda: put_status(self._forge(), standing.commit, status))
        if self._config.tell == "comment":
            done = self._try("comment", standing.commit, lambda: self._comment(standing)) and done
        return done

    def _comment(self, standing: Standing) -> None:
        """One comment on each pull request that brought the commit, once it has come to something."""
        with self._changed:
            doings = dict(self._doings) if self._commit == standing.commit else {}
        if standing.moves or not (doings or standing.reasons):
            return
        body = done_markdown(standing.commit, standing.description, doings, standing.reasons)
        forge = self._forge()
        for number in forge.requests_of(standing.commit):
            put_comment(forge, number, self._config.context, body)

    def _try(self, what: str, commit: str, action: Callable[[], None]) -> bool:
        repository = self._state().source.name
        try:
            action()
        except (ForgeError, ConfigError) as error:
            pairs = {"repository": repository, "commit": commit, "what": what, "error": str(error)}
            log.warning("forge not told", extra=pairs)
            self._metrics.forge_told(repository, what, succeeded=False)
            return False
        self._metrics.forge_told(repository, what, succeeded=True)
        return True
