"""The WSGI application of the daemon. Read-only: nothing here changes anything."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Protocol

from flask import Flask, Response, jsonify, request
from prometheus_client import CollectorRegistry, ProcessCollector, make_wsgi_app
from prometheus_client.registry import Collector
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from reconciler.events import EventLog
from reconciler.model import Report, SourceStatus
from reconciler.review import plan_json


class Watched(Protocol):
    """What is shown: the daemon, or whatever answers like it."""

    @property
    def ready(self) -> bool: ...

    @property
    def metrics(self) -> Collector: ...

    def source_status(self) -> SourceStatus: ...

    @property
    def events(self) -> EventLog: ...

    def reports(self) -> list[Report]: ...


def make_app(daemon: Watched) -> Flask:
    """An application that shows the daemon's state at the moment of each request."""
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

    return app


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
