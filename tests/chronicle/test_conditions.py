"""Conditions: what a Report says of a service and a VIM, since when, and over several VIMs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reconciler.model import (
    PROGRESS_OF_BLOCK,
    Action,
    BlockReason,
    ConfigError,
    Contest,
    Health,
    Key,
    MagiError,
    Outcome,
    Plan,
    Report,
    Result,
    ServiceStatus,
    State,
    Step,
    Sync,
)
from reconciler.reporting.chronicle import Condition, ConditionStatus, Seen, conditions_of, follow, over_vims
from tests.metrics.reports import report, unknown

TRUE, FALSE, UNKNOWN = ConditionStatus.TRUE, ConditionStatus.FALSE, ConditionStatus.UNKNOWN
NAMES = ("Synced", "Healthy", "Progressing", "Blocked", "Suspended")


def left(result: Result, blocked: BlockReason | None = None, *, again: bool = False, name: str = "lan") -> Outcome:
    return Outcome(Step(Action.CREATE, Key("paris", "network", f"vcpe/{name}"), blocked=blocked), result, "why", again)


def of(sync: Sync, health: Health, *outcomes: Outcome, **more: Any) -> dict[str, tuple[str, str]]:
    """The conditions of the service vcpe, by type: status and reason."""
    remaining = tuple(one for one in outcomes if one.result is not Result.DONE)
    status = ServiceStatus("vcpe", "paris", sync, health, 4, 3, len(remaining), "the message", remaining, **more)
    found = conditions_of(replace(report([], *outcomes), services=(status,)))["vcpe"]
    return {one.type: (one.status.value, one.reason) for one in found}


def test_a_service_at_rest_is_synced_and_healthy_and_nothing_else() -> None:
    assert of(Sync.SYNCED, Health.HEALTHY) == {
        "Synced": ("True", "Synced"),
        "Healthy": ("True", "Healthy"),
        "Progressing": ("False", "Settled"),
        "Blocked": ("False", "NothingBlocked"),
        "Suspended": ("False", "NotSuspended"),
    }


@pytest.mark.parametrize(
    ("outcomes", "synced", "progressing"),
    [
        ([left(Result.DONE), left(Result.SKIPPED, name="b")], "StepsLeft", ("True", "Changing")),
        ([left(Result.PENDING)], "StepsLeft", ("True", "Changing")),
        ([left(Result.FAILED, again=True)], "StepFailed", ("True", "Retrying")),
        ([left(Result.FAILED)], "StepFailed", ("False", "Failed")),
        ([left(Result.FAILED), left(Result.BLOCKED, BlockReason.CONSENT)], "StepFailed", ("False", "Failed")),
        ([left(Result.BLOCKED, BlockReason.TURN)], "StepsLeft", ("True", "Waiting")),
        (
            [left(Result.BLOCKED, BlockReason.DEPENDS), left(Result.BLOCKED, BlockReason.CONSENT)],
            "StepsBlocked",
            ("True", "Waiting"),
        ),
        ([left(Result.BLOCKED, BlockReason.CONSENT), left(Result.SKIPPED)], "StepsBlocked", ("False", "StepsBlocked")),
        ([left(Result.SKIPPED)], "StepsLeft", ("True", "Waiting")),
    ],
)
def test_what_is_left_says_why_it_is_not_synced_and_whether_more_comes_by_itself(
    outcomes: list[Outcome], synced: str, progressing: tuple[str, str]
) -> None:
    found = of(Sync.OUT_OF_SYNC, Health.PROGRESSING, *outcomes)
    assert found["Synced"] == ("False", synced)
    assert found["Progressing"] == progressing
    assert found["Healthy"] == ("False", "Progressing")


def test_what_is_still_being_built_progresses_though_nothing_is_left() -> None:
    found = of(Sync.SYNCED, Health.PROGRESSING, building=True)
    assert (found["Synced"], found["Progressing"]) == (("True", "Synced"), ("True", "Building"))


@pytest.mark.parametrize(
    ("guard", "reason"),
    [
        (BlockReason.CONSENT, "NeedsConsent"),
        (BlockReason.MAX_DELETES, "TooManyDeletes"),
        (BlockReason.REFUSED, "WouldBeRefused"),
        (BlockReason.DRIFT, "DriftIsOnlyReported"),
    ],
)
def test_a_block_is_reported_in_one_word(guard: BlockReason, reason: str) -> None:
    assert of(Sync.OUT_OF_SYNC, Health.HEALTHY, left(Result.BLOCKED, guard))["Blocked"] == ("True", reason)


@pytest.mark.parametrize("guard", [guard for guard in BlockReason if guard is not BlockReason.FAILED])
def test_every_block_has_a_reason_for_programs_or_passes_by_itself(guard: BlockReason) -> None:
    status, reason = of(Sync.OUT_OF_SYNC, Health.HEALTHY, left(Result.BLOCKED, guard))["Blocked"]
    assert reason.isalpha()
    assert reason[0].isupper()
    assert status == ("False" if PROGRESS_OF_BLOCK[guard].by_itself else "True")


def test_what_waits_after_a_failure_is_reported_as_failed() -> None:
    found = of(Sync.OUT_OF_SYNC, Health.DEGRADED, left(Result.BLOCKED, BlockReason.FAILED))
    assert found["Synced"] == ("False", "StepFailed")
    assert found["Progressing"] == ("True", "Retrying")
    assert found["Blocked"] == ("False", "NothingBlocked")


def test_a_degraded_service_says_what_is_wrong() -> None:
    status = ServiceStatus("vcpe", "paris", Sync.SYNCED, Health.DEGRADED, message="fw-0 refuses")
    found = {one.type: one for one in conditions_of(replace(report([]), services=(status,)))["vcpe"]}
    assert (found["Healthy"].status, found["Healthy"].message) == (FALSE, "fw-0 refuses")
    assert found["Synced"].status is TRUE


def test_what_could_not_be_compared_is_not_known_to_be_synced() -> None:
    assert of(Sync.UNKNOWN, Health.HEALTHY)["Synced"] == ("Unknown", "NotCompared")
    plan = Plan("paris", {}, {}, {Key("paris", "server", "vcpe/fw/fw-0"): "secret"})
    vim = conditions_of(replace(report([]), plan=plan))[""]
    assert [(one.status, one.reason) for one in vim if one.type == "Synced"] == [(UNKNOWN, "NotCompared")]


def test_what_git_suspends_is_reported_also_where_nothing_differs() -> None:
    assert of(Sync.SYNCED, Health.HEALTHY, suspended=True)["Suspended"] == ("True", "SuspendedInGit")


@pytest.mark.parametrize(
    ("error", "reason"),
    [(None, "Unreachable"), (ConfigError("no entry"), "NotConfigured"), (MagiError("a defect"), "Defect")],
)
def test_of_a_vim_that_can_not_be_observed_nothing_is_known_but_that(error: MagiError | None, reason: str) -> None:
    after = unknown() if error is None else replace(unknown(), error=error)
    found = conditions_of(after)
    assert {(one.type, one.status, one.reason) for one in found[""]} == {
        ("Reachable", FALSE, reason),
        ("Synced", UNKNOWN, reason),
        ("Progressing", UNKNOWN, reason),
        ("Blocked", UNKNOWN, reason),
        ("Contested", UNKNOWN, reason),
    }
    assert {one.status for one in found["vcpe"]} == {UNKNOWN, FALSE}
    assert [one.type for one in found["vcpe"] if one.status is FALSE] == ["Suspended"]


def test_a_vim_progresses_while_something_is_built_there() -> None:
    found = conditions_of(replace(report([]), counts={("server", State.BUILDING): 1}))[""]
    assert {one.type: one.reason for one in found} == {
        "Reachable": "Answered",
        "Synced": "Synced",
        "Progressing": "Building",
        "Blocked": "NothingBlocked",
        "Contested": "OnlyWriter",
    }


@pytest.mark.parametrize(
    ("until", "reason", "reported"),
    [
        ("", "OtherWriter", "this goes on"),
        ("an hour passes", "WritingStopped", "nothing more is written until an hour passes"),
    ],
)
def test_a_vim_that_another_actor_writes_to_under_our_owner_is_contested(
    until: str, reason: str, reported: str
) -> None:
    found = conditions_of(replace(report([]), contest=Contest("network vcpe/lan has the owner mark", until)))[""]
    assert [(one.status, one.reason, one.message) for one in found if one.type == "Contested"] == [
        (TRUE, reason, f"network vcpe/lan has the owner mark; {reported}")
    ]


def since(seen: Seen, name: str) -> dict[str, float]:
    return {one.type: one.since for one in seen.conditions[name]}


def at(one: Report, started: float) -> Report:
    return replace(one, started=started)


def test_a_condition_is_as_old_as_its_status_and_not_as_its_reason() -> None:
    seen = follow(Seen(), at(report(["vcpe"]), 1.0))
    assert set(since(seen, "vcpe").values()) == {1.0}
    seen = follow(seen, at(unknown(), 2.0))
    assert since(seen, "vcpe")["Synced"] == 2.0
    assert since(seen, "vcpe")["Suspended"] == 1.0
    seen = follow(seen, at(replace(unknown(), error=ConfigError("x")), 3.0))
    assert since(seen, "")["Reachable"] == 2.0
    assert next(one.reason for one in seen.conditions[""] if one.type == "Reachable") == "NotConfigured"
    seen = follow(seen, at(report(["vcpe"]), 4.0))
    assert since(seen, "vcpe")["Synced"] == 4.0


def test_what_drifts_is_known_since_it_was_first_seen_and_over_a_time_in_which_nothing_was() -> None:
    drifting = left(Result.BLOCKED, BlockReason.DRIFT)
    drifted = replace(report([], drifting), drifted=frozenset({drifting.step.id}))
    seen = follow(follow(Seen(), at(drifted, 1.0)), at(drifted, 2.0))
    assert seen.drift == {drifting.step.key: 1.0}
    seen = follow(follow(seen, at(unknown(), 3.0)), at(drifted, 4.0))
    assert seen.drift == {drifting.step.key: 1.0}
    assert follow(seen, at(report([]), 5.0)).drift == {}


def test_drift_that_was_repaired_is_none_any_more() -> None:
    repaired = left(Result.DONE)
    found = replace(report([], repaired), drifted=frozenset({repaired.step.id}))
    assert follow(Seen(), found).drift == {}


def condition(condition_type: str, status: ConditionStatus, since: float, commit: str = "a") -> Condition:
    return Condition(condition_type, status, f"{status.value}Reason", "m", since, commit)


@pytest.mark.parametrize(
    ("condition_type", "one", "other", "status", "since"),
    [
        ("Synced", (TRUE, 1.0), (TRUE, 5.0), TRUE, 5.0),
        ("Synced", (TRUE, 1.0), (FALSE, 5.0), FALSE, 5.0),
        ("Synced", (FALSE, 1.0), (FALSE, 5.0), FALSE, 1.0),
        ("Healthy", (TRUE, 1.0), (UNKNOWN, 5.0), UNKNOWN, 5.0),
        ("Healthy", (FALSE, 1.0), (UNKNOWN, 5.0), FALSE, 1.0),
        ("Progressing", (FALSE, 1.0), (TRUE, 5.0), TRUE, 5.0),
        ("Blocked", (FALSE, 1.0), (FALSE, 5.0), FALSE, 5.0),
        ("Blocked", (FALSE, 1.0), (UNKNOWN, 5.0), UNKNOWN, 5.0),
    ],
)
def test_over_vims_a_service_is_good_where_all_are_and_moves_or_is_blocked_where_one_does(
    condition_type: str,
    one: tuple[ConditionStatus, float],
    other: tuple[ConditionStatus, float],
    status: ConditionStatus,
    since: float,
) -> None:
    (found,) = over_vims({"paris": [condition(condition_type, *one)], "lyon": [condition(condition_type, *other)]})
    assert (found.status, found.since, found.reason) == (status, since, f"{status.value}Reason")


def test_over_vims_it_is_reported_where_and_for_which_commit() -> None:
    many = {f"vim-{number}": [condition("Synced", FALSE, 1.0, str(number % 2))] for number in range(5)}
    (found,) = over_vims(many)
    assert found.message == "vim-0: m; vim-1: m; vim-2: m; and on 2 more"
    assert found.commit == ""
    alone = condition("Synced", FALSE, 1.0)
    assert over_vims({"paris": [alone]}) == (alone,)
