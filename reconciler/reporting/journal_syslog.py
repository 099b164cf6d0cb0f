"""What is noted of passes and events as messages of syslog, RFC 5424: each is a line of JSON, as in the file.

A message has a bound that receivers take. What is longer is cut so that it is JSON still.
"""

from __future__ import annotations

import json
import logging
import os
import socket
import time
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from reconciler.config import Address

log = logging.getLogger(__name__)

LONGEST = 8192
"""Bytes of the JSON of a message: rsyslog takes messages of 8 KiB unless it is set otherwise."""
TIMEOUT = 1.0
"""Seconds until a message for a full socket is lost."""
NAME_AGAIN = 10.0
"""Seconds before a name that can't be resolved is tried again."""

_DAEMON, _WARNING, _INFORMATIONAL = 3, 4, 6
_TROUBLE = frozenset({"unknown", "incomplete", "warning"})
"""Results of passes and severities of events that are warnings."""
_LONGEST_HOST = 255


class Losses(NamedTuple):
    """Lines that were lost: those that could not be sent, and those too large to be cut."""

    unsent: int = 0
    too_large: int = 0


class Syslog:
    """Sends to a socket or an address by UDP. For one thread. No one is waited for longer than `TIMEOUT` at once."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self._socket: socket.socket | None = None
        self._quiet_until = 0.0
        self._failing = False

    def send(self, lines: Sequence[Mapping[str, object]]) -> Losses:
        """Sends in order; after one that can't be sent the others are not tried."""
        messages = [message for line in lines if (message := message_of(line)) is not None]
        too_large = len(lines) - len(messages)
        unsent = 0
        for number, message in enumerate(messages):
            try:
                unsent += self._sent_or_refused(message)
            except OSError as error:
                self.close()
                if isinstance(error, socket.gaierror):
                    self._quiet_until = time.monotonic() + NAME_AGAIN
                self._failed(error)
                return Losses(unsent + len(messages) - number, too_large)
        if unsent:
            self._failed(ConnectionRefusedError(None, "no one listens there"))
        elif messages and self._failing:
            log.info("the journal is sent to syslog again", extra={"syslog": str(self.address)})
            self._failing = False
        return Losses(unsent, too_large)

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
        self._socket = None

    def _sent_or_refused(self, message: bytes) -> int:
        """How many before this one turn out as lost. Raises OSError where this one can't be sent."""
        try:
            self._open().send(message)
            return 0
        except TimeoutError:
            raise
        except OSError as error:
            # By UDP one is refused when the next is sent; a socket of a daemon that was restarted is another one.
            refused = self.address.socket_file is None and isinstance(error, ConnectionRefusedError)
            if self._socket is None:
                raise
            self.close()
            self._open().send(message)
            return int(refused)

    def _open(self) -> socket.socket:
        """Raises OSError."""
        if self._socket is None:
            if time.monotonic() < self._quiet_until:
                raise OSError(None, "its name can't be resolved")
            self._socket = _connected(self.address)
        return self._socket

    def _failed(self, error: OSError) -> None:
        """Logged once: that it goes on is in the metrics."""
        if not self._failing:
            pairs = {"syslog": str(self.address), "error": error.strerror or str(error)}
            log.warning("the journal can't be sent to syslog", extra=pairs)
        self._failing = True


def _connected(address: Address) -> socket.socket:
    """A socket for datagrams, to the first address of a name that there is a way to. Raises OSError."""
    places: list[tuple[int, str | tuple[Any, ...]]] = [(socket.AF_UNIX, str(address.socket_file))]
    if address.socket_file is None:
        found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_DGRAM)
        places = [(family, where) for family, _, _, _, where in found]
    error = OSError(None, "its name has no address")
    for family, where in places:
        opened = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        try:
            opened.settimeout(TIMEOUT)
            opened.connect(where)
        except OSError as failed:
            opened.close()
            error = failed
        else:
            return opened
    raise error


def message_of(line: Mapping[str, object]) -> bytes | None:
    """A message of RFC 5424; None where it can't be cut to the bound. ``line``: as in the file."""
    text = fitted(line, LONGEST)
    if text is None:
        return None
    trouble = line.get("severity") in _TROUBLE or line.get("result") in _TROUBLE
    priority = _DAEMON * 8 + (_WARNING if trouble else _INFORMATIONAL)
    at = line.get("last") or line.get("lastAt") or "-"
    return f"<{priority}>1 {at} {_host()} magi {os.getpid()} {line.get('type') or '-'} - {text}".encode("ascii")


def fitted(line: Mapping[str, object], most: int) -> str | None:
    """A line as JSON in ASCII of at most so many bytes: with less of its message, its services and its reasons.

    None where the rest alone is too long.
    """
    text, shorter = json.dumps(line), dict(line)
    while len(text) > most:
        message, services, reasons = (shorter.get(name) for name in ("message", "services", "reasons"))
        more = shorter.get("moreServices")
        if isinstance(message, str) and len(message) > 1:
            shorter["message"] = f"{message[: min(len(message) - 1, most) * 3 // 4]}…"
        elif isinstance(services, list) and services and isinstance(more, int):
            kept = services[: len(services) * 3 // 4]
            shorter |= {"services": kept, "moreServices": more + len(services) - len(kept)}
        elif isinstance(reasons, list) and reasons:
            shorter["reasons"] = reasons[:-1]
        else:
            return None
        text = json.dumps(shorter)
    return text


def _host() -> str:
    """The name of this machine, as a header may have it."""
    name = socket.gethostname()
    return name if 0 < len(name) <= _LONGEST_HOST and name.isascii() and name.isprintable() and " " not in name else "-"
