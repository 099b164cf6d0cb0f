"""A way to a TCP server that can swallow all bytes without closing anything, as a firewall or a cut network does."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

_CHUNK = 65536


class Way:
    """Forwards from a port of loopback to another one. What was swallowed is lost, and its connection with it."""

    def __init__(self, port: int) -> None:
        """``port``: that of the server."""
        self._to = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._swallows = threading.Event()
        self._open: set[socket.socket] = set()
        self.swallowed = 0
        """Bytes so far."""
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    def swallow(self) -> None:
        """From now on nothing comes through, also of what is open already."""
        self._swallows.set()

    def restore(self) -> None:
        """New connections come through again, and those of which nothing was swallowed."""
        self._swallows.clear()

    def close(self) -> None:
        self._listener.close()
        for one in list(self._open):
            _shut(one)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._forward, args=(client,), daemon=True).start()

    def _forward(self, client: socket.socket) -> None:
        lost = threading.Event()
        with client, ExitStack() as ending:
            self._open.add(client)
            ending.callback(self._open.discard, client)
            if self._swallows.is_set():
                self._pump(client, None, lost)
                return
            try:
                server = ending.enter_context(socket.create_connection(("127.0.0.1", self._to)))
            except OSError:
                return
            back = threading.Thread(target=self._answer, args=(server, client, lost), daemon=True)
            back.start()
            self._pump(client, server, lost)
            _shut(server)
            back.join()

    def _answer(self, server: socket.socket, client: socket.socket, lost: threading.Event) -> None:
        self._pump(server, client, lost)
        # That a server ended does not come through either.
        if not (lost.is_set() or self._swallows.is_set()):
            _shut(client)

    def _pump(self, source: socket.socket, sink: socket.socket | None, lost: threading.Event) -> None:
        """Forwards until the source ends."""
        with suppress(OSError):
            while data := source.recv(_CHUNK):
                if sink is None or lost.is_set() or self._swallows.is_set():
                    lost.set()
                    self.swallowed += len(data)
                else:
                    sink.sendall(data)


def _shut(one: socket.socket) -> None:
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)


@contextmanager
def way_to(port: int) -> Iterator[Way]:
    way = Way(port)
    try:
        yield way
    finally:
        way.close()
