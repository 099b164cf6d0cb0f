"""A resource that refers to what another target holds: it waits for that, gets its id, and goes before it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from reconciler.loop.converge import converge
from reconciler.loop.one_pass import one_pass
from reconciler.loop.pass_context import Board, PassContext
from reconciler.model import (
    Action,
    BlockReason,
    Catalog,
    Circumstances,
    Desired,
    Key,
    Report,
    ServiceInfo,
    Spec,
    Step,
    World,
)
from reconciler.model.resources import Canvas
from reconciler.planning import plan_target
from reconciler.review.topology import topology_of
from reconciler.targets.memory.driver import MemoryDriver, Store
from reconciler.targets.memory.kinds import SegmentSpec
from tests.loop.memory import target
from tests.worlds import PLACE

LYON, PARIS, FABRIC = "lyon", "paris", "fabric"
ENDS = (Key(LYON, "segment", "svc/lan"), Key(PARIS, "segment", "svc/lan"))
STITCH = Key(FABRIC, "stitch", "svc/lan")
WAN = Key(PARIS, "segment", "wan")


@dataclass(frozen=True, slots=True)
class StitchSpec(Spec):
    """What a controller makes one link of: its ends are on two VIMs."""

    crosses: ClassVar[frozenset[str]] = frozenset({"ends"})

    ends: tuple[Key, ...]
    label: int = 0

    def draw(self, key: Key, canvas: Canvas) -> None:
        one, other = (canvas.node(end.target, "link", end.name) for end in self.ends)
        canvas.edge(one, other, key, "stitched")


def catalog(resources: Mapping[Key, Spec]) -> Catalog:
    targets = {name: target(name) for name in (LYON, PARIS, FABRIC)}
    desired = {
        name: {key: Desired(key, spec, PLACE) for key, spec in resources.items() if key.target == name}
        for name in targets
    }
    return Catalog(targets, desired, {"svc": ServiceInfo("svc", PLACE, tuple(targets))}, commit="abc")


WHOLE: Mapping[Key, Spec] = {**dict.fromkeys(ENDS, SegmentSpec()), STITCH: StitchSpec(ENDS)}


@dataclass
class Sites:
    """Three targets in memory, and passes over them that follow one another."""

    stores: dict[str, Store] = field(default_factory=lambda: {name: Store() for name in (LYON, PARIS, FABRIC)})
    board: Board = field(default_factory=Board)

    def __post_init__(self) -> None:
        self.drivers = {name: MemoryDriver(target(name), store, "magi") for name, store in self.stores.items()}
        self.contexts = {name: PassContext(name, self.board, detects_drift=False) for name in self.stores}

    def run(self, name: str, resources: Mapping[Key, Spec]) -> Report:
        return one_pass(name, catalog(resources), self.drivers[name], context=self.contexts[name])

    def ids(self) -> dict[Key, str]:
        return {item.key: name for store in self.stores.values() for name, item in store.items.items()}


def blocked(report: Report) -> list[tuple[Action, Key, BlockReason, str]]:
    steps = [outcome.step for outcome in report.outcomes]
    return [(step.action, step.key, step.blocked, step.reason) for step in steps if step.blocked]


def planned(resources: Mapping[Key, Spec], circumstances: Circumstances) -> Step:
    (step,) = plan_target(catalog(resources), World(FABRIC, {}, {}), circumstances).steps.values()
    return step


def test_all_targets_converge_and_the_one_that_refers_knows_the_ids_of_the_others() -> None:
    sites = Sites()
    assert converge(catalog(WHOLE), sites.drivers).succeeded
    ids = sites.ids()
    (stitch,) = sites.stores[FABRIC].items.values()
    assert stitch.references == {end: ids[end] for end in ENDS}


def test_what_refers_to_another_target_waits_until_that_shows_it_ready() -> None:
    sites = Sites()
    waiting = (Action.CREATE, STITCH, BlockReason.DEPENDS, "waits until segment svc/lan on VIM lyon is ready")
    assert blocked(sites.run(FABRIC, WHOLE)) == [waiting]
    for name in (LYON, PARIS, LYON):
        sites.run(name, WHOLE)
    # Paris has made its end, and no report has shown it yet.
    assert [reason for *_, reason in blocked(sites.run(FABRIC, WHOLE))] == [
        "waits until segment svc/lan on VIM paris is ready"
    ]
    sites.run(PARIS, WHOLE)
    assert not blocked(sites.run(FABRIC, WHOLE))
    assert STITCH in sites.ids()


def test_what_is_there_without_us_on_another_target_may_be_referred_to() -> None:
    sites = Sites()
    sites.stores[PARIS].existing["segment", "wan"] = "w-1"
    resources = {STITCH: StitchSpec((WAN,))}
    sites.run(PARIS, resources)
    assert not blocked(sites.run(FABRIC, resources))
    (stitch,) = sites.stores[FABRIC].items.values()
    assert stitch.references == {WAN: "w-1"}


def test_what_another_target_neither_declares_nor_has_is_missing() -> None:
    step = planned({STITCH: StitchSpec((WAN,))}, Circumstances())
    assert (step.blocked, step.reason) == (
        BlockReason.MISSING,
        "segment 'wan' is neither declared on VIM paris nor known to exist there",
    )
    assert planned({STITCH: StitchSpec((WAN,))}, Circumstances(ready_elsewhere={WAN: "w-1"})).blocked is None


def test_an_end_stays_as_long_as_another_target_refers_to_it() -> None:
    sites = Sites()
    assert converge(catalog(WHOLE), sites.drivers).succeeded
    sites.run(FABRIC, WHOLE)
    reason = "waits until stitch svc/lan on VIM fabric no longer refers to it"
    assert blocked(sites.run(LYON, {})) == [(Action.DELETE, ENDS[0], BlockReason.DEPENDS, reason)]
    sites.run(FABRIC, {})
    assert blocked(sites.run(LYON, {})), "the report of before the delete still shows it"
    sites.run(FABRIC, {})
    assert not blocked(sites.run(LYON, {}))
    assert sites.ids().keys() == {ENDS[1]}


def test_all_goes_in_one_convergence() -> None:
    sites = Sites()
    assert converge(catalog(WHOLE), sites.drivers).succeeded
    assert converge(catalog({}), sites.drivers).succeeded
    assert not sites.ids()


def test_a_target_that_left_holds_nothing_on_others() -> None:
    sites = Sites()
    assert converge(catalog(WHOLE), sites.drivers).succeeded
    sites.run(FABRIC, WHOLE)
    sites.contexts[FABRIC].leave()
    assert not blocked(sites.run(LYON, {}))


def test_it_is_drawn_between_the_targets_that_it_refers_to() -> None:
    desired = (one for of_target in catalog(WHOLE).desired.values() for one in of_target.values())
    drawn = topology_of("svc", desired)
    (edge,) = drawn.edges
    vims = {node.id: node.vim for node in drawn.nodes}
    assert ({vims[edge.one], vims[edge.other]}, edge.label, edge.keys) == ({LYON, PARIS}, "stitched", (STITCH,))


def test_a_target_is_not_asked_for_kinds_of_another() -> None:
    assert catalog(WHOLE).kinds == {LYON: {"segment"}, PARIS: {"segment"}, FABRIC: {"stitch"}}
