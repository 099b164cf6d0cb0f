"""HTTP/1.1 over plain sockets: a thread a connection, one write an answer."""

import contextlib
import http
import socket
import threading
from socketserver import BaseRequestHandler, ThreadingTCPServer
from typing import IO

from openstack_simulator.application import Application, RawRequest, RawResponse
from openstack_simulator.errors import ConnectionDropped

MAX_LINE = 65536
MAX_BODY = 256 * 1024 * 1024
_REASONS = {status.value: status.phrase for status in http.HTTPStatus}


class BadRequest(ValueError):
    """The bytes are no HTTP request."""


class HttpServer(ThreadingTCPServer):
    """Keep-alive connections that `close_all` can end, so that stopping does not wait for clients."""

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 512

    def __init__(self, address: tuple[str, int], application: Application) -> None:
        self.application = application
        self._connections: set[socket.socket] = set()
        self._guard = threading.Lock()
        super().__init__(address, Connection)

    def opened(self, connection: socket.socket) -> None:
        with self._guard:
            self._connections.add(connection)

    def closed(self, connection: socket.socket) -> None:
        with self._guard:
            self._connections.discard(connection)

    def close_all(self) -> None:
        with self._guard:
            connections = list(self._connections)
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class Connection(BaseRequestHandler):
    """Serves one connection until either side closes it."""

    server: HttpServer
    request: socket.socket

    def handle(self) -> None:
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.server.opened(self.request)
        try:
            with self.request.makefile("rb") as stream:
                while self._serve_one(stream):
                    pass
        except (ConnectionDropped, ConnectionError, BadRequest):
            pass
        finally:
            self.server.closed(self.request)

    def _serve_one(self, stream: IO[bytes]) -> bool:
        """Whether the connection stays open."""
        raw = read_request(stream, self.request)
        if raw is None:
            return False
        host = raw.headers.get("host") or "{}:{}".format(*self.server.server_address[:2])
        answer = self.server.application.answer(raw, f"http://{host}")
        keep = raw.headers.get("connection", "").lower() != "close"
        self.request.sendall(encode_answer(answer, keep=keep, head=raw.method == "HEAD"))
        return keep


def read_request(stream: IO[bytes], connection: socket.socket) -> RawRequest | None:
    """The next request; None when the client has closed. BadRequest on anything but HTTP."""
    line = stream.readline(MAX_LINE)
    if not line:
        return None
    try:
        method, target, _version = line.decode("latin-1").split()
    except ValueError:
        raise BadRequest from None
    headers: dict[str, str] = {}
    while (line := stream.readline(MAX_LINE)) not in (b"\r\n", b"\n"):
        if not line:
            return None
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.lower()] = value.strip()
    if headers.get("expect", "").lower() == "100-continue":
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    return RawRequest(method, target, headers, _read_body(stream, headers))


def _read_body(stream: IO[bytes], headers: dict[str, str]) -> bytes:
    if "chunked" in headers.get("transfer-encoding", "").lower():
        return b"".join(iter(lambda: _read_chunk(stream), b""))
    try:
        length = int(headers.get("content-length", 0))
    except ValueError:
        raise BadRequest from None
    if not 0 <= length <= MAX_BODY:
        raise BadRequest
    body = stream.read(length) if length else b""
    if len(body) < length:
        raise BadRequest
    return body


def _read_chunk(stream: IO[bytes]) -> bytes:
    try:
        length = int(stream.readline(MAX_LINE).split(b";")[0], 16)
    except ValueError:
        raise BadRequest from None
    if not 0 <= length <= MAX_BODY:
        raise BadRequest
    chunk = stream.read(length)
    stream.readline(MAX_LINE)
    return chunk


def encode_answer(answer: RawResponse, *, keep: bool, head: bool) -> bytes:
    lines = [f"HTTP/1.1 {answer.status} {_REASONS.get(answer.status, 'Unknown')}"]
    lines.extend(f"{name}: {value}" for name, value in answer.headers.items())
    if answer.status != 204:
        lines.append(f"Content-Length: {len(answer.body)}")
    if not keep:
        lines.append("Connection: close")
    text = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"
    return text if head or answer.status == 204 else text + answer.body
