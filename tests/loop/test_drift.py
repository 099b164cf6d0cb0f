"""What differs although Git asks for nothing new: undone, only reported, or ignored; and who undoes it each time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from reconciler.judging.digests import blocked_sets
from reconciler.loop.converge import converge
from reconciler.loop.one_pass import MOST_TRACED, one_pass
from reconciler.loop.pass_context import Board, PassContext
from reconciler.loop.repairs import FIGHT
from reconciler.model import (
    Approval,
    BlockReason,
    Catalog,
    DriftMode,
    Key,
    Observed,
    Policy,
    Report,
    Result,
    Trace,
)
from tests.loop.memory import catalog
from tests.worlds import TARGET, MemoryTarget, ThingSpec, key

THING = key("0/a")
REPORT, IGNORE, REPAIR = DriftMode.REPORT, DriftMode.IGNORE, DriftMode.REPAIR


@dataclass
class Daemon:
    """Passes over one target in memory, and a clock."""

    mode: DriftMode | None = None
    fields: dict[str, DriftMode] = field(default_factory=dict)
    policy: Policy = field(default_factory=Policy)
    approvals: frozenset[Approval] = frozenset()
    spec: ThingSpec | None = field(default_factory=ThingSpec)
    now: float = 0.0
    cloud: MemoryTarget = field(default_factory=MemoryTarget)

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        self.around = PassContext(TARGET, Board(), ask=lambda _servers, _world: {}, clock=lambda: self.now)

    def catalog(self) -> Catalog:
        made = catalog({"0/a": self.spec} if self.spec else {})
        fields = tuple(sorted(self.fields.items()))
        desired = {k: replace(one, drift=self.mode, drift_fields=fields) for k, one in made.desired[TARGET].items()}
        return replace(made, desired={TARGET: desired}, policy=self.policy, approvals=self.approvals)

    def observe(self, later: float = 30.0) -> Report:
        self.now += later
        return one_pass(TARGET, self.catalog(), self.cloud, context=self.around)

    def change(self, **fields: Any) -> None:
        """Someone changes it manually."""
        (thing,) = self.cloud.things.values()
        thing.spec = replace(thing.spec, **fields)

    def existing(self) -> ThingSpec:
        (thing,) = self.cloud.things.values()
        return thing.spec


def settled(
    mode: DriftMode | None = None, fields: dict[str, DriftMode] | None = None, policy: Policy | None = None
) -> Daemon:
    daemon = Daemon(mode, fields or {}, policy or Policy())
    daemon.observe()
    assert daemon.observe().settled
    return daemon


def blocked(report: Report) -> dict[str, BlockReason]:
    return {str(outcome.step): outcome.step.blocked for outcome in report.outcomes if outcome.step.blocked}


def test_drift_is_repaired_unless_someone_says_otherwise() -> None:
    daemon = settled()
    daemon.change(size=9)
    daemon.observe()
    assert daemon.existing().size == 0


def test_of_drift_that_is_new_it_is_asked_before_its_repair_who_changed_it_and_of_no_other() -> None:
    daemon = settled(REPORT)
    asked: list[tuple[Key, int]] = []

    def trace(resources: Iterable[Observed]) -> Mapping[Key, Trace]:
        found = [*resources]
        asked.extend((one.key, daemon.existing().size) for one in found)
        return {one.key: Trace(7.0, "user ada") for one in found}

    daemon.cloud.trace = trace  # type: ignore[method-assign]
    daemon.change(size=9)
    report = one_pass(TARGET, daemon.catalog(), daemon.cloud, context=daemon.around, known_drift=frozenset())
    assert report.traces == {THING: Trace(7.0, "user ada")}
    again = one_pass(TARGET, daemon.catalog(), daemon.cloud, context=daemon.around, known_drift=report.drifted)
    assert (again.traces, asked) == ({}, [(THING, 9)])
    assert one_pass(TARGET, daemon.catalog(), daemon.cloud, context=daemon.around).traces == {}


def test_of_much_drift_it_is_asked_of_some() -> None:
    cloud, made = MemoryTarget(), catalog({f"0/{number}": ThingSpec() for number in range(40)})
    around = PassContext(TARGET, Board(), ask=lambda _servers, _world: {}, clock=lambda: 0.0)
    one_pass(TARGET, made, cloud, context=around)
    for thing in cloud.things.values():
        thing.spec = replace(thing.spec, size=9)
    asked: list[Key] = []

    def trace(resources: Iterable[Observed]) -> Mapping[Key, Trace]:
        asked.extend(one.key for one in resources)
        return {}

    cloud.trace = trace  # type: ignore[method-assign]
    one_pass(TARGET, made, cloud, context=around, known_drift=frozenset())
    assert len(asked) == MOST_TRACED


@pytest.mark.parametrize(("mode", "policy"), [(REPORT, Policy()), (None, Policy(drift=REPORT))])
def test_drift_that_is_only_reported_is_blocked_and_reported(mode: DriftMode | None, policy: Policy) -> None:
    daemon = settled(mode, policy=policy)
    daemon.change(size=9)
    report = daemon.observe()
    assert blocked(report) == {f"update {THING}": BlockReason.DRIFT}
    assert report.outcomes[0].result is Result.BLOCKED
    assert report.outcomes[0].reason == "size drifted, which is not repaired but only reported: 'drift: report'"
    assert daemon.existing().size == 9


def test_reported_drift_is_repaired_by_consent_in_git() -> None:
    daemon = settled(REPORT)
    daemon.change(size=9)
    plan = daemon.observe().plan
    assert plan
    (found,) = blocked_sets(TARGET, plan.steps)
    daemon.approvals = frozenset({Approval(found.digest)})
    daemon.observe()
    assert daemon.existing().size == 0


@pytest.mark.parametrize("mode", [REPORT, IGNORE])
def test_who_asks_for_an_apply_gets_all_that_differs(mode: DriftMode) -> None:
    daemon = settled(mode)
    daemon.change(size=9)
    assert converge(daemon.catalog(), {TARGET: daemon.cloud}).succeeded
    assert daemon.existing().size == 0


def test_what_a_service_says_goes_before_the_policy() -> None:
    daemon = settled(mode=REPAIR, policy=Policy(drift=REPORT))
    daemon.change(size=9)
    daemon.observe()
    assert daemon.existing().size == 0


def test_a_change_in_git_is_made_where_drift_is_only_reported() -> None:
    daemon = settled(mode=REPORT)
    daemon.spec = ThingSpec(size=5)
    daemon.observe()
    assert daemon.existing().size == 5


def test_a_new_resource_is_made_and_one_that_git_drops_removed_where_drift_is_only_reported() -> None:
    daemon = settled(mode=REPORT)
    daemon.spec = None
    daemon.observe()
    assert not daemon.cloud.things


def test_what_vanished_is_reported_and_not_made_again() -> None:
    daemon = settled(mode=REPORT)
    daemon.cloud.things.clear()
    report = daemon.observe()
    assert blocked(report) == {f"create {THING}": BlockReason.DRIFT}
    assert report.outcomes[0].reason.startswith("it is gone")


def test_after_a_restart_what_differs_is_drift_and_what_is_not_there_is_new() -> None:
    daemon = settled(mode=REPORT)
    daemon.change(size=9)
    daemon.restart()
    assert blocked(daemon.observe()) == {f"update {THING}": BlockReason.DRIFT}
    daemon.cloud.things.clear()
    daemon.restart()
    daemon.observe()
    assert daemon.existing() == ThingSpec(chosen=7)


def test_drift_that_is_ignored_is_in_no_plan() -> None:
    daemon = settled(mode=IGNORE)
    daemon.change(size=9)
    assert daemon.observe().settled
    daemon.spec = ThingSpec(size=5)
    daemon.observe()
    assert daemon.existing().size == 5


def test_a_field_can_be_reported_while_the_rest_is_repaired() -> None:
    daemon = settled(fields={"size": REPORT})
    daemon.change(size=9, loud=0, chosen=8)
    daemon.spec = ThingSpec()
    assert blocked(daemon.observe()) == {f"update {THING}": BlockReason.DRIFT}
    daemon = settled(mode=REPORT, fields={"size": REPAIR})
    daemon.change(size=9)
    daemon.observe()
    assert daemon.existing().size == 0


def test_of_a_resource_what_is_repaired_goes_first_and_the_rest_is_reported_then() -> None:
    daemon = settled(fields={"uses": REPORT, "size": REPAIR, "loud": REPORT})
    daemon.change(size=9, loud=1)
    assert blocked(daemon.observe()) == {}
    assert (daemon.existing().size, daemon.existing().loud) == (0, 1)
    assert blocked(daemon.observe()) == {f"update {THING}": BlockReason.DRIFT}


def fight(daemon: Daemon, times: int, later: float = 60.0) -> Report:
    for _ in range(times):
        daemon.change(size=9)
        report = daemon.observe(later)
    return report


def test_what_is_undone_again_and_again_is_left_for_longer_and_longer() -> None:
    daemon = settled()
    fight(daemon, FIGHT)
    daemon.change(size=9)
    report = daemon.observe(60)
    assert blocked(report) == {f"update {THING}": BlockReason.FIGHT}
    assert report.outcomes[0].reason.startswith(f"size was repaired {FIGHT} times and someone undid it each time")
    assert blocked(daemon.observe(200)) == {f"update {THING}": BlockReason.FIGHT}
    assert blocked(daemon.observe(60)) == {}
    assert daemon.existing().size == 0
    daemon.change(size=9)
    assert blocked(daemon.observe(500)) == {f"update {THING}": BlockReason.FIGHT}


def test_a_wish_that_is_new_in_git_ends_a_fight() -> None:
    daemon = settled()
    fight(daemon, FIGHT)
    daemon.change(size=9)
    assert blocked(daemon.observe())
    daemon.spec = ThingSpec(size=5)
    daemon.observe()
    assert daemon.existing().size == 5


def test_repairs_that_are_far_apart_are_no_fight() -> None:
    daemon = settled()
    fight(daemon, 3 * FIGHT, later=4000)
    assert daemon.existing().size == 0


def test_what_is_deleted_again_and_again_is_a_fight_too() -> None:
    daemon = settled()
    for _ in range(FIGHT):
        daemon.cloud.things.clear()
        report = daemon.observe()
    assert blocked(report) == {f"create {THING}": BlockReason.FIGHT}
    assert "it was made" in report.outcomes[0].reason


def test_a_report_names_what_drifted_whether_it_is_repaired_reported_or_gone() -> None:
    daemon = settled(mode=REPORT)
    assert daemon.observe().drifted == frozenset()
    daemon.change(size=9)
    for _ in range(2):
        report = daemon.observe()
        assert report.drifted == {one.step.id for one in report.left} != frozenset()
    daemon = settled()
    daemon.cloud.things.clear()
    report = daemon.observe()
    assert report.drifted == {one.step.id for one in report.outcomes} != frozenset()
    assert report.left == ()


def test_what_git_asks_for_again_is_no_drift_also_while_it_is_blocked() -> None:
    daemon = settled()
    daemon.spec = ThingSpec(loud=5)
    for _ in range(2):
        report = daemon.observe()
        assert blocked(report) == {f"update {THING}": BlockReason.CONSENT}
        assert report.drifted == frozenset()
