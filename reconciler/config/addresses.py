"""Addresses to listen on, and the names of hosts, as settings and requests have them."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from pathlib import Path

ANY_HOST = "*"
"""In `allowedHosts`: whatever the Host header says."""
LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
"""Always allowed: a page that a browser was lured to can't make it send one of these as the Host of another name."""

_TCP = re.compile(r"(\[[0-9a-fA-F:.]+\]|[^\[\]:\s/]*):(\d{1,5})\Z")
_UNIX = re.compile(r"unix:(/[^\s\0]*[^\s\0/])\Z")
_HOST = re.compile(r"(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9._-]+))(?::\d{1,5})?\Z")
_NAME = re.compile(r"[A-Za-z0-9._-]+\Z")
_LAST_PORT = 65535
_LONGEST_PATH = 107
"""Bytes of the path of a Unix socket, on Linux."""


@dataclass(frozen=True, slots=True)
class Address:
    """A host and a port, or a Unix socket."""

    host: str = ""
    port: int = 0
    socket_file: Path | None = None

    def __str__(self) -> str:
        if self.socket_file:
            return f"unix:{self.socket_file}"
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def is_local(self) -> bool:
        """Whether this machine alone reaches it."""
        if self.socket_file or self.host.lower() == "localhost":
            return True
        found = _ip(self.host)
        return found is not None and found.is_loopback

    @property
    def is_everywhere(self) -> bool:
        """Whether it is on all addresses of this machine."""
        found = _ip(self.host)
        return self.socket_file is None and found is not None and found.is_unspecified


def parse_address(text: str) -> Address | None:
    """``ADDRESS:PORT`` or ``unix:/PATH``; None for what is neither."""
    if unix := _UNIX.match(text):
        return Address(socket_file=Path(unix[1])) if len(unix[1].encode()) <= _LONGEST_PATH else None
    tcp = _TCP.match(text)
    if not tcp or int(tcp[2]) > _LAST_PORT:
        return None
    return Address(tcp[1].strip("[]") or "0.0.0.0", int(tcp[2]))  # noqa: S104  asked for by leaving it out


def parse_syslog(text: str) -> Address | None:
    """``unix:/PATH`` or ``udp://HOST:PORT``; None for what is neither."""
    if text.startswith("unix:"):
        return parse_address(text)
    scheme, separator, where = text.partition("://")
    found = parse_address(where) if separator and scheme == "udp" and not where.startswith((":", "unix:")) else None
    return found if found and found.port else None


def host_of(header: str) -> str | None:
    """The host of a Host header in one spelling, without its port; None for what is no such header."""
    found = _HOST.match(header)
    return plain_host(found[1] or found[2]) if found else None


def plain_host(text: str) -> str | None:
    """A name or an address in one spelling; None for what is neither."""
    bare = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    if found := _ip(bare):
        return str(found)
    return bare.lower().rstrip(".") or None if _NAME.match(bare) else None


def _ip(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None
