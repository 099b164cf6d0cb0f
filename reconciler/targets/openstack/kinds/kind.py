"""What a kind of OpenStack resource tells of itself: how it is listed, recognised, read, made, changed and removed.

Nothing here talks to a cloud: a kind answers with a `Request`, and the driver sends it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Generic, TypeVar

from reconciler.model import Action, Change, Desired, Foreign, Key, Observed, Opaque, Spec, State, Step, Writer
from reconciler.targets.openstack.kinds.marks import described_key, described_writer, description, scoped, signed

Json = Any
Ids = Mapping[Key, str]
Changes = Mapping[str, Change]
S = TypeVar("S", bound=Spec)


@dataclass(frozen=True, slots=True)
class Listing:
    """One collection of an API: ``GET path`` answers ``{collection: [item, ...]}``, in pages.

    ``page``: how the next page is asked for, by a ``links`` entry, a ``next`` path or an ``offset``.
    ``own_project``: ask only for the project of the credentials. ``optional``: a look leaves it out where nothing of
    it is wanted, referred to, or known to stand (observing/asking.py), and a cloud may do without its API.
    ``since``: the parameter that asks only for what changed since a moment, the ``updated`` of an item.
    ``project``: the attribute of an item that says which project it belongs to; "" where the API has no projects, and
    then marks bear that of the login. ``own_only``: the API answers a login with nothing but its project's, and a
    policy may hide the attribute.
    """

    service: str
    path: str
    collection: str
    page: str = "links"
    own_project: bool = False
    optional: bool = False
    since: str = ""
    project: str = field(kw_only=True)
    own_only: bool = False

    def belongs(self, item: Json, project: str) -> bool:
        """Whether an item is the project's. Marks are text that anybody may write: this is what nobody can.

        Raises KeyError where it is not told: what then counted as another one's would be made again and again.
        """
        if not self.project or (self.own_only and self.project not in item):
            return True
        return bool(item[self.project] == project)


@dataclass(frozen=True, slots=True)
class Request:
    """One API request. ``path`` is filled with ids only at the moment of the call; ``route`` has none: {id} is the
    resource's, {part} that of something in it.

    ``revision`` becomes If-Match. ``done`` holds error statuses that mean that nothing is left to do.
    ``again`` holds those that mean that another look may do better, where the API does not tell by the status.
    ``answer`` names the object in the reply that carries the new id. ``dispensable`` attributes say what a cloud does
    anyway that does not know them: it may be asked without them. ``media`` is the type of a body that is not plain
    JSON. ``upload``: what is sent instead of a body, by its digest; where it comes from is its content.
    ``undo``: what is sent when a later request of the same step is refused, so that what was stands again.
    ``microversion``: the one that this request needs, where the service's usual one is too old for it.
    """

    method: str
    service: str
    route: str
    id: str = ""
    part: str = ""
    body: Json = None
    revision: int | None = None
    done: frozenset[int] = frozenset()
    again: frozenset[int] = frozenset()
    answer: str = ""
    pending: bool = False
    dispensable: frozenset[str] = frozenset()
    media: str = ""
    upload: Opaque | None = None
    microversion: str = ""
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


GONE = frozenset({404})
UNKNOWN = "id:"
"""What the name in a Key begins with of which only the id is known."""
EXISTS = frozenset({409})


@dataclass(slots=True)
class Index:
    """What one look has read so far, to tell ids from Keys while the rest is decoded.

    ``project``: the id of that of the login. ``keys``: id -> Key, of what is ours and of what exists. ``existing``: as
    in the World. ``items``: the raw listings. ``gone``: ids of servers that ports are in and that are gone.
    """

    target: str
    owner: str
    project: str
    items: Mapping[Listing, Sequence[Json]]
    keys: dict[str, Key] = field(default_factory=dict)
    existing: Mapping[Key, tuple[str, ...]] = field(default_factory=dict)
    tables: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    gone: frozenset[str] = frozenset()

    @property
    def scoped_owner(self) -> str:
        """The owner in the marks of what belongs to no project."""
        return scoped(self.owner, self.project)

    def key(self, kind: str, name: str) -> Key:
        return Key(self.target, kind, name)

    def table(self, name: str, pairs: Iterable[tuple[str, Any]]) -> Mapping[str, list[Any]]:
        """``pairs`` grouped by their first part; made once a look and kept under ``name``."""
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


class Kind(Generic[S]):
    """One kind of resource, of Spec type S. Objects of it hold nothing: one a process is enough."""

    name: ClassVar[str]
    spec: ClassVar[type[Spec]]
    listing: ClassVar[Listing]
    evidence: ClassVar[Mapping[str, str]] = {}
    """Attributes of an item that, when not empty, tell of something of another kind whose listing is optional.

    ``list.attribute`` is an attribute of the entries of a list.
    """

    by_part: ClassVar[bool] = False
    """Whether it bears no mark and is ours because of what it is a part of; that has to be our project's."""

    named_by_content: ClassVar[bool] = False
    """Whether the Key follows from all that an item refers to, so that it is identified last."""

    def items(self, index: Index) -> Iterable[Json]:
        """The items of the listing that may be resources of this kind."""
        return index.items[self.listing]

    def identify(self, item: Json, index: Index) -> Key | None:
        """The Key that an item claims by its mark, or by what it is a part of; None where it claims none of ours."""
        raise NotImplementedError

    def recognise(self, item: Json, index: Index) -> Key | Foreign | None:
        """The Key of an item that is ours; Foreign for one that claims to be and is another project's."""
        key = self.identify(item, index)
        if key is None or self.by_part or self.listing.belongs(item, index.project):
            return key
        return Foreign(key, item["id"], item[self.listing.project] or "")

    def decode(self, key: Key, item: Json, index: Index) -> Observed:
        """What an item of ours looks like, normalised: equal to the Spec that made it."""
        raise NotImplementedError

    def state_of(self, item: Json) -> State:
        """How an item is doing. Kinds that a cloud builds for long have more than one answer."""
        return State.READY

    def create(self, key: Key, spec: S, ids: Ids, owner: str) -> Request:
        """The one request that makes and marks the resource."""
        raise NotImplementedError

    def signed(self, request: Request, writer: Writer) -> Request:
        """A create that also says who makes it; as it was where a mark has no room for that."""
        return request

    def writer_of(self, item: Json) -> Writer | None:
        """Who an item of ours says that made it."""
        return None

    def update(self, observed: Observed, spec: S, changes: Changes, ids: Ids, owner: str) -> Iterator[Request]:
        """The requests that write the changed fields and no others. Kinds whose fields are all immutable have none."""
        raise NotImplementedError

    def delete(self, observed: Observed, spec: S, ids: Ids) -> Request:
        """The request that removes the resource; quiet when it is already gone."""
        return Request("DELETE", self.listing.service, f"{self.listing.path}/{{id}}", observed.id, done=GONE)

    def release(self, observed: Observed, spec: S, owner: str) -> Iterator[Request]:
        """The requests that take our marks off, so that it stands on as nobody's.

        None where it bears no mark of its own: what is ours by what it belongs to, or by its name and who uses it.
        """
        yield from ()

    def marked(self, item: Json, key: Key, owner: str) -> Json:
        """The item as it would be listed if it bore our mark; kinds without a mark of their own are never asked."""
        raise NotImplementedError

    def adopt(self, observed: Observed, spec: S, owner: str) -> Iterator[Request]:
        """The requests that put our mark on what somebody else made, and change nothing else of it."""
        raise NotImplementedError


def body_with(request: Request, resource: str, attributes: Mapping[str, Json]) -> Request:
    """The same request with some attributes of what it wraps as they are given."""
    return replace(request, body=request.body | {resource: request.body[resource] | attributes})


DESCRIPTION = 255
"""Characters that Neutron takes in a description."""


class NeutronKind(Kind[S]):
    """What the kinds of the network service share: a mark in the description, fields that map to attributes.

    ``resource`` is the name that wraps one of them in a request or reply; ``has_name`` tells whether it has a name.
    """

    resource: ClassVar[str]
    has_name: ClassVar[bool] = True

    def identify(self, item: Json, index: Index) -> Key | None:
        name = described_key(item.get("description") or "", index.owner)
        return index.key(self.name, name) if name else None

    def decode(self, key: Key, item: Json, index: Index) -> Observed:
        return Observed(
            key=key,
            spec=self.read(item, index),
            id=item["id"],
            state=State.ERROR if item.get("status") == "ERROR" else State.READY,
            revision=item.get("revision_number"),
            name=item["name"] if self.has_name else None,
        )

    def read(self, item: Json, index: Index) -> S:
        raise NotImplementedError

    def write(self, spec: S, ids: Ids) -> Mapping[str, Mapping[str, Json]]:
        """The attributes of each field: ``{field: {attribute: value}}``; a field left to the cloud has none."""
        raise NotImplementedError

    def dispensable(self, spec: S) -> frozenset[str]:
        """The attributes that need an extension and whose value is what a cloud without that extension has.

        They are written all the same, because a cloud that has the extension may have another default.
        """
        return frozenset()

    def create(self, key: Key, spec: S, ids: Ids, owner: str) -> Request:
        body: dict[str, Json] = {"description": description(owner, key.name)}
        if self.has_name:
            body["name"] = key.name
        for attributes in self.write(spec, ids).values():
            body |= attributes
        return Request(
            "POST",
            "network",
            self.listing.path,
            body={self.resource: body},
            answer=self.resource,
            dispensable=self.dispensable(spec),
        )

    def signed(self, request: Request, writer: Writer) -> Request:
        text = signed(request.body[self.resource]["description"], writer, DESCRIPTION)
        return body_with(request, self.resource, {"description": text})

    def writer_of(self, item: Json) -> Writer | None:
        return described_writer(item.get("description") or "")

    def update(self, observed: Observed, spec: S, changes: Changes, ids: Ids, owner: str) -> Iterator[Request]:
        attributes = {"name": {"name": observed.key.name}} | dict(self.write(spec, ids))
        body: dict[str, Json] = {}
        for field_name in changes:
            body |= attributes[field_name]
        yield Request(
            "PUT",
            "network",
            f"{self.listing.path}/{{id}}",
            observed.id,
            body={self.resource: body},
            # Only updates can lose what somebody else wrote; and a delete follows steps that raise the number.
            revision=observed.revision,
        )

    def release(self, observed: Observed, spec: S, owner: str) -> Iterator[Request]:
        yield replace(self._described(observed, ""), done=GONE)

    def marked(self, item: Json, key: Key, owner: str) -> Json:
        return item | {"description": description(owner, key.name)}

    def adopt(self, observed: Observed, spec: S, owner: str) -> Iterator[Request]:
        yield self._described(observed, description(owner, observed.key.name))

    def _described(self, observed: Observed, text: str) -> Request:
        body = {self.resource: {"description": text}}
        route = f"{self.listing.path}/{{id}}"
        return Request("PUT", "network", route, observed.id, body=body, revision=observed.revision)


def requests_of(kind: Kind[Any], step: Step, ids: Ids, owner: str, project: str) -> Iterator[Request]:
    """The requests of one step of a plan, in order. ``project``: the id of that of the login."""
    if not kind.listing.project:
        owner = scoped(owner, project)
    match step:
        case Step(Action.CREATE, key, Desired(spec=spec)):
            request = kind.create(key, spec, ids, owner)
            yield kind.signed(request, step.writer) if step.writer else request
        case Step(Action.UPDATE, _, Desired(spec=spec), Observed() as observed, changes):
            # What the plan shows is what is sent, also where the cloud may choose.
            written = {change.field: change.new for change in changes if hasattr(spec, change.field)}
            by_field = {change.field: change for change in changes}
            yield from kind.update(observed, replace(spec, **written), by_field, ids, owner)
        case Step(Action.DELETE, observed=Observed(spec=spec) as observed):
            yield kind.delete(observed, spec, ids)
        case Step(Action.RELEASE, observed=Observed(spec=spec) as observed):
            yield from kind.release(observed, spec, owner)
        case Step(Action.ADOPT, observed=Observed(spec=spec) as observed):
            yield from kind.adopt(observed, spec, owner)
        case _:
            raise ValueError(f"a step without what it needs: {step}")
