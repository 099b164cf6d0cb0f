"""A reverse proxy between Magi and its clouds: does what faults say, and keeps the ledger."""

from __future__ import annotations

import contextlib
import http.client
import json
import select
import threading
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from typing import Any
from urllib.parse import urlsplit

from torture.faults import Fault, FaultKind
from torture.history import Kill
from torture.ledger import Call, Ledger, call, mark_of

HUNG, SLOW, LATEST = 60.0, 1.5, 2.0
"""Seconds: until a hanging request is dropped whose client still waits, of a slow one, and until a late one
is done at the latest."""
_OF_THE_CONNECTION = frozenset(
    {"connection", "transfer-encoding", "content-length", "host", "accept-encoding", "expect"}
)
_PAGE = b"<html><head><title>Sign in</title></head><body>Please sign in to go on.</body></html>"


class Proxy:
    """Clouds behind ports of its own, one for each actor. What is asked through it is reported in ``ledger``.

    ``origins``: those of the clouds (``http://host:port``); what their catalogs name besides is added as it is seen.
    """

    def __init__(self, origins: Sequence[str], ledger: Ledger) -> None:
        self.ledger = ledger
        self.kill: Callable[[], None] = lambda: None
        self.origins = list(origins)
        self._guard = threading.Lock()
        self._servers: list[_Server] = []
        self._rules: tuple[Fault, ...] = ()
        self._seed = ""
        self._kills: list[Kill] = []
        self._writes = 0
        self._observations = 0
        self._last_struck = 0.0
        self._met: Counter[str] = Counter()
        self._struck: Counter[str] = Counter()
        self.late: list[threading.Thread] = []
        self.past: dict[str, deque[bytes]] = defaultdict(lambda: deque(maxlen=5))

    def listen(self, actor: str) -> str:
        """A port for an actor; the URL for all clouds there, where `through` leads."""
        server = _Server(self, actor)
        self._servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True).start()
        return server.url

    def through(self, url: str, base: str, cloud: str) -> str:
        """The URL of a cloud as it is behind the proxy; ``cloud`` is what the ledger calls it."""
        with self._guard:
            for number, origin in enumerate(self.origins):
                if url.startswith(origin):
                    return f"{base}/{cloud}/{number}{url.removeprefix(origin)}"
        raise ValueError(f"{url} is of no cloud that this proxy knows")

    def begin(self, seed: str, rules: Sequence[Fault], kills: Sequence[Kill]) -> None:
        """Other faults from now on."""
        with self._guard:
            self._seed, self._rules, self._kills = seed, tuple(rules), list(kills)
            self._writes = self._observations = 0
            self._met.clear()

    def end(self) -> None:
        """No faults any more; comes back when what was late is done."""
        self.begin("", (), ())
        for thread in self.late:
            thread.join(2 * HUNG)

    @property
    def observations(self) -> int:
        """How often the daemon has listed the servers of a cloud since faults began."""
        with self._guard:
            return self._observations

    @property
    def last_struck(self) -> float:
        """When a fault was made last, by the ledger's clock."""
        with self._guard:
            return self._last_struck

    @property
    def struck(self) -> Counter[str]:
        """How many faults of each kind there were."""
        with self._guard:
            return Counter(self._struck)

    def close(self) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()

    def due(self, call: Call, what: str) -> Fault | None:
        """The fault that this request meets."""
        with self._guard:
            at = f"{call.method} {what}"
            nth = self._met[at]
            self._met[at] += 1
            for rule in self._rules:
                if rule.strikes(self._seed, call.method, what, call.collection, nth):
                    self._struck[rule.kind.value] += 1
                    self._last_struck = self.ledger.now()
                    return rule
        return None

    def due_kill(self, call: Call, actor: str) -> Kill | None:
        """The kill that this write meets; one at a time, and only of the daemon that is followed."""
        if call.method == "GET" and call.collection == "servers" and not call.id and actor == "daemon":
            with self._guard:
                self._observations += 1
        if call.method == "GET" or call.collection in {"", "tokens"} or actor != "daemon":
            return None
        with self._guard:
            self._writes += 1
            due = next((kill for kill in self._kills if kill.write <= self._writes), None)
            if due:
                self._kills.remove(due)
                self._struck["kill"] += 1
        return due

    def learn(self, answer: Any) -> None:
        """The endpoints of a catalog."""
        catalog = answer.get("token", {}).get("catalog", []) if isinstance(answer, dict) else []
        urls = [endpoint["url"] for service in catalog for endpoint in service["endpoints"]]
        with self._guard:
            for url in urls:
                parts = urlsplit(url)
                origin = f"{parts.scheme}://{parts.netloc}"
                if origin not in self.origins:
                    self.origins.append(origin)

    def rewritten(self, text: bytes, base: str) -> bytes:
        with self._guard:
            origins = list(self.origins)
        for number, origin in enumerate(origins):
            text = text.replace(origin.encode(), f"{base}/{number}".encode())
        return text


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, proxy: Proxy, actor: str) -> None:
        self.proxy = proxy
        self.actor = actor
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Connections that end early are what this is for."""


class _Ended(Exception):
    """The connection ends here."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """The ledger shows."""

    def _serve(self) -> None:
        body = b"".join(self._body())
        try:
            status, headers, answer = self._answer(body)
        except _Ended:
            self.close_connection = True
            return
        with contextlib.suppress(OSError):
            self.send_response_only(status)
            for name, value in headers:
                if name.lower() not in _OF_THE_CONNECTION:
                    self.send_header(name, value)
            if status != 204:
                self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(answer)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = _serve  # noqa: N815

    def _body(self) -> Iterator[bytes]:
        if self.headers.get("Expect", "").lower() == "100-continue":
            self.send_response_only(100)
            self.end_headers()
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            while size := int(self.rfile.readline().split(b";")[0] or b"0", 16):
                yield self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        elif length := int(self.headers.get("Content-Length") or 0):
            yield self.rfile.read(length)

    def _answer(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        proxy = self.server.proxy
        about = call(self.command, self.path)
        asked = _decoded(body)
        fault = proxy.due(about, self._what(about, asked)) if about.collection else None
        kill = proxy.due_kill(about, self.server.actor)
        if kill and kill.before:
            proxy.kill()
            raise _Ended
        answer = self._with(fault, about, body, asked)
        if kill:
            proxy.kill()
            raise _Ended
        return answer

    def _what(self, about: Call, asked: Any) -> str:
        name = (
            mark_of(asked) if about.method == "POST" and not about.id else self.server.proxy.ledger.key_of(about.id)[1]
        )
        return f"{about.route} {name}"

    def _with(
        self, fault: Fault | None, about: Call, body: bytes, asked: Any
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        if fault is None:
            return self._forward(about, body, asked, "")
        name = str(fault)
        match fault.kind:
            case FaultKind.RESET:
                raise _Ended
            case FaultKind.HANG:
                select.select([self.connection], [], [], HUNG)
                raise _Ended
            case FaultKind.STATUS:
                return _refusal(fault.status)
            case FaultKind.HTML:
                return 200, [("Content-Type", "text/html")], _PAGE
            case FaultKind.LATE:
                self._later(about, body, asked, name)
                raise _Ended
            case FaultKind.SLOW:
                time.sleep(SLOW)
            case FaultKind.DOUBLE:
                self._forward(about, body, asked, name)
        status, headers, answer = self._forward(about, body, asked, name)
        match fault.kind:
            case FaultKind.LOST_REPLY:
                raise _Ended
            case FaultKind.LIE:
                return _refusal(fault.status)
            case FaultKind.CUT:
                return status, headers, answer[: len(answer) // 2]
            case FaultKind.EMPTY | FaultKind.SHORT | FaultKind.REPEATED | FaultKind.STALE as kind if status == 200:
                return status, headers, self._untrue(kind, answer)
        return status, headers, answer

    def _untrue(self, kind: FaultKind, answer: bytes) -> bytes:
        """Another list than the cloud's."""
        past = self.server.proxy.past[f"{self.server.actor} {self.path}"]
        if kind is FaultKind.STALE and past:
            return past[0]
        found = _decoded(answer)
        if not isinstance(found, dict):
            return answer
        name, items = next(((n, one) for n, one in found.items() if isinstance(one, list)), ("", []))
        if not name or name.endswith("links"):
            return answer
        dice = Random(len(answer))
        match kind:
            case FaultKind.EMPTY:
                found[name] = []
            case FaultKind.SHORT:
                found[name] = [item for item in items if dice.random() > 0.3]
            case FaultKind.REPEATED:
                found[name] = [*items, *items[: len(items) // 2 + 1]]
        return json.dumps(found).encode()

    def _later(self, about: Call, body: bytes, asked: Any, fault: str) -> None:
        def do() -> None:
            time.sleep(Random(self.path).uniform(0.3, LATEST))
            with contextlib.suppress(OSError, http.client.HTTPException):
                self._forward(about, body, asked, fault)

        thread = threading.Thread(target=do, daemon=True)
        self.server.proxy.late.append(thread)
        thread.start()

    def _forward(self, about: Call, body: bytes, asked: Any, fault: str) -> tuple[int, list[tuple[str, str]], bytes]:
        """What the cloud answers, with URLs that lead through the proxy."""
        proxy = self.server.proxy
        cloud, number, rest = self.path.lstrip("/").split("/", 2)
        origin = proxy.origins[int(number)]
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _OF_THE_CONNECTION}
        sent = proxy.ledger.now()
        connection = http.client.HTTPConnection(urlsplit(origin).netloc, timeout=120)
        try:
            connection.request(self.command, f"/{rest}", body or None, headers)
            response = connection.getresponse()
            answer = response.read()
        finally:
            connection.close()
        decoded = _decoded(answer)
        if self.command != "GET" and about.collection not in {"", "tokens"}:
            proxy.ledger.note(about, cloud, self.server.actor, sent, response.status, asked, decoded, fault)
        if about.collection == "tokens":
            proxy.learn(decoded)
        base = f"{self.server.url}/{cloud}"
        rewritten = proxy.rewritten(answer, base)
        if self.command == "GET" and response.status == 200:
            proxy.past[f"{self.server.actor} {self.path}"].append(rewritten)
        known = [(name, proxy.rewritten(value.encode(), base).decode()) for name, value in response.getheaders()]
        return response.status, known, rewritten


def _refusal(status: int) -> tuple[int, list[tuple[str, str]], bytes]:
    headers = [("Content-Type", "application/json")]
    if status in {413, 429, 503}:
        headers.append(("Retry-After", "1"))
    message = f"The proxy has to answer {status}."
    return status, headers, json.dumps({"error": {"code": status, "message": message}}).encode()


def _decoded(body: bytes) -> Any:
    if not body or body[:1] not in b"{[":
        return None
    try:
        return json.loads(body)
    except ValueError:
        return None
