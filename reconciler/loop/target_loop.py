"""The loop of one target: a pass, a pause, a pass. When to look next is decided here."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable

from reconciler.config import Config
from reconciler.loop.one_pass import Watcher, one_pass
from reconciler.metrics import Metrics, result_of
from reconciler.model import Catalog, ConfigError, Driver, Report, Result, Target
from reconciler.status import report_unknown

log = logging.getLogger(__name__)

Connect = Callable[[Target], Driver]
"""Makes a driver for a target; raises ConfigError."""


class TargetLoop:
    """Passes over one target, one at a time, in a thread of its own: a sick target delays no other."""

    def __init__(self, target: str, connect: Connect, config: Config, metrics: Metrics) -> None:
        self.target = target
        self.report: Report | None = None
        self._connect = connect
        self._config = config
        self._metrics = metrics
        self._driver: Driver | None = None
        self._connected_as: Target | None = None
        self._wanted: tuple[Catalog, str] | None = None
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._failures = 0
        self._thread = threading.Thread(target=self._run, name=f"vim-{target}", daemon=True)

    def start(self, catalog: Catalog, revision: str) -> None:
        self._wanted = (catalog, revision)
        self._thread.start()

    def take(self, catalog: Catalog, revision: str) -> None:
        """A newer commit: the pass that runs ends at its next step, and one for this commit follows."""
        self._wanted = (catalog, revision)
        self._failures = 0
        self._wake.set()

    def stop(self) -> None:
        self._stopping.set()
        self._wake.set()

    def join(self, seconds: float) -> None:
        self._thread.join(seconds)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            try:
                pause = self._one()
            except Exception:
                # The loop of a VIM must outlive a defect: the next look may not meet it.
                log.exception("pass broke", extra={"vim": self.target})
                self._failures += 1
                pause = self._back_off()
            self._wake.wait(pause)
        if self._driver:
            self._driver.close()

    def _one(self) -> float:
        """One pass. Answers the seconds until the next one."""
        assert self._wanted is not None  # noqa: S101  set before the thread starts
        catalog, revision = self._wanted
        watcher = Watcher(stopping=lambda: self._stopping.is_set() or self._wake.is_set())
        try:
            driver = self._driver_for(catalog.targets[self.target])
        except ConfigError as error:
            report = report_unknown(catalog, self.target, error, revision=revision, started=time.time(), seconds=0.0)
        else:
            report = one_pass(self.target, catalog, driver, revision=revision, watcher=watcher)
        self.report = report
        self._metrics.pass_done(report)
        self._log(report)
        return self._pause_after(report)

    def _pause_after(self, report: Report) -> float:
        """Seconds until the next look: soon while something moves, later and later while it fails."""
        if report.error is None and report.moved:
            self._failures = 0
            return report.retry_after or 1.0
        if report.error or any(outcome.again for outcome in report.left):
            self._failures += 1
            return self._back_off()
        self._failures = 0
        # Spread, or the VIMs of one cloud would be looked at in the same second for ever.
        return self._config.drift.interval * random.uniform(0.9, 1.1)  # noqa: S311  no secret

    def _back_off(self) -> float:
        longest = max(self._config.drift.longest, self._config.drift.interval)
        return min(longest, 2.0 ** min(self._failures, 20)) * random.uniform(0.5, 1.0)  # noqa: S311  no secret

    def _driver_for(self, target: Target) -> Driver:
        if self._driver is None or self._connected_as != target:
            if self._driver is not None:
                self._driver.close()
                self._driver = None
            self._driver = self._connect(target)
            self._connected_as = target
        return self._driver

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
