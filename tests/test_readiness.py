"""READY counts against what Git asks for what a person would count; what is gone and blocked is missing."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.documents import Library
from reconciler.model import (
    Action,
    BlockReason,
    Catalog,
    Circumstances,
    Desired,
    Health,
    Instance,
    Key,
    Observed,
    Outcome,
    Plan,
    Result,
    ServiceStatus,
    State,
    Step,
    World,
)
from reconciler.reporting.status import services_of
from reconciler.source import Directory
from reconciler.targets.registry import TARGET_TYPES

VCPE = Path(__file__).parents[1] / "reconciler" / "examples" / "vcpe"
NAME = "vcpe-paris"
FW = Key("paris", "server", f"{NAME}/fw/fw-0")


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    """Two firewalls, a link and an access point."""
    return Library(TARGET_TYPES).catalog(Directory(VCPE).fetch())


def status(
    catalog: Catalog,
    without: Collection[Key] = (),
    outcomes: Iterable[Outcome] = (),
    states: dict[Key, State] | None = None,
    around: Circumstances | None = None,
) -> ServiceStatus:
    """The status where all that is declared exists but some of it."""
    found = {
        key: Observed(key, one.spec, "1", (states or {}).get(key, State.READY))
        for key, one in catalog.desired["paris"].items()
        if key not in without
    }
    steps = {one.step.id: one.step for one in outcomes}
    plan = Plan("paris", steps, {one: frozenset() for one in steps})
    reported = services_of(catalog, World("paris", found, {}), plan, tuple(outcomes), around or Circumstances())
    return next(one for one in reported if one.name == NAME)


def create(key: Key, result: Result, blocked: BlockReason | None = None, *, again: bool = False) -> Outcome:
    return Outcome(Step(Action.CREATE, key, blocked=blocked, reason="because"), result, "because", again)


def test_what_counts_is_what_a_person_would_count(catalog: Catalog) -> None:
    assert len(catalog.desired["paris"]) > 20
    whole = status(catalog)
    assert (whole.ready, whole.desired, whole.health) == (4, 4, Health.HEALTHY)


@pytest.mark.parametrize("kind", ["security-group-rule", "security-group", "keypair", "server-group"])
def test_what_no_one_counts_lowers_no_number_and_makes_nothing_missing(catalog: Catalog, kind: str) -> None:
    gone = next(key for key in catalog.desired["paris"] if key.kind == kind)
    found = status(catalog, [gone], [create(gone, Result.BLOCKED, BlockReason.FROZEN)])
    assert (found.ready, found.desired, found.health) == (4, 4, Health.HEALTHY)


@pytest.mark.parametrize("name", [f"{NAME}/fw/fw-0/eth1", f"{NAME}/lan/ipv4", f"{NAME}/internet/lan/ipv4"])
def test_a_part_that_is_gone_is_missing_from_its_whole(catalog: Catalog, name: str) -> None:
    gone = next(key for key in catalog.desired["paris"] if key.name == name)
    found = status(catalog, [gone], [create(gone, Result.BLOCKED, BlockReason.SUSPENDED)])
    assert (found.ready, found.desired, found.health) == (3, 4, Health.MISSING)
    assert found.message == f"{gone} is missing: because"


@pytest.mark.parametrize(
    "guard", [BlockReason.SUSPENDED, BlockReason.FROZEN, BlockReason.WINDOW, BlockReason.DRIFT, BlockReason.MISSING]
)
def test_an_instance_that_is_gone_and_blocked_is_missing(catalog: Catalog, guard: BlockReason) -> None:
    found = status(catalog, [FW], [create(FW, Result.BLOCKED, guard)])
    assert (found.ready, found.desired, found.health) == (3, 4, Health.MISSING)


def test_an_instance_that_waits_for_what_is_blocked_is_missing_too(catalog: Catalog) -> None:
    assert status(catalog, [FW], [create(FW, Result.SKIPPED)]).health is Health.MISSING
    assert status(catalog, [FW], [create(FW, Result.SKIPPED, again=True)]).health is Health.PROGRESSING


def test_an_instance_that_is_made_is_on_its_way(catalog: Catalog) -> None:
    made = status(catalog, [FW], [create(FW, Result.DONE)])
    assert (made.ready, made.desired, made.health) == (3, 4, Health.PROGRESSING)
    waits = status(catalog, [FW], [create(FW, Result.BLOCKED, BlockReason.TURN, again=True)])
    assert waits.health is Health.PROGRESSING


def test_an_instance_for_which_there_is_no_quota_is_degraded_and_not_ready(catalog: Catalog) -> None:
    found = status(catalog, [FW], [create(FW, Result.FAILED)])
    assert (found.ready, found.desired, found.health) == (3, 4, Health.DEGRADED)
    waits = status(catalog, [FW], [create(FW, Result.BLOCKED, BlockReason.FAILED)])
    assert (waits.ready, waits.desired, waits.health) == (3, 4, Health.DEGRADED)


def test_an_instance_that_builds_fails_or_does_not_pass_its_probe_is_not_ready(catalog: Catalog) -> None:
    for state in (State.BUILDING, State.ERROR, State.STOPPED):
        assert status(catalog, states={FW: state}).ready == 3
    assert status(catalog, around=Circumstances(unready={FW: "no answer"})).ready == 3


def test_what_exists_only_while_a_change_rolls_is_not_asked_for(catalog: Catalog) -> None:
    extra = FW._replace(name=f"{NAME}/fw/fw-2")
    desired = catalog.desired["paris"]
    surge = Desired(
        extra, desired[FW].spec, desired[FW].place, instance=Instance(f"{NAME}/fw/fw", 2, extra, surge=True)
    )
    rolling = replace(catalog, desired={"paris": {**desired, extra: surge}})
    found = status(rolling, [extra])
    assert (found.ready, found.desired, found.health) == (4, 4, Health.HEALTHY)


def test_what_git_asks_for_no_more_counts_no_more(catalog: Catalog) -> None:
    dropped = replace(catalog, desired={})
    existing = {FW: Observed(FW, catalog.desired["paris"][FW].spec, "1", State.READY)}
    (found,) = services_of(dropped, World("paris", existing, {}), Plan("paris", {}, {}), ())
    assert (found.ready, found.desired) == (0, 0)
