"""Shows again and again what a daemon answers: redrawn on a terminal, a line for each change when piped.

A daemon that goes away is reported and waited for.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from enum import Enum, auto
from typing import Any, Protocol

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from reconciler.cli.changes import Thing, changes, name_of, things_of, words
from reconciler.cli.output import print_json
from reconciler.cli.status_view import status_parts
from reconciler.model import TargetUnknown

Ask = Callable[[], dict[str, Any]]
"""Raises TargetUnknown when no daemon answers."""


class Verdict(Enum):
    """Whether what is waited for has come."""

    GOOD = auto()
    NOT_YET = auto()
    NEVER = auto()


class Screen(Protocol):
    """Who is shown each answer, and notified when there is none."""

    def show(self, found: dict[str, Any]) -> None: ...

    def lost(self, error: TargetUnknown) -> None: ...


def watch(
    ask: Ask,
    screen: Screen,
    interval: float,
    judge: Callable[[dict[str, Any]], Verdict] = lambda _: Verdict.NOT_YET,
    timeout: float | None = None,
) -> Verdict:
    """Asks every ``interval`` seconds, until ``judge`` has a verdict or ``timeout`` seconds are over.

    Raises TargetUnknown if no daemon answered at the end.
    """
    until = None if timeout is None else time.monotonic() + timeout
    while True:
        lost = None
        try:
            found = ask()
        except TargetUnknown as error:
            lost = error
            screen.lost(error)
        else:
            screen.show(found)
            if (verdict := judge(found)) is not Verdict.NOT_YET:
                return verdict
        left = interval if until is None else min(interval, until - time.monotonic())
        if left <= 0:
            if lost:
                raise lost
            return Verdict.NOT_YET
        time.sleep(left)


class Picture:
    """The newest answer, redrawn in place. ``head``: a line above it."""

    def __init__(self, out: Console, head: str, ending: ExitStack, *, conditions: bool) -> None:
        self._out = out
        self._head = head
        self._conditions = conditions
        self._found: dict[str, Any] | None = None
        self._lost_at: float | None = None
        self._live = ending.enter_context(Live(console=out, auto_refresh=False, vertical_overflow="ellipsis"))

    def show(self, found: dict[str, Any]) -> None:
        self._found, self._lost_at = found, None
        self._draw()

    def lost(self, error: TargetUnknown) -> None:
        self._lost_at = self._lost_at or time.time()
        since = datetime.fromtimestamp(self._lost_at).astimezone().strftime("%H:%M:%S")
        last = "; below is what it said last" if self._found else ""
        self._draw(Text(f"Since {since} {error.message}{last}", style="red"))

    def _draw(self, trouble: Text | None = None) -> None:
        clock = datetime.now().astimezone().strftime("%H:%M:%S")
        parts: list[Any] = [Text(f"{self._head}  {clock}", style="bright_black"), *([trouble] if trouble else ())]
        if self._found:
            parts += [Text(), *status_parts(self._out, self._found, conditions=self._conditions)]
        self._live.update(Group(*parts), refresh=True)


class Lines:
    """A line for each change."""

    def __init__(self, out: Console) -> None:
        self._out = out
        self._before: Mapping[Thing, str] = {}
        self._answers: bool | None = None

    def show(self, found: dict[str, Any]) -> None:
        if self._answers is False:
            self._print("daemon: answers again")
        self._answers = True
        now = {thing: words(thing.type, one) for thing, one in things_of(found).items()}
        for thing, change in changes(self._before, now):
            self._print(f"{name_of(thing, several=len(found['repositories']) > 1)}: {change or 'gone'}")
        self._before = now

    def lost(self, error: TargetUnknown) -> None:
        if self._answers is not False:
            self._print(f"daemon: {error.message}")
        self._answers = False

    def _print(self, line: str) -> None:
        self._out.print(Text(f"{_now()} {line}"), soft_wrap=True)
        # Whoever reads the pipe is to see it now.
        self._out.file.flush()


class JsonLines:
    """A JSON object in a line for each change: what changed, and what it is ``now``; null when it is gone."""

    def __init__(self) -> None:
        self._before: Mapping[Thing, Mapping[str, Any]] = {}
        self._answers: bool | None = None

    def show(self, found: dict[str, Any]) -> None:
        if self._answers is False:
            self._print(_DAEMON, {"answers": True, "error": ""})
        self._answers = True
        now = things_of(found)
        for thing, one in changes(self._before, now):
            self._print(thing, one)
        self._before = now

    def lost(self, error: TargetUnknown) -> None:
        if self._answers is not False:
            self._print(_DAEMON, {"answers": False, "error": error.message})
        self._answers = False

    def _print(self, thing: Thing, now: Mapping[str, Any] | None) -> None:
        print_json({"at": _now(), **thing._asdict(), "now": now}, indent=None)


_DAEMON = Thing("daemon", "", "magi")


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
