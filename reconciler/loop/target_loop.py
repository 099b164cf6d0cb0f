"""What is done about one target: a pass or a glance each time that it is asked, and when to ask again."""

from __future__ import annotations

import logging
import random
import secrets
import threading
from collections.abc import Callable, Hashable
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from reconciler.config import DriftConfig
from reconciler.coordination import ALONE, Members
from reconciler.loop.clock import CLOCK, Clock
from reconciler.loop.expectations import Expectations
from reconciler.loop.one_pass import Watcher, one_pass
from reconciler.loop.pass_context import Board, PassContext
from reconciler.loop.pass_log import PassLog
from reconciler.loop.progress import GLANCE, Progress
from reconciler.model import (
    Catalog,
    ConfigError,
    Driver,
    MagiError,
    Outcome,
    PassProgress,
    Phase,
    Report,
    StepProgress,
    Target,
    Writer,
    step_progress_of_all,
)
from reconciler.reporting.events import EventLog
from reconciler.reporting.instances import keep_instances
from reconciler.reporting.journal import Journal
from reconciler.reporting.metrics import Metrics, result_of
from reconciler.reporting.outputs import kept
from reconciler.reporting.pass_events import events_of
from reconciler.reporting.status import report_unknown
from reconciler.tracing import UNTRACED, Tracer, about

log = logging.getLogger(__name__)

Connect = Callable[[Target], Driver]
"""Makes a driver for a target; raises ConfigError."""

SHORTEST = 0.5
"""Seconds between two passes over a target on which something moves."""

COMPLETE_EVERY = 3600.0
"""Seconds between two observations that also find what a crash left behind and nothing shows."""


class LoopId(NamedTuple):
    """Two repositories may have services on one VIM: each has a loop there, under an owner of its own."""

    repository: str
    vim: str

    def __str__(self) -> str:
        return f"{self.repository}/{self.vim}"


class TargetLoop:
    """The passes over one target for one repository. ``passed`` gets each; ``writer`` is the daemon in marks.

    ``members``: who is asked before each write, where several daemons share targets.

    `observe` is called by one thread at a time, the rest by any. Whoever calls decides when: see `observations`.
    """

    def __init__(
        self,
        loop_id: LoopId,
        connect: Connect,
        drift: DriftConfig,
        metrics: Metrics,
        board: Board,
        events: EventLog,
        passed: Callable[[Report], None] = lambda _: None,
        tracer: Tracer = UNTRACED,
        writer: Writer | None = None,
        clock: Clock = CLOCK,
        members: Members = ALONE,
        journal: Journal | None = None,
    ) -> None:
        self.id = loop_id
        self.target = loop_id.vim
        self.drift = drift
        self.report: Report | None = None
        self.passing: PassProgress | None = None
        """How far the pass is that runs now. Replaced as a whole, by the thread that observes alone."""
        self._last_observed: Report | None = None
        self._connect = connect
        self._metrics = metrics
        self._events = events
        self._journal = journal or Journal()
        self._passed = passed
        self._tracer = tracer
        self._clock = clock
        self._members = members
        self._grant = members.grant(loop_id.repository, loop_id.vim)
        self._context = PassContext(
            self.target,
            board,
            clock=clock.monotonic,
            calendar=clock.time,
            longest=lambda: self.drift.longest,
            writer=writer,
        )
        self._driver: Driver | None = None
        self._connected_as: Target | None = None
        self._desired: Catalog | None = None
        self._seen: Catalog | None = None
        self._observing = threading.Lock()
        self._stopping = False
        self._forgetting = False
        self._refreshing = False
        self._failures = 0
        self._complete_at = 0.0
        self._glances_until = 0.0
        self._progress = Progress(clock.monotonic)
        self._expectations = Expectations(clock.monotonic)
        self._log = PassLog()

    def take(self, catalog: Catalog) -> None:
        """What is declared from now on. A pass that runs for another commit ends at its next step."""
        self._desired = catalog

    def is_for(self, catalog: Catalog) -> bool:
        """Whether this is what it took last."""
        return self._desired is catalog

    @property
    def access(self) -> Hashable:
        """What the target connects to, as it is declared: of all that connect to the same, one is observed."""
        target = self._desired and self._desired.targets.get(self.target)
        return target.access if target else None

    def refresh(self) -> None:
        """Has the next observation log in again, and try at once what waits after failures."""
        self._refreshing = True

    def stop(self, *, forget: bool = False) -> None:
        """Ends it after the steps that run. ``forget``: its series end with it, and what others know of it."""
        self._forgetting = forget
        self._stopping = True
        self._end()

    @property
    def ended(self) -> bool:
        """Whether it was stopped and nothing of it runs any more."""
        return self._stopping and not self._observing.locked()

    def observe(self) -> float | None:
        """One pass, or a glance where that is enough. Answers the seconds until the next; None when stopped."""
        with self._observing:
            pause = None if self._stopping or self._desired is None else self._observe(self._desired)
        self._end()
        return None if self._stopping else pause

    def _end(self) -> None:
        """Once it is stopped and no one observes. Whoever observes right now calls it afterwards."""
        if self._stopping and self._observing.acquire(blocking=False):
            try:
                self._disconnect()
                if self._forgetting:
                    self._metrics.forget(self.id.repository, self.target)
                    self._context.leave()
                    self._members.give_back(self.id.repository, self.target)
                    self._forgetting = False
            finally:
                self._observing.release()

    def _observe(self, catalog: Catalog) -> float:
        is_new = self._has_new_grant()
        if self._refreshing:
            self._refreshing = False
            self._disconnect()
            self._failures = 0
            self._context.try_again()
        elif not is_new and self._seen is catalog and (left := self._left_to_glance()) > 0:
            return left
        self._seen = catalog
        pause = self._pass(catalog)
        if self._desired is not catalog:
            self._failures = 0
            return 0.0
        return pause

    def _has_new_grant(self) -> bool:
        """Whether the lock of the target was taken or lost since the last time: others may have written meanwhile."""
        before, self._grant = self._grant, self._members.grant(self.id.repository, self.target)
        if before == self._grant:
            return False
        # What another member of the group made is no contest.
        self._context.reconnect()
        self._context.try_again()
        self._failures = 0
        self._complete_at = 0.0
        return True

    def _left_to_glance(self) -> float:
        """Seconds until the next glance, where one now found that what is being built still is; else 0."""
        left = self._glances_until - self._clock.monotonic()
        if left <= 0 or self._driver is None:
            return 0.0
        started = self._clock.monotonic()
        pairs = {"repository": self.id.repository, "vim": self.target}
        with about(pairs), self._tracer.span("glance", pairs):
            stirs = self._driver.stirs() or self._context.stirs()
        if stirs:
            return 0.0
        took = self._clock.monotonic() - started
        # Hasty neither at a cloud that is slow, nor at what takes very long.
        return min(max(GLANCE, 4 * took, self._progress.standstill / 1000), left)

    def _is_past(self, catalog: Catalog) -> bool:
        """Whether a pass for this commit is no longer asked for."""
        return self._stopping or self._desired is not catalog

    def _pass(self, catalog: Catalog) -> float:
        """One pass. Answers the seconds until the next observation."""
        pairs = {
            "repository": self.id.repository,
            "vim": self.target,
            "commit": catalog.commit,
            "pass": secrets.token_hex(4),
        }
        with about(pairs), self._tracer.span("pass", pairs) as span:
            try:
                report = self._pass_over(catalog)
            finally:
                self.passing = None
            self._events.note(events_of(self.report, report, self._last_observed))
            self._journal.passed(self.report, report)
            self.report = report
            if report.observed:
                self._last_observed = report
            self._metrics.pass_done(report)
            self._passed(report)
            span.set_attributes(result=result_of(report), steps=len(report.outcomes))
            if report.error:
                span.fail(str(report.error))
            self._log.passed(report)
        return self._pause_after(report)

    def _pass_over(self, catalog: Catalog) -> Report:
        started = self._clock.time()
        self.passing = PassProgress(started)
        watcher = Watcher(
            stopping=partial(self._is_past, catalog),
            refusal=partial(self._members.refusal, self.id.repository, self.target, self._grant),
            observed=lambda _: self._proceed(Phase.PLANNING),
            planned=lambda plan: self._proceed(Phase.APPLYING, len(plan)),
            stepped=self._stepped,
        )
        try:
            driver = self._driver_for(catalog.targets[self.target])
            complete = self._clock.monotonic() >= self._complete_at
            report = one_pass(
                self.target,
                catalog,
                driver,
                watcher=watcher,
                context=self._context,
                complete=complete,
                known_drift=self._last_observed.drifted if self._last_observed else frozenset(),
                tracer=self._tracer,
                clock=self._clock,
            )
            if complete and report.error is None:
                self._complete_at = self._clock.monotonic() + COMPLETE_EVERY
        except ConfigError as error:
            report = report_unknown(catalog, self.target, error, started=started, seconds=0.0)
        except Exception:
            # The loop of a VIM must outlive a defect: the next observation may not meet it.
            log.exception("pass broke")
            self._context.reconnect()
            defect = MagiError("a defect in Magi", "its log has the details")
            report = report_unknown(catalog, self.target, defect, started=started, seconds=0.0)
        if report.error:
            self._context.miss()
        if isinstance(report.error, ConfigError):
            # An operator may fix clouds.yaml: it is read again.
            self._disconnect()
        judged = self._expectations.judge(catalog, report)
        before = self.report.outputs if self.report else None
        outputs = kept(None if judged.error else judged.outputs, before)
        return keep_instances(self.report, replace(judged, repository=self.id.repository, outputs=outputs))

    def _proceed(self, phase: Phase, steps: int = 0) -> None:
        if self.passing is not None:
            self.passing = self.passing._replace(phase=phase, steps=steps)

    def _stepped(self, target: str, outcome: Outcome) -> None:
        if self.passing is not None:
            self.passing = self.passing._replace(done=self.passing.done + 1)
        self._log.stepped(target, outcome)

    def _pause_after(self, report: Report) -> float:
        """Seconds until the next observation: soon while something moves, later and later while it fails."""
        drift = self.drift
        self._glances_until = 0.0
        pause = self._progress.pause(report)
        left = step_progress_of_all(report.left)
        if report.error is None and report.moved:
            self._failures = 0
            pause = min(max(SHORTEST, pause), drift.interval)
            if report.only_builds:
                self._glances_until = self._clock.monotonic() + pause
                pause = min(pause, GLANCE)
        elif report.error or any(one.by_itself for one in left):
            self._failures += 1
            # What waits for another target is no failure: it is observed as often as what is at rest.
            waits = left == {StepProgress.WAITING} and not report.error
            longest = min(drift.interval, drift.longest) if waits else drift.longest
            pause = min(2.0 ** min(self._failures, 20), longest) * random.uniform(0.5, 1.0)  # noqa: S311  no secret
        else:
            self._failures = 0
            # Spread, or the VIMs of one cloud would be observed in the same second from then on.
            pause = drift.interval * random.uniform(0.9, 1.1)  # noqa: S311  no secret
        next_try = None if report.error else self._context.next_try()
        if next_try is not None:
            pause = min(pause, max(SHORTEST, next_try))
        return max(pause, min(report.retry_after or 0.0, drift.longest))

    def _driver_for(self, target: Target) -> Driver:
        if self._connected_as != target or (self._driver and self._driver.is_stale()):
            self._disconnect()
        if self._driver is None:
            self._driver = self._connect(target)
            self._connected_as = target
        return self._driver

    def _disconnect(self) -> None:
        if self._driver is not None:
            self._driver.close()
        self._driver = None
        self._context.reconnect()
        # What a driver remembers of what exists ends with it.
        self._complete_at = self._glances_until = 0.0
