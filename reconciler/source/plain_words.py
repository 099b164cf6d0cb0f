"""Words that anyone may have written, in commits, keys and messages of Git: how much of them is shown."""

from typing import Final

LONGEST: Final = 200
"""Characters of a name, a subject or a reason that are kept."""


def printable_part(text: str, longest: int = LONGEST) -> str:
    """A text on one line, without control characters and those that turn the direction of writing, and not too long."""
    return "".join(char for char in text if char.isprintable())[:longest]
