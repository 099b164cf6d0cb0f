"""What a commit says of itself, as anyone may write it: only printable characters are kept, and not too many."""

import re
from datetime import UTC, datetime
from typing import NamedTuple

from reconciler.source.plain_words import printable_part


class CommitObject(NamedTuple):
    """``author`` as 'name <address>'; ``subject``: the first line of the message. None where a time is not readable."""

    author: str
    authored_at: datetime | None
    committed_at: datetime | None
    subject: str


def parse(raw: bytes) -> CommitObject:
    """``raw``: the object as `git cat-file commit` prints it."""
    headers, _, message = raw.partition(b"\n\n")
    author, authored_at = _who_and_when(headers, b"author")
    _, committed_at = _who_and_when(headers, b"committer")
    return CommitObject(author, authored_at, committed_at, _line(message.strip().partition(b"\n")[0]))


def _who_and_when(headers: bytes, role: bytes) -> tuple[str, datetime | None]:
    found = re.search(rb"^%s (.*?)(?: (\d{1,11}) [-+]\d{4})?$" % role, headers, re.MULTILINE)
    if found is None:
        return "", None
    return _line(found[1].strip()), datetime.fromtimestamp(int(found[2]), UTC) if found[2] else None


def _line(text: bytes) -> str:
    return printable_part(text.decode("utf-8", "replace"))
