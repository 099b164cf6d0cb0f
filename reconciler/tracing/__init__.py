"""What is being done right now, for logs and traces: bound to a thread, and to those that do a part of it.

binding    the pairs that log lines have in common: commit, VIM, pass, service, key
spans      gets what a pass, its steps and its API requests took; by default no one
telemetry  OpenTelemetry; imported only when traces are configured
"""

from reconciler.tracing.binding import about, bound, carried
from reconciler.tracing.spans import UNTRACED, Span, Tracer, open_tracer

__all__ = ["UNTRACED", "Span", "Tracer", "about", "bound", "carried", "open_tracer"]
