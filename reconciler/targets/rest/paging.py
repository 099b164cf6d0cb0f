"""How the pages of a listing follow one another, by name. Each way is a function; a type of target may have its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import parse_qs, urlsplit

_SURELY_LAST = 100
"""A service without links may cap a page below what was asked: only a clearly shorter one is surely the last."""


Params: TypeAlias = Mapping[str, str | list[str]]
"""The parameters of a request; a list is one parameter several times."""


@dataclass(frozen=True, slots=True)
class Page:
    """One answer. ``params``: what it was asked with; ``count``: its items, ``so_far`` those of all pages until now."""

    body: Mapping[str, Any]
    collection: str
    params: Params
    count: int
    so_far: int


Paging: TypeAlias = Callable[[Page], Params]
"""The parameters of the next page; empty where there is none.

MUST raise AttributeError, KeyError, TypeError or ValueError where an answer does not report it as its API does: what
can't be read is never the last page.
"""


def by_links(page: Page) -> Params:
    """An entry ``{"rel": "next", "href": ...}`` of the list ``COLLECTION_links`` beside the collection."""
    links = page.body.get(f"{page.collection}_links") or ()
    return _query(next((link["href"] for link in links if link.get("rel") == "next"), None))


def by_next(page: Page) -> Params:
    """A path, ``next``, beside the collection."""
    return _query(page.body.get("next"))


def by_offset(page: Page) -> Params:
    """The number of items to leave out: the API says nothing of pages."""
    return {} if page.count < _SURELY_LAST else {**page.params, "offset": str(page.so_far)}


def _query(link: object) -> Params:
    """The query of a link, of which only that counts: behind a proxy its host is often not the one that was asked."""
    if link is None:
        return {}
    if not isinstance(link, str):
        raise TypeError(f"a link is {link!r}")
    found = parse_qs(urlsplit(link).query)
    return {name: values if len(values) > 1 else values[0] for name, values in found.items()}
