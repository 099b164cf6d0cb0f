"""A collector of traces for tests: takes what OTLP sends over HTTP, and shows it as a tree."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1 import trace_pb2


@dataclass(frozen=True)
class Noted:
    """A span as it arrived. ``parent`` is "" for one that is part of nothing; ``error`` None for one that went well."""

    name: str
    trace: str
    id: str
    parent: str
    began: int
    ended: int
    client: bool
    pairs: Mapping[str, Any]
    error: str | None
    resource: Mapping[str, Any]


@dataclass
class Collector:
    """``spans`` grows while it runs."""

    url: str
    spans: list[Noted] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)

    def named(self, name: str, **pairs: Any) -> list[Noted]:
        desired = {f"magi.{key}": value for key, value in pairs.items()}
        return [one for one in list(self.spans) if one.name == name and desired.items() <= one.pairs.items()]

    def below(self, parent: Noted) -> list[Noted]:
        """The parts of a span, as they began."""
        parts = [one for one in list(self.spans) if one.trace == parent.trace and one.parent == parent.id]
        return sorted(parts, key=lambda one: one.began)

    def above(self, part: Noted) -> Noted:
        (found,) = [one for one in list(self.spans) if one.trace == part.trace and one.id == part.parent]
        return found


@contextmanager
def collecting() -> Iterator[Collector]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            collector.headers.append(dict(self.headers))
            status = 404
            if self.path == "/v1/traces":
                collector.spans += _spans(body)
                status = 200
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    collector = Collector(f"http://127.0.0.1:{server.server_address[1]}")
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    serving.start()
    try:
        yield collector
    finally:
        server.shutdown()
        server.server_close()
        serving.join()


def _spans(body: bytes) -> Iterator[Noted]:
    for batch in ExportTraceServiceRequest.FromString(body).resource_spans:
        resource = _pairs(batch.resource.attributes)
        for scope in batch.scope_spans:
            for span in scope.spans:
                failed = span.status.code == trace_pb2.Status.STATUS_CODE_ERROR
                yield Noted(
                    span.name,
                    span.trace_id.hex(),
                    span.span_id.hex(),
                    span.parent_span_id.hex(),
                    span.start_time_unix_nano,
                    span.end_time_unix_nano,
                    span.kind == trace_pb2.Span.SPAN_KIND_CLIENT,
                    _pairs(span.attributes),
                    span.status.message if failed else None,
                    resource,
                )


def _pairs(attributes: Any) -> Mapping[str, Any]:
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in attributes}
