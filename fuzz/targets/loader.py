"""Bytes of a YAML file, into documents with places.

Contract: `load` raises nothing. Each problem has a place within the file and words. Without problems each document is
sound, and every value in it has a place in the file. What is read twice is the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from reconciler.documents import parse
from reconciler.documents.reading.loader import load
from reconciler.model import Problem

FILE = "f.yaml"


def check(data: bytes) -> None:
    """Raises for an input that breaks the contract."""
    loaded, again = load(data, FILE), load(data, FILE)
    lines = lines_of(data)
    for problem in loaded.problems:
        require_place(problem, lines)
    for document in loaded.documents:
        assert document.sound or loaded.problems, "a document is unsound without a reason"
        for path in _paths(document.data) if document.sound else ():
            line, column = document.place(path)
            # What is left out behind the last '?' of a file has its end for a place.
            assert 1 <= line <= lines + 1, f"{path} is in line {line} of {lines}"
            assert column >= 1, f"{path} is in column {column}"
    assert loaded.problems == again.problems
    assert [document.data for document in loaded.documents] == [document.data for document in again.documents]
    for skip_foreign in (False, True):
        for problem in parse(data, FILE, skip_foreign=skip_foreign).problems:
            require_place(problem, lines)


def lines_of(data: bytes) -> int:
    """How many lines there are at most, with all line breaks that YAML knows."""
    text = data.decode("utf-8", "replace")
    return 1 + sum(text.count(one) for one in "\n\r\x85\u2028\u2029")


def require_place(problem: Problem, lines: int) -> None:
    """Raises for a problem that has no place, or says nothing."""
    assert 1 <= problem.line <= lines + 1, f"{problem} is not within {lines} lines"
    assert problem.column >= 1, problem
    assert problem.message.strip(), problem


def _paths(value: Any) -> Iterator[tuple[str | int, ...]]:
    pending: list[tuple[tuple[str | int, ...], Any]] = [((), value)]
    while pending:
        path, one = pending.pop()
        yield path
        entries: Any = one.items() if isinstance(one, dict) else enumerate(one) if isinstance(one, list) else ()
        pending += [((*path, key), part) for key, part in entries]
