"""Which URLs a repository may be fetched from, taken apart. Called when a source is opened."""

import re
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit, urlunsplit

from reconciler.source.errors import ForbiddenUrlError, redact

_SCP_FORM = re.compile(r"(?:[A-Za-z0-9_][A-Za-z0-9._-]*@)?(?P<host>[A-Za-z0-9][A-Za-z0-9.-]*):(?P<path>(?!//|:).+)")
_ALLOWED = "use https://, ssh://, git@host:path, file:// or a path"


@dataclass(frozen=True, slots=True)
class RepositoryUrl:
    """A URL without its credentials, which are kept apart so that they reach no command line and no message."""

    url: str
    protocol: str
    username: str = ""
    password: str = field(default="", repr=False)


def looks_like_url(text: str) -> bool:
    """Whether a text is meant as a URL rather than as a path."""
    return "://" in text or "::" in text or _SCP_FORM.fullmatch(text) is not None


def parse_url(text: str, *, allow_http: bool = False) -> RepositoryUrl:
    """Takes a URL apart. Raises ForbiddenUrlError for forms and protocols that are not allowed.

    `allow_http` allows unencrypted http to other machines than this one.
    """
    shown = redact(text)
    if not text.isprintable() or re.search(r"\s", text) or text.startswith("-"):
        raise ForbiddenUrlError(f"{shown!r} is not a URL", _ALLOWED)
    if text.startswith("/"):
        return RepositoryUrl(text, "file")
    if "://" not in text:
        scp = _SCP_FORM.fullmatch(text)
        if scp is None or scp["path"].startswith("-"):
            raise ForbiddenUrlError(f"{shown!r} is not an allowed URL", _ALLOWED)
        return RepositoryUrl(text, "ssh")
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ForbiddenUrlError(f"{shown!r} is not a URL", _ALLOWED) from None
    if parts.scheme == "file" and not host:
        return RepositoryUrl(text, "file")
    if parts.scheme not in ("https", "http", "ssh") or not host or host.startswith("-") or parts.path in ("", "/"):
        raise ForbiddenUrlError(f"{shown!r} is not an allowed URL", _ALLOWED)
    if parts.scheme == "http" and not (allow_http or _is_loopback(host)):
        raise ForbiddenUrlError(f"{shown!r} would be read over unencrypted http", "use https")
    address = (f"[{host}]" if ":" in host else host) + (f":{port}" if port else "")
    if parts.scheme == "ssh":
        if (parts.username or "").startswith("-"):
            raise ForbiddenUrlError(f"{shown!r} is not an allowed URL", _ALLOWED)
        address = f"{parts.username}@{address}" if parts.username else address
        return RepositoryUrl(urlunsplit(("ssh", address, parts.path, "", "")), "ssh")
    url = urlunsplit((parts.scheme, address, parts.path.rstrip("/"), "", ""))
    return RepositoryUrl(url, parts.scheme, unquote(parts.username or ""), unquote(parts.password or ""))


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
