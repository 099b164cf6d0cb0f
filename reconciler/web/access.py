"""Who is answered: a request names a host that is managed, and one to the API has a token where it must."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask, Response, request

from reconciler.config import host_of
from reconciler.model import ConfigError
from reconciler.web.errors import ApiError, is_api

LEAST = 32
"""Characters of a token: as many hexadecimal digits have 128 bits."""

_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*\Z")
_BEARER = re.compile(r"bearer +(\S+) *\Z", re.IGNORECASE)

Tokens = frozenset[bytes]
"""SHA-256 of each token: of one length, so that a comparison takes the same time for all."""


@dataclass(frozen=True, slots=True)
class Access:
    """``hosts``: what a Host header may name; None: any. ``tokens``: those that count now; None: no one needs one."""

    hosts: frozenset[str] | None = None
    tokens: Callable[[], Tokens] | None = None


def read_tokens(text: str, name: str) -> Tokens:
    """The tokens in a file, one a line, with ``#`` before comments. Raises ConfigError, which shows none of them."""
    found = set()
    for number, line in enumerate(text.splitlines(), 1):
        token = line.strip()
        if not token or token.startswith("#"):
            continue
        if not _TOKEN.match(token):
            raise ConfigError(
                f"{name}: line {number} is no bearer token", "it has letters, digits and -._~+/ alone, one token a line"
            )
        if len(token) < LEAST:
            raise ConfigError(
                f"{name}: the token in line {number} has {len(token)} characters, and needs {LEAST}",
                "make one with 'openssl rand -hex 32'",
            )
        found.add(_digest(token))
    if not found:
        raise ConfigError(f"{name} has no token", "write one into it, made with 'openssl rand -hex 32'")
    return frozenset(found)


def guard(app: Flask, access: Access) -> None:
    """Has each request of an application judged before it is answered. Its health is answered to everyone."""

    @app.before_request
    def judge() -> Response | None:
        if request.path in HEALTH:
            return None
        if access.hosts is not None and (wrong := _wrong_host(access.hosts)):
            return wrong
        if access.tokens is not None and is_api():
            _check_token(access.tokens())
        return None


HEALTH = ("/healthz", "/readyz")
"""Asked for by the address of a pod or a machine, which no list of hosts has."""


def _wrong_host(hosts: frozenset[str]) -> Response | None:
    header = request.environ.get("HTTP_HOST", "")
    host = host_of(header)
    if host in hosts:
        return None
    code = 400 if host is None else 421
    what = "there is no valid Host header" if host is None else f"this is not {host}"
    hint = "its operator says by the setting allowedHosts under which names it answers"
    if is_api():
        raise ApiError(code, what, hint)
    return Response(f"{what}; {hint}\n", code, mimetype="text/plain")


def _check_token(tokens: Tokens) -> None:
    given = _BEARER.match(request.headers.get("Authorization", ""))
    if given:
        digest = _digest(given[1])
        # All of them, also after one that is equal.
        if sum(hmac.compare_digest(digest, one) for one in tokens):
            return
    if not tokens:
        what, hint = "the API of this daemon answers no one", "its operator sets api.tokensFile, or api.anonymous: all"
    else:
        what = "the token is none of this daemon" if given else "a token is needed"
        hint = "send 'Authorization: Bearer TOKEN' with one of the tokens in its api.tokensFile"
    raise ApiError(401, what, hint, {"WWW-Authenticate": 'Bearer realm="magi"'})


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()
