"""Who is notified of events: the settings of one receiver, and what may be wrong with them."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import urlsplit

from reconciler.text.suggestion import suggest

MOST_RECEIVERS = 20
FORMATS = ("cloudevents", "slack", "mattermost", "teams")
SEVERITIES = ("normal", "warning")
EVENT_REASONS = (
    "Blocked",
    "Changed",
    "CommitInForce",
    "CommitRefused",
    "CommitUnverified",
    "Contested",
    "Degraded",
    "DriftFound",
    "Fighting",
    "ForeignMark",
    "GitBack",
    "GitFailing",
    "Healing",
    "HealingFailed",
    "Healthy",
    "Missing",
    "OutOfSync",
    "Reachable",
    "RecoveryExhausted",
    "Released",
    "Repaired",
    "Scaled",
    "StepFailed",
    "Synced",
    "Twin",
    "Unreachable",
)
"""Of every event that there is; a test compares them with what makes events."""
PLACEHOLDERS = ("about", "commit", "message", "reason", "repository", "resource", "service", "severity", "vim")
"""What a template may name; ``about``: the service and the VIM, or the VIM, or the repository."""
LONGEST_TEMPLATE = 2000

_NAME = r"[a-z0-9]([-a-z0-9]{0,30}[a-z0-9])?"


@dataclass(frozen=True, slots=True)
class NotificationConfig:
    """One receiver of events. Its URL is ``url``, or in ``url_file``, as URLs of chats are secrets themselves."""

    name: str = field(metadata={"text": "name in metrics and logs", "pattern": f"^{_NAME}$"})
    url: str = field(default="", metadata={"text": "URL that events are sent to; or `urlFile`"})
    url_file: Path | None = field(
        default=None, metadata={"text": "file with the URL, where that is a secret, as with Slack and Teams"}
    )
    secret_file: Path | None = field(
        default=None, metadata={"text": "file with the secret that requests are signed with; left out: not signed"}
    )
    format: str = field(
        default="cloudevents",
        metadata={"text": "`cloudevents`, `slack`, `mattermost` or `teams`", "choices": FORMATS},
    )
    template: str = field(
        default="", metadata={"text": "text of a message, with placeholders such as `$reason`; for chats only"}
    )
    reasons: tuple[str, ...] = field(
        default=(), metadata={"text": "[reasons](status.md#events) of the events that are sent; left out: all"}
    )
    services: tuple[str, ...] = field(
        default=(),
        metadata={
            "text": "names or patterns of the network services whose events are sent; left out: all events, also those "
            "of VIMs and repositories"
        },
    )
    severity: str = field(
        default="normal",
        metadata={"text": "least severity of what is sent: `normal` (all) or `warning`", "choices": SEVERITIES},
    )
    insecure: bool = field(
        default=False, metadata={"text": "also `http://` to another host: who is on the way reads and changes it"}
    )


def url_refusal(url: str, *, insecure: bool) -> str:
    """What is wrong with the URL of a receiver, without it, as it may be a secret; "" where nothing is."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "must be a URL, like https://events.example/magi"
    if (
        parts.scheme not in {"http", "https"}
        or not host
        or any(char.isspace() or not char.isprintable() for char in url)
    ):
        return "must be a URL, like https://events.example/magi"
    if parts.username is not None or parts.password is not None:
        return "must have no login in it: sign with secretFile"
    if parts.scheme == "http" and not insecure and not _is_loopback(host):
        return "must begin with https:// where it is another host; or set insecure: true"
    return ""


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def refusals(one: NotificationConfig) -> Iterator[tuple[str, str]]:
    """What is wrong with a receiver by itself: the setting, and what must be so."""
    if bool(one.url) == (one.url_file is not None):
        yield "url", "must be given, or urlFile, and not both"
    if one.url and (wrong := url_refusal(one.url, insecure=one.insecure)):
        yield "url", wrong
    for reason in one.reasons:
        if reason not in EVENT_REASONS:
            near = suggest(reason, EVENT_REASONS)
            about = f" (did you mean {near}?)" if near else ""
            yield "reasons", f"must be of {', '.join(EVENT_REASONS)}; found '{reason}'{about}"
    if one.template:
        yield from (("template", wrong) for wrong in _template_refusals(one))


def _template_refusals(one: NotificationConfig) -> Iterator[str]:
    if one.format == "cloudevents":
        yield "is for the formats of chats: cloudevents has all of an event"
    if len(one.template) > LONGEST_TEMPLATE:
        yield f"must have at most {LONGEST_TEMPLATE:,} characters; found {len(one.template):,}"
    template = Template(one.template)
    known = ", ".join(f"${name}" for name in PLACEHOLDERS)
    if not template.is_valid():
        yield f"has a '$' that begins no placeholder: write '$$' for one, or one of {known}"
    for name in template.get_identifiers():
        if name not in PLACEHOLDERS:
            yield f"must name none but {known}; found '${name}'"


def repeated_names(receivers: Iterable[Any]) -> Iterator[tuple[int, str]]:
    """The receivers whose name one before them has, by their number."""
    seen: set[str] = set()
    for number, one in enumerate(receivers):
        if one is not None and one.name in seen:
            yield number, one.name
        elif one is not None:
            seen.add(one.name)
