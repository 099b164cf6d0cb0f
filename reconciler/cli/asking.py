"""What a running daemon answers, for the commands that show it."""

from __future__ import annotations

import http.client
import json
import socket
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from reconciler.config import Address
from reconciler.model import ConfigError, MagiError, TargetUnknown
from reconciler.text.markdown import printable

_TIMEOUT = 10
_MOST = 1000
"""Entries of a page of an answer."""
_LONGEST_ERROR = 64 * 1024
_UNAUTHORIZED = 401
_UNIX = "unix:/"


@dataclass(frozen=True, slots=True)
class Asked:
    """Of which daemon, and what of it is to be shown. ``vims`` empty and None: all. ``events``: so many at most.

    ``url`` may be ``unix:/PATH``.
    """

    url: str
    repository: str | None = None
    vims: Sequence[str] = ()
    service: str | None = None
    events: int = 0
    token_file: Path | None = None

    def answer(self, seconds: float = _TIMEOUT) -> dict[str, Any]:
        """Repositories, VIMs and services, with events where they are needed. Raises TargetUnknown when none answers.

        Of a service only the VIMs that it is on are listed. ``seconds``: until each part of the answer has to come.
        """
        found = _answer(self.url, self.token_file, "status", self._query(), seconds=seconds)
        if not {"repositories", "vims", "services"} <= found.keys():
            raise _not_magi(self.url)
        found["services"] = [one for one in found["services"] if not self.vims or one["vim"] in self.vims]
        found["vims"] = [one for one in found["vims"] if self._is_shown(one, found["services"])]
        if self.events:
            query = {**self._query(), "limit": str(self.events)}
            found["events"] = _answer(self.url, self.token_file, "events", query)["events"]
        return found

    def history(self, most: int, *, passes: bool = True) -> dict[str, Any]:
        """The newest ``passes`` and ``commits``, the newest of each first, at most so many of either.

        Of commits with a VIM or a service only those that it had a part in are listed, and those that were refused.
        ``passes`` False: there are none in the answer. Raises TargetUnknown, ConfigError.
        """
        query = {**self._query(), "limit": str(_MOST if len(self.vims) > 1 else most)}
        done = _answer(self.url, self.token_file, "passes", query)
        of_repository = {"repository": self.repository} if self.repository else {}
        taken = _answer(self.url, self.token_file, "commits", {**of_repository, "limit": str(_MOST)})
        if "passes" not in done or "commits" not in taken:
            raise _not_magi(self.url)
        shown = [one for one in done["passes"] if not self.vims or one["vim"] in self.vims]
        about = {(one["repository"], one["commit"]) for one in shown} if self.service else None
        commits = [one for one in taken["commits"] if one["refusedAt"] or self._had_part(one, about)]
        return {"passes": shown[:most] if passes else [], "commits": commits[:most]}

    def _had_part(self, commit: Any, about: Collection[tuple[str, str]] | None) -> bool:
        names = {vim["name"] for vim in commit["vims"]}
        of_vim = not self.vims or not names.isdisjoint(self.vims)
        return of_vim and (about is None or (commit["repository"], commit["commit"]) in about)

    def sync(self) -> dict[str, Any]:
        """Has the daemon fetch Git and observe what is chosen now; its answer. Raises TargetUnknown, ConfigError."""
        found = _answer(self.url, self.token_file, "sync", self._query(), body=b"{}")
        if not {"repositories", "vims", "elsewhere"} <= found.keys():
            raise _not_magi(self.url)
        return found

    def _query(self) -> dict[str, str]:
        vim = self.vims[0] if len(self.vims) == 1 else None
        named = {"repository": self.repository, "vim": vim, "service": self.service}
        return {name: value for name, value in named.items() if value}

    def _is_shown(self, vim: Any, services: Sequence[Any]) -> bool:
        if self.service is None:
            return not self.vims or vim["name"] in self.vims
        return any((one["repository"], one["vim"]) == (vim["repository"], vim["name"]) for one in services)


def _answer(
    url: str,
    token_file: Path | None,
    what: str,
    query: dict[str, str],
    body: bytes | None = None,
    seconds: float = _TIMEOUT,
) -> dict[str, Any]:
    """``body``: of a POST, in JSON."""
    place, opener = _opener(url)
    asked = urllib.request.Request(  # noqa: S310  checked
        f"{place}/api/v1/{what}?{urllib.parse.urlencode(query)}".rstrip("?"),
        data=body,
        headers={"Content-Type": "application/json"} if body else {},
    )
    if token_file:
        asked.add_unredirected_header("Authorization", f"Bearer {_token(token_file, url)}")
    try:
        with opener.open(asked, timeout=seconds) as answer:
            found: Any = json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            raise _refusal(url, error) from None
    except RecursionError:
        raise _not_magi(url) from None
    except (OSError, ValueError, http.client.HTTPException) as error:
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        raise TargetUnknown(
            f"no daemon answers at {url}: {reason}", "start one with 'magi run', or name its address with --url"
        ) from error
    if not isinstance(found, dict):
        raise _not_magi(url)
    return found


def _opener(url: str) -> tuple[str, urllib.request.OpenerDirector]:
    """What a URL begins with, as it is asked, and what asks. Nothing is asked where a redirect leads."""
    if not url.startswith(_UNIX):
        if not url.startswith(("http://", "https://")):
            raise click.BadParameter("must begin with http://, https:// or unix:/", param_hint="--url")
        return url.rstrip("/"), urllib.request.build_opener(_NoRedirect)
    handler = _UnixHandler(url.removeprefix("unix:"))
    return "http://localhost", urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect, handler)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """Leaves it an error."""


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, host: str, *, path: str, timeout: float) -> None:
        super().__init__(host, timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class _UnixHandler(urllib.request.HTTPHandler):
    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = path

    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        def connection(host: str, /, *, timeout: float = _TIMEOUT, **_: Any) -> http.client.HTTPConnection:
            return _UnixConnection(host, path=self._path, timeout=timeout)

        return self.do_open(connection, req)


def _token(file: Path, url: str) -> str:
    """The first token of a file. Raises ConfigError, also where it would go over a network in plain."""
    if url.startswith("http://") and not Address(urllib.parse.urlsplit(url).hostname or "").is_local:
        raise ConfigError(
            f"a token would go to {url} unencrypted",
            "use https:// (a reverse proxy before the daemon), a tunnel to loopback, or unix:/PATH",
        )
    try:
        lines = [line.strip() for line in file.read_text(encoding="ascii").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no ASCII text"
        raise ConfigError(f"--token-file {file} can't be read: {reason}", "name the right file") from None
    token = next((line for line in lines if line and not line.startswith("#")), "")
    if not token or not token.isprintable():
        raise ConfigError(f"--token-file {file} has no token", "write one of the daemon's api.tokensFile into it")
    return token


def _refusal(url: str, error: urllib.error.HTTPError) -> MagiError:
    """What an answer says that is none of 200, as an error."""
    if error.code in {301, 302, 303, 307, 308}:
        to = printable(error.headers.get("Location", "nowhere"))
        return TargetUnknown(f"what answers at {url} redirects to {to}", "name the daemon's address with --url")
    try:
        said = json.loads(error.read(_LONGEST_ERROR))
        what, hint = printable(str(said["error"])), printable(str(said["hint"]))
    except (OSError, ValueError, KeyError, TypeError, RecursionError, http.client.HTTPException):
        what, hint = f"{error.code} {printable(error.reason)}", ""
    if error.code == _UNAUTHORIZED:
        return ConfigError(
            f"the daemon at {url} refuses: {what}", "name a file with a token by --token-file or MAGI_API_TOKEN_FILE"
        )
    return TargetUnknown(f"the daemon at {url} refuses: {what}", hint)


def _not_magi(url: str) -> TargetUnknown:
    return TargetUnknown(f"what answers at {url} is not a Magi daemon", "name the daemon's address with --url")
