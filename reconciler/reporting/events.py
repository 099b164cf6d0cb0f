"""What happened, one line each, as operators know it from Kubernetes: the newest of it, in memory alone.

`pass_events` and `repository_events` make them. Losing them loses nothing: what is so is in the Reports.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

KEPT = 2000
"""Events that are kept, over all VIMs; the one that did not happen for longest goes first."""


class Severity(StrEnum):
    NORMAL = "normal"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Event:
    """``vim`` is "" for the repository, ``service`` "" for the VIM or the repository itself.

    ``first`` and ``last`` are in seconds since the epoch, ``count`` how often. ``reason`` is one word for programs; the
    table in docs/status.md has them all. ``resource``: the one that it is about, as a Key shows itself, or "".
    ``commit``: the one that it happened for, or "".
    """

    repository: str
    vim: str
    service: str
    severity: Severity
    reason: str
    message: str
    first: float
    last: float
    count: int = 1
    resource: str = ""
    commit: str = ""


class EventLog:
    """The newest events. What happens again is counted, not reported again. Threads may share it."""

    def __init__(self, kept: int = KEPT, heard: Callable[[list[Event]], None] = lambda _: None) -> None:
        """``heard`` gets what is noted, with how often, in the thread of who notes it."""
        self._kept = kept
        self._heard = heard
        self._lock = threading.Lock()
        self._events: OrderedDict[tuple[str, str, str, str, str], Event] = OrderedDict()

    def note(self, events: Iterable[Event]) -> None:
        noted: list[Event] = []
        with self._lock:
            for event in events:
                identity = (event.repository, event.vim, event.service, event.reason, event.message)
                known = self._events.pop(identity, None)
                again = replace(event, first=known.first, count=known.count + 1) if known else event
                self._events[identity] = again
                noted.append(again)
            while len(self._events) > self._kept:
                self._events.popitem(last=False)
        self._heard(noted)

    def newest(self, vim: str | None = None, service: str | None = None, repository: str | None = None) -> list[Event]:
        """The newest first; only those of a VIM, a service or a repository, where one is named."""
        with self._lock:
            events = list(self._events.values())
        return [
            event
            for event in reversed(events)
            if vim in {None, event.vim} and service in {None, event.service} and repository in {None, event.repository}
        ]
