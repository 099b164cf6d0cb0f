"""`python -m scripts.word_list`: refuses words in the documentation that are not those of the field.

Code, generated regions and decision notes are left out, and so are rows of tables that tests compare with the code.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]

# Only words whose every use is wrong here, each as a regular expression with what to write instead.
WORDS = {
    r"ail(?:ing|ments?)|ill": "degraded, unhealthy",
    r"anew": "again, re-created",
    r"as far as": "if, where; or cut the rest",
    r"bears?": "has (a mark, a signature, a label)",
    r"be it": "cut it",
    r"by hand": "manually; of drift: out of band",
    r"everybody|nobody's|somebody(?: else)?(?:'s)?": "another actor, an operator, unmanaged: who is meant",
    r"fores(?:aw|ees?|een|ight)": "pre-flight check",
    r"for ever": "cut it, or name the bound",
    r"giv(?:e|es|ing) up|given up|gave up": "aborted; of healing: recovery exhausted",
    r"held back|holds? back|let go|lets? be": "blocked, pending, skipped or ignored: which is meant",
    r"in care": "recovering",
    r"in so many words": "cut it",
    r"in the midst of": "during",
    r"looked at|looks? at|looking at": "observed, checked, refreshed: what is meant",
    r"made good|mend(?:s|ed|ing)?|puts? right|putting right": "fixed, repaired",
    r"of the moment|surroundings": "context, conditions",
    r"ours": "managed by Magi",
    r"remed(?:y|ies)|rungs?": "healing step",
    r"sorts? of": "type of, kind of, class of",
    r"tells?|telling|told": "report, show, log, notify, explain: what is meant",
    r"stands? (?:in|on|at|there|for)|stood": "is deployed, exists, is in, represents: what is meant",
    r"wanted|wants": "desired, declared; a person: needs",
    r"wholly": "entirely",
}


class Allowed(NamedTuple):
    """Lines of a page that may have these words, and why."""

    page: str
    line: str
    reason: str


ALLOWED = (
    Allowed("docs/changes.md", r"\|", "`make docs` makes the table from the kinds"),
    Allowed("docs/rights.md", r"\|", "`make docs` makes the tables from the requests of the driver"),
    Allowed(
        "docs/compatibility.md",
        r"\| (?:identity|network|compute|image|block-storage) \|",
        "a test compares the row with the table of requirements",
    ),
    Allowed("docs/operating.md", r"\| `[\w.]+` \|", "a test compares the row with the settings"),
)

_WORDS = {re.compile(rf"\b(?:{words})\b".replace(" ", r"\s+"), re.IGNORECASE): hint for words, hint in WORDS.items()}
# What is no prose, the longest first: regions from the code, blocks, comments, code, targets of links.
_NO_PROSE = tuple(
    re.compile(pattern, re.MULTILINE | re.DOTALL)
    for pattern in (
        r"<!-- fields of .*?<!-- end of fields -->",
        r"^ *```.*?^ *```$",
        r"<!--.*?-->",
        r"`[^`\n]*`",
        r"(?<=\n\n) {4}(?:[^\n]|\n {4})*",
        r"\]\([^)\s]*\)",
    )
)


class Finding(NamedTuple):
    """A word in a text, with its line and what to write instead."""

    line: int
    word: str
    hint: str


def blank_code(text: str) -> str:
    """A page with spaces in place of all that is no prose, so that lines keep their numbers."""
    for pattern in _NO_PROSE:
        text = pattern.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)
    return text


def find_words(text: str) -> Iterator[Finding]:
    """The words of the list in the prose of a page, in its order."""
    prose = blank_code(text)
    found = sorted((match.start(), match[0], hint) for words, hint in _WORDS.items() for match in words.finditer(prose))
    for start, word, hint in found:
        yield Finding(prose.count("\n", 0, start) + 1, " ".join(word.split()), hint)


def list_pages(root: Path) -> list[Path]:
    """The pages for users and developers; decision notes are records, and stay as they were written."""
    folders = ("docs", "deploy", "desired-state-examples", "requirements")
    found = [root / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")]
    found += [page for folder in folders for page in sorted((root / folder).rglob("*.md"))]
    return [page for page in found if page.is_file() and root / "docs" / "decisions" not in page.parents]


def list_problems(root: Path) -> list[str]:
    """Every word of the list in the pages below a folder: file, line, the word and what to write instead."""
    problems = []
    for page in list_pages(root):
        name = page.relative_to(root).as_posix()
        text = page.read_text(encoding="utf-8")
        allowed = [one.line for one in ALLOWED if one.page == name]
        lines = text.splitlines()
        problems += [
            f"{name}:{line}: '{word}' is not a word of the field; write instead: {hint}"
            for line, word, hint in find_words(text)
            if not any(re.match(pattern, lines[line - 1]) for pattern in allowed)
        ]
    return problems


if __name__ == "__main__":
    sys.exit("\n".join(list_problems(ROOT)) or 0)
