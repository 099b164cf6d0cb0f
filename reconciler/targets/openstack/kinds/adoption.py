"""What a kind answers with when it says how it is adopted, and what it asks for that: the survey of a project.

A kind says which of its items are taken over and under which names. What it needs of another kind it asks the survey
for, which has that kind answer first: nothing says in which order kinds are adopted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple, Protocol, TypeVar, cast

from reconciler.targets.openstack.kinds.marks import KEY, OWNER, described_key
from reconciler.targets.rest import Json, Listing
from reconciler.text.patterns import matches

T = TypeVar("T")

_LONGEST = 40
HAS_A_MARK = "it has a mark already"


class Taken(NamedTuple):
    """An item that is taken over. ``name``: that of its Key, within the service."""

    item: Json
    name: str


class Left(NamedTuple):
    """Something that is left alone although it was meant, or belongs to what was."""

    kind: str
    name: str
    why: str


class Adopted(Protocol):
    """What the survey asks a kind."""

    name: ClassVar[str]
    listing: ClassVar[Listing]

    def adopted(self, survey: Survey) -> Iterator[Taken | Left]: ...

    def alike(self, server: Json, survey: Survey) -> Hashable: ...


@dataclass(frozen=True, slots=True)
class Selection:
    """What is to be taken over: of ``project`` on VIM ``target``, as ``service`` of ``owner``.

    ``names``: patterns as of a shell, of which one has to match; empty for all.
    """

    target: str
    project: str
    owner: str
    service: str
    names: tuple[str, ...] = ()

    def matches(self, name: str) -> bool:
        return not self.names or matches(name, self.names)

    def is_free(self, item: Json) -> bool:
        """Whether it is unmanaged, or marked for this very service: then a run before was cut off."""
        metadata = item.get("metadata") or {}
        text = item.get("description") or ""
        if OWNER in metadata:
            return metadata[OWNER] == self.owner and str(metadata.get(KEY, "")).startswith(f"{self.service}/")
        if text.startswith("magi:"):
            return (described_key(text, self.owner) or "").startswith(f"{self.service}/")
        return True


@dataclass(slots=True)
class Survey:
    """All that there is on a VIM, for one selection. ``found``: the raw listings. ``kinds``: all kinds, by name.

    ``left``: what the kinds that were asked leave alone.
    """

    selection: Selection
    found: Mapping[Listing, Sequence[Json]]
    kinds: Mapping[str, Adopted]
    left: list[Left] = field(default_factory=list)
    _own: dict[str, Sequence[Json]] = field(default_factory=dict)
    _names: dict[str, Mapping[str, str]] = field(default_factory=dict)
    _asked: list[str] = field(default_factory=list)
    _derived: dict[Callable[[Survey], Any], Any] = field(default_factory=dict)

    def listed(self, kind: str) -> Sequence[Json]:
        """The whole listing of a kind, also what other projects share."""
        return self.found.get(self.kinds[kind].listing, ())

    def items(self, kind: str) -> Sequence[Json]:
        """The items of a kind's listing that are the project's, in an order that is always the same: by age."""
        if kind not in self._own:
            listing = self.kinds[kind].listing
            own = (item for item in self.listed(kind) if listing.belongs(item, self.selection.project))
            self._own[kind] = sorted(own, key=_age)
        return self._own[kind]

    def names(self, kind: str) -> Mapping[str, str]:
        """The names of what is taken over of a kind, by id. Raises RuntimeError where that follows from itself."""
        if kind not in self._names:
            if kind in self._asked:
                way = " -> ".join([*self._asked[self._asked.index(kind) :], kind])
                raise RuntimeError(f"what is adopted of a kind must not follow from itself: {way}")
            self._asked.append(kind)
            answers = list(self.kinds[kind].adopted(self))
            self._asked.pop()
            self._names[kind] = {one.item["id"]: one.name for one in answers if isinstance(one, Taken)}
            self.left += (one for one in answers if isinstance(one, Left))
        return self._names[kind]

    def by_name(self, kind: str, items: Iterable[Json]) -> Iterator[Taken | Left]:
        """The answer of a kind that is chosen by name, for these items of it."""
        taken: set[str] = set()
        for item in items:
            if not self.selection.matches(item["name"]):
                continue
            if not self.selection.is_free(item):
                yield Left(kind, item["name"], HAS_A_MARK)
                continue
            name = free(slug(item["name"], kind), taken)
            taken.add(name)
            yield Taken(item, name)

    def alike(self, server: Json) -> Hashable:
        """What all kinds say of a server that has to be the same for all instances of a VDU."""
        return tuple(kind.alike(server, self) for kind in self.kinds.values())

    def once(self, derive: Callable[[Survey], T]) -> T:
        """What a function makes of the survey, which it is asked once for."""
        if derive not in self._derived:
            self._derived[derive] = derive(self)
        return cast("T", self._derived[derive])


def _age(item: Json) -> tuple[str, str]:
    return item.get("created_at") or item.get("created") or "", item.get("id", "")


def slug(name: str, fallback: str) -> str:
    """A name that documents can have, as near to the given one as can be."""
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:_LONGEST].strip("-")
    return plain or fallback


def free(name: str, taken: Iterable[str]) -> str:
    """The name, or the first of ``name-2``, ``name-3`` that is not taken."""
    known = set(taken)
    number, found = 1, name
    while found in known:
        number += 1
        found = f"{name}-{number}"
    return found
