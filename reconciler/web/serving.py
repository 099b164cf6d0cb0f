"""Waitress in a thread, so that the daemon can end it."""

from __future__ import annotations

import threading
from wsgiref.types import WSGIApplication

from waitress.server import create_server

from reconciler.model import ConfigError


class Server:
    """Listens as soon as it is made; ``port`` is the real one when 0 was asked for. Raises ConfigError."""

    def __init__(self, app: WSGIApplication, host: str, port: int) -> None:
        try:
            self._server = create_server(app, host=host, port=port, threads=4, ident="magi")
        except OSError as error:
            raise ConfigError(
                f"can't listen on {host}:{port}: {error.strerror}", "set 'listen' to a free address and port"
            ) from error
        self.port: int = self._server.effective_port
        self._thread = threading.Thread(target=self._server.run, name="web", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.close()
        self._thread.join(5)
