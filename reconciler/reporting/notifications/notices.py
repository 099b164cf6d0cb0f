"""What is sent of an event, and to whom. What clouds and commits say is cut to a bound."""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import uuid4

from reconciler.config import NotificationConfig
from reconciler.reporting.events import Event, Severity
from reconciler.text.patterns import matches

LONGEST_MESSAGE = 8000
LONGEST_NAME = 300
"""Characters of a message, and of all else, of an event that is sent."""


@dataclass(frozen=True, slots=True)
class Notice:
    """An event that is sent. ``id``: the same for every receiver and every try; ``since``: when, on a clock of its own.

    ``since`` is in seconds and never goes back, as `time.monotonic`.
    """

    id: str
    event: Event
    since: float


def notice_of(event: Event, now: float) -> Notice:
    """A notice of its own for each time that an event happened."""
    bounded = replace(
        event,
        vim=_cut(event.vim, LONGEST_NAME),
        service=_cut(event.service, LONGEST_NAME),
        message=_cut(event.message, LONGEST_MESSAGE),
        resource=_cut(event.resource, LONGEST_NAME),
        commit=_cut(event.commit, LONGEST_NAME),
    )
    return Notice(str(uuid4()), bounded, now)


def is_for(event: Event, receiver: NotificationConfig) -> bool:
    """Whether a receiver is to have it. With ``services``, only what is of one of these."""
    if receiver.reasons and event.reason not in receiver.reasons:
        return False
    if receiver.severity == Severity.WARNING and event.severity is not Severity.WARNING:
        return False
    return not receiver.services or (event.service != "" and matches(event.service, receiver.services))


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
