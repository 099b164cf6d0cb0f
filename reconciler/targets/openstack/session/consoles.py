"""Links to the consoles of servers. API reference: Compute v2.1, server consoles (microversion 2.6)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote, urlsplit

import requests
from keystoneauth1 import exceptions as ks

from reconciler.model import ConfigError, MagiError, TargetUnknown
from reconciler.model.consoles import ConsoleType
from reconciler.targets.openstack.session.connection import Connection
from reconciler.targets.openstack.session.errors import said, target_unknown

LONGEST: Final = 2048
"""Characters of a link."""

_PROTOCOLS: Final[Mapping[ConsoleType, str]] = {
    ConsoleType.NOVNC: "vnc",
    ConsoleType.SPICE: "spice",
    ConsoleType.SERIAL: "serial",
}
_BROWSED: Final = ("http", "https")
_SCHEMES: Final[Mapping[ConsoleType, tuple[str, ...]]] = {
    ConsoleType.NOVNC: _BROWSED,
    ConsoleType.SPICE: _BROWSED,
    ConsoleType.SERIAL: ("ws", "wss"),
}
_VISIBLE: Final = re.compile(r"[!-~]+")


def console_url(connection: Connection, server_id: str, console: ConsoleType) -> str:
    """Has Nova make a link to the console of a server.

    Raises ConfigError when the login may not do this, TargetUnknown when there is no answer, and MagiError when Nova
    refuses or its answer is no such link.
    """
    target = connection.target.name
    body = {"remote_console": {"protocol": _PROTOCOLS[console], "type": console.value}}
    path = f"/servers/{quote(server_id, safe='')}/remote-consoles"
    try:
        response = connection.request("POST", "compute", path, body=body)
    except ks.ClientException as error:
        raise target_unknown(target, "the console", error) from error
    if response.status_code >= 400:
        raise _refused(target, console, response)
    try:
        url = response.json()["remote_console"]["url"]
    except (ValueError, KeyError, TypeError) as error:
        raise _unusable(target, "it has no remote_console.url") from error
    if problem := problem_of(url, console):
        raise _unusable(target, problem)
    return str(url)


def problem_of(url: object, console: ConsoleType) -> str:
    """What makes a cloud's answer no link that a browser or a client should be given; "" for a good one.

    The link itself is not in the words: it holds a token.
    """
    if not isinstance(url, str) or not _VISIBLE.fullmatch(url):
        return "the link is no text of visible ASCII characters"
    if len(url) > LONGEST:
        return f"the link has {len(url)} characters, more than {LONGEST}"
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return "the link is no URL"
    if parts.scheme not in _SCHEMES[console]:
        return f"the link does not begin with {' or '.join(f'{one}://' for one in _SCHEMES[console])}"
    return "" if host else "the link names no host"


def _unusable(target: str, problem: str) -> MagiError:
    return MagiError(
        f"VIM {target} answered with no usable link to a console: {problem}",
        "have its operator check the base URL of the console proxy in Nova's settings",
    )


def _refused(target: str, console: ConsoleType, response: requests.Response) -> MagiError:
    status, words = response.status_code, said(response)
    message = f"VIM {target} makes no {console} console: {status}: {words}"
    if status in {401, 403}:
        return ConfigError(
            message, "the login needs Nova's policy os_compute_api:os-remote-consoles, which members have by default"
        )
    if status >= 500 and status != 501:
        return TargetUnknown(message, "try again; check the service behind it")
    if status in {400, 501}:
        others = ", ".join(one for one in ConsoleType if one is not console)
        return MagiError(message, f"its operator decides which types there are; try --type with one of: {others}")
    if status == 404:
        return MagiError(message, "the server was deleted since it was observed, or Nova is older than 2.6")
    return MagiError(message, "the server has no host yet, or no more: 'magi show' has its state")
