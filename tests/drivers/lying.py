"""A server that answers whatever it is asked in a way that no API does."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Answering = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    answering: Answering
    asked: list[tuple[str, str, str]]

    def handle_one_request(self) -> None:
        # The other side hangs up: that is what is tested.
        with suppress(OSError):
            super().handle_one_request()

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.asked.append((self.path, self.headers.get("X-Auth-Token", ""), body.decode()))
        type(self).answering(self)

    do_POST = do_GET  # noqa: N815  as http.server has it

    def log_message(self, *_: object) -> None: ...

    def chunked(self, pieces: Iterator[bytes]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for piece in pieces:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))

    def whole(self, body: bytes, **headers: str) -> None:
        self.send_response(200)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def endless(handler: Handler) -> None:
    def pieces() -> Iterator[bytes]:
        yield b'{"networks": ['
        while True:
            yield b" " * 65536

    handler.chunked(pieces())


def trickling(handler: Handler) -> None:
    """A byte now and then: no pause is as long as a timeout between two bytes."""

    def pieces() -> Iterator[bytes]:
        while True:
            yield b" "
            time.sleep(0.05)

    handler.chunked(pieces())


def trickling_unchunked(handler: Handler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    while True:
        handler.wfile.write(b" ")
        time.sleep(0.05)


def trickling_headers(handler: Handler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        handler.wfile.write(b"X: y\r\n")
        time.sleep(0.05)


@contextmanager
def lying(answering: Answering, tls: ssl.SSLContext | None = None) -> Iterator[tuple[str, list[tuple[str, str, str]]]]:
    """Its URL, and what it was asked: path, token and body."""
    asked: list[tuple[str, str, str]] = []
    handler = type("Lying", (Handler,), {"answering": staticmethod(answering), "asked": asked})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        if tls:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        server.block_on_close = False
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http{'s' if tls else ''}://127.0.0.1:{server.server_port}", asked
        finally:
            server.shutdown()
            thread.join()
