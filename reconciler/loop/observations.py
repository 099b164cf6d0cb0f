"""Who is observed when: the loops of all repositories, a job of the scheduler for each, which only enqueues.

The work queue has the threads; a job of the scheduler that takes long would keep others waiting.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Hashable, Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler

from reconciler.loop.clock import CLOCK, Clock
from reconciler.loop.target_loop import LoopId, TargetLoop
from reconciler.loop.work_queue import WorkQueue
from reconciler.model import Catalog

log = logging.getLogger(__name__)

SPREAD = 0.02
"""Seconds from one first observation to the next, when many VIMs are new at once."""


class Observations:
    """The loops of all targets. One pass a VIM at a time, also where several repositories have services on it."""

    def __init__(self, scheduler: BackgroundScheduler, clock: Clock = CLOCK) -> None:
        self._scheduler = scheduler
        self._clock = clock
        self._loops: dict[LoopId, TargetLoop] = {}
        self._lock = threading.Lock()
        self._queue: WorkQueue[LoopId] = WorkQueue(self._observe, self._needs, is_slow=self._is_unreachable)
        self._stopped = False

    def spread(
        self, repository: str, catalog: Catalog, served: Iterable[str], make: Callable[[LoopId], TargetLoop]
    ) -> list[str]:
        """Hands a commit to a loop for each target that is ``served``, and ends the loops of all others.

        A loop that has this commit already goes on as it is.

        ``make`` makes the loop of a target that is new. Answers the targets that are no longer served.
        """
        names = dict.fromkeys(served)
        with self._lock:
            if self._stopped:
                return []
            gone = [one for one in self._loops if one.repository == repository and one.vim not in names]
            new = 0
            ended = [self._loops.pop(one) for one in gone]
            for name in names:
                loop_id = LoopId(repository, name)
                loop, pause = self._loops.get(loop_id), 0.0
                if loop is None:
                    loop = self._loops[loop_id] = make(loop_id)
                    pause, new = new * SPREAD, new + 1
                elif loop.is_for(catalog):
                    continue
                loop.take(catalog)
                self._plan(loop_id, pause)
        self._end(ended)
        return [one.vim for one in gone]

    def end(self, repository: str) -> None:
        """Ends the loops of a repository; their series end too."""
        with self._lock:
            ended = [self._loops.pop(one) for one in list(self._loops) if one.repository == repository]
        self._end(ended)

    def refresh(self, loop_ids: Iterable[LoopId] | None = None) -> None:
        """Observes these targets now, with a new login, where there is a loop for them; None: every one."""
        chosen = None if loop_ids is None else frozenset(loop_ids)
        for loop in self.loops():
            if chosen is None or loop.id in chosen:
                loop.refresh()
                self._queue.add(loop.id)

    def observe_now(self, loop_ids: Iterable[LoopId]) -> None:
        """Observes these targets now, where there is a loop for them."""
        for loop_id in loop_ids:
            if loop_id in self._loops:
                self._queue.add(loop_id)

    def loops(self, repository: str | None = None) -> list[TargetLoop]:
        """Those of one repository, or all, by name."""
        with self._lock:
            found = sorted(self._loops.items())
        return [loop for loop_id, loop in found if repository in {None, loop_id.repository}]

    def limit(self, at_once: int) -> None:
        """Has so many targets observed at the same time, at most."""
        self._queue.limit(at_once)

    def stop(self) -> None:
        """No observation begins any more, and those that go on end at their next step."""
        with self._lock:
            self._stopped = True
            loops = list(self._loops.values())
        self._queue.stop()
        for loop in loops:
            loop.stop()

    def join(self, seconds: float) -> bool:
        """Waits, at most so long, until no observation goes on after a `stop`; whether that is so."""
        return self._queue.join(seconds)

    def settle(self, seconds: float) -> bool:
        """Waits, at most so long, until no observation goes on or is to begin at once; whether that is so."""
        return self._queue.settle(seconds)

    def _end(self, loops: Iterable[TargetLoop]) -> None:
        for loop in loops:
            with suppress(JobLookupError):
                self._scheduler.remove_job(str(loop.id))
            loop.stop(forget=True)

    def _needs(self, loop_id: LoopId) -> tuple[Hashable, ...]:
        loop = self._loops.get(loop_id)
        return (loop.access,) if loop and loop.access is not None else ()

    def _is_unreachable(self, loop_id: LoopId) -> bool:
        """Whether the last observation failed: the next one may take until its time is over."""
        loop = self._loops.get(loop_id)
        return loop is not None and loop.report is not None and loop.report.error is not None

    def _observe(self, loop_id: LoopId) -> None:
        loop = self._loops.get(loop_id)
        try:
            pause = loop.observe() if loop else None
        except Exception:
            # Whatever broke, the VIM has to be observed again: no one else would see to that.
            log.exception("observation failed", extra={"repository": loop_id.repository, "vim": loop_id.vim})
            pause = loop.drift.interval if loop else None
        if pause is not None:
            with self._lock:
                if self._loops.get(loop_id) is loop and not self._stopped:
                    self._plan(loop_id, pause)

    def _plan(self, loop_id: LoopId, pause: float) -> None:
        """Has a target observed in so many seconds, and not when it was to be before."""
        if pause <= 0:
            self._queue.add(loop_id)
            return
        self._scheduler.add_job(
            self._queue.add,
            "date",
            args=[loop_id],
            id=str(loop_id),
            run_date=datetime.fromtimestamp(self._clock.time(), UTC) + timedelta(seconds=pause),
            replace_existing=True,
            misfire_grace_time=None,
            max_instances=3,
        )
