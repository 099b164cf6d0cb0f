"""What is noted of passes and events as lines of JSON, in a file and for syslog, by a thread of its own: no pass waits.

A disk that is full, slow or gone, or a syslog that is, costs lines, which are counted, and nothing else.
"""

from __future__ import annotations

import json
import logging
import os
import stat
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from pathlib import Path

from reconciler.config import Address
from reconciler.reporting.events import Event
from reconciler.reporting.journal import PassEntry
from reconciler.reporting.journal_syslog import Syslog
from reconciler.reporting.moments import moment

log = logging.getLogger(__name__)

MOST_WAITING = 10_000
"""Lines that wait to be written; what comes then is lost, and counted."""
_AT_ONCE = 500
"""Lines of one write."""

Lost = Callable[[str, int], None]
"""Counts lines that are lost: why (``write``, ``syslog``, ``size`` or ``queue``), and how many."""


def event_json(event: Event) -> dict[str, object]:
    return asdict(event) | {"first": moment(event.first), "last": moment(event.last)}


def pass_entry_json(entry: PassEntry) -> dict[str, object]:
    return {
        "repository": entry.repository,
        "vim": entry.vim,
        "commit": entry.commit,
        "startedAt": moment(entry.started),
        "lastAt": moment(entry.last),
        "times": entry.times,
        "seconds": round(entry.seconds, 3),
        "result": entry.result,
        "done": dict(entry.done),
        "failed": dict(entry.failed),
        "blocked": dict(entry.blocked),
        "services": list(entry.services),
        "moreServices": entry.more_services,
        "reasons": list(entry.reasons),
    }


class JournalFile:
    """Appends lines to a file, and sends them to syslog, where these are set. Threads may share it."""

    def __init__(self, lost: Lost, most_waiting: int = MOST_WAITING) -> None:
        self._lost = lost
        self._most_waiting = most_waiting
        self._changed = threading.Condition()
        self._path: Path | None = None
        self._syslog: Syslog | None = None
        self._waiting: deque[Mapping[str, object]] = deque()
        self._ending = False
        self._thread: threading.Thread | None = None
        self._descriptor: int | None = None
        self._failing = False
        self._torn = False

    def take(self, path: Path | None, syslog: Address | None = None) -> None:
        """Writes to this file and sends to this syslog from now on; None: to none. What waits goes to the new ones."""
        with self._changed:
            self._path = path
            if syslog is None or self._syslog is None or self._syslog.address != syslog:
                # The one before it is closed by the thread, which may be using it.
                self._syslog = Syslog(syslog) if syslog else None
            if not self._is_on:
                self._waiting.clear()
            elif self._thread is None and not self._ending:
                self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
                self._thread.start()

    def events(self, events: Iterable[Event]) -> None:
        """Has events written soon."""
        self._put([{"type": "event", **event_json(one)} for one in events] if self._is_on else [])

    def passed(self, entry: PassEntry) -> None:
        """Has a pass written soon."""
        self._put([{"type": "pass", **pass_entry_json(entry)}] if self._is_on else [])

    def close(self, seconds: float) -> None:
        """Writes what waits, for at most so long, and ends."""
        with self._changed:
            self._ending = True
            self._changed.notify()
        if self._thread:
            self._thread.join(seconds)
        with self._changed:
            left = len(self._waiting)
            self._waiting.clear()
        if left:
            log.warning("lines of the journal were not written before the end", extra={"lines": left})

    @property
    def _is_on(self) -> bool:
        return self._path is not None or self._syslog is not None

    def _put(self, lines: list[Mapping[str, object]]) -> None:
        with self._changed:
            room = 0 if self._ending else self._most_waiting - len(self._waiting)
            self._waiting.extend(lines[:room])
            self._changed.notify()
        if len(lines) > room:
            self._lost("queue", len(lines) - room)

    def _run(self) -> None:
        used: Syslog | None = None
        while True:
            with self._changed:
                while not self._waiting and not self._ending:
                    self._changed.wait()
                path, syslog = self._path, self._syslog
                lines = [self._waiting.popleft() for _ in range(min(_AT_ONCE, len(self._waiting)))]
            if used is not None and used is not syslog:
                used.close()
            used = syslog
            if not lines:
                self._close()
                if syslog:
                    syslog.close()
                return
            if path:
                self._write(path, lines)
            if syslog:
                self._send(syslog, lines)

    def _send(self, syslog: Syslog, lines: list[Mapping[str, object]]) -> None:
        lost = syslog.send(lines)
        for why, count in (("syslog", lost.unsent), ("size", lost.too_large)):
            if count:
                self._lost(why, count)

    def _write(self, path: Path, lines: list[Mapping[str, object]]) -> None:
        try:
            text = "".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in lines)
            # A line that was cut off must not take the next one with it.
            data = (f"\n{text}" if self._torn else text).encode(errors="backslashreplace")
            self._append(path, data)
        except OSError as error:
            self._close()
            self._lost("write", len(lines))
            if not self._failing:
                pairs = {"file": str(path), "error": error.strerror or str(error)}
                log.warning("the journal can't be written", extra=pairs)
            self._failing = True
        else:
            if self._failing:
                log.info("the journal is written again", extra={"file": str(path)})
            self._failing = False

    def _append(self, path: Path, data: bytes) -> None:
        """Raises OSError."""
        written = os.write(self._open(path), data)
        self._torn = written < len(data)
        if self._torn:
            raise OSError(None, "not all of it could be written")

    def _open(self, path: Path) -> int:
        """The file as it is there now: one that was rotated is left. Raises OSError."""
        if self._descriptor is not None and not _is_same(self._descriptor, path):
            self._close()
            self._torn = False
        if self._descriptor is None:
            # Not blocking: a pipe that no one reads would hold the thread.
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK
            self._descriptor = os.open(path, flags, 0o640)
            if not stat.S_ISREG(os.fstat(self._descriptor).st_mode):
                raise OSError(None, "it is no regular file")
        return self._descriptor

    def _close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
        self._descriptor = None


def _is_same(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except OSError:
        return False
