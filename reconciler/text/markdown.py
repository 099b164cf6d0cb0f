"""Words of documents, commits and clouds in Markdown: as code, escaped. All that a forge shows goes through here."""

from __future__ import annotations

import re

LONGEST = 300
"""Characters of a word that are shown."""


def printable(text: str) -> str:
    """A text on one line: control characters, and those that turn the direction of writing, are shown as escapes."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def clipped(text: str) -> str:
    """A text on one line, and not too long."""
    text = printable(text)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def code(text: str) -> str:
    """A text as inline code that is nothing else, wherever it is: in a line, a table or a summary."""
    # All markup is made of ASCII punctuation; what letters and digits alone make is none.
    return f"<code>{re.sub(r'[!-+.:-@[-`{-~]', lambda found: f'&#{ord(found[0])};', clipped(text))}</code>"
