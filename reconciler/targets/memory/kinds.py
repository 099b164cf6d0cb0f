"""What there is on a target in memory. Three kinds, which say of themselves what planning and review ask of a Spec."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from reconciler.model import Claim, Impact, Key, Spec
from reconciler.model.kinds import KindFacts
from reconciler.model.resources import Canvas, InstanceOutput, InterfaceOutput, LinkOutput, vdu_of


@dataclass(frozen=True, slots=True)
class SegmentSpec(Spec):
    """A virtual link. ``cidrs``: of its subnets, in their order."""

    rank: ClassVar[int] = 10
    immutable: ClassVar[frozenset[str]] = frozenset({"cidrs"})

    cidrs: tuple[str, ...] = ()
    mtu: int | None = None

    def draw(self, key: Key, canvas: Canvas) -> None:
        canvas.node(key.target, "link", key.name, key, ", ".join(self.cidrs))

    def output(self, key: Key) -> LinkOutput:
        return LinkOutput(key, self.cidrs)


@dataclass(frozen=True, slots=True)
class PlugSpec(Spec):
    """An interface of a machine. ``addresses`` that are left out are given by the segment: none in memory."""

    rank: ClassVar[int] = 20
    immutable: ClassVar[frozenset[str]] = frozenset({"segment"})
    disruptive: ClassVar[Mapping[str, Impact]] = {"given": Impact.NEW_ADDRESS}

    segment: Key
    given: tuple[str, ...] = ()

    def claims(self) -> Iterator[Claim]:
        for address in self.given:
            yield Claim("address", f"segment {self.segment.name}", address)

    def addresses(self) -> tuple[str, ...]:
        return self.given

    def output(self, key: Key) -> InterfaceOutput:  # noqa: ARG002
        return InterfaceOutput(self.segment, self.given)

    def draw(self, key: Key, canvas: Canvas) -> None:
        machine, _, interface = key.name.rpartition("/")
        segment = canvas.node(self.segment.target, "link", self.segment.name)
        canvas.edge(canvas.node(key.target, "vdu", vdu_of(machine)), segment, key, interface)


@dataclass(frozen=True, slots=True)
class MachineSpec(Spec):
    """An instance of a VDU. ``contents``: of its user data, metadata and host name, compared by a digest."""

    rank: ClassVar[int] = 30
    runs: ClassVar[bool] = True
    counts: ClassVar[bool] = True
    disruptive: ClassVar[Mapping[str, Impact]] = {
        "image": Impact.REBUILD,
        "contents": Impact.REBUILD,
        "flavor": Impact.RESIZE,
    }
    reattach: ClassVar[frozenset[str]] = frozenset({"plugs"})

    image: str
    flavor: str
    plugs: tuple[Key, ...] = ()
    contents: str = ""

    def draw(self, key: Key, canvas: Canvas) -> None:
        canvas.node(key.target, "vdu", vdu_of(key.name), key)

    def output(self, key: Key) -> InstanceOutput:  # noqa: ARG002
        return InstanceOutput(self.plugs)


KINDS = (KindFacts("segment", SegmentSpec), KindFacts("plug", PlugSpec), KindFacts("machine", MachineSpec))
