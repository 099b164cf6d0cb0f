"""How an apply goes on: live on a terminal, plain lines elsewhere; and what takes long, with for how long it does."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, Protocol

from rich.console import Console, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from reconciler.model import Action, Key, Outcome, Plan, Report, Result, State, Step
from reconciler.text.markdown import printable

LONG = 5.0
"""Seconds after which a terminal shows what still goes on."""
EVERY = 30.0
"""Seconds after which a line says so where no terminal is, each time."""
_MOST = 5
"""So many are named; of the others the number is shown."""
_BLINK = 0.5
_DOING = {Action.CREATE: "building", Action.DELETE: "deleting"}
_MOVING = {State.BUILDING: "building", State.DELETING: "deleting"}


class Applying(Protocol):
    """Who shows how an apply goes on. Each VIM calls from its own thread."""

    def planned(self, plan: Plan) -> None: ...

    def started(self, target: str, step: Step) -> None: ...

    def stepped(self, target: str, outcome: Outcome) -> None: ...

    def reported(self, report: Report) -> None: ...


class Going(NamedTuple):
    """Something that goes on: ``doing`` in a word, ``since`` in seconds of the clock."""

    key: Key
    doing: str
    since: float


class Work:
    """What goes on: calls that run, and what VIMs are at by themselves. ``clock`` in seconds, monotonic.

    What is asked for counts from the moment that its step began.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._running: dict[Key, Going] = {}
        self._moving: dict[str, dict[Key, Going]] = {}

    def started(self, step: Step) -> None:
        """A call begins."""
        with self._lock:
            self._running[step.key] = Going(step.key, _DOING.get(step.action, "updating"), self._clock())

    def stepped(self, target: str, outcome: Outcome) -> None:
        """A call ended; the VIM may go on with it by itself."""
        step = outcome.step
        with self._lock:
            ran = self._running.pop(step.key, None)
            if ran is not None and _goes_on(outcome):
                self._moving.setdefault(target, {})[step.key] = ran

    def reported(self, report: Report) -> None:
        """A pass ended: what it observed to be at rest goes on no more, but for what it began itself."""
        if report.error is not None:
            return
        now = self._clock()
        begun = {outcome.step.key for outcome in report.outcomes if _goes_on(outcome)}
        with self._lock:
            known = self._moving.get(report.target, {})
            moving = {key: known[key] for key in begun & known.keys()}
            for key, state in report.states.items():
                if state in _MOVING and key not in moving:
                    since = known[key].since if key in known else now
                    moving[key] = Going(key, _MOVING[state], since)
            self._moving[report.target] = moving

    def longest(self, least: float) -> list[tuple[Going, float]]:
        """What has gone on for at least so many seconds, with these, the longest first."""
        now = self._clock()
        with self._lock:
            every = [*self._running.values(), *(one for found in self._moving.values() for one in found.values())]
        found = {one.key: (one, now - one.since) for one in every if now - one.since >= least}
        return sorted(found.values(), key=lambda pair: (-pair[1], pair[0].key))


def _goes_on(outcome: Outcome) -> bool:
    """Whether the VIM is at it after the call: something builds, or is being deleted."""
    step = outcome.step
    if step.action is Action.CREATE:
        return outcome.result is Result.DONE and step.desired is not None and step.desired.spec.building > 0
    return outcome.result is Result.PENDING


def still_lines(found: Iterable[tuple[Going, float]]) -> Iterator[str]:
    """A line for each of the first few, and the number of the others."""
    found = list(found)
    for one, seconds in found[:_MOST]:
        yield printable(f"{one.key.target}: still {one.doing} {one.key} ({seconds:.0f} s)")
    if len(found) > _MOST:
        yield f"and {len(found) - _MOST} more that take longer"


@contextmanager
def applying(out: Console) -> Iterator[Applying]:
    """Progress bars on a terminal, with what takes long; elsewhere a line a step, and one for what takes long."""
    if not out.is_terminal:
        lines, ended = Lines(out, Work()), threading.Event()
        thread = threading.Thread(target=_ticking, args=(lines, ended), name="progress", daemon=True)
        thread.start()
        try:
            yield lines
        finally:
            ended.set()
            thread.join()
        return
    columns = (
        TextColumn("{task.fields[vim]:<12}"),
        BarColumn(bar_width=40),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[doing]}", style="bright_black", markup=False),
    )
    work = Work()
    with _Live(*columns, console=out, transient=False, work=work) as progress:
        yield _Bars(progress, work)


def _ticking(lines: Lines, ended: threading.Event) -> None:
    while not ended.wait(_BLINK):
        lines.tick()


class _Live(Progress):
    """Bars, and below them what takes long; Rich draws it again several times a second."""

    def __init__(self, *columns: Any, work: Work, **options: Any) -> None:
        # Rich draws it already while it is made.
        self._work = work
        super().__init__(*columns, **options)

    def get_renderables(self) -> Iterable[RenderableType]:
        yield from super().get_renderables()
        for line in still_lines(self._work.longest(LONG)):
            yield Text(f"  {line}", style="cyan", no_wrap=True, overflow="ellipsis")


class _Bars:
    """One bar a VIM. A later pass adds what it still finds to do."""

    def __init__(self, progress: Progress, work: Work) -> None:
        self._progress, self._work = progress, work
        self._bars: dict[str, Any] = {}
        self._done: dict[str, int] = {}

    def planned(self, plan: Plan) -> None:
        steps = sum(step.blocked is None for step in plan.steps.values())
        if plan.target not in self._bars:
            if not steps:
                return
            self._bars[plan.target] = self._progress.add_task("", total=steps, vim=plan.target, doing="")
            self._done[plan.target] = 0
        else:
            self._progress.update(self._bars[plan.target], total=self._done[plan.target] + steps)

    def started(self, target: str, step: Step) -> None:
        self._work.started(step)

    def stepped(self, target: str, outcome: Outcome) -> None:
        self._work.stepped(target, outcome)
        doing = printable(str(outcome.step))
        if outcome.result is Result.FAILED:
            self._progress.console.print(Text(f"{target}: {_describe(outcome)}", style="red"))
        if outcome.result in {Result.DONE, Result.PENDING}:
            self._done[target] += 1
            self._progress.update(self._bars[target], completed=self._done[target], doing=doing)

    def reported(self, report: Report) -> None:
        self._work.reported(report)
        if report.target not in self._bars:
            return
        ready = sum(count for (_, state), count in report.counts.items() if state.value == "ready")
        waits = f"{sum(report.counts.values()) - ready} still building" if report.building else ""
        self._progress.update(self._bars[report.target], doing=waits)


class Lines:
    """A line for each step that was done or failed, and for what still goes on, each half a minute."""

    def __init__(self, out: Console, work: Work) -> None:
        self._out, self._work = out, work
        self._said: dict[Key, float] = {}

    def planned(self, plan: Plan) -> None:
        """Nothing is shown of it."""

    def started(self, target: str, step: Step) -> None:
        """The call of a step begins."""
        self._work.started(step)

    def stepped(self, target: str, outcome: Outcome) -> None:
        """A line for what came of it."""
        self._work.stepped(target, outcome)
        if outcome.result in {Result.DONE, Result.PENDING, Result.FAILED}:
            self._out.print(f"{target}: {_describe(outcome)}", soft_wrap=True)

    def reported(self, report: Report) -> None:
        """A pass ended."""
        self._work.reported(report)

    def tick(self) -> None:
        """Lines for what has gone on for another half a minute."""
        found = self._work.longest(EVERY)
        due = [(one, seconds) for one, seconds in found if seconds - self._said.get(one.key, 0.0) >= EVERY]
        # What ended is forgotten, so that it counts from zero if it begins again.
        self._said = {one.key: self._said.get(one.key, 0.0) for one, _ in found}
        self._said |= {one.key: seconds - seconds % EVERY for one, seconds in due}
        for line in still_lines(due):
            self._out.print(line, soft_wrap=True)


def _describe(outcome: Outcome) -> str:
    # All four words of what can be done end in e.
    past = f"{outcome.step.action.value}d"
    if outcome.result is Result.FAILED:
        return printable(f"could not {outcome.step}: {outcome.reason}")
    return printable(f"{past} {outcome.step.key}")
