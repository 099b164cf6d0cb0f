"""What is remembered from pass to pass: failing probes, tries of healing, what other targets have ready."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

import pytest

from reconciler.loop.pass_context import Board, PassContext
from reconciler.model import (
    Action,
    Approval,
    Catalog,
    Circumstances,
    Desired,
    Healing,
    Impact,
    Key,
    Outcome,
    Plan,
    Policy,
    Probe,
    Result,
    ServiceInfo,
    State,
    Step,
    World,
)
from tests.loop.memory import target
from tests.planning.instances import declared, server, world
from tests.worlds import PLACE, TARGET, ThingSpec

SPEC = ThingSpec(chosen=7)
PROBE = Probe("tcp", Key(TARGET, "port", "p"), 22, failures=2, startup=30.0)
LADDER = Healing((Impact.REBOOT, Impact.REBUILD, Impact.REPLACE), limit=4, pause=60.0)


@dataclass
class Ward:
    """Two instances of a VDU, what their probes say, and a clock."""

    healing: Healing | None = LADDER
    said: dict[Key, str] = field(default_factory=dict)
    now: float = 1000.0
    board: Board = field(default_factory=Board)

    def __post_init__(self) -> None:
        self.context = PassContext(TARGET, self.board, ask=self.ask, clock=lambda: self.now)

    def ask(self, servers: Mapping[Key, Desired], world: World) -> Mapping[Key, str]:
        return {key: self.said.get(key, "") for key in servers if key in world.observed and world.observed[key].ready}

    def catalog(self, after: Mapping[Key, Collection[Key]] | None = None) -> Catalog:
        waits = after or {}
        desired = {
            key: replace(one, probe=PROBE, after=tuple(waits.get(key, ()))) for key, one in declared(2, SPEC).items()
        }
        service = ServiceInfo("svc", PLACE, (TARGET,), healing=self.healing)
        return Catalog({TARGET: target()}, {TARGET: desired}, {"svc": service})

    def observe(
        self,
        later: float = 0.0,
        states: dict[int, State] | None = None,
        after: Mapping[Key, Collection[Key]] | None = None,
    ) -> Circumstances:
        self.now += later
        return self.context.examine(self.catalog(after), world(SPEC, SPEC, states=states))

    def heal(self, around: Circumstances) -> Impact:
        """Carries out the one healing action that is due."""
        ((key, healing_action),) = around.healing_actions.items()
        step = Step(Action.UPDATE, key, impact=healing_action, heals=True)
        self.context.note([Outcome(step, Result.DONE)])
        return healing_action


def test_a_failing_probe_makes_unready_at_once_and_unhealthy_after_its_startup_and_failures() -> None:
    ward = Ward(said={server(0): "refused"})
    first = ward.observe()
    assert (first.unready, set(first.starting), first.healing_actions) == ({server(0): "refused"}, {server(0)}, {})
    assert ward.observe(29).starting == {server(0)}
    late = ward.observe(1)
    assert (late.starting, late.healing_actions) == (frozenset(), {server(0): Impact.REBOOT})


def test_failures_have_to_come_in_a_row() -> None:
    ward = Ward()
    ward.observe()
    ward.observe(60)
    ward.said = {server(0): "refused"}
    assert ward.observe(60).healing_actions == {}
    assert ward.observe(1).healing_actions == {server(0): Impact.REBOOT}


def test_the_ladder_is_climbed_with_growing_pauses_until_the_limit() -> None:
    ward, broken = Ward(), {0: State.ERROR}
    found: list[Impact] = []
    for pause in (0, 60, 120, 240):
        if pause:
            assert ward.observe(pause - 1, broken).healing_actions == {}
            ward.now += 1
        found.append(ward.heal(ward.observe(0, broken)))
    assert found == [Impact.REBOOT, Impact.REBUILD, Impact.REPLACE, Impact.REPLACE]
    last = ward.observe(10_000, broken)
    assert (last.healing_actions, set(last.recovery_exhausted)) == ({}, {server(0)})
    assert last.tried == {server(0): "healing tried 4 of 4 times, recovery exhausted"}


def test_what_serves_again_for_a_while_begins_with_the_first_healing_step() -> None:
    ward, broken = Ward(), {0: State.ERROR}
    ward.heal(ward.observe(0, broken))
    assert ward.observe(59).tried == {}
    assert ward.observe(0.5, broken).tried == {server(0): "healing tried 1 of 4 times"}
    ward.observe(60)
    assert ward.observe(1, broken).healing_actions == {server(0): Impact.REBOOT}


@pytest.mark.parametrize("healing", [None, Healing()], ids=["nothing said", "an empty ladder"])
def test_without_a_ladder_nothing_is_done_and_nothing_is_exhausted(healing: Healing | None) -> None:
    around = Ward(healing).observe(0, {0: State.ERROR})
    assert (around.healing_actions, around.recovery_exhausted) == ({}, frozenset())


def test_the_policy_s_healing_is_for_services_that_say_nothing() -> None:
    ward = Ward(healing=None)
    catalog = replace(ward.catalog(), policy=Policy(healing=LADDER))
    around = ward.context.examine(catalog, world(SPEC, SPEC, states={1: State.ERROR}))
    assert around.healing_actions == {server(1): Impact.REBOOT}


def test_an_instance_that_was_re_created_gets_its_time_to_start_again() -> None:
    ward = Ward(said={server(0): "refused"})
    ward.observe()
    assert ward.observe(60).healing_actions
    again = world(SPEC, SPEC)
    there = dict(again.observed)
    there[server(0)] = replace(there[server(0)], id="another")
    around = ward.context.examine(ward.catalog(), replace(again, observed=there))
    assert (set(around.starting), around.healing_actions) == ({server(0)}, {})


def test_a_healing_action_that_was_refused_counts_as_a_try() -> None:
    """Or the ladder would stay on its first action, without pause and without an end."""
    ward, broken = Ward(), {0: State.ERROR}
    (key,) = ward.observe(0, broken).healing_actions
    step = Step(Action.UPDATE, key, impact=Impact.REBOOT, heals=True)
    ward.context.note([Outcome(step, Result.SKIPPED)])
    assert ward.observe(0, broken).healing_actions == {server(0): Impact.REBOOT}
    ward.context.note([Outcome(step, Result.FAILED)])
    assert ward.observe(59, broken).healing_actions == {}
    assert ward.observe(1, broken).healing_actions == {server(0): Impact.REBUILD}


def unhealthy(ward: Ward, refuses: Mapping[Impact, str]) -> Circumstances:
    there = world(SPEC, SPEC, states={0: State.ERROR})
    broken = replace(there.observed[server(0)], refuses=refuses)
    there = replace(there, observed={**there.observed, server(0): broken})
    return ward.context.examine(ward.catalog(), there)


def test_healing_steps_that_the_target_would_refuse_are_left_out() -> None:
    ward = Ward()
    around = unhealthy(ward, {Impact.REBOOT: "it never ran", Impact.REBUILD: "it never ran"})
    assert around.healing_actions == {server(0): Impact.REPLACE}
    assert set(around.recovering) == {server(0)}


def test_where_it_would_refuse_all_of_them_people_are_reported_at_once() -> None:
    ward = Ward(healing=Healing((Impact.REBOOT,), limit=4, pause=60.0))
    around = unhealthy(ward, {Impact.REBOOT: "it never ran"})
    assert (around.healing_actions, set(around.recovery_exhausted), set(around.recovering)) == ({}, {server(0)}, set())
    assert around.tried == {server(0): "recovery exhausted: it never ran"}


def test_targets_show_each_other_what_they_have_ready() -> None:
    board = Board()
    one = Ward(board=board, said={server(1): "refused"})
    one.observe()
    assert set(board.ready([server(0), server(1)], "")) == {server(0)}
    assert board.ready([Key("lyon", "server", "db-0")], "") == {}
    board.publish("lyon", {Key("lyon", "server", "db-0"): "d0", Key("lyon", "server", "db-1"): "d1"})
    waits = {server(0): [Key("lyon", "server", "db-0"), server(1)]}
    assert one.observe(after=waits).ready_elsewhere == {Key("lyon", "server", "db-0"): "d0"}


def test_what_an_approval_unblocked_is_remembered_as_long_as_git_has_it() -> None:
    approved = Catalog({}, {}, {}, approvals=frozenset({Approval("d")}))
    around = PassContext("paris", Board(), ask=lambda _servers, _world: {})
    empty = World("paris", {}, {})
    around.remember(approved, Plan("paris", {}, {}, approved={"d": frozenset({"one", "two"})}), empty)
    around.remember(approved, Plan("paris", {}, {}, approved={"d": frozenset({"two"})}), empty)
    assert around.examine(approved, empty).unblocked == {"d": {"one", "two"}}
    assert around.examine(Catalog({}, {}, {}), empty).unblocked == {}
