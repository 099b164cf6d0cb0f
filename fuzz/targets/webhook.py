r"""Headers and body of a delivery to the web application.

An input is a request as HTTP has it, but for its method: a path, headers, an empty line, the body, with ``\n`` between
lines. ``@SIGNATURE`` in a header represents what the body is signed with.

Contract: there is an answer, and none is an error of the server. Git is fetched when the delivery is accepted and
only then, and nothing is accepted that is not signed.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from io import BytesIO
from urllib.parse import unquote_to_bytes

from flask import Flask
from werkzeug.test import run_wsgi_app

from reconciler.model import Catalog, PassProgress, Report, RepositoryStatus, Synced
from reconciler.reporting.chronicle import Chronicle
from reconciler.reporting.events import EventLog
from reconciler.reporting.journal import Journal
from reconciler.reporting.metrics import Metrics
from reconciler.reporting.shared_reports import SharedReport
from reconciler.web import make_app
from reconciler.web.hooks import Hook, Verdict

SECRET = "correct horse"  # noqa: S105  of no account
SIGNATURE = b"@SIGNATURE"
REPOSITORY = "services"

_ANSWERS = frozenset({200, 202, 308, 400, 401, 404, 405, 413, 429})


@dataclass
class Daemon:
    """What a web application is reported by, with nothing to show."""

    ready: bool = False
    was_ready: bool = False
    metrics: Metrics = field(default_factory=lambda: Metrics("0", list, list))
    events: EventLog = field(default_factory=EventLog)
    journal: Journal = field(default_factory=Journal)
    chronicle: Chronicle = field(default_factory=Chronicle)
    fetches: int = 0

    def repositories(self) -> list[RepositoryStatus]:
        return []

    def passing(self) -> dict[tuple[str, str], PassProgress]:
        return {}

    def shared_reports(self) -> list[SharedReport]:
        return []

    def reports(self) -> list[Report]:
        return []

    def catalog(self, _repository: str) -> Catalog | None:
        return None

    def sync(self, *_: str | None) -> Synced:
        return Synced((), ())

    def fetch_git(self, repository: str | None = None) -> bool:
        known = repository in {None, REPOSITORY}
        self.fetches += known
        return known


def check(data: bytes) -> None:
    """Raises for an input that breaks the contract."""
    head, _, body = data.partition(b"\n\n")
    path, *lines = head.split(b"\n")
    signature = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest().encode()
    headers = [line.partition(b":")[::2] for line in lines]
    given = {name.strip(): value.strip().replace(SIGNATURE, signature) for name, value in headers}
    daemon = _daemon()
    daemon.fetches = 0
    _, status, _ = run_wsgi_app(_app(), _environ(path, given, body), buffered=True)
    code = int(status.split()[0])
    assert code in _ANSWERS, status
    assert daemon.fetches == (code == 202), f"{daemon.fetches} fetches after {status}"
    if code == 202:
        known = {signature, b"sha256=" + signature, SECRET.encode()}
        assert known.intersection(given.values()), f"{status} for what no one signed"


class Forgetful(Hook):
    """A hook to which every delivery is the first one, so that inputs do not depend on each other."""

    def judge(self, headers: Mapping[str, str], body: bytes, about: str = "") -> Verdict:
        return Hook(lambda: SECRET, clock=lambda: 0.0).judge(headers, body, about)


@cache
def _daemon() -> Daemon:
    return Daemon()


@cache
def _app() -> Flask:
    app = make_app(_daemon(), Forgetful(lambda: SECRET, clock=lambda: 0.0), with_health=False)
    app.testing = True  # what it does not expect comes out
    return app


def _environ(path: bytes, headers: dict[bytes, bytes], body: bytes) -> dict[str, object]:
    """The request as WSGI has it: bytes as Latin-1."""
    place, _, query = path.partition(b"?")
    environ: dict[str, object] = {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/" + unquote_to_bytes(place).decode("latin-1").lstrip("/"),
        "QUERY_STRING": query.decode("latin-1"),
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(body),
        "wsgi.errors": BytesIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in headers.items():
        plain = name.decode("latin-1").upper().replace("-", "_")
        environ[plain if plain in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{plain}"] = value.decode("latin-1")
    return environ
