"""Events of drift, guards, turns and scaling, from one pass over a VIM to the next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from reconciler.model import (
    Action,
    BlockReason,
    FieldChange,
    Health,
    Impact,
    Key,
    Observed,
    Outcome,
    Plan,
    Report,
    Result,
    ServiceStatus,
    Step,
    Sync,
    Trace,
)
from reconciler.reporting.events import EventLog, Severity
from reconciler.reporting.instances import keep_instances
from reconciler.reporting.pass_events import MOST_ALIKE, events_of
from tests.metrics.reports import report, unknown
from tests.worlds import ThingSpec

FW = Key("paris", "server", "vcpe/fw/fw-0")
PORT = Key("paris", "port", "vcpe/fw/fw-0/eth0")
GONE = Step(Action.CREATE, FW)
CHANGED = Step(
    Action.UPDATE,
    PORT,
    observed=Observed(PORT, ThingSpec(), "1"),
    changes=(FieldChange("name", "a", "b"), FieldChange("security_groups", (), ("c",))),
)


def planned(*steps: Step, result: Result | None = None, commit: str = "a1b2", drift: bool = False) -> Report:
    """A pass whose plan has these steps. ``result``: what came of each that is not blocked."""
    results = [(step, Result.BLOCKED if step.blocked else result) for step in steps]
    outcomes = tuple(Outcome(step, one, step.reason) for step, one in results if one is not None)
    return replace(
        report(["vcpe"]),
        commit=commit,
        plan=Plan("paris", {step.id: step for step in steps}, {}),
        outcomes=outcomes,
        drifted=frozenset(step.id for step in steps) if drift else frozenset(),
    )


def blocked(guard: BlockReason, *names: str, reason: str = "cidr can't change in place") -> list[Step]:
    keys = [Key("paris", "subnet", f"vcpe/{name}") for name in names]
    return [Step(Action.DELETE, key, blocked=guard, reason=reason) for key in keys]


def shown(before: Report | None, after: Report, observed: Report | None = None) -> list[tuple[str, str]]:
    """Reasons and messages, but for what was done in all."""
    return [(one.reason, one.message) for one in events_of(before, after, observed) if one.reason != "Changed"]


def test_drift_names_the_resource_and_its_fields_once_and_its_repair_follows() -> None:
    found = planned(GONE, CHANGED, drift=True, result=Result.SKIPPED)
    events = events_of(report(["vcpe"]), found)
    assert [(one.reason, one.resource, one.message, one.severity) for one in events] == [
        ("DriftFound", str(FW), f"{FW}: it is missing, and Git asks for nothing new", Severity.WARNING),
        (
            "DriftFound",
            str(PORT),
            f"{PORT}: name, security_groups changed, and Git asks for nothing new",
            Severity.WARNING,
        ),
    ]
    assert {(one.service, one.vim, one.commit) for one in events} == {("vcpe", "paris", "a1b2")}
    assert shown(found, found) == []
    assert shown(found, planned(GONE, CHANGED, drift=True, result=Result.DONE)) == [
        ("Repaired", f"{FW}: it is as Git declares it again"),
        ("Repaired", f"{PORT}: it is as Git declares it again"),
    ]


def test_drift_that_is_repaired_at_once_is_found_and_repaired_in_one_pass() -> None:
    done = planned(GONE, drift=True, result=Result.DONE)
    assert [reason for reason, _ in shown(report(["vcpe"]), done)] == ["DriftFound", "Repaired"]
    assert shown(done, report(["vcpe"])) == []


def test_what_is_replaced_for_drift_is_repaired_when_it_is_made_again() -> None:
    gone, made = replace(CHANGED, action=Action.DELETE), replace(CHANGED, action=Action.CREATE)
    before = planned(gone, made, drift=True, result=Result.SKIPPED)
    half = replace(before, outcomes=(Outcome(gone, Result.DONE), Outcome(made, Result.SKIPPED)))
    assert shown(before, half) == []
    assert shown(half, planned(made, drift=True, result=Result.DONE)) == [
        ("Repaired", f"{PORT}: it is as Git declares it again")
    ]


def test_a_change_that_the_vim_goes_on_with_is_repaired_when_it_is_confirmed() -> None:
    pending, confirmed = planned(CHANGED, drift=True, result=Result.PENDING), planned(CHANGED, result=Result.DONE)
    assert shown(pending, confirmed) == [("Repaired", f"{PORT}: it is as Git declares it again")]
    assert shown(pending, replace(confirmed, commit="c3d4")) == []  # a commit asked for that


def test_drift_that_is_only_reported_says_so_and_is_no_guard() -> None:
    held = replace(CHANGED, blocked=BlockReason.DRIFT, reason="'drift: report'")
    after = planned(held, drift=True)
    assert [reason for reason, _ in shown(report(["vcpe"]), after)] == ["DriftFound"]
    assert shown(report(["vcpe"]), after)[0][1].endswith("; drift is only reported")
    assert shown(after, report(["vcpe"])) == []


def test_drift_says_when_and_by_whom_where_the_cloud_does() -> None:
    found = planned(CHANGED, drift=True, result=Result.SKIPPED)
    for trace, words in (
        (Trace(1e9, "user ada"), "name, security_groups changed at 2001-09-09T01:46:40Z by user ada, and"),
        (Trace(1e9), "name, security_groups changed at 2001-09-09T01:46:40Z, and"),
    ):
        ((_, message),) = shown(report(["vcpe"]), replace(found, traces={PORT: trace}))
        assert words in message


def test_of_many_fields_some_are_named() -> None:
    wide = replace(CHANGED, changes=tuple(FieldChange(f"field{number}", 0, 1) for number in range(9)))
    ((_, message),) = shown(report(["vcpe"]), planned(wide, drift=True, result=Result.SKIPPED))
    assert "field4 and 4 more fields changed" in message


def test_a_whole_cloud_that_drifts_makes_a_bounded_number_of_events_for_each_service() -> None:
    steps = [Step(Action.CREATE, Key("paris", "port", f"vcpe/p{number}")) for number in range(10_000)]
    other = Step(Action.CREATE, Key("paris", "port", "edge/p"))
    events = events_of(report(["vcpe"]), planned(*steps, other, drift=True, result=Result.DONE))
    of_vcpe = [one for one in events if one.service == "vcpe"]
    for reason in ("DriftFound", "Repaired"):
        alike = [one for one in of_vcpe if one.reason == reason]
        assert (len(alike), alike[-1].message) == (MOST_ALIKE + 1, "and 9980 more")
    assert sorted(one.reason for one in events if one.service == "edge") == ["Changed", "DriftFound", "Repaired"]


def test_a_guard_is_reported_once_when_it_begins_to_block() -> None:
    after = planned(*blocked(BlockReason.CONSENT, "a", "b", "c"))
    (event,) = events_of(report(["vcpe"]), after)
    assert (event.reason, event.service, event.resource) == ("Blocked", "vcpe", "subnet vcpe/a")
    assert event.message == "needs consent: delete subnet vcpe/a and 2 more: cidr can't change in place"
    assert shown(after, after) == []
    # Other words for the same, as of a window that comes nearer, are nothing new.
    assert shown(after, planned(*blocked(BlockReason.CONSENT, "a", "b", "c", reason="in 5 min"))) == []
    more = planned(*blocked(BlockReason.CONSENT, "a", "b", "c"), *blocked(BlockReason.PRUNE, "d"))
    assert shown(after, more) == [("Blocked", "prune is off: delete subnet vcpe/d: cidr can't change in place")]


def test_what_only_waits_is_not_blocked_by_a_guard() -> None:
    waiting = [BlockReason.TURN, BlockReason.BUILDING, BlockReason.DELETING, BlockReason.DEPENDS, BlockReason.FAILED]
    for reason in waiting:
        assert shown(report(["vcpe"]), planned(*blocked(reason, "a"))) == []


@pytest.mark.parametrize("result", [Result.DONE, Result.FAILED, Result.SKIPPED])
def test_consent_releases_whatever_comes_of_the_steps(result: Result) -> None:
    before = planned(*blocked(BlockReason.CONSENT, "a", "b"))
    free = planned(*(replace(step, blocked=None) for step in before.plan.steps.values()), result=result)  # type: ignore[union-attr]
    released = [one for one in shown(before, free) if one[0] != "StepFailed"]
    assert released == [("Released", "no longer blocked (needs consent): delete subnet vcpe/a and 1 more")]
    assert [one for one in shown(free, free) if one[0] != "StepFailed"] == []


def test_what_is_no_longer_planned_was_not_released() -> None:
    assert shown(planned(*blocked(BlockReason.CONSENT, "a")), report(["vcpe"])) == []


def test_an_outage_repeats_neither_drift_nor_guards() -> None:
    before = planned(*blocked(BlockReason.CONSENT, "a"), replace(CHANGED, blocked=BlockReason.DRIFT), drift=True)
    assert shown(before, unknown(), before)[0] == ("Unreachable", "gone")
    assert shown(unknown(), unknown(), before) == []
    assert [reason for reason, _ in shown(unknown(), before, before)] == ["Reachable", "Synced", "Healthy"]


def test_a_service_that_gets_out_of_sync_says_why_once() -> None:
    status = ServiceStatus("vcpe", "paris", Sync.OUT_OF_SYNC, Health.HEALTHY, message="3 steps to go")
    out = replace(report(["vcpe"]), services=(status,))
    assert shown(report(["vcpe"]), out) == [("OutOfSync", "it does not match commit a1b2: 3 steps to go")]
    assert shown(out, replace(out, services=(replace(status, message="2 steps to go"),))) == []
    assert shown(out, report(["vcpe"])) == [("Synced", "it matches commit a1b2")]


def counted(instances: Mapping[str, int]) -> Report:
    return replace(report(["vcpe"]), instances=instances)


def test_scaling_is_reported_when_it_is_done() -> None:
    two = counted({"vcpe/fw/fw": 2})
    under_way = keep_instances(two, counted({"vcpe/fw/fw": 0}))
    assert shown(two, under_way) == []
    lost = keep_instances(under_way, unknown())
    four = keep_instances(lost, counted({"vcpe/fw/fw": 4}))
    assert shown(lost, replace(four, services=lost.services)) == [
        ("Reachable", "it can be observed again"),
        ("Scaled", "fw/fw: 2 -> 4 instances"),
    ]
    assert shown(four, four) == []


def test_neither_the_first_instances_nor_a_service_that_goes_are_scaling() -> None:
    none, two = counted({"vcpe/fw/fw": 0}), counted({"vcpe/fw/fw": 2})
    assert shown(none, two) == shown(report(["vcpe"]), two) == shown(two, keep_instances(two, report(["vcpe"]))) == []


def test_a_healing_step_that_is_skipped_is_no_healing() -> None:
    step = Step(Action.UPDATE, FW, impact=Impact.REBOOT, heals=True)
    assert shown(report(["vcpe"]), planned(step, result=Result.SKIPPED)) == []


def test_no_pass_pushes_the_turn_of_a_service_out_of_the_log() -> None:
    log = EventLog()
    failing = [Step(Action.CREATE, Key("paris", "port", f"vcpe/p{number}")) for number in range(5000)]
    out = replace(
        planned(*failing, result=Result.FAILED),
        services=(ServiceStatus("vcpe", "paris", Sync.OUT_OF_SYNC, Health.DEGRADED, message="p0 failed"),),
    )
    log.note(events_of(report(["vcpe"]), out))
    assert {"OutOfSync", "Degraded", "StepFailed"} == {one.reason for one in log.newest()}
    assert len(log.newest()) == MOST_ALIKE + 3
