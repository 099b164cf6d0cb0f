"""The daemon's face to machines: /metrics, /healthz, /readyz and /api/v1/status, served by waitress."""

from reconciler.web.app import make_app
from reconciler.web.serving import Server

__all__ = ["Server", "make_app"]
