"""Webhooks: a forge says that something was pushed. Who says so is checked; what they say is not even read.

A delivery that is heard causes a fetch, and nothing else, so a payload can't choose a repository, branch or commit.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from enum import StrEnum
from threading import Lock
from typing import NamedTuple

from reconciler.web.limiting import Limit

log = logging.getLogger(__name__)

MAX_BYTES = 5 * 1024 * 1024
"""Of a payload. GitHub sends up to 25 MB, but only for pushes of very many commits; those wait for the interval."""
COMPLAIN_EVERY = 60.0
"""Seconds between two log lines about deliveries that are refused for the same reason."""
REMEMBERED = 1024
"""Deliveries that are known again, the newest."""

# Hexadecimal HMAC-SHA256 of the body, by header and by what is before it.
_SIGNATURES = {
    "X-Hub-Signature-256": "sha256=",  # GitHub, and whoever does as it does
    "X-Hub-Signature": "sha256=",  # Bitbucket; GitHub's own of this name is SHA-1 and is not taken
    "X-Gitea-Signature": "",
    "X-Forgejo-Signature": "",
}
_TOKEN = "X-Gitlab-Token"  # noqa: S105  a header


class Result(StrEnum):
    """What became of a delivery."""

    ACCEPTED = "accepted"
    REPEATED = "repeated"
    REFUSED = "refused"
    LIMITED = "limited"


class Verdict(NamedTuple):
    """``reason``: in words why a delivery is not heeded."""

    result: Result
    retry_after: float = 0.0
    reason: str = ""


class Complaints:
    """Logs refused deliveries, at most one of each reason in `COMPLAIN_EVERY` seconds: anyone can send more.

    The reasons are Magi's own words and few, so that what is remembered is bounded. Threads may share it.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._next: dict[str, float] = {}
        self._unlogged: dict[str, int] = {}

    def refused(self, reason: str, peer: str, **pairs: str) -> None:
        """``peer``: the address that it came from. ``pairs``: what else the line says, where it is verified."""
        with self._lock:
            now = self._clock()
            if now < self._next.get(reason, now):
                self._unlogged[reason] = self._unlogged.get(reason, 0) + 1
                return
            self._next[reason] = now + COMPLAIN_EVERY
            unlogged = self._unlogged.pop(reason, 0)
        log.warning("webhook refused", extra={"reason": reason, "peer": peer, "unlogged": unlogged or "", **pairs})


class Hook:
    """Judges deliveries. ``secret`` answers with that of the webhook at the forge. Used by many threads."""

    def __init__(self, secret: Callable[[], str], clock: Callable[[], float] = time.monotonic) -> None:
        self._secret = secret
        self._lock = Lock()
        self._limit = Limit(clock)
        self._seen: OrderedDict[bytes, None] = OrderedDict()

    def judge(self, headers: Mapping[str, str], body: bytes, about: str = "") -> Verdict:
        """Whether a delivery is to be heeded: it is signed, not too soon, and was not there before.

        ``about``: the repository that its address names.
        """
        if problem := self._problem(headers, body):
            return Verdict(Result.REFUSED, reason=problem)
        with self._lock:
            # Who only heard a delivery can send it again, but can't change its body.
            known = hashlib.sha256(f"{about}\n".encode() + body).digest()
            if known in self._seen:
                return Verdict(Result.REPEATED)
            if wait := self._limit.wait():
                return Verdict(Result.LIMITED, wait, "too many deliveries")
            self._seen[known] = None
            if len(self._seen) > REMEMBERED:
                self._seen.popitem(last=False)
        return Verdict(Result.ACCEPTED)

    def _problem(self, headers: Mapping[str, str], body: bytes) -> str:
        """Why a delivery is not known to be the forge's; "" where it is."""
        secret = self._secret().encode()
        if not secret:
            return "the secret can't be read"  # it is being rotated: anyone can sign with nothing
        if (token := headers.get(_TOKEN)) is not None:
            return "" if hmac.compare_digest(token.encode(), secret) else "wrong token"
        expected = hmac.new(secret, body, hashlib.sha256).hexdigest()
        for name, prefix in _SIGNATURES.items():
            given = headers.get(name, "")
            if given.startswith(prefix) and len(given) == len(prefix) + len(expected):
                right = hmac.compare_digest(given.removeprefix(prefix).encode(), expected.encode())
                return "" if right else "wrong signature"
        return "no signature"
