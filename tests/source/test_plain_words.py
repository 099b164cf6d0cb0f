"""How much is shown of words that anyone may have written."""

from __future__ import annotations

import pytest

from reconciler.source.commit_object import parse
from reconciler.source.errors import last_words
from reconciler.source.plain_words import LONGEST, printable_part


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Ann <ann@example.net>", "Ann <ann@example.net>"),
        ("Åsa 東京", "Åsa 東京"),
        ("\x1b[31mred\x07\n\tnext\x00", "[31mrednext"),
        ("a\u202eb\u200bc\u2028d", "abcd"),
        ("x" * 1000, "x" * LONGEST),
        ("\n" * 1000 + "x", "x"),
    ],
)
def test_printable_characters_are_kept_up_to_a_length(text: str, shown: str) -> None:
    assert printable_part(text) == shown


def test_it_is_so_wherever_git_hands_words_on() -> None:
    commit = parse(b"author A\x1b[2J <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n\nsub\x07ject\nmore\n")
    assert (commit.author, commit.subject) == ("A[2J <a@b>", "subject")
    assert last_words("fatal: no\x1b[2J\x07 way") == "fatal: no[2J way"
    assert len(last_words(f"fatal: {'x' * 1000}")) == 300
