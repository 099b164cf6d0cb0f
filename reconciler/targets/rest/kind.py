"""What a kind of resource reports of itself: how it is listed, recognised, read, made, changed and removed.

Nothing here talks to a target: a kind answers with a `Request`, and the driver sends it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar

from reconciler.model import Action, Desired, Foreign, Key, Observed, Spec, State, Step, Writer
from reconciler.targets.rest.listing import Index, Listing, scoped
from reconciler.targets.rest.request import GONE, Changes, Ids, Json, Request

S = TypeVar("S", bound=Spec)


class Named(NamedTuple):
    """An id by which an item names one of the listing of another kind. ``by``: the item, in words.

    ``attribute``: which attribute of the other one is meant; with another one than its id, that one belongs to it.
    """

    kind: str
    id: str
    by: str
    attribute: str = "id"


class Kind(Generic[S]):
    """One kind of resource, of Spec type S: the contract that a driver and the tests of all kinds hold it to.

    Objects of it hold nothing: one a process is enough. Every method MUST be pure and answer from its arguments alone.
    A method that reads an item MUST raise LookupError, TypeError, AttributeError or ValueError where the item lacks
    what the API promises, and never guess: the target is unknown then.
    """

    name: ClassVar[str]
    spec: ClassVar[type[Spec]]
    listing: ClassVar[Listing]
    evidence: ClassVar[Mapping[str, str]] = {}
    """Attributes of an item that, when not empty, refer to something of another kind whose listing is optional.

    ``list.attribute`` is an attribute of the entries of a list.
    """

    by_part: ClassVar[bool] = False
    """Whether it has no mark and is managed because of what it is a part of, which has to be in the login's project."""

    named_by_content: ClassVar[bool] = False
    """Whether the Key follows from all that an item refers to, so that it is identified last."""

    states: ClassVar[Mapping[str, State]] = {}
    """How an item is doing by its ``status``."""

    other_state: ClassVar[State] = State.READY
    """How an item is doing that has any other status, or none."""

    quota: ClassVar[str] = ""
    """The quota that one of it counts against, by the name that people know it by; "" where none is kept."""

    extension: ClassVar[str] = ""
    """What an API needs beyond its version to have this kind at all, by the name under which the API reports it."""

    def items(self, index: Index) -> Iterable[Json]:
        """The items of the listing that may be resources of this kind."""
        return index.items[self.listing]

    def identify(self, item: Json, index: Index) -> Key | None:
        """The Key that an item claims by its mark, or by what it is a part of.

        MUST return None for an item that claims nothing of this owner.
        """
        raise NotImplementedError

    def recognise(self, item: Json, index: Index) -> Key | Foreign | None:
        """The Key of an item that is managed; Foreign for one that claims to be and is another project's."""
        key = self.identify(item, index)
        if key is None or self.by_part or self.listing.belongs(item, index.project):
            return key
        return Foreign(key, item["id"], item[self.listing.project] or "")

    def names(self, index: Index) -> Iterator[Named]:
        """What the items of this kind, managed or not, name of other listings that are of the same project.

        An answer may be empty or short by a fault: what is named and not listed is asked for by itself.
        """
        yield from ()

    def decode(self, key: Key, item: Json, index: Index) -> Observed:
        """What a managed item looks like; `observed` adds its state and who made it.

        The Spec MUST equal the one that made the item, whatever spelling the API keeps of it, and each id in it MUST
        become a Key.
        """
        raise NotImplementedError

    def state_of(self, item: Json) -> State:
        """How an item is doing, which `states` declares; a kind has its own where that takes more than its status."""
        return self.states.get(item.get("status"), self.other_state)

    def observed(self, key: Key, item: Json, index: Index) -> Observed:
        """A managed item: what it looks like, how it is doing, and who made it."""
        return replace(self.decode(key, item, index), state=self.state_of(item), writer=self.writer_of(item))

    def takes(self, spec: S) -> Mapping[str, int]:
        """What a resource holds of which quotas while it exists, where its Spec says so."""
        return {self.quota: 1} if self.quota else {}

    def create(self, key: Key, spec: S, ids: Ids, owner: str) -> Request:
        """The one request that makes the resource.

        It MUST mark it too: nothing may come after it that can fail, or a resource would be left that no one knows.
        """
        raise NotImplementedError

    def signed(self, request: Request, writer: Writer) -> Request:
        """A create that also says who makes it. MUST return it as it was where a mark has no room for that."""
        return request

    def writer_of(self, item: Json) -> Writer | None:
        """Who a managed item says that made it."""
        return None

    def update(self, observed: Observed, spec: S, changes: Changes, ids: Ids, owner: str) -> Iterator[Request]:
        """The requests that write the changed fields. They MUST write no others.

        Kinds whose fields are all immutable have none.
        """
        raise NotImplementedError

    def delete(self, observed: Observed, spec: S, ids: Ids) -> Request:
        """The request that removes the resource. It MUST count "already gone" as done."""
        return Request("DELETE", self.listing.service, f"{self.listing.path}/{{id}}", observed.id, done=GONE)

    def disown(self, observed: Observed, spec: S, owner: str) -> Iterator[Request]:
        """The requests that take the owner mark off, so that it stays, unmanaged. They MUST change nothing else.

        None where it has no mark of its own: what is managed by what it belongs to, or by its name and who uses it.
        """
        yield from ()

    def marked(self, item: Json, key: Key, owner: str) -> Json:
        """The item as it would be listed with the owner mark; kinds without a mark of their own are never asked."""
        raise NotImplementedError

    def adopt(self, observed: Observed, spec: S, owner: str) -> Iterator[Request]:
        """The requests that put the owner mark on what another actor made. They MUST change nothing else of it."""
        raise NotImplementedError


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
            by_type = Changes.of(changes)
            written = {name: change.new for name, change in by_type.fields.items()}
            yield from kind.update(observed, replace(spec, **written), by_type, ids, owner)
        case Step(Action.DELETE, observed=Observed(spec=spec) as observed):
            yield kind.delete(observed, spec, ids)
        case Step(Action.DISOWN, observed=Observed(spec=spec) as observed):
            yield from kind.disown(observed, spec, owner)
        case Step(Action.ADOPT, observed=Observed(spec=spec) as observed):
            yield from kind.adopt(observed, spec, owner)
        case _:
            raise ValueError(f"a step without what it needs: {step}")
