"""What a cloud may answer with: so many bytes, for so long, so deeply nested, and no redirect to another origin.

A socket's own timeout begins again with every byte, so the time of an answer as a whole is kept where its bytes are
read from the socket: that covers the headers as well.
"""

from __future__ import annotations

import io
import socket
import time
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from http.client import HTTPResponse
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urljoin, urlsplit

import requests
from keystoneauth1 import exceptions as ks, session as ks_session
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

if TYPE_CHECKING:
    from collections.abc import Iterator

_PIECE = 64 * 1024
_DEFAULT_PORTS = {"http": 80, "https": 443}


class UnusableAnswer(ks.ClientException):
    """An answer that goes beyond a bound; ``hint`` says what to change."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


class TooDeep(ValueError):
    """JSON that is nested more deeply than an answer may be."""


class Answer(requests.Response):
    """A response whose JSON has at most ``max_depth`` levels."""

    max_depth: int

    def json(self, **options: Any) -> Any:
        """Raises TooDeep, and what requests raises of what is no JSON."""
        try:
            found = super().json(**options)
        except RecursionError:
            raise TooDeep(_too_deep(self.max_depth)) from None
        require_shallow(found, self.max_depth)
        return found


def require_shallow(found: Any, max_depth: int) -> None:
    """Raises TooDeep when there are more than ``max_depth`` lists and objects inside one another."""
    level = [found]
    for _ in range(max_depth):
        level = [
            part
            for whole in level
            if isinstance(whole, dict | list)
            for part in (whole.values() if isinstance(whole, dict) else whole)
            if isinstance(part, dict | list)
        ]
        if not level:
            return
    raise TooDeep(_too_deep(max_depth))


def _too_deep(max_depth: int) -> str:
    return f"its JSON is nested more than {max_depth} levels deep"


@dataclass(frozen=True, slots=True)
class Bounds:
    """Of one answer: its bytes when unpacked, the seconds from the request to its end, its levels of nesting."""

    size: int
    seconds: float
    depth: int


class BoundedAdapter(ks_session.TCPKeepAliveAdapter):
    """The transport of a session, which reads each answer whole within its bounds."""

    def __init__(self, bounds: Bounds, **kwargs: Any) -> None:
        self._bounds = bounds
        super().__init__(**kwargs)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = _POOLS
        return manager

    def close(self) -> None:
        """Ends all connections that are not in use.

        A pool of urllib3 does so once nothing refers to it any more, but the traceback of an error may do so for long.
        """
        for manager in (self.poolmanager, *self.proxy_manager.values()):
            for key in manager.pools.keys():  # noqa: SIM118  no mapping: it can't be iterated
                if pool := manager.pools.get(key):
                    pool.close()
        super().close()

    def build_response(self, *args: Any, **kwargs: Any) -> requests.Response:
        response: Any = super().build_response(*args, **kwargs)
        response.__class__ = Answer
        response.max_depth = self._bounds.depth
        return cast("Answer", response)

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        """Raises UnusableAnswer besides what requests raises."""
        seconds = max(self._bounds.seconds, _longer.get())
        until = time.monotonic() + seconds
        token = _seconds.set(seconds)
        try:
            response: requests.Response = super().send(request, *args, **kwargs | {"stream": True})
            try:
                _require_same_origin(response)
                # As requests does it for an answer that is not streamed.
                response._content = self._read(response)  # noqa: SLF001
                response._content_consumed = True  # noqa: SLF001
            except BaseException:
                response.close()
                raise
        except requests.RequestException as error:
            if time.monotonic() < until or isinstance(error, requests.exceptions.ConnectTimeout):
                raise
            raise UnusableAnswer(
                f"{_asked(request)} took longer than {seconds:g} seconds",
                "raise spec.api.totalTimeout of the Vim, or check the service behind it",
            ) from error
        finally:
            _seconds.reset(token)
        return response

    def _read(self, response: requests.Response) -> bytes:
        pieces: list[bytes] = []
        left = self._bounds.size
        for piece in response.iter_content(_PIECE):
            left -= len(piece)
            if left < 0:
                raise UnusableAnswer(
                    f"{_asked(response.request)} answered more than {self._bounds.size:,} bytes",
                    "raise spec.api.maxAnswerBytes of the Vim if the cloud really holds that much",
                )
            pieces.append(piece)
        return b"".join(pieces)


def _asked(request: requests.PreparedRequest) -> str:
    return f"{request.method} {(request.url or '').partition('?')[0]}"


def _require_same_origin(response: requests.Response) -> None:
    """Who follows a redirect sends token or password along, whatever host it leads to."""
    if not response.is_redirect:
        return
    asked = response.request.url or ""
    try:
        # Whole, because keystoneauth takes no path alone.
        response.headers["location"] = urljoin(asked, response.headers["location"])
        leads_to = _origin(response.headers["location"])
    except ValueError:  # a URL with a port that is no number, say
        leads_to = ("", "", None)
    if leads_to != _origin(asked):
        scheme, host, port = leads_to
        raise UnusableAnswer(
            f"{_asked(response.request)} redirects to {scheme}://{host}:{port}, which is not followed: "
            "token and password are sent to no other scheme, host or port",
            "name the right URL as auth_url of its entry in clouds.yaml, or in the catalog of the cloud",
        )


def _origin(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or _DEFAULT_PORTS.get(parts.scheme)


_seconds: ContextVar[float] = ContextVar("seconds")
_longer: ContextVar[float] = ContextVar("longer", default=0.0)


@contextmanager
def patience(seconds: float) -> Iterator[None]:
    """Within it an answer may take so long, if that is longer than its bound."""
    token = _longer.set(seconds)
    try:
        yield
    finally:
        _longer.reset(token)


class _Reading(io.RawIOBase):
    """The bytes that come from a socket until a moment; none may keep its reader waiting beyond that."""

    def __init__(self, sock: socket.socket, until: float) -> None:
        self._sock = sock
        self._until = until
        self._raw = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer took too long")
        before = self._sock.gettimeout()
        if before is not None and before <= left:
            return self._raw.readinto(buffer)
        self._sock.settimeout(left)
        try:
            return self._raw.readinto(buffer)
        finally:
            # The connection is used again for the next request.
            self._sock.settimeout(before)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _TimedResponse(HTTPResponse):
    """A response that has ended when its time is over, its headers included."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp.close()
        self.fp = io.BufferedReader(_Reading(sock, time.monotonic() + _seconds.get()))


class _Connection(HTTPConnection):
    response_class = _TimedResponse


class _TlsConnection(HTTPSConnection):
    response_class = _TimedResponse


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


_POOLS = {"http": _Pool, "https": _TlsPool}
