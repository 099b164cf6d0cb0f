"""What the URL of a document leads to. Whoever may commit names it: it is no way into the network of the host.

Where the operator names no hosts, what answers must be at an address that is neither the host's own nor of its link
alone, as the metadata services of clouds are. The address is that of the connection itself, whatever names resolve to
a moment later; where a proxy of the environment does the fetching, it decides.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from ipaddress import IPv6Address, ip_address
from socket import socket
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.util import parse_url

from reconciler.model import StepFailed
from reconciler.text.patterns import matches

PIECE = 1024 * 1024
_TIMEOUT = 60.0
_REDIRECTS = 5

# Not packed by the server, or the checksum would be that of something else.
_AS_IT_IS = {"Accept-Encoding": "identity"}
_NAME_THEM = "name its host in images.hosts (MAGI_IMAGES_HOSTS), where images are meant to come from there"


@contextmanager
def downloaded(url: str, hosts: Sequence[str]) -> Iterator[Iterator[bytes]]:
    """The pieces of what a URL leads to. ``hosts``: names and patterns of those to ask; () for any but near ones.

    Raises StepFailed, also while they are read.
    """
    try:
        with requests.Session() as session:
            if not hosts:
                for scheme in ("http://", "https://"):
                    session.mount(scheme, _FarAdapter())
            with _answer(session, url, hosts) as response:
                yield response.iter_content(PIECE)
    except requests.RequestException as error:
        raise StepFailed(f"{url} can't be fetched: {error}", "the host of Magi must be able to fetch it") from error


def _answer(session: requests.Session, url: str, hosts: Sequence[str]) -> requests.Response:
    """The answer at the end of the redirects, each of which is a claim like the URL itself."""
    at = url
    for _ in range(_REDIRECTS + 1):
        host = _host(at)
        if hosts and not matches(host, hosts):
            raise StepFailed(
                f"{_led(url, at)} is on {host}, which images.hosts does not name", _NAME_THEM, terminal=True
            )
        response = session.get(at, stream=True, timeout=_TIMEOUT, headers=_AS_IT_IS, allow_redirects=False)
        if not response.is_redirect:
            if response.status_code != 200:
                response.close()
                raise StepFailed(
                    f"{_led(url, at)} answered {response.status_code} {response.reason}",
                    "the host of Magi must be able to fetch it",
                    terminal=400 <= response.status_code < 500,
                )
            return response
        response.close()
        target = urljoin(at, response.headers["Location"])
        if urlsplit(at).scheme == "https" and urlsplit(target).scheme != "https":
            raise StepFailed(
                f"{_led(url, at)} redirects to {target}", "name an https URL that stays one", terminal=True
            )
        at = target
    raise StepFailed(f"{url} redirects more than {_REDIRECTS} times", "name the URL that it leads to", terminal=True)


def _host(url: str) -> str:
    """The host that a request is sent to, as the library reads a URL that sends it."""
    return (parse_url(requests.Request("GET", url).prepare().url or "").host or "").strip("[]").lower()


def _led(url: str, at: str) -> str:
    return url if at == url else f"{url}, redirected to {at},"


def require_far(connection: HTTPConnection, sock: socket) -> socket:
    """Raises StepFailed for a connection to the host itself, or to what is on its link alone."""
    own, peer = (ip_address(name[0].partition("%")[0]) for name in (sock.getsockname(), sock.getpeername()))
    if isinstance(peer, IPv6Address):
        peer = peer.ipv4_mapped or peer
    if peer == own or peer.is_loopback or peer.is_link_local or peer.is_unspecified or peer.is_multicast:
        sock.close()
        raise StepFailed(
            f"{connection.host} is at {peer}, which is an address of Magi's own host or of its link",
            _NAME_THEM,
            terminal=True,
        )
    return sock


class _FarConnection(HTTPConnection):
    def _new_conn(self) -> socket:
        return require_far(self, super()._new_conn())


class _FarTlsConnection(HTTPSConnection):
    def _new_conn(self) -> socket:
        return require_far(self, super()._new_conn())


class _FarPool(HTTPConnectionPool):
    ConnectionCls = _FarConnection


class _FarTlsPool(HTTPSConnectionPool):
    ConnectionCls = _FarTlsConnection


class _FarAdapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _FarPool, "https": _FarTlsPool}
