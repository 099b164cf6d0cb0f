"""`POST /api/v1/sync`: has Git fetched and VIMs observed now. It changes no desired state, and repeats do no harm.

A page of the web may send requests to an address that a browser reaches, but not as JSON without being asked for leave,
which is never given here.
"""

from __future__ import annotations

import math

from flask import Flask, Response, jsonify, request

from reconciler.web.errors import ApiError, no_such
from reconciler.web.limiting import Limit
from reconciler.web.query import read_query
from reconciler.web.routes import PREFIX
from reconciler.web.watched import Watched

PATH = f"{PREFIX}/sync"
PARAMETERS = ("repository", "vim", "service")
MOST_BYTES = 1024
"""Of the body, which says nothing."""

_HINT = "send '{}' with 'Content-Type: application/json'"


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
