"""The body of a request, in the format of a receiver. Pure.

In chats, what clouds, documents and commits say is text as it is: it is no markup, no link, and calls no one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from string import Template
from types import MappingProxyType
from typing import NamedTuple

from reconciler.config import PLACEHOLDERS, NotificationConfig
from reconciler.reporting.events import Event, Severity
from reconciler.reporting.journal_file import event_json
from reconciler.reporting.moments import moment
from reconciler.reporting.notifications.notices import Notice
from reconciler.text.markdown import printable

TYPE_PREFIX = "io.magi.event."
"""What the type of a CloudEvent begins with; the reason follows."""
LONGEST_IN_CHAT = 1000
"""Characters of a value in a chat."""
LONGEST_TEXT = 12_000
"""Characters of a message in a chat: a template may name a value many times."""

_USUAL = "$reason ($severity) $about: $message"
_ESCAPED = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "`": "'"})
_COLOURS = {Severity.NORMAL: "default", Severity.WARNING: "attention"}


class Body(NamedTuple):
    content_type: str
    data: bytes


def body_of(notice: Notice, receiver: NotificationConfig) -> Body:
    return _FORMS[receiver.format](notice, receiver.template or _USUAL)


def _cloud_event(notice: Notice, _: str) -> Body:
    """CloudEvents 1.0, structured mode. ``subject`` is left out where an event is of a repository."""
    event = notice.event
    subject = "/".join(part for part in (event.vim, event.service) if part)
    found = {
        "specversion": "1.0",
        "id": notice.id,
        "source": f"/magi/{event.repository}",
        "type": f"{TYPE_PREFIX}{event.reason}",
        **({"subject": subject} if subject else {}),
        "time": moment(event.last),
        "datacontenttype": "application/json",
        "data": event_json(event),
    }
    return _json(found, "application/cloudevents+json")


def _slack(notice: Notice, template: str) -> Body:
    """Values are code, in which Slack knows neither links nor markup; it takes commands such as <!here> anywhere."""
    return _json({"text": _text(notice.event, template, lambda value: f"`{value.translate(_ESCAPED)}`")})


def _mattermost(notice: Notice, template: str) -> Body:
    """Values are code, in which Mattermost knows neither mentions nor Markdown, and no entities."""
    return _json({"text": _text(notice.event, template, lambda value: "`" + value.replace("`", "'") + "`")})


def _teams(notice: Notice, template: str) -> Body:
    """An Adaptive Card: a TextRun, unlike a TextBlock, knows no Markdown, and a card without entities calls no one."""
    run = {"type": "TextRun", "text": _text(notice.event, template, str), "color": _COLOURS[notice.event.severity]}
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": [{"type": "RichTextBlock", "inlines": [run]}],
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return _json({"type": "message", "attachments": [attachment]})


def _text(event: Event, template: str, plain: Callable[[str], str]) -> str:
    """``plain``: a value on one line as text that is nothing else. What is empty stays so."""
    values = {name: _on_one_line(value) for name, value in _values(event).items()}
    text = Template(template).substitute({name: plain(value) if value else "" for name, value in values.items()})
    return text if len(text) <= LONGEST_TEXT else f"{text[: LONGEST_TEXT - 2]}…`"


def _values(event: Event) -> Mapping[str, str]:
    about = f"{event.service} on {event.vim}" if event.service else event.vim or event.repository
    return {name: about if name == "about" else str(getattr(event, name)) for name in PLACEHOLDERS}


def _on_one_line(value: str) -> str:
    text = printable(" ".join(value.split()))
    return text if len(text) <= LONGEST_IN_CHAT else f"{text[: LONGEST_IN_CHAT - 1]}…"


def _json(found: Mapping[str, object], content_type: str = "application/json") -> Body:
    # Escaped: a lone surrogate of a hostile document has no UTF-8.
    return Body(content_type, json.dumps(found).encode())


_FORMS: Mapping[str, Callable[[Notice, str], Body]] = MappingProxyType(
    {"cloudevents": _cloud_event, "slack": _slack, "mattermost": _mattermost, "teams": _teams}
)
