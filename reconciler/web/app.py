"""The WSGI application of the daemon. Nothing here changes anything; a webhook only has Git looked at now."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any, Protocol

from flask import Flask, Response, jsonify, request
from prometheus_client import CollectorRegistry, ProcessCollector, make_wsgi_app
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from reconciler.events import EventLog
from reconciler.metrics import Metrics
from reconciler.model import Report, SourceStatus
from reconciler.review import plan_json
from reconciler.web.hooks import MAX_BYTES, Hook, Result


class Watched(Protocol):
    """What is shown: the daemon, or whatever answers like it."""

    @property
    def ready(self) -> bool: ...

    @property
    def metrics(self) -> Metrics: ...

    def source_status(self) -> SourceStatus: ...

    @property
    def events(self) -> EventLog: ...

    def reports(self) -> list[Report]: ...

    def look_at_git(self) -> None:
        """Soon, in another thread."""


_STATUS = {Result.ACCEPTED: 202, Result.REPEATED: 200, Result.REFUSED: 401, Result.LIMITED: 429}


def make_app(daemon: Watched, hook: Hook | None = None) -> Flask:
    """An application that shows the daemon's state at the moment of each request, and takes webhooks with ``hook``."""
    app = Flask("magi")
    registry = CollectorRegistry()
    registry.register(daemon.metrics)
    ProcessCollector(registry=registry)
    app.wsgi_app = DispatcherMiddleware(app.wsgi_app, {"/metrics": make_wsgi_app(registry)})  # type: ignore[method-assign]  # Flask's own way to wrap it

    @app.get("/healthz")
    def healthz() -> Response:
        return Response("ok\n", mimetype="text/plain")

    @app.get("/readyz")
    def readyz() -> Response:
        ready = daemon.ready
        return Response("ready\n" if ready else "not yet\n", 200 if ready else 503, mimetype="text/plain")

    @app.get("/api/v1/status")
    def status() -> Response:
        return jsonify({"ready": daemon.ready, **status_json(daemon.source_status(), daemon.reports())})

    @app.get("/api/v1/events")
    def events() -> Response:
        found = daemon.events.newest(request.args.get("vim"), request.args.get("service"))
        return jsonify({"events": [asdict(event) for event in found]})

    if hook:
        _take_webhooks(app, daemon, hook)
    return app


def _take_webhooks(app: Flask, daemon: Watched, hook: Hook) -> None:
    @app.post("/hooks/git")
    def git() -> Response:
        # Not by Flask's own limit, which would not be counted.
        if (request.content_length or 0) > MAX_BYTES:
            daemon.metrics.hook_called(Result.REFUSED)
            return Response("too large\n", 413, mimetype="text/plain")
        verdict = hook.judge(dict(request.headers), request.get_data(cache=False))
        daemon.metrics.hook_called(verdict.result)
        if verdict.result is Result.ACCEPTED:
            daemon.look_at_git()
        answer = Response(f"{verdict.result}\n", _STATUS[verdict.result], mimetype="text/plain")
        if verdict.retry_after:
            answer.headers["Retry-After"] = str(math.ceil(verdict.retry_after))
        return answer


def status_json(source: SourceStatus, reports: list[Report]) -> dict[str, Any]:
    """What the last passes found, for machines and for `magi status`."""
    return {
        "repository": {
            "url": source.url,
            "revision": source.revision,
            "subject": source.subject,
            "fetchedAt": source.fetched_at,
            "error": source.error,
            "refused": source.refused,
            "distrust": source.distrust,
            "problems": [str(problem) for problem in source.problems],
            "warnings": list(source.warnings),
        },
        "vims": [_vim(report) for report in reports],
        "services": [
            {
                "name": service.name,
                "vim": service.target,
                "sync": service.sync.value,
                "health": service.health.value,
                "resources": service.resources,
                "ready": service.ready,
                "stepsLeft": service.steps_left,
                "message": service.message,
            }
            for report in reports
            for service in report.services
        ],
    }


def _vim(report: Report) -> dict[str, Any]:
    return {
        "name": report.target,
        "revision": report.revision,
        "lookedAt": report.started,
        "seconds": report.seconds,
        "up": report.error is None,
        "error": str(report.error) if report.error else "",
        "resources": sum(report.counts.values()),
        "stepsLeft": len(report.left),
        "plan": plan_json(report.plan) if report.plan is not None else None,
    }
