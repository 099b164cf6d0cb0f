"""Waitress in a thread, so that the daemon can end it."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import Any
from wsgiref.types import WSGIApplication

from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.server import create_server

from reconciler.config import Address
from reconciler.web.listening import identity_of, listen_on

_LARGEST = 8 * 1024 * 1024
"""Bytes of a request that are taken in before the application is asked whether it wants them."""


_REQUEST_SECONDS = 10
"""Seconds that a request may take to come in whole, headers and body, and that an idle connection is kept."""

_CLEANUP_SECONDS = 2
_CONNECTIONS = 800
"""Connections at once: below the 1,024 open files that a process usually may have."""


class _Channel(HTTPChannel):  # type: ignore[misc]  # waitress has no types
    """A connection whose requests have to come in whole in time: waitress itself counts from the last byte."""

    _begun: float | None = None

    def handle_read(self) -> None:
        super().handle_read()
        if self.request is None:
            self._begun = None
        else:
            self._begun = self._begun or time.time()
            self.last_activity = self._begun


class Server:
    """Listens as soon as it is made; ``address`` has the real port when 0 was asked for. Raises ConfigError.

    ``setting``: the one that names the address.
    """

    def __init__(self, app: WSGIApplication, address: Address, setting: str = "listen") -> None:
        # Bound here, because waitress leaves its parts open when it fails to.
        listening = listen_on(address, setting)
        self.address = address if address.socket_file else replace(address, port=listening.getsockname()[1])
        self._socket_file = address.socket_file and identity_of(address.socket_file)
        self._open: dict[int, Any] = {}
        self._server = create_server(
            app,
            map=self._open,
            sockets=[listening],
            threads=4,
            ident="magi",
            max_request_body_size=_LARGEST,
            channel_timeout=_REQUEST_SECONDS,
            cleanup_interval=_CLEANUP_SECONDS,
            connection_limit=_CONNECTIONS,
            asyncore_use_poll=True,
        )
        self._server.channel_class = _Channel
        self._thread = threading.Thread(target=self._server.run, name="web", daemon=True)

    @property
    def port(self) -> int:
        return self.address.port

    def serve(self, app: WSGIApplication) -> None:
        """Has requests from now on answered by another application."""
        self._server.application = app

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Finishes the requests that run, and closes the port and every connection."""
        self._server.task_dispatcher.shutdown()
        if self._thread.is_alive():
            # In the thread that waits on them, which would else find them closed under its hands.
            self._server.trigger.pull_trigger(self._close)
            self._thread.join(5)
        else:
            self._close()

    def _close(self) -> None:
        wasyncore.close_all(self._open)
        file = self.address.socket_file
        if file and identity_of(file) == self._socket_file:
            file.unlink()
