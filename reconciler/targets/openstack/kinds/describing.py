"""What a kind writes its part of the documents with, when what exists is adopted: one network service and its VNFs.

A kind describes one resource and returns the part that it wrote, to which others can add: a subnet adds itself to the
part of its network. A part that is asked for is written first: nothing says in which order kinds are described.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple, Protocol, TypeVar, cast

from reconciler.model import Key, Observed, Spec
from reconciler.targets.openstack.kinds.adoption import free, slug

Data = dict[str, Any]
S = TypeVar("S", bound=Spec)
T = TypeVar("T")

_EXISTING = "existing-"
_LISTS = ("virtualLinks", "routers", "securityGroups", "vnfs", "accessPoints")
"""In this order; a list that a kind adds besides comes after them."""
_LONGEST = 63


class Vnf(NamedTuple):
    """A VNF of the service, the spec of its descriptor, and the one VDU in that."""

    entry: Data
    descriptor: Data
    vdu: Data


class Described(Protocol):
    """What the documents ask a kind."""

    name: ClassVar[str]

    def describe(self, key: Key, spec: Any, documents: Documents) -> Data | None: ...


@dataclass(slots=True)
class Documents:
    """The documents of what was observed of one service. ``kinds``: all kinds, by name.

    ``service``: the lists of the service. ``vnfs``: by name.
    """

    name: str
    vim: str
    observed: Mapping[Key, Observed]
    kinds: Mapping[str, Described]
    service: dict[str, list[Data]] = field(default_factory=lambda: {name: [] for name in _LISTS})
    vnfs: dict[str, Vnf] = field(default_factory=dict)
    _parts: dict[Key, Data | None] = field(default_factory=dict)
    _asked: list[Key] = field(default_factory=list)
    _existing: dict[Key, str] = field(default_factory=dict)
    _derived: dict[Callable[[Documents], Any], Any] = field(default_factory=dict)

    def write(self) -> Iterator[Data]:
        """The service, which is suspended, so that nothing is done to it, then its descriptors."""
        for kind in self.kinds:
            for key in sorted((key for key in self.observed if key.kind == kind), key=_natural):
                self.part(key)
        vnfs = [self.vnfs[name] for name in sorted(self.vnfs)]
        entries: Data = {"vnfs": [without_defaults(vnf.entry) for vnf in vnfs]}
        yield _document("NetworkService", self.name, {"vim": self.vim, "suspend": True} | self.service | entries)
        for vnf in vnfs:
            spec = vnf.descriptor | {"vdus": [without_defaults(vnf.vdu)]}
            yield _document("VnfDescriptor", vnf.entry["descriptor"], spec)

    def part(self, key: Key) -> Data | None:
        """What was written of a resource; None where it is not observed or has no part of its own."""
        if key not in self._parts:
            if key in self._asked:
                way = " -> ".join(map(str, [*self._asked[self._asked.index(key) :], key]))
                raise RuntimeError(f"the part of a resource must not follow from itself: {way}")
            self._asked.append(key)
            there = self.observed.get(key)
            self._parts[key] = self.kinds[key.kind].describe(key, there.spec, self) if there else None
            self._asked.pop()
        return self._parts[key]

    def add(self, collection: str, entry: Data) -> Data:
        """Adds an entry to a list of the service."""
        self.service.setdefault(collection, []).append(entry)
        return entry

    def new_vnf(self, vdu: Data) -> Vnf:
        """A VNF of the name of its VDU, with a descriptor of its own; what is empty in the end is not said."""
        name = vdu["name"]
        descriptor = f"{self.name}-{name}"[:_LONGEST].rstrip("-")
        self.vnfs[name] = Vnf(
            {"name": name, "descriptor": descriptor, "connect": {}, "addresses": {}, "securityGroups": {}},
            {"connectionPoints": [], "keyPairs": []},
            vdu,
        )
        return self.vnfs[name]

    def vnf(self, server: Key) -> Vnf | None:
        """The VNF of a server, if that is the first instance of its VDU: it describes all of them."""
        return self.vnfs[_vdu(server)] if self.part(server) is not None else None

    def instances(self, key: Key) -> Sequence[Key]:
        """The resource and what it is in the other instances of its VDU, the first instance first."""
        return self.once(_instances)[_role(key)]

    def spec(self, key: Key, kind: type[S]) -> S | None:
        """The observed Spec behind a Key, if it is of that kind."""
        there = self.observed.get(key)
        return there.spec if there and isinstance(there.spec, kind) else None

    def specs(self, kind: type[S]) -> Iterator[S]:
        """All that are observed of a kind."""
        return (one.spec for one in self.observed.values() if isinstance(one.spec, kind))

    def called(self, key: Key, collection: str, fallback: str) -> str:
        """What the documents call a network or such: what is not adopted gets an entry in a list of the service."""
        if not key.kind.startswith(_EXISTING):
            return last(key)
        if key not in self._existing:
            taken = {entry["name"] for entry in self.service.get(collection, ())}
            self._existing[key] = free(slug(key.name, fallback), taken)
            self.add(collection, {"name": self._existing[key], "existing": key.name})
        return self._existing[key]

    def once(self, derive: Callable[[Documents], T]) -> T:
        """What a function makes of the documents, which it is asked once for."""
        if derive not in self._derived:
            self._derived[derive] = derive(self)
        return cast("T", self._derived[derive])


def without_defaults(content: Data) -> Data:
    """Without what says nothing: None, False, and empty texts, lists and mappings."""
    return {name: value for name, value in content.items() if value}


def unless(name: str, usual: bool) -> Data:
    """A field that is true where nothing is said."""
    return {} if usual else {name: False}


def name_of(key: Key | None) -> str | None:
    """What is referred to by the name that it has on the VIM."""
    return key.name if key else None


def last(key: Key) -> str:
    """The last part of a name: what a resource is called within what it belongs to."""
    return key.name.rpartition("/")[2]


def _document(kind: str, name: str, spec: Data) -> Data:
    return {
        "apiVersion": "magi/v1alpha1",
        "kind": kind,
        "metadata": {"name": name},
        "spec": without_defaults(spec),
    }


def _natural(key: Key) -> list[str | int]:
    """Sorts names with numbers by these: eth2 before eth10."""
    return [int(part) if place % 2 else part for place, part in enumerate(re.split(r"([0-9]+)", key.name))]


def _vdu(key: Key) -> str:
    return key.name.split("/")[1]


def _role(key: Key) -> tuple[str, ...]:
    """What a resource has in common with what it is in the other instances: shop/web/web-0/eth0 in shop/web/web-1."""
    parts = key.name.split("/")
    return (key.kind, *parts[:2], *parts[3:])


def _instances(documents: Documents) -> Mapping[tuple[str, ...], Sequence[Key]]:
    found: defaultdict[tuple[str, ...], list[Key]] = defaultdict(list)
    for key in sorted(documents.observed, key=_natural):
        found[_role(key)].append(key)
    return found
