"""One document under examination: its data, the places in it, and the problems found so far."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from reconciler.documents.reading.marks import Document, Path
from reconciler.model import Place, Problem
from reconciler.suggestion import did_you_mean

MAX_PROBLEMS: Final = 50
"""Problems told of one document: what is wrong so often is wrong in one way."""


@dataclass(slots=True)
class Subject:
    """A document that its schema accepts. Checks add to ``problems``; nothing else is changed.

    ``count`` is how many problems there are, also beyond the MAX_PROBLEMS that are kept. ``copies``: field and index of
    the items that are made from the same text as the one before; what is wrong there is told once.
    """

    document: Document
    problems: list[Problem] = field(default_factory=list)
    count: int = 0
    copies: set[tuple[str | int, ...]] = field(default_factory=set)

    @property
    def name(self) -> str:
        return str(self.document.data["metadata"]["name"])

    @property
    def spec(self) -> Any:
        return self.document.data["spec"]

    def place(self, *path: str | int) -> Place:
        """Where a part of the spec stands."""
        return Place(self.document.file, *self.document.place(("spec", *path)))

    def report(self, path: Path, message: str, hint: str = "", *, key: bool = False) -> None:
        """Notes a problem at a part of the spec."""
        self.count += 1
        if len(self.problems) >= MAX_PROBLEMS:
            return
        line, column = self.document.place(("spec", *path), key=key)
        if self._is_told(path, line, column):
            return
        self.problems.append(Problem(self.document.file, line, column, message, hint))

    def _is_told(self, path: Path, line: int, column: int) -> bool:
        """Whether this is the problem of a copy at a place where one is told already."""
        told = ((problem.line, problem.column) for problem in self.problems)
        return tuple(path[:2]) in self.copies and (line, column) in told

    def report_unknown(self, path: Path, word: str, name: str, names: Iterable[str], *, key: bool = False) -> None:
        """Notes that a name refers to nothing."""
        if len(self.problems) >= MAX_PROBLEMS:  # a hint is dear among many names
            self.count += 1
            return
        known = sorted(names)
        hint = did_you_mean(name, known) or f"there is {', '.join(known[:10])}" if known else "there is none"
        self.report(path, f"unknown {word} '{name}'", hint, key=key)

    def items(self, *path: str | int) -> Iterator[tuple[tuple[str | int, ...], Any]]:
        """The items of a list in the spec, each with its path; none when the list is left out."""
        value: Any = self.spec
        for part in path:
            value = value.get(part, ()) if isinstance(part, str) else value[part]
        for index, item in enumerate(value):
            yield (*path, index), item

    def named(self, word: str, *path: str | int) -> dict[str, tuple[tuple[str | int, ...], Any]]:
        """The items of a list by name; a second one with the same name is a problem."""
        found: dict[str, tuple[tuple[str | int, ...], Any]] = {}
        for where, item in self.items(*path):
            name = item["name"]
            if name in found:
                first = self.place(*found[name][0])
                self.report((*where, "name"), f"{word} '{name}' is there twice", f"the first is in line {first.line}")
            else:
                found[name] = (where, item)
        return found
