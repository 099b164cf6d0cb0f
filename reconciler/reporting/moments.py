"""Times as the API and the commands return them."""

from __future__ import annotations

from datetime import UTC, datetime


def moment(seconds: float) -> str | None:
    """A time in UTC as RFC 3339; None for never."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if seconds else None
