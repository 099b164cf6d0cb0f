"""`POST /api/v1/sync`: has Git fetched and VIMs observed now. It changes no desired state, and repeats do no harm.

A page of the web may send requests to an address that a browser reaches, but not as JSON without being asked for leave,
which is never given here.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from threading import Lock

from flask import Flask, Response, jsonify, request

from reconciler.web.errors import ApiError, no_such
from reconciler.web.query import read_query
from reconciler.web.routes import PREFIX
from reconciler.web.watched import Watched

PATH = f"{PREFIX}/sync"
PARAMETERS = ("repository", "vim", "service")
BURST, PER_SECOND = 20.0, 1.0
"""So many requests at once, and so many a second from then on."""
MOST_BYTES = 1024
"""Of the body, which says nothing."""

_HINT = "send '{}' with 'Content-Type: application/json'"


class Limit:
    """Lets a bounded number of requests through. Used by many threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._left, self._at = BURST, clock()

    def wait(self) -> float:
        """Seconds until the next one may come; 0 for one that may come now, which counts."""
        with self._lock:
            now = self._clock()
            self._left, self._at = min(BURST, self._left + (now - self._at) * PER_SECOND), now
            if self._left < 1.0:
                return (1.0 - self._left) / PER_SECOND
            self._left -= 1.0
            return 0.0


def add_sync(app: Flask, daemon: Watched, limit: Limit | None = None) -> None:
    """Takes requests for a sync."""
    limit = limit or Limit()

    @app.post(PATH)
    def sync() -> tuple[Response, int]:
        query = read_query(request.args, PARAMETERS, {})
        if request.mimetype != "application/json" or (request.content_length or 0) > MOST_BYTES:
            raise ApiError(415, "a body of JSON is needed", _HINT)
        if request.get_json(silent=True) != {}:
            raise ApiError(400, "the body is not '{}'", _HINT)
        if wait := limit.wait():
            headers = {"Retry-After": str(math.ceil(wait))}
            raise ApiError(429, "this was asked for too often", "wait a second", headers)
        names = [one.name for one in daemon.repositories()]
        if query.repository is not None and query.repository not in names:
            raise no_such("repository", query.repository, names)
        found = daemon.sync(query.repository, query.vim, query.service)
        if not found.vims and not found.elsewhere and (query.vim or query.service):
            what, name = ("VIM", query.vim) if query.vim else ("network service", query.service or "")
            raise no_such(what, name or "", list(found.known))
        return jsonify(
            {
                "repositories": list(found.repositories),
                "vims": [{"repository": repository, "name": name} for repository, name in found.vims],
                "elsewhere": [{"repository": repository, "name": name} for repository, name in found.elsewhere],
            }
        ), 202
