"""The WSGI application of the daemon. Nothing here changes anything; a webhook and a sync only have it done now."""

from __future__ import annotations

import math
from collections.abc import Mapping

from flask import Flask, Response, request
from prometheus_client import CollectorRegistry, ProcessCollector, make_wsgi_app
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from reconciler.web.access import Access, guard
from reconciler.web.api import add_api
from reconciler.web.hooks import MAX_BYTES, Complaints, Hook, Result
from reconciler.web.routes import DOCUMENT, PREFIX
from reconciler.web.sync import add_sync
from reconciler.web.watched import Watched

ANYONE = Access()

_HEALTH = {
    "/healthz": "200 while the process serves",
    "/readyz": "200 once a commit is in force and every VIM has been observed, and from then on; else 503",
    "/metrics": "metrics for Prometheus",
}
_API = {
    f"{PREFIX}/status": "what the daemon knows, as JSON; where a token is needed: 'Authorization: Bearer TOKEN'",
    DOCUMENT: "all paths of the API, as OpenAPI; docs/api.md explains them",
}
"""What the page at / names, and what each is."""

_MOST_OF_A_NAME = 100
"""Characters of a repository that does not exist in a log line."""

_STATUS = {Result.ACCEPTED: 202, Result.REPEATED: 200, Result.REFUSED: 401, Result.LIMITED: 429}


def make_app(daemon: Watched, hook: Hook | None = None, access: Access = ANYONE, *, with_health: bool = True) -> Flask:
    """An application that shows the daemon's state at the moment of each request, and takes webhooks with ``hook``.

    ``with_health``: health and metrics too.
    """
    app = Flask("magi")
    guard(app, access)
    if with_health:
        _show_health(app, daemon)
    add_api(app, daemon)
    add_sync(app, daemon)
    _show_index(app, {**(_HEALTH if with_health else {}), **_API})
    if hook:
        _take_webhooks(app, daemon, hook)
    return app


def make_health_app(daemon: Watched) -> Flask:
    """An application of health and metrics alone."""
    app = Flask("magi")
    _show_health(app, daemon)
    _show_index(app, _HEALTH)
    return app


def _show_index(app: Flask, paths: Mapping[str, str]) -> None:
    """What there is, for who opens the address itself. It depends on nothing that the daemon knows."""
    width = max(map(len, paths))
    text = "".join(f"{path:{width}}  {about}\n" for path, about in paths.items())

    @app.get("/")
    def index() -> Response:
        return Response(f"This is Magi.\n\n{text}", mimetype="text/plain")


def _show_health(app: Flask, daemon: Watched) -> None:
    registry = CollectorRegistry()
    registry.register(daemon.metrics)
    ProcessCollector(registry=registry)
    app.wsgi_app = DispatcherMiddleware(app.wsgi_app, {"/metrics": make_wsgi_app(registry)})  # type: ignore[method-assign]  # Flask's own way to wrap it

    @app.get("/healthz")
    def healthz() -> Response:
        return Response("ok\n", mimetype="text/plain")

    @app.get("/readyz")
    def readyz() -> Response:
        ready = daemon.was_ready
        return Response("ready\n" if ready else "not yet\n", 200 if ready else 503, mimetype="text/plain")


def _take_webhooks(app: Flask, daemon: Watched, hook: Hook) -> None:
    complaints = Complaints()

    @app.post("/hooks/git")
    @app.post("/hooks/git/<repository>")
    def git(repository: str = "") -> Response:
        peer = request.remote_addr or ""
        # Not by Flask's own limit, which would not be counted.
        if (request.content_length or 0) > MAX_BYTES:
            daemon.metrics.hook_called(Result.REFUSED)
            complaints.refused("too large", peer)
            return Response("too large\n", 413, mimetype="text/plain")
        verdict = hook.judge(dict(request.headers), request.get_data(cache=False), repository)
        daemon.metrics.hook_called(verdict.result)
        if verdict.reason:
            complaints.refused(verdict.reason, peer)
        if verdict.result is Result.ACCEPTED and not daemon.fetch_git(repository or None):
            # Whoever signed it knows the secret: what they name may be shown.
            complaints.refused("no such repository", peer, repository=repository[:_MOST_OF_A_NAME])
            return Response("no such repository\n", 404, mimetype="text/plain")
        answer = Response(f"{verdict.result}\n", _STATUS[verdict.result], mimetype="text/plain")
        if verdict.retry_after:
            answer.headers["Retry-After"] = str(math.ceil(verdict.retry_after))
        return answer
