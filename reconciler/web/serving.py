"""Waitress in a thread, so that the daemon can end it."""

from __future__ import annotations

import ipaddress
import logging
import math
import socket
import threading
import time
from collections import Counter
from dataclasses import replace
from operator import attrgetter
from typing import Any, NamedTuple
from wsgiref.types import WSGIApplication

from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.server import create_server

from reconciler.config import Address
from reconciler.web.listening import identity_of, listen_on

log = logging.getLogger(__name__)

_LARGEST = 8 * 1024 * 1024
"""Bytes of a request that are taken in before the application is asked whether it takes them."""

_CLEANUP_SECONDS = 2
_WARN_SECONDS = 60
_OWN = 8
"""Open files of waitress that are no connection, and some more: connections are bounded here and not by waitress,
which takes no others until one ends."""

_NET = 64
"""Bits of an IPv6 address that one client has to itself at least."""


class Bounds(NamedTuple):
    """Connections at once: by default below the 1,024 open files that a process usually may have.

    ``seconds`` is how long a request may take to come in whole, headers and body, how long an idle connection is kept,
    and how long a client may take in nothing of its answer.
    """

    connections: int = 800
    per_client: int = 200
    seconds: float = 10.0


DEFAULT_BOUNDS = Bounds()

_CONNECTION_SETTINGS = {
    "listen": ("connections", "connectionsPerClient"),
    "metricsListen": ("metricsConnections", "metricsConnectionsPerClient"),
}
"""By the setting that names the address: those of its connections, of all clients and of one."""


class _Channel(HTTPChannel):  # type: ignore[misc]  # waitress has no types
    """A connection whose requests have to come in whole in time: waitress itself counts from the last byte."""

    client: str | None = None
    _begun: float | None = None
    _idle_since = 0.0
    last_activity: float

    @property
    def idle_since(self) -> float:
        """Since when nothing has come in whole. What has been sent of a request makes no connection younger."""
        return self.last_activity if self._begun is None else self._idle_since

    def handle_read(self) -> None:
        before = self.last_activity
        super().handle_read()
        if self.request is None:
            self._begun = None
            return
        if self._begun is None:
            self._begun, self._idle_since = time.time(), before
        self.last_activity = self._begun


class Server:
    """Listens as soon as it is made; ``address`` has the real port when 0 was asked for. Raises ConfigError.

    ``setting``: the one that names the address.
    """

    def __init__(
        self, app: WSGIApplication, address: Address, bounds: Bounds = DEFAULT_BOUNDS, setting: str = "listen"
    ) -> None:
        # Bound here, because waitress leaves its parts open when it fails to.
        listening = listen_on(address, setting)
        self.address = address if address.socket_file else replace(address, port=listening.getsockname()[1])
        self._socket_file = address.socket_file and identity_of(address.socket_file)
        self._bounds = bounds
        self._warned = -math.inf
        self._setting = setting
        self._open: dict[int, Any] = {}
        self._server = create_server(
            app,
            map=self._open,
            sockets=[listening],
            threads=4,
            ident="magi",
            max_request_body_size=_LARGEST,
            cleanup_interval=_CLEANUP_SECONDS,
            connection_limit=bounds.connections + _OWN,
            asyncore_use_poll=True,
        )
        self._server.channel_class = self._take
        self._server.maintenance = self._end_idle
        self._thread = threading.Thread(target=self._server.run, name="web", daemon=True)

    @property
    def port(self) -> int:
        return self.address.port

    def serve(self, app: WSGIApplication, bounds: Bounds = DEFAULT_BOUNDS) -> None:
        """Has requests from now on answered by another application, and connections bounded otherwise."""
        self._server.application = app
        self._bounds = bounds
        self._server.adj.connection_limit = bounds.connections + _OWN

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

    def _take(self, server: Any, connection: socket.socket, address: Any, settings: Any, **options: Any) -> None:
        """Takes a new connection. One that is too many ends another one, of the same client or who has the most.

        So who opens many loses the oldest of its own, and a client that comes later is still answered.
        """
        client = client_of(address)
        of_all, of_client = _CONNECTION_SETTINGS[self._setting]
        channels = [*server.active_channels.values()]
        counts = Counter(one.client for one in channels)
        rival = None
        if client is not None and counts[client] >= self._bounds.per_client:
            rival, setting = client, of_client
        elif len(channels) >= self._bounds.connections:
            rival, setting = counts.most_common(1)[0][0], of_all
        else:
            _Channel(server, connection, address, settings, **options).client = client
            return
        self._warn(rival, counts[rival], setting)
        waiting = [one for one in channels if one.client == rival and not one.requests]
        if not waiting:
            connection.close()
            return
        min(waiting, key=attrgetter("idle_since")).handle_close()
        _Channel(server, connection, address, settings, **options).client = client

    def _warn(self, client: str | None, count: int, setting: str) -> None:
        now = time.monotonic()
        if now - self._warned < _WARN_SECONDS:
            return
        self._warned = now
        log.warning(
            "too many connections: the oldest of this client are ended; see %s",
            setting if self._setting == "metricsListen" else f"{setting} and metricsListen",
            extra={"client": client or str(self.address), "connections": count},
        )

    def _end_idle(self, now: float) -> None:
        """Ends connections with which nothing happens. Of waitress' own, those stay that take in no answer."""
        until = now - self._bounds.seconds
        for channel in [*self._server.active_channels.values()]:
            if channel.last_activity >= until:
                continue
            if channel.will_close or channel.total_outbufs_len:
                # Not at once: who waits on all connections is just going through them.
                self._server.trigger.pull_trigger(channel.handle_close)
            elif not channel.requests:
                channel.will_close = True


def client_of(address: Any) -> str | None:
    """Whose connection it is: an IPv4 address, or the network of an IPv6 one; None on a Unix socket."""
    try:
        found = ipaddress.ip_address(str(address[0]).partition("%")[0])
    except ValueError:
        return None
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, _NET), strict=False))
    return str(found)
