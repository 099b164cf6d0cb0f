"""A real Git server over HTTP for tests: `git http-backend` behind a small threaded server on loopback."""

import base64
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from tests.http_serving import started


@dataclass
class GitServer:
    """A running server. `url` is that of the folder of repositories; `delay` (seconds) may be changed at any time.

    `expected` is the only Authorization that it takes; None: any, and none.
    """

    url: str
    delay: float = 0
    expected: str | None = None
    requests: list[str] = field(default_factory=list)
    authorizations: list[str] = field(default_factory=list)

    def expect(self, username: str, password: str) -> None:
        """Takes this user alone from now on."""
        self.expected = f"Basic {base64.b64encode(f'{username}:{password}'.encode()).decode()}"


@contextmanager
def serve_repositories(
    root: Path, username: str | None = None, password: str | None = None, delay: float = 0
) -> Iterator[GitServer]:
    """Serves the repositories below `root` for clone, fetch and push, with basic authentication if a user is given."""
    stopped = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.answer(b"")

        def do_POST(self) -> None:
            self.answer(self.body())

        def body(self) -> bytes:
            if self.headers.get("Transfer-Encoding") != "chunked":
                return self.rfile.read(int(self.headers.get("Content-Length") or 0))
            chunks = []
            while size := int(self.rfile.readline().split(b";")[0], 16):
                chunks.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(chunks)

        def answer(self, body: bytes) -> None:
            server.requests.append(f"{self.command} {self.path}")
            until = time.monotonic() + server.delay
            while time.monotonic() < until and not stopped.wait(0.02):
                pass
            given = self.headers.get("Authorization", "")
            if given:
                server.authorizations.append(given)
            if server.expected is not None and given != server.expected:
                self.reply(401, [("WWW-Authenticate", 'Basic realm="git"')], b"")
                return
            self.reply(*self.backend(body))

        def backend(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
            address = urlsplit(self.path)
            environment = {
                "PATH": os.environ["PATH"],
                "GIT_PROJECT_ROOT": str(root),
                "GIT_HTTP_EXPORT_ALL": "1",
                "GIT_CONFIG_NOSYSTEM": "1",
                "GIT_CONFIG_COUNT": "2",
                "GIT_CONFIG_KEY_0": "safe.directory",
                "GIT_CONFIG_VALUE_0": "*",
                "GIT_CONFIG_KEY_1": "http.receivepack",
                "GIT_CONFIG_VALUE_1": "true",
                "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
                "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
                "REQUEST_METHOD": self.command,
                "PATH_INFO": address.path,
                "QUERY_STRING": address.query,
                "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                "CONTENT_LENGTH": str(len(body)),
                "REMOTE_USER": username or "anonymous",
                "REMOTE_ADDR": "127.0.0.1",
            }
            done = subprocess.run(
                ["git", "http-backend"], input=body, env=environment, capture_output=True, check=False
            )
            head, _, content = done.stdout.partition(b"\r\n\r\n")
            headers = [
                (name, value) for name, _, value in (line.partition(": ") for line in head.decode().split("\r\n"))
            ]
            status = next((int(value.split()[0]) for name, value in headers if name == "Status"), 200 if head else 500)
            return status, [(name, value) for name, value in headers if name and name != "Status"], content

        def reply(self, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
            try:
                self.send_response(status)
                for name, value in headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True  # the client aborted, as some tests need

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

        def handle_error(self, request: object, client_address: object) -> None:
            """Clients that are killed are part of the tests."""

    with Server(("127.0.0.1", 0), Handler) as http, started(http) as url:
        server = GitServer(url, delay)
        if username is not None:
            server.expect(username, password or "")
        try:
            yield server
        finally:
            stopped.set()


@contextmanager
def serve_page(page: str, status: int = 200, content_type: str = "text/html; charset=utf-8") -> Iterator[str]:
    """A web server, at the URL, that answers everything with one page, as proxies do that ask for a login."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = page.encode()
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http, started(http) as url:
        yield url
