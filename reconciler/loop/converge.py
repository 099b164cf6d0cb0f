"""One convergence: passes over every target until nothing is left to do, or only what another pass won't fix."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from reconciler.loop.contest import new_writer
from reconciler.loop.narrowing import Removal
from reconciler.loop.one_pass import UNWATCHED, Watcher, one_pass
from reconciler.loop.pass_context import Board, PassContext
from reconciler.loop.progress import GLANCE, Progress
from reconciler.model import (
    Catalog,
    ConfigError,
    Driver,
    Outcome,
    Report,
    Result,
    State,
    StepProgress,
    step_progress_of_all,
)

PATIENCE = 5
"""Passes in a row that may get nothing further before the rest counts as failed."""
_SHORTEST = 0.5
_BLINK = 0.1


@dataclass(frozen=True, slots=True)
class Converged:
    """The last Report of each target, and how many passes it took in all. ``timed_out``: there was more to wait for."""

    reports: Mapping[str, Report]
    passes: int
    timed_out: bool = False

    @property
    def succeeded(self) -> bool:
        """Every target is what Git declares, and what was made is ready."""
        return not self.timed_out and all(report.settled and not degraded(report) for report in self.reports.values())


def degraded(report: Report) -> bool:
    """Whether something on the target is in error, or fails its probe for longer than it may take to start."""
    return any(state is State.ERROR for _, state in report.counts) or report.unready > report.starting


def converge(
    catalog: Catalog,
    drivers: Mapping[str, Driver],
    *,
    watcher: Watcher = UNWATCHED,
    reported: Callable[[Report], None] = lambda _: None,
    only: str | Removal | None = None,
    timeout: float = 1800.0,
) -> Converged:
    """Converges all targets in parallel, each at its own pace. ``timeout`` in seconds for each. ``only``: as in
    `one_pass`.

    ``reported`` gets every pass, from the thread of its target.
    """
    board, writer = Board(frozenset(drivers)), new_writer()
    moves = dict.fromkeys(drivers, 0)

    def stepped(target: str, outcome: Outcome) -> None:
        # Also during a pass, which may take longer than the others' patience.
        moves[target] += outcome.result in {Result.DONE, Result.PENDING}
        watcher.stepped(target, outcome)

    counting = replace(watcher, stepped=stepped)

    def one(target: str) -> tuple[Report, int, bool]:
        deadline = time.monotonic() + timeout
        progress = Progress(time.monotonic)
        context = PassContext(target, board, detects_drift=False, writer=writer)
        passes, stuck, seen = 0, 0, 0
        while True:
            passes += 1
            report = one_pass(
                target,
                catalog,
                drivers[target],
                watcher=counting,
                only=only,
                context=context,
            )
            reported(report)
            moves[target] += report.moved
            # Who waits for another target is not stuck while that gets on.
            goes_on = report.moved or (_waits(report) and sum(moves.values()) > seen)
            stuck, seen = 0 if goes_on else stuck + 1, sum(moves.values())
            # A target that can't be observed in the first place is reported at once; later it may be a passing fault.
            at_once = report.error is not None and (passes == 1 or isinstance(report.error, ConfigError))
            if report.settled or at_once or watcher.stopping() or _is_hopeless(report) or stuck >= PATIENCE:
                return report, passes, False
            # The same failure again means that haste does not help.
            pause = max((report.retry_after or _SHORTEST) * 2 ** max(stuck - 1, 0), progress.pause(report))
            left = deadline - time.monotonic()
            glances = (drivers[target].stirs, context.stirs) if report.only_builds else ()
            # What a glance finds need not wait for so long.
            if pause > left and not (glances and left > 0):
                return report, passes, True
            _wait(min(pause, left), watcher, glances)

    if not drivers:
        return Converged({}, 0)
    with ThreadPoolExecutor(len(drivers), thread_name_prefix="converge") as pool:
        results = dict(zip(drivers, pool.map(one, drivers), strict=True))
    return Converged(
        {target: report for target, (report, _, _) in results.items()},
        sum(passes for _, passes, _ in results.values()),
        any(timed_out for _, _, timed_out in results.values()),
    )


def _wait(seconds: float, watcher: Watcher, glances: Sequence[Callable[[], bool]]) -> None:
    """Waits, but not longer than the watcher lets it, nor when a glance finds that what is being built is otherwise."""
    now = time.monotonic()
    until, glance = now + seconds, now + GLANCE
    while (left := until - time.monotonic()) > 0 and not watcher.stopping():
        time.sleep(min(left, _BLINK))
        if time.monotonic() >= glance:
            if any(stirs() for stirs in glances):
                return
            glance = time.monotonic() + GLANCE


def _waits(report: Report) -> bool:
    """Whether something waits for what another target has to get ready."""
    return StepProgress.WAITING in step_progress_of_all(report.outcomes)


def _is_hopeless(report: Report) -> bool:
    """Whether what is left can only be fixed by people."""
    left = step_progress_of_all(report.outcomes)
    return bool(left) and not report.moved and not any(one.by_itself for one in left)
