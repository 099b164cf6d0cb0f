"""Places within documents, and the problems that are found there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple, Protocol, Self, TypeVar

from reconciler.documents.reading.marks import Source
from reconciler.model import Place, Problem
from reconciler.text.suggestion import did_you_mean

MAX_PROBLEMS: Final = 50
"""Problems reported of one document: what is wrong so often is wrong in one way."""


class Spot(NamedTuple):
    """A value of a document, by the path that leads to it. Line and column are looked up when they are asked for.

    ``copy``: the value is a further one that was made from the same text, such as the second instance of a VNF.
    """

    source: Source
    path: tuple[str | int, ...] = ()
    copy: bool = False

    @property
    def file(self) -> str:
        """The one that the value is written in."""
        return self.source.locate(self.path)[0] if self.source.others else self.source.file

    def at(self, *path: str | int) -> Spot:
        """A value within this one."""
        return Spot(self.source, self.path + path, self.copy)

    def place(self, *, key: bool = False) -> Place:
        """File, line and column of the value, or of its key. Where it is left out: of the last part that is there."""
        return Place(*self.source.locate(self.path, key=key))

    def problem(self, message: str, hint: str = "", *, key: bool = False) -> Problem:
        """What is wrong with the value."""
        return Problem(*self.source.locate(self.path, key=key), message, hint)


class Problems:
    """What is wrong, as it is found. Of very many problems the first ``limit`` are kept.

    ``count`` is how many there are, also beyond that.
    """

    def __init__(self, limit: int | None = MAX_PROBLEMS) -> None:
        self.found: list[Problem] = []
        self.count = 0
        self._limit = limit

    def __bool__(self) -> bool:
        return bool(self.found)

    @property
    def is_full(self) -> bool:
        return self._limit is not None and len(self.found) >= self._limit

    def report(self, spot: Spot, message: str, hint: str = "", *, key: bool = False) -> None:
        """Notes a problem. Of what is wrong at a place the copies made from it are not reported again."""
        self.count += 1
        if self.is_full:
            return
        problem = spot.problem(message, hint, key=key)
        if not (spot.copy and any((one.line, one.column) == (problem.line, problem.column) for one in self.found)):
            self.found.append(problem)

    def add(self, *problems: Problem) -> None:
        """Notes problems that are worded already."""
        self.count += len(problems)
        room = len(problems) if self._limit is None else max(0, self._limit - len(self.found))
        self.found += problems[:room]

    def report_unknown(self, spot: Spot, word: str, name: str, names: Iterable[str], *, key: bool = False) -> None:
        """Notes that a name refers to nothing."""
        if self.is_full:  # a hint is expensive among many names
            self.count += 1
            return
        known = sorted(names)
        hint = did_you_mean(name, known) or f"there is {', '.join(known[:10])}" if known else "there is none"
        self.report(spot, f"unknown {word} '{name}'", hint, key=key)

    def named(self, word: str, items: Sequence[NamedT]) -> dict[str, NamedT]:
        """The items of a list by name; a second one of a name is a problem."""
        found: dict[str, NamedT] = {}
        for item in items:
            first = found.setdefault(item.name, item)
            if first is not item:
                line = first.spot.place().line
                self.report(item.at("name"), f"{word} '{item.name}' is there twice", f"the first is in line {line}")
        return found


class Named(Protocol):
    """Something in a document that has a name."""

    @property
    def name(self) -> str: ...

    @property
    def spot(self) -> Spot: ...

    def at(self: Self, *path: str | int) -> Spot: ...


NamedT = TypeVar("NamedT", bound=Named)
