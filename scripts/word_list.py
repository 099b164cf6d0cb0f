"""`python -m scripts.word_list`: refuses words that are not those of the field in pages, code, schemas and YAML.

In pages, code, generated regions and decision notes are left out, and so are rows of tables that tests compare with the
code. In Python, schemas and YAML, names are split at underscores and capitals; all other text is read as it is.
"""

from __future__ import annotations

import io
import json
import re
import sys
import tokenize
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
    r"anybody|everybody|nobody(?:'s)?|somebody(?: else)?(?:'s)?": "another actor, no one, unmanaged: which is meant",
    r"fores(?:aw|ees?|een|ight)": "pre-flight check",
    r"for ever": "cut it, or name the bound",
    r"giv(?:e|es|ing) up|given up|gave up": "aborted; of healing: recovery exhausted",
    r"guards? holds?|held back|holds? back|let go|lets? be": "blocked, pending, skipped or ignored: which is meant",
    r"in care": "recovering",
    r"in so many words": "cut it",
    r"in the midst of": "during",
    r"(?:an?|each|every|first|last|later|next|the) look|looked at|looks? at|looking at": "observed, checked, fetched",
    r"made good|mend(?:s|ed|ing)?|puts? right|putting right": "fixed, repaired",
    r"of the moment|surroundings": "context, conditions",
    r"our marks?|ours": "managed by Magi; the owner mark",
    r"remed(?:y|ies)|rungs?": "healing step",
    r"sorts? of": "type of, kind of, class of",
    r"tells?|telling|told": "report, show, log, notify, explain: what is meant",
    r"stands? (?:in|on|at|there|for)|stood": "is deployed, exists, is in, represents: what is meant",
    r"wanted|wants": "desired, declared; a person: needs",
    r"wholly": "entirely",
}


CODE = ("reconciler", "openstack_simulator", "tests", "torture", "soak", "fuzz", "benchmarks", "scripts")
YAML = ("deploy", "desired-state-examples")


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
    Allowed("tests/end_to_end/test_merge_reviews.py", r" +git\(\"merge\", .*\"-s\", \"ours\"", "a strategy of Git"),
)

_WORDS = {re.compile(rf"\b(?:{words})\b".replace(" ", r"\s+"), re.IGNORECASE): hint for words, hint in WORDS.items()}
_SCHEMA_TEXTS = frozenset({"description", "summary", "title", "errorMessage", "patternErrorMessage"})
_TEXTS = frozenset({tokenize.NAME, tokenize.STRING, tokenize.COMMENT, getattr(tokenize, "FSTRING_MIDDLE", -1)})
_PARTS = re.compile(r"_+|(?<=[a-z0-9])(?=[A-Z])")
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


def split_names(text: str) -> str:
    """A text with its names split at underscores and capitals: ``magi_steps_held``, ``stepsHeld`` -> ``steps held``."""
    return _PARTS.sub(" ", text)


def find_code_words(source: str) -> Iterator[Finding]:
    """The words of the list in the names, strings, docstrings and comments of a Python file, in its order."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type in _TEXTS:
            text = split_names(token.string)
            for words, hint in _WORDS.items():
                for match in words.finditer(text):
                    yield Finding(token.start[0] + text.count("\n", 0, match.start()), " ".join(match[0].split()), hint)


def find_text_words(text: str) -> Iterator[Finding]:
    """The words of the list in the names, values and comments of a YAML file or an example, line by line."""
    for number, line in enumerate(text.splitlines(), 1):
        parts = split_names(line)
        for words, hint in _WORDS.items():
            yield from (Finding(number, " ".join(match[0].split()), hint) for match in words.finditer(parts))


def find_schema_words(schema: object) -> Iterator[Finding]:
    """The words of the list in the field names and texts of a JSON Schema or an OpenAPI document; they have no line."""
    if isinstance(schema, dict):
        for name, below in schema.items():
            texts = (
                [split_names(name), below] if name in _SCHEMA_TEXTS and isinstance(below, str) else [split_names(name)]
            )
            for words, hint in _WORDS.items():
                for text in texts:
                    yield from (Finding(1, f"{match[0]} in {name}", hint) for match in words.finditer(text))
            yield from find_schema_words(below)
    elif isinstance(schema, list):
        for one in schema:
            yield from find_schema_words(one)


def list_code(root: Path) -> list[Path]:
    """The Python files, but for the list itself and its tests."""
    found = [file for folder in CODE for file in sorted((root / folder).rglob("*.py"))]
    return [file for file in found if file.name not in {"word_list.py", "test_word_list.py"}]


def list_yaml(root: Path) -> list[Path]:
    """The YAML files that users copy or read: what deploys Magi, and examples of a desired state."""
    return [file for folder in YAML for end in ("yml", "yaml") for file in sorted((root / folder).rglob(f"*.{end}"))]


def list_pages(root: Path) -> list[Path]:
    """The pages for users and developers; decision notes are records, and stay as they were written."""
    folders = ("docs", "deploy", "desired-state-examples", "requirements")
    found = [root / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")]
    found += [page for folder in folders for page in sorted((root / folder).rglob("*.md"))]
    return [page for page in found if page.is_file() and root / "docs" / "decisions" not in page.parents]


def list_problems(root: Path) -> list[str]:
    """Every word of the list below a folder: file, line, the word and what to write instead."""
    found = [(file, find_code_words(file.read_text(encoding="utf-8"))) for file in list_code(root)]
    found += [
        (file, find_schema_words(json.loads(file.read_text(encoding="utf-8"))))
        for file in sorted((root / "schemas").glob("*.json"))
    ]
    found += [(file, find_text_words(file.read_text(encoding="utf-8"))) for file in list_yaml(root)]
    found += [(page, find_words(page.read_text(encoding="utf-8"))) for page in list_pages(root)]
    problems = []
    for file, findings in found:
        name = file.relative_to(root).as_posix()
        allowed = [one.line for one in ALLOWED if one.page == name]
        lines = file.read_text(encoding="utf-8").splitlines() if allowed else []
        problems += [
            _problem(name, one) for one in findings if not any(re.match(line, lines[one.line - 1]) for line in allowed)
        ]
    return problems


def _problem(name: str, found: Finding) -> str:
    return f"{name}:{found.line}: '{found.word}' is not a word of the field; write instead: {found.hint}"


if __name__ == "__main__":
    sys.exit("\n".join(list_problems(ROOT)) or 0)
