"""A receiver of notifications: an HTTP server that keeps what it is sent, and answers as the test says."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

from tests.http_serving import started


class Sent(NamedTuple):
    """A request that came in, with its headers in lower case."""

    path: str
    headers: dict[str, str]
    data: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.data)

    def is_signed(self, secret: str) -> bool:
        signed = f"{self.headers['x-magi-timestamp']}.".encode() + self.data
        expected = "sha256=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
        return hmac.compare_digest(expected, self.headers["x-magi-signature-256"])


@dataclass
class Receiving:
    """``answers``: the statuses of the next answers, and 202 after them; ``going``: no answer before it is set."""

    url: str = ""
    sent: list[Sent] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    going: threading.Event = field(default_factory=threading.Event)

    def ids(self) -> list[str]:
        return [one.json["id"] for one in [*self.sent]]


@contextmanager
def receiving(*answers: int) -> Iterator[Receiving]:
    found = Receiving(answers=[*answers])
    found.going.set()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            data = self.rfile.read(int(self.headers["Content-Length"]))
            found.sent.append(Sent(self.path, {name.lower(): value for name, value in self.headers.items()}, data))
            found.going.wait(60)
            self.send_response(found.answers.pop(0) if found.answers else 202)
            for name, value in found.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(found.body)))
            self.end_headers()
            self.wfile.write(found.body)

        def do_GET(self) -> None:
            found.sent.append(Sent(self.path, {}, b"{}"))

        def log_message(self, *_: object) -> None: ...

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """Who asked did not wait for the answer."""

    with Server(("127.0.0.1", 0), Handler) as http, started(http) as url:
        found.url = url
        try:
            yield found
        finally:
            found.going.set()
