"""One resource: its Key, what it should look like, what it looks like, and all that was found on a target at once."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache
from typing import Any, ClassVar, NamedTuple, Protocol, Self, cast, get_args, get_origin, get_type_hints

from reconciler.model.errors import Place
from reconciler.model.opaque import Opaque
from reconciler.model.writers import Writer


class Key(NamedTuple):
    """The name of one resource: ``(paris, port, vcpe/fw/fw-0/eth0)``.

    ``name`` is a path whose first part is the network service; what several services share has one part alone, which
    shows what it holds. References between resources are Keys;
    ids exist only in `Observed.id` and at the moment of a call.
    """

    target: str
    kind: str
    name: str

    @property
    def service(self) -> str:
        """The network service that the resource belongs to; "" for what several share."""
        service, slash, _ = self.name.partition("/")
        return service if slash else ""

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


class Impact(StrEnum):
    """What a step does to the service that runs on the resource, from the least to the most.

    The members are what services feel, whatever a type of target does for it; people write and read their values
    (docs/decisions/061-words-of-impacts.md).
    """

    NONE = "none"
    NEW_ADDRESS = "new address"
    """It goes on at another address."""
    NEW_VLAN = "new VLAN"
    """It goes on with other tags on its frames."""
    RESIZE = "resize"
    """It restarts with other resources, and keeps what it stored."""
    REBOOT = "reboot"
    """It restarts, and keeps what it stored."""
    STOP = "stop"
    """It ends, and what it stored stays."""
    REBUILD = "rebuild"
    """It starts from the beginning in the same place: with its addresses, without what it stored by itself."""
    REPLACE = "replace"
    """It ends with the resource, and another resource begins."""


class Claim(NamedTuple):
    """What only one resource of a target can have: ``what`` it is, ``where`` it is unique, and its value."""

    what: str
    where: str
    value: str

    def __str__(self) -> str:
        return f"{self.what} {self.value} on {self.where}"


class InstanceOutput(NamedTuple):
    """An instance of a VDU, with the interfaces that are attached to it. ``host_name``: "" where none is declared."""

    interfaces: tuple[Key, ...]
    host_name: str = ""


class InterfaceOutput(NamedTuple):
    """An interface of an instance, on the network that it is attached to."""

    network: Key
    addresses: tuple[str, ...]
    mac: str = ""


class TaggedOutput(NamedTuple):
    """Interfaces that an instance has as tagged frames on another one of its interfaces."""

    parent: Key
    interfaces: tuple[Key, ...]


class AddressOutput(NamedTuple):
    """The addresses outside of an access point, by its name within the target, and the interface that they lead to.

    ``interface``: None for those that lead to a whole link, as the gateway of a router does.
    """

    access_point: str
    addresses: tuple[str, ...]
    interface: Key | None = None


class LinkOutput(NamedTuple):
    """A virtual link, or a part of one. ``segment``: how it is carried, where the target says so."""

    link: Key
    cidrs: tuple[str, ...] = ()
    segment: str = ""


Output = InstanceOutput | InterfaceOutput | TaggedOutput | AddressOutput | LinkOutput
"""What a resource contributes to the outputs of its network service (docs/outputs.md)."""

NodeId = tuple[str, str, str]
"""Target, type, and name of a node."""


class Canvas(Protocol):
    """What a topology is drawn on.

    Types of nodes: vdu, link, outside (a network that was there without us), router, access-point.
    """

    def node(self, target: str, node_type: str, name: str, key: Key | None = None, detail: str = "") -> NodeId:
        """A node, made or found. ``key``: the managed resource behind it."""

    def edge(self, one: NodeId, other: NodeId, key: Key, label: str = "") -> None:
        """A line between two nodes. ``key``: the managed resource behind it."""

    def network(self, key: Key) -> NodeId:
        """The node of a network, a managed one or one that was there."""

    def spec_of(self, key: Key) -> Spec | None:
        """The Spec of another resource that is drawn."""


def vdu_of(instance: str) -> str:
    """The VDU of an instance by its name: vcpe/fw/fw for vcpe/fw/fw-0."""
    name, _, number = instance.rpartition("-")
    return name if number.isdigit() else instance


@dataclass(frozen=True, slots=True)
class Spec:
    """What a resource looks like. Subclasses are frozen, slotted dataclasses, one a kind.

    The documents become it and a listing returns the same type, normalised, so drift is ``!=`` field by field.
    A field that is not *computed* and is left out means "must be empty".
    """

    immutable: ClassVar[frozenset[str]] = frozenset()
    """Fields whose change is a replacement."""
    disruptive: ClassVar[Mapping[str, Impact]] = {}
    """Fields that change in place while the service is interrupted."""
    harmless: ClassVar[frozenset[tuple[str, Any]]] = frozenset()
    """Values of disruptive fields that interrupt nothing when they are what a field becomes."""
    refused: ClassVar[Mapping[str, str]] = {}
    """Fields of which some changes can't be made at all, with which those are."""
    computed: ClassVar[frozenset[str]] = frozenset()
    """Fields that the cloud chooses when they are None."""
    derived: ClassVar[frozenset[str]] = frozenset()
    """Fields that no request writes by themselves: they follow from others, and from what else the target holds."""
    copied: ClassVar[frozenset[str]] = frozenset()
    """Reference fields of which it holds a copy of its own: what they refer to may go and be missing."""
    reattach: ClassVar[frozenset[str]] = frozenset()
    """Reference fields whose target may go while they refer to it: the cloud empties them, an update refills them."""
    crosses: ClassVar[frozenset[str]] = frozenset()
    """Reference fields that may refer to what another target holds: that is waited for, and does not go before."""
    rank: ClassVar[int] = 0
    """Its place in a plan that people read: outside in, as they think of a service; in tens, so that more fit in."""

    part_of: ClassVar[str | None] = None
    """The reference field whose target takes this along when it goes."""
    clings: ClassVar[bool] = False
    """Whether it holds on to the rest that it refers to until what it is part of is gone."""
    counts: ClassVar[bool] = False
    """Whether people count it: an instance, a link, an access point; the rest is a part of one, or around them."""
    runs: ClassVar[bool] = False
    """Whether it is an instance of a VDU: the target goes on with what is done to it after it accepted that."""
    building: ClassVar[int] = 0
    """For how many calls' time a target goes on building after it accepted a create: such creates start first."""

    used_when_ready: ClassVar[bool] = False
    """Whether what refers to it has to wait until it is built."""

    @classmethod
    def reference_fields(cls) -> tuple[str, ...]:
        """The names of the fields that may hold Keys."""
        return _reference_fields(cast("Hashable", cls))

    def refs(self) -> Iterator[Key]:
        """The Keys that this Spec refers to, over all fields."""
        for name in self.reference_fields():
            yield from self.refs_of(name)

    def refs_of(self, name: str) -> Iterator[Key]:
        """The Keys that one field refers to."""
        return _keys_in(getattr(self, name))

    def refs_across(self, target: str) -> Iterator[Key]:
        """The Keys that this Spec, of a resource on ``target``, refers to on other targets."""
        for name in self.crosses:
            yield from (key for key in self.refs_of(name) if key.target != target)

    def withheld(self) -> str:
        """Why a part of it is not known just now; empty when all is."""
        for name in _opaque_fields(cast("Hashable", type(self))):
            value = getattr(self, name)
            if value is not None and value.withheld:
                return str(value.withheld)
        return ""

    @property
    def at_rest(self) -> bool:
        """Whether the resource is meant to be stopped, so that this is not unhealthy."""
        return False

    def impact_of(self, name: str, old: Any, new: Any) -> Impact:  # noqa: ARG002  for the kinds that compare both
        """What it does to the service when the field becomes ``new``."""
        return Impact.NONE if (name, new) in self.harmless else self.disruptive.get(name, Impact.NONE)

    def side_effects(
        self,
        impact: Impact,  # noqa: ARG002  for the kinds that have some
        desired: Self | None,  # noqa: ARG002
        changed: Collection[str],  # noqa: ARG002
    ) -> tuple[str, ...]:
        """What a step does besides its impact, for people: ("data loss: its root disk", "port flap").

        This is what exists; ``desired`` comes instead, or nothing does; ``changed`` are fields that are written.
        """
        return ()

    def uncompared(self, observed: Spec) -> str:  # noqa: ARG002  for the kinds that can't compare with what they find
        """Why a part of it can't be compared with what is there; "" where all can."""
        return self.withheld()

    def draw(self, key: Key, canvas: Canvas) -> None:
        """Puts what people are to see of it on a canvas; nothing for what is a detail of something else."""

    def output(self, key: Key) -> Output | None:  # noqa: ARG002  for the kinds that refer to themselves
        """What it contributes to the outputs of its network service; None for a detail."""
        return None

    def addresses(self) -> tuple[str, ...]:
        """The addresses at which it can be reached."""
        return ()

    def fronts(self) -> Key | None:
        """What it lends its address to, so that this can be reached from outside."""
        return None

    def claims(self) -> Iterator[Claim]:
        """What it has to itself, if it names that: addresses, segments."""
        yield from ()

    def refusal_of(self, name: str, observed: Spec) -> str:  # noqa: ARG002  for the kinds that refuse something
        """Why the field can't become what it is here where ``observed`` is; "" where it can."""
        return ""

    def settle(self, observed: Self) -> Self:
        """This Spec with what the cloud was free to choose, and what is withheld, taken from ``observed``."""
        chosen = {name: getattr(observed, name) for name in self.computed if getattr(self, name) is None}
        if self.withheld():
            chosen |= {name: getattr(observed, name) for name in _opaque_fields(cast("Hashable", type(self)))}
        return replace(self, **chosen) if chosen else self


def _keys_in(value: object) -> Iterator[Key]:
    if type(value) is Key:
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _keys_in(item)


@cache
def _reference_fields(spec: Hashable) -> tuple[str, ...]:
    return tuple(name for name, hint in get_type_hints(spec).items() if _mentions_key(hint))


@cache
def _opaque_fields(spec: Hashable) -> tuple[str, ...]:
    hints = get_type_hints(spec).items()
    return tuple(name for name, hint in hints if hint is Opaque or Opaque in get_args(hint))


def _mentions_key(hint: Any) -> bool:
    if hint is Key:
        return True
    parts = get_type_hints(hint).values() if hasattr(hint, "_fields") else get_args(hint)
    return get_origin(hint) is not ClassVar and any(map(_mentions_key, parts))


class State(StrEnum):
    """How an observed resource is doing."""

    READY = "ready"
    BUILDING = "building"
    DELETING = "deleting"
    STOPPED = "stopped"
    ERROR = "error"


class Instance(NamedTuple):
    """The instance of a VDU that a resource is part of.

    ``group`` is the name of the VDU's instances together (``vcpe/fw/fw``), ``key`` what runs: a server, on OpenStack.
    ``surge``: it exists only while a change rolls through the others.
    """

    group: str
    number: int
    key: Key
    surge: bool = False


class Probe(NamedTuple):
    """How it is found whether an instance does its work.

    ``protocol``: tcp, http or ping. ``interface``: the port whose address is asked; a floating IP on it goes first.
    ``port`` and ``path`` where the protocol has them. ``timeout`` and ``startup`` are in seconds: for the answer, and
    from the first sight of the instance until its failures count. ``failures``: how many in a row make it unhealthy.
    """

    protocol: str
    interface: Key
    port: int = 0
    path: str = ""
    timeout: float = 2.0
    failures: int = 3
    startup: float = 60.0


class DriftMode(StrEnum):
    """What is done about a difference that no one asked for in Git: undone, only reported, or ignored."""

    REPAIR = "repair"
    REPORT = "report"
    IGNORE = "ignore"


@dataclass(frozen=True, slots=True)
class Desired:
    """A resource that Git asks for.

    ``comes_with``: making that other resource makes this one too. ``instance``: what it is a part of. ``after``:
    servers that have to be ready before this one is made. ``ignored``: fields that are left as they are found.
    ``drift`` says what is done when it drifts, None for what the Policy says; ``drift_fields`` what else where one of
    these fields does.
    """

    key: Key
    spec: Spec
    place: Place
    comes_with: Key | None = None
    instance: Instance | None = None
    probe: Probe | None = None
    after: tuple[Key, ...] = ()
    ignored: frozenset[str] = frozenset()
    drift: DriftMode | None = None
    drift_fields: tuple[tuple[str, DriftMode], ...] = ()

    def drift_of(self, field: str, wider: DriftMode) -> DriftMode:
        """What is done when a field drifts; ``wider``: what the Policy says."""
        return dict(self.drift_fields).get(field) or self.drift or wider


@dataclass(frozen=True, slots=True)
class Observed:
    """A managed resource that a target holds.

    ``attached_to`` is the id of what it has to be unplugged from before it can go. ``unconfirmed`` names a change that
    the target has made and keeps undoable until it is confirmed; until then it takes no other.
    ``name`` is the name it has there (None where there is none to change), ``revision_number`` the number that makes
    a write fail when another actor was faster, ``detail`` the target's own words on its state, ``address`` the one that
    it is reached by from outside. ``refuses``: what the target would not do to it as it is, with the reasons;
    ``stays``: why it would refuse to remove it;
    ``never_ran``: it never did its work, so that nothing is lost with it. ``superseded``: what it was made of, when the
    name of that means something newer by now. ``writer``: who made it, as its mark claims; None where it reports none.
    ``before``: for what was there without us and is given back instead of removed, what it said before.
    """

    key: Key
    spec: Spec
    id: str
    state: State = State.READY
    revision_number: int | None = None
    name: str | None = None
    detail: str = ""
    attached_to: str = ""
    unconfirmed: Impact | None = None
    address: str = ""
    refuses: Mapping[Impact, str] = field(default_factory=dict, hash=False)
    stays: str = ""
    never_ran: bool = False
    superseded: str = ""
    writer: Writer | None = None
    before: str = ""

    @property
    def ready(self) -> bool:
        return self.state is State.READY


class Foreign(NamedTuple):
    """What has the owner mark and belongs to another project: it is never changed, used or counted as managed.

    ``key``: what its mark claims that it is. ``project``: the id of the one that it belongs to, "" where none is
    reported.
    """

    key: Key
    id: str
    project: str

    def __str__(self) -> str:
        whose = f"project {self.project}" if self.project else "no project"
        return f"{self.key.kind} {self.id} claims to be {self.key.name} and belongs to {whose}"


@dataclass(frozen=True, slots=True)
class World:
    """All that one observation of a target found.

    ``observed``: what has the owner mark. ``existing``: ids of what was there without us and can be referred to by name
    (several ids where a name is ambiguous). Nothing in ``existing`` is ever written to, but for what is taken for as
    long as it is declared: unused floating IPs. ``lacking``: kinds that the
    target can't hold, and why. ``foreign``: what claims to be managed and is not, which is in neither of the others.
    ``twins``: of several that have one mark those that are one too many, each with the Key of the one that stays.
    ``seconds``: how long it took.
    """

    target: str
    observed: Mapping[Key, Observed]
    existing: Mapping[Key, tuple[str, ...]]
    lacking: Mapping[str, str] = field(default_factory=dict)
    foreign: tuple[Foreign, ...] = ()
    twins: Mapping[Key, Key] = field(default_factory=dict)
    seconds: float = field(default=0.0, compare=False)
