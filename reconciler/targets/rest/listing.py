"""One collection of an API, and what an observation has read of all of them."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from reconciler.model import Key
from reconciler.targets.rest.paging import Paging, by_links
from reconciler.targets.rest.request import Json

UNKNOWN = "id:"
"""What the name in a Key begins with of which only the id is known."""


class Single(NamedTuple):
    """How one item of a listing is asked for, and the name that it has in the answer."""

    route: str
    name: str


@dataclass(frozen=True, slots=True)
class Listing:
    """One collection of an API: ``GET path`` answers ``{collection: [item, ...]}``, in pages.

    ``page``: how the next page is asked for; `paging` has the ways.
    ``own_project``: ask only for the project of the credentials. ``optional``: it is left out where nothing of
    it is declared, referred to, or known to exist (`Kind.evidence`), and a cloud may do without its API.
    ``since``: the parameter that asks only for what changed since a moment, the ``updated`` of an item.
    ``project``: the attribute of an item that says which project it belongs to; "" where the API has no projects, and
    then marks have that of the login. ``own_only``: the API answers a login with nothing but its project's, and a
    policy may hide the attribute. ``single``: how one item is asked for, where other listings name items of it.
    """

    service: str
    path: str
    collection: str
    page: Paging = by_links
    own_project: bool = False
    optional: bool = False
    since: str = ""
    project: str = field(kw_only=True)
    own_only: bool = False
    single: Single | None = None

    def belongs(self, item: Json, project: str) -> bool:
        """Whether an item is the project's. Marks are text that anyone may write: this is what no one can.

        Raises KeyError where it is not reported: what then counted as another one's would be made again and again.
        """
        if not self.project or (self.own_only and self.project not in item):
            return True
        return bool(item[self.project] == project)


@dataclass(slots=True)
class Index:
    """What one observation has read so far, to map ids to Keys while the rest is decoded.

    ``project``: the id of that of the login. ``keys``: id -> Key, of what is managed and of what exists. ``existing``:
    as in the World. ``items``: the raw listings. ``gone``: ids of what items are in and that is gone. ``arrivals``: by
    the id of an item, values of it in the order in which earlier observations found them.
    """

    target: str
    owner: str
    project: str
    items: Mapping[Listing, Sequence[Json]]
    keys: dict[str, Key] = field(default_factory=dict)
    existing: Mapping[Key, tuple[str, ...]] = field(default_factory=dict)
    tables: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    gone: frozenset[str] = frozenset()
    arrivals: Mapping[str, tuple[tuple[str, ...], ...]] = field(default_factory=dict)

    @property
    def scoped_owner(self) -> str:
        """The owner in the marks of what belongs to no project."""
        return scoped(self.owner, self.project)

    def key(self, kind: str, name: str) -> Key:
        return Key(self.target, kind, name)

    def table(self, name: str, pairs: Iterable[tuple[str, Any]]) -> Mapping[str, list[Any]]:
        """``pairs`` grouped by their first part; made once for each observation and kept under ``name``."""
        if name not in self.tables:
            grouped: defaultdict[str, list[Any]] = defaultdict(list)
            for first, second in pairs:
                grouped[first].append(second)
            self.tables[name] = grouped
        return self.tables[name]

    def known(self, kind: str, id_or_none: str | None) -> Key | None:
        """The Key behind an id; for one that is not known here a Key that carries the id, so that it differs."""
        if not id_or_none:
            return None
        return self.keys.get(id_or_none) or self.key(kind, f"{UNKNOWN}{id_or_none}")

    def must_know(self, kind: str, id_or_none: str | None) -> Key:
        """The Key behind an id, as `known`, where the API promises one. Raises ValueError where there is none."""
        found = self.known(kind, id_or_none)
        if found is None:
            raise ValueError(f"no {kind} where there must be one")
        return found


def scoped(owner: str, project: str) -> str:
    """The owner in the marks of what belongs to no project.

    All that has such marks has them with as many digits, so no other owner's name can read like one. Some APIs
    take few other signs in a name.
    """
    return f"{owner}-{hashlib.sha256(project.encode()).hexdigest()[:12]}"
