"""The loop of one target: a pass, a pause, a pass. When to look next is decided here."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable
from functools import partial

from reconciler.config import Config
from reconciler.events import EventLog, events_of
from reconciler.loop.one_pass import Watcher, one_pass
from reconciler.loop.progress import Progress
from reconciler.loop.surroundings import Board, Surroundings
from reconciler.metrics import Metrics, result_of
from reconciler.model import Catalog, ConfigError, Driver, Hold, MagiError, Report, Result, Target
from reconciler.status import report_unknown

log = logging.getLogger(__name__)

Connect = Callable[[Target], Driver]
"""Makes a driver for a target; raises ConfigError."""

Wanted = tuple[Catalog, str]
"""What a commit asks for, and the commit."""

SHORTEST = 1.0
"""Seconds between two looks at a target on which something moves."""

COMPLETE_EVERY = 3600.0
"""Seconds between two looks that also find what a crash left behind and nothing tells of."""


class TargetLoop:
    """Passes over one target, one at a time, in a thread of its own: a sick target delays no other.

    ``passed`` is told of each pass. ``after``: the loop that had the target before and may not have ended yet. Two
    never work on it at once.
    """

    def __init__(
        self,
        target: str,
        connect: Connect,
        config: Config,
        metrics: Metrics,
        board: Board,
        events: EventLog,
        passed: Callable[[Report], None] = lambda _: None,
        after: TargetLoop | None = None,
    ) -> None:
        self.target = target
        self.report: Report | None = None
        self._connect = connect
        self._config = config
        self._metrics = metrics
        self._events = events
        self._passed = passed
        self._surroundings = Surroundings(target, board)
        self._after = after
        self._driver: Driver | None = None
        self._connected_as: Target | None = None
        self._changed = threading.Condition()
        self._wanted: Wanted | None = None
        self._stopping = False
        self._forgetting = False
        self._failures = 0
        self._complete_at = 0.0
        self._progress = Progress(time.monotonic)
        self._thread = threading.Thread(target=self._run, name=f"vim-{target}", daemon=True)

    def start(self, catalog: Catalog, revision: str) -> None:
        self._wanted = (catalog, revision)
        self._thread.start()

    def take(self, catalog: Catalog, revision: str) -> None:
        """A newer commit: the pass that runs ends at its next step, and one for this commit follows."""
        with self._changed:
            self._wanted = (catalog, revision)
            self._changed.notify()

    def stop(self, *, forget: bool = False) -> None:
        """Ends the loop after the steps that run. ``forget``: its series end with it."""
        with self._changed:
            self._stopping = True
            self._forgetting = forget
            self._changed.notify()

    def join(self, seconds: float | None = None) -> None:
        self._thread.join(seconds)

    @property
    def ended(self) -> bool:
        return not self._thread.is_alive()

    def _run(self) -> None:
        if self._after is not None:
            self._after.join()
            self._after = None
        while not self._stopping:
            wanted = self._wanted
            assert wanted is not None  # noqa: S101  set before the thread starts
            pause = self._pass(wanted)
            with self._changed:
                self._changed.wait_for(partial(self._is_past, wanted), pause)
            if self._wanted is not wanted:
                self._failures = 0
        self._disconnect()
        if self._forgetting:
            self._metrics.forget(self.target)

    def _is_past(self, wanted: Wanted) -> bool:
        """Whether a pass for this commit is no longer asked for."""
        return self._stopping or self._wanted is not wanted

    def _pass(self, wanted: Wanted) -> float:
        """One pass. Answers the seconds until the next one."""
        catalog, revision = wanted
        started = time.time()
        watcher = Watcher(stopping=partial(self._is_past, wanted))
        try:
            driver = self._driver_for(catalog.targets[self.target])
            complete = time.monotonic() >= self._complete_at
            report = one_pass(
                self.target,
                catalog,
                driver,
                revision=revision,
                watcher=watcher,
                surroundings=self._surroundings,
                complete=complete,
            )
            if complete and report.error is None:
                self._complete_at = time.monotonic() + COMPLETE_EVERY
        except ConfigError as error:
            report = report_unknown(catalog, self.target, error, revision=revision, started=started, seconds=0.0)
        except Exception as error:
            # The loop of a VIM must outlive a defect: the next look may not meet it.
            log.exception("pass broke", extra={"vim": self.target})
            defect = MagiError(f"a defect in Magi: {error!r}", "its log has the details")
            report = report_unknown(catalog, self.target, defect, revision=revision, started=started, seconds=0.0)
        if isinstance(report.error, ConfigError):
            # Somebody may mend clouds.yaml: it is read anew.
            self._disconnect()
        self._events.note(events_of(self.report, report))
        self.report = report
        self._metrics.pass_done(report)
        self._passed(report)
        self._log(report)
        return self._pause_after(report)

    def _pause_after(self, report: Report) -> float:
        """Seconds until the next look: soon while something moves, later and later while it fails."""
        drift = self._config.drift
        if report.error is None and report.moved:
            self._failures = 0
            pause = min(max(SHORTEST, self._progress.pause(report)), drift.interval)
        elif report.error or any(outcome.again for outcome in report.left):
            self._failures += 1
            # What waits for another target is no failure: it is looked at as often as what is at rest.
            waits = all(outcome.step.held is Hold.DEPENDS for outcome in report.left) and not report.error
            longest = min(drift.interval, drift.longest) if waits else drift.longest
            pause = min(2.0 ** min(self._failures, 20), longest) * random.uniform(0.5, 1.0)  # noqa: S311  no secret
        else:
            self._failures = 0
            # Spread, or the VIMs of one cloud would be looked at in the same second for ever.
            return drift.interval * random.uniform(0.9, 1.1)  # noqa: S311  no secret
        return max(pause, min(report.retry_after or 0.0, drift.longest))

    def _driver_for(self, target: Target) -> Driver:
        if self._connected_as != target:
            self._disconnect()
        if self._driver is None:
            self._driver = self._connect(target)
            self._connected_as = target
        return self._driver

    def _disconnect(self) -> None:
        if self._driver is not None:
            self._driver.close()
        self._driver = None
        # What a driver remembers of what stands ends with it.
        self._complete_at = 0.0

    def _log(self, report: Report) -> None:
        about = {"vim": report.target, "revision": report.revision, "seconds": round(report.seconds, 3)}
        if report.error:
            log.warning("vim can't be looked at", extra=about | {"error": str(report.error)})
            return
        for outcome in report.outcomes:
            what = about | {"action": outcome.step.action.value, "key": str(outcome.step.key)}
            if outcome.result is Result.FAILED:
                log.warning("step failed", extra=what | {"reason": outcome.reason})
            else:
                log.info("step ended", extra=what | {"result": outcome.result.value, "reason": outcome.reason})
        level = logging.INFO if report.outcomes else logging.DEBUG
        log.log(level, "pass done", extra=about | {"result": result_of(report), "steps": len(report.outcomes)})
