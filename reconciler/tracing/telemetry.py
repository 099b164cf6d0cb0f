"""Spans to a collector, by OpenTelemetry's SDK over OTLP. Needs the extra `tracing` of the package.

What the settings leave open is taken from the environment: OTEL_EXPORTER_OTLP_HEADERS, OTEL_SERVICE_NAME,
OTEL_TRACES_SAMPLER, OTEL_BSP_SCHEDULE_DELAY and the others that the SDK knows.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import urlsplit

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import SpanKind, StatusCode
from opentelemetry.util.types import AttributeValue

from reconciler.model import ApiCall
from reconciler.tracing.binding import NOTHING, Pairs, about
from reconciler.tracing.spans import Span

_PATH = "/v1/traces"

_LAST = 5.0
"""Seconds that the last spans get to reach the collector: one that is down is not to keep Magi from ending."""


class Telemetry:
    """A thread of the SDK sends the spans, and drops the oldest where there are too many: no one waits for it."""

    def __init__(self, endpoint: str, ratio: float, version: str) -> None:
        """``endpoint`` "": as the environment says. Raises ValueError for what is wrong there."""
        name = OTELResourceDetector().detect().attributes.get(SERVICE_NAME, "magi")
        self._provider = TracerProvider(
            # All of them is also what the SDK does by itself, unless the environment has another sampler.
            sampler=ParentBased(TraceIdRatioBased(ratio)) if ratio < 1 else None,
            resource=Resource.create({SERVICE_NAME: name, SERVICE_VERSION: version}),
            shutdown_on_exit=False,
        )
        self._exporter = OTLPSpanExporter(_url(endpoint))
        self._provider.add_span_processor(BatchSpanProcessor(self._exporter))
        self._tracer = self._provider.get_tracer("magi", version)

    @contextmanager
    def span(self, name: str, pairs: Pairs = NOTHING) -> Iterator[Span]:
        with self._tracer.start_as_current_span(
            name, attributes=_attributes(pairs), record_exception=False, set_status_on_exception=False
        ) as span:
            noted = _Noted(span)
            with about(_ids(span)):
                try:
                    yield noted
                except Exception as error:
                    noted.fail(str(error) or "a defect in Magi")
                    raise

    def api_called(self, call: ApiCall) -> None:
        ended = time.time_ns()
        span = self._tracer.start_span(
            f"{call.method} {call.service}",
            kind=SpanKind.CLIENT,
            attributes=_of_call(call),
            start_time=ended - int(call.seconds * 1e9),
        )
        if not 0 < call.status < 400:
            span.set_attribute("error.type", str(call.status) if call.status else "_OTHER")
            span.set_status(StatusCode.ERROR, "" if call.status else "no answer")
        span.end(ended)

    def end(self, seconds: float) -> None:
        # The SDK would wait for its own time limit.
        ending = threading.Thread(target=self._provider.shutdown, name="traces", daemon=True)
        ending.start()
        ending.join(min(seconds, _LAST))
        if ending.is_alive():
            # It ends what it still tries.
            self._exporter.shutdown()  # type: ignore[no-untyped-call]  # as the SDK has it


class _Noted:
    def __init__(self, span: trace.Span) -> None:
        self._span = span

    def set_attributes(self, **pairs: object) -> None:
        self._span.set_attributes(_attributes(pairs))

    def fail(self, reason: str) -> None:
        self._span.set_status(StatusCode.ERROR, reason)


def _url(endpoint: str) -> str | None:
    """The endpoint of OTLP is where a collector is; the exporter needs the whole URL."""
    whole = endpoint.rstrip("/")
    return whole if not whole or whole.endswith(_PATH) else whole + _PATH


def _attributes(pairs: Pairs) -> Mapping[str, AttributeValue]:
    return {
        f"magi.{name}": value if isinstance(value, bool | int | float) else str(value)
        for name, value in pairs.items()
        if value not in ("", None)
    }


def _of_call(call: ApiCall) -> Mapping[str, AttributeValue]:
    """By OpenTelemetry's semantic conventions for HTTP clients."""
    url = urlsplit(call.url)
    found = {
        "http.request.method": call.method,
        "http.response.status_code": call.status or None,
        "url.path": url.path,
        "server.address": url.hostname,
        "server.port": url.port or {"http": 80, "https": 443}.get(url.scheme),
        "magi.vim": call.target,
        "magi.service": call.service,
        "magi.waited": call.waited,
    }
    return {name: value for name, value in found.items() if value is not None}


def _ids(span: trace.Span) -> Pairs:
    """By which a log line leads to its span, where that is sent at all."""
    context = span.get_span_context()
    if not context.trace_flags.sampled:
        return {}
    return {"trace_id": trace.format_trace_id(context.trace_id), "span_id": trace.format_span_id(context.span_id)}
