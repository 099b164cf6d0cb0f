"""What happened from one pass over a VIM to the next."""

from __future__ import annotations

from dataclasses import replace

from reconciler.model import Action, Contest, Health, Impact, Key, Outcome, Report, Result, ServiceStatus, Step, Sync
from reconciler.reporting.events import EventLog, Severity
from reconciler.reporting.pass_events import events_of
from tests.metrics.reports import outcome, report, unknown, with_foreign, with_twins

FW = Key("paris", "server", "vcpe/fw/fw-0")


def reported(before: Report | None, after: Report) -> list[tuple[str, str, str]]:
    return [(event.service, event.reason, event.message) for event in events_of(before, after)]


def healing(result: Result, reason: str = "") -> Outcome:
    step = Step(Action.UPDATE, FW, impact=Impact.REBOOT, reason="heals: refused", heals=True)
    return Outcome(step, result, reason)


def degraded(message: str) -> ServiceStatus:
    return ServiceStatus("vcpe", "paris", Sync.SYNCED, Health.DEGRADED, 4, 3, message=message)


def test_what_was_done_is_counted_by_service_and_named_after_its_commit() -> None:
    after = report(["vcpe"], outcome("vcpe/a"), outcome("vcpe/b"), outcome("edge/a"))
    assert reported(report(["vcpe"]), after) == [
        ("edge", "Changed", "1 created for commit a1b2"),
        ("vcpe", "Changed", "2 created for commit a1b2"),
    ]


def test_the_first_pass_shows_what_is_synced_and_well_and_a_second_one_alike_nothing() -> None:
    first = report(["vcpe"])
    assert reported(None, first) == [
        ("vcpe", "Synced", "it matches commit a1b2"),
        ("vcpe", "Healthy", "all of it does its work"),
    ]
    assert reported(first, first) == []


def test_a_mark_of_magi_on_what_another_project_has_is_reported_once() -> None:
    first = with_foreign(report(["vcpe"]), "network")
    assert reported(report(["vcpe"]), first) == [
        (
            "",
            "ForeignMark",
            "network id-network claims to be vcpe/network and belongs to project other: it is left alone",
        ),
    ]
    assert reported(first, first) == []
    many = with_foreign(report(["vcpe"]), *(f"kind-{number}" for number in range(1000)))
    *_, last = shown = reported(report(["vcpe"]), many)
    assert (len(shown), last) == (21, ("", "ForeignMark", "and 980 more"))


def test_two_with_one_mark_are_reported_once() -> None:
    before, after = report(["vcpe"]), with_twins(report(["vcpe"]), "network")
    assert reported(before, after) == [
        ("vcpe", "Twin", "two have the mark of network vcpe/network: id-2 is one too many, and goes"),
    ]
    assert reported(after, after) == []


def test_another_actor_with_our_owner_is_reported_once_and_again_when_writing_stops() -> None:
    first, stopped = (
        replace(report(["vcpe"]), contest=Contest("lan is not managed", until)) for until in ("", "an hour passes")
    )
    said = "another actor writes here with the same owner: lan is not managed"
    assert reported(report(["vcpe"]), first) == [("", "Contested", f"{said}; this goes on")]
    assert reported(first, first) == []
    assert reported(first, stopped) == [("", "Contested", f"{said}; nothing more is written until an hour passes")]


def test_a_step_that_failed_says_why() -> None:
    (event,) = events_of(report(["vcpe"]), report(["vcpe"], outcome("vcpe/a", result=Result.FAILED)))
    assert (event.reason, event.severity) == ("StepFailed", Severity.WARNING)
    assert event.message == "create port vcpe/a: because"


def test_healing_is_reported_step_by_step_until_recovery_is_exhausted() -> None:
    unhealthy = replace(report(["vcpe"]), services=(degraded("fw-0 refuses"),))
    assert reported(report(["vcpe"]), unhealthy) == [("vcpe", "Degraded", "fw-0 refuses")]
    assert reported(unhealthy, replace(unhealthy, outcomes=(healing(Result.PENDING),))) == [
        ("vcpe", "Healing", f"{FW}: reboot, heals: refused"),
    ]
    assert reported(unhealthy, replace(unhealthy, outcomes=(healing(Result.FAILED, "409: busy"),))) == [
        ("vcpe", "HealingFailed", f"{FW}: reboot failed: 409: busy"),
    ]
    recovery_exhausted = replace(unhealthy, recovery_exhausted=frozenset({FW}))
    assert reported(unhealthy, recovery_exhausted) == [
        ("vcpe", "RecoveryExhausted", f"{FW}: nothing more is tried until it serves again")
    ]
    assert reported(recovery_exhausted, recovery_exhausted) == []
    assert reported(recovery_exhausted, report(["vcpe"])) == [("vcpe", "Healthy", "all of it does its work")]


def test_a_vim_goes_and_comes_back() -> None:
    assert reported(report([]), unknown()) == [("", "Unreachable", "gone")]
    assert reported(unknown(), report([])) == [("", "Reachable", "it can be observed again")]


def test_what_happens_again_is_counted_and_comes_first() -> None:
    log = EventLog()
    log.note(events_of(None, unknown()))
    log.note(events_of(None, unknown("lyon")))
    log.note(replace(event, first=9.0, last=9.0) for event in events_of(None, unknown()))
    assert [(e.vim, e.count, e.first, e.last) for e in log.newest()] == [
        ("paris", 2, 1_700_000_200.0, 9.0),
        ("lyon", 1, 1_700_000_200.0, 1_700_000_200.0),
    ]
    assert [e.vim for e in log.newest(vim="lyon")] == ["lyon"]
    assert log.newest(service="vcpe") == []


def test_a_log_keeps_a_bounded_number() -> None:
    log = EventLog(kept=3)
    for number in range(10):
        log.note(events_of(None, unknown(f"vim-{number}")))
    assert [event.vim for event in log.newest()] == ["vim-9", "vim-8", "vim-7"]
