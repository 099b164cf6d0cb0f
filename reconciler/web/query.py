"""What a request asks for: filters and a page. Whatever else is in it is refused, or a typo would widen the answer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, TypeVar

from werkzeug.datastructures import MultiDict

from reconciler.reporting.outputs import DEFAULT_PORT
from reconciler.text.suggestion import did_you_mean
from reconciler.web.errors import ApiError

LONGEST_NAME = 200
MOST, USUAL, FARTHEST = 1000, 100, 1_000_000
"""Of a page: how many it may have, has if nothing is said, and how many may be before it."""

_NUMBER = re.compile(r"[0-9]{1,9}\Z")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Query:
    """``repository``, ``vim`` and ``service`` narrow the answer; None: all. ``limit`` and ``offset`` are the page.

    ``link``: only interfaces on this virtual link. ``port`` is that of the targets.
    """

    repository: str | None = None
    vim: str | None = None
    service: str | None = None
    limit: int = USUAL
    offset: int = 0
    link: str | None = None
    port: int = DEFAULT_PORT

    def page(self, found: Sequence[T]) -> Sequence[T]:
        return found[self.offset : self.offset + self.limit]


class Parameter(NamedTuple):
    """One that may be given behind '?'. ``least`` and ``most``: of its value, or of the letters of a name."""

    description: str
    least: int
    most: int
    default: int | None = None

    @property
    def is_number(self) -> bool:
        return self.default is not None


PARAMETERS = {
    "repository": Parameter("Only this repository, by its name in the settings.", 1, LONGEST_NAME),
    "vim": Parameter("Only this VIM.", 1, LONGEST_NAME),
    "service": Parameter("Only this network service.", 1, LONGEST_NAME),
    "limit": Parameter("How many at most.", 1, MOST, USUAL),
    "offset": Parameter("How many to pass over.", 0, FARTHEST, 0),
    "link": Parameter("Only addresses on this virtual link, by its name in the outputs.", 1, LONGEST_NAME),
    "port": Parameter("The port of the targets.", 1, 65_535, DEFAULT_PORT),
}


def read_query(given: MultiDict[str, str], allowed: Sequence[str], path: dict[str, str]) -> Query:
    """The query of a request whose route takes the parameters ``allowed``. ``path``: what its path names.

    Raises ApiError (400).
    """
    found: dict[str, Any] = dict(path)
    for name, values in given.lists():
        if name not in allowed:
            known = ", ".join(allowed) or "none"
            raise ApiError(400, f"unknown parameter '{name}'", did_you_mean(name, allowed) or f"there are: {known}")
        if len(values) > 1:
            raise ApiError(400, f"'{name}' is given {len(values)} times", "give it once")
        found[name] = _value(name, values[0])
    return replace(Query(), **found)


def _value(name: str, text: str) -> str | int:
    parameter = PARAMETERS[name]
    if not parameter.is_number:
        if not parameter.least <= len(text) <= parameter.most:
            raise ApiError(400, f"'{name}' has {len(text)} characters", f"a name has 1 to {parameter.most}")
        return text
    if not _NUMBER.match(text) or not parameter.least <= int(text) <= parameter.most:
        raise ApiError(400, f"'{name}' is no number from {parameter.least} to {parameter.most}")
    return int(text)
