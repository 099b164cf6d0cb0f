"""A small threaded server on loopback in front of a function."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.http_serving import started


@dataclass(frozen=True)
class Answer:
    """``content`` is sent as JSON, or as it is where it is bytes; None for an answer without a body."""

    status: int
    content: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


Answering = Callable[[str, str, Mapping[str, str], bytes], Answer]
"""By method, path with query, headers with names in lower case, and body."""


@contextmanager
def serving(answering: Answering) -> Iterator[str]:
    """Serves until the block ends; gives the URL."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer = answering(self.command, self.path, headers, content)
            reported = answer.content
            data = (
                reported if isinstance(reported, bytes) else b"" if reported is None else json.dumps(reported).encode()
            )
            self.send_response(answer.status)
            for name, value in {"Content-Type": "application/json", **answer.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do  # noqa: N815 - as the base class looks for them

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

    with Server(("127.0.0.1", 0), Handler) as http, started(http) as url:
        yield url
