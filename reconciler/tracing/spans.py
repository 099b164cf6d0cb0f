"""Spans: what began when, took how long, and was part of what."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

from reconciler.model import ApiCall, ConfigError
from reconciler.tracing.binding import NOTHING, Pairs

_COLLECTORS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")


class Span(Protocol):
    """Something that goes on."""

    def set_attributes(self, **pairs: object) -> None:
        """What is known of it by now."""

    def fail(self, reason: str) -> None:
        """That it went wrong."""


class Tracer(Protocol):
    """Gets the spans. Used by many threads; MUST NOT raise anything, and MUST NOT wait for anyone but in `end`.

    The names of pairs are those in the logs.
    """

    def span(self, name: str, pairs: Pairs = NOTHING) -> AbstractContextManager[Span]:
        """A span of what is done within, as a part of the one around it. What is raised there ends it as failed."""

    def api_called(self, call: ApiCall) -> None:
        """A span of a request that has just ended."""

    def end(self, seconds: float) -> None:
        """No more spans come. Waits, at most so long, until those that came are where they belong."""


class _Unnoted:
    def set_attributes(self, **pairs: object) -> None:
        pass

    def fail(self, reason: str) -> None:
        pass


class Untraced:
    """Nothing is recorded."""

    def __init__(self) -> None:
        self._span = nullcontext(_Unnoted())

    def span(self, _name: str, _pairs: Pairs = NOTHING) -> AbstractContextManager[Span]:
        return self._span

    def api_called(self, call: ApiCall) -> None:
        pass

    def end(self, seconds: float) -> None:
        pass


UNTRACED = Untraced()


def open_tracer(endpoint: str, ratio: float, version: str, environment: Mapping[str, str]) -> Tracer:
    """Traces to an OTLP collector, where the setting or the environment names one; ``ratio``: the share that is taken.

    Raises ConfigError.
    """
    off = (
        environment.get("OTEL_SDK_DISABLED", "").lower() == "true" or environment.get("OTEL_TRACES_EXPORTER") == "none"
    )
    if off or not (endpoint or any(environment.get(name) for name in _COLLECTORS)):
        return UNTRACED
    try:
        from reconciler.tracing.telemetry import Telemetry  # noqa: PLC0415  an extra, and slow to import
    except ImportError:
        raise ConfigError(
            "traces are configured, but OpenTelemetry is not installed",
            "pip install 'magi[tracing]', or take tracing.endpoint and OTEL_EXPORTER_OTLP_ENDPOINT away",
        ) from None
    try:
        return Telemetry(endpoint, ratio, version)
    except ValueError as error:
        raise ConfigError(f"OpenTelemetry can't be set up: {error}", "see the variables OTEL_...") from error
