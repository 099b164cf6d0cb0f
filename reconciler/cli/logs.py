"""Logs: a constant sentence and pairs, as text or as JSON, a line each, on stderr."""

from __future__ import annotations

import json
import logging
import math
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime

from reconciler.tracing import bound

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def pairs_of(record: logging.LogRecord) -> dict[str, object]:
    """What is bound where the line is from, and what a log call gave as ``extra``."""
    own = {name: value for name, value in vars(record).items() if name not in _STANDARD}
    return {name: value for name, value in {**bound(), **own}.items() if value not in ("", None)}


class TextFormatter(logging.Formatter):
    """``2026-11-23T16:00:00Z INFO pass done vim=paris steps=3``"""

    def format(self, record: logging.LogRecord) -> str:
        when = datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        pairs = "".join(f" {name}={_quoted(value)}" for name, value in pairs_of(record).items())
        text = f"{when} {record.levelname} {record.getMessage()}{pairs}"
        return f"{text}\n{self.formatException(record.exc_info)}" if record.exc_info else text


class JsonFormatter(logging.Formatter):
    """The same as one JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        when = datetime.fromtimestamp(record.created, UTC).isoformat()
        entry = {"time": when, "level": record.levelname.lower(), "message": record.getMessage(), **pairs_of(record)}
        if record.exc_info:
            entry["traceback"] = self.formatException(record.exc_info)
        return json.dumps(entry, default=str, ensure_ascii=False)


class Sparing(logging.Filter):
    """Lets of a library that complains again and again one line through in a while."""

    def __init__(self, library: str, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._prefix = f"{library}."
        self._seconds = seconds
        self._clock = clock
        self._next = -math.inf

    def filter(self, record: logging.LogRecord) -> bool:
        if not record.name.startswith(self._prefix):
            return True
        now = self._clock()
        if now < self._next:
            return False
        self._next = now + self._seconds
        return True


def set_up(level: str, form: str) -> None:
    """Logs of Magi at ``level``, of its libraries from warnings on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if form == "json" else TextFormatter())
    # A collector of traces that is down is reported with every batch, and with each try.
    handler.addFilter(Sparing("opentelemetry", 600.0))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("reconciler").setLevel(level.upper())
    # It warns of every run that is late, and of each job that it ends with.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)


def _quoted(value: object) -> str:
    text = str(value)
    if not text.isprintable():
        # Newlines, and whatever else does something to a terminal.
        return json.dumps(text)
    return json.dumps(text, ensure_ascii=False) if any(c in text for c in ' "=') else text
