"""One request to an API, as data: a kind makes it, a session sends it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from reconciler.model import Change, Confirmation, FieldChange, HealingChange, Impact, Key, NameChange, Opaque

Json = Any
Ids = Mapping[Key, str]


@dataclass(frozen=True, slots=True)
class Changes:
    """The changes of one update, each asked for as what it is. ``fields``: by name; ``name``: its name at the target.

    ``heals``: what is done to it because it is unhealthy. ``confirms``: an earlier change that is confirmed now.
    """

    fields: Mapping[str, FieldChange]
    name: NameChange | None = None
    heals: Impact | None = None
    confirms: Impact | None = None

    @classmethod
    def of(cls, changes: Iterable[Change]) -> Changes:
        all_of = list(changes)
        return cls(
            {one.field: one for one in all_of if isinstance(one, FieldChange)},
            next((one for one in all_of if isinstance(one, NameChange)), None),
            next((one.action for one in all_of if isinstance(one, HealingChange)), None),
            next((one.of for one in all_of if isinstance(one, Confirmation)), None),
        )

    def without(self, field: str) -> Changes:
        """All but that of one field."""
        return replace(self, fields={name: one for name, one in self.fields.items() if name != field})

    def touch(self, *fields: str) -> bool:
        """Whether one of these fields changes."""
        return not self.fields.keys().isdisjoint(fields)


GONE = frozenset({404})
EXISTS = frozenset({409})


@dataclass(frozen=True, slots=True)
class Request:
    """One API request. ``path`` is filled with ids only at the moment of the call; ``route`` has none: {id} is the
    resource's, {part} that of something in it.

    ``revision_number`` becomes If-Match. ``done`` holds error statuses that mean that nothing is left to do.
    ``again`` holds those that mean that another observation may do better, where the API does not report by the status.
    ``answer`` names the object in the reply that carries the new id. ``dispensable`` attributes say what a cloud does
    anyway that does not know them: it may be asked without them. ``media`` is the type of a body that is not plain
    JSON. ``upload``: what is sent instead of a body, by its digest; where it comes from is its content.
    ``undo``: what is sent when a later request of the same step is refused, so that what was is there again.
    ``version``: that of the API that this request needs, where the one that the service is usually asked in is too old.
    """

    method: str
    service: str
    route: str
    id: str = ""
    part: str = ""
    body: Json = None
    revision_number: int | None = None
    done: frozenset[int] = frozenset()
    again: frozenset[int] = frozenset()
    answer: str = ""
    pending: bool = False
    dispensable: frozenset[str] = frozenset()
    media: str = ""
    upload: Opaque | None = None
    version: str = ""
    undo: Request | None = None

    @property
    def path(self) -> str:
        return self.route.replace("{id}", self.id).replace("{part}", self.part)

    def without(self, attributes: frozenset[str]) -> Request:
        """The same request without those of the attributes that are dispensable."""
        left_out = attributes & self.dispensable
        if not left_out:
            return self
        body = {
            name: {one: value for one, value in wrapped.items() if one not in left_out}
            for name, wrapped in self.body.items()
        }
        return replace(self, body=body)


def body_with(request: Request, resource: str, attributes: Mapping[str, Json]) -> Request:
    """The same request with some attributes of what it wraps as they are given."""
    return replace(request, body=request.body | {resource: request.body[resource] | attributes})
