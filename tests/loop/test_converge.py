"""One convergence: until nothing is left to do, or until haste and patience end."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import pytest

from openstack_simulator import Simulator
from reconciler.loop import converge as converge_file
from reconciler.loop.converge import PATIENCE, Converged, converge
from reconciler.loop.one_pass import Watcher
from reconciler.model import (
    ApiBudget,
    Catalog,
    ConfigError,
    Desired,
    Done,
    Key,
    Place,
    Report,
    ServiceInfo,
    Step,
    StepFailed,
    Target,
    TargetUnknown,
    World,
)
from reconciler.targets.openstack.driver import connect
from reconciler.targets.openstack.kinds.network import NetworkSpec
from reconciler.targets.openstack.session.clouds import Clouds
from tests.loop.memory import catalog
from tests.simulator.callers import Caller, send
from tests.worlds import TARGET, MemoryTarget, ThingSpec, key

TWO = {"0/a": ThingSpec(), "1/a": ThingSpec(base=(key("0/a"),))}


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundredth of the pauses, so that patience ends soon."""
    monkeypatch.setattr(converge_file, "_SHORTEST", 0.005)


def run(driver: MemoryTarget, things: Mapping[str, ThingSpec] = TWO, **options: Any) -> Converged:
    return converge(catalog(things), {TARGET: driver}, **options)


def test_it_ends_when_a_pass_finds_nothing_to_do() -> None:
    driver = MemoryTarget()
    result = run(driver)
    assert (result.succeeded, result.passes) == (True, 2)
    assert len(driver.things) == 2
    assert result.reports[TARGET].commit == "abc"


def test_every_pass_is_reported() -> None:
    reports: list[Report] = []
    result = run(MemoryTarget(slow_deletes=2), reported=reports.append)
    assert [len(report.outcomes) for report in reports] == [2, 0]
    assert reports[-1] is result.reports[TARGET]


def test_what_the_target_is_still_at_is_waited_for() -> None:
    driver = MemoryTarget(slow_deletes=3)
    run(driver)
    result = run(driver, {})
    assert result.succeeded
    assert driver.things == {}


def test_what_the_target_finds_wrong_is_asked_of_it_once_however_long_the_rest_takes() -> None:
    asked: list[Key] = []

    class Particular(MemoryTarget):
        def carry_out(self, step: Step, ids: Mapping[Key, str]) -> Done:
            if step.key == key("0/a"):
                asked.append(step.key)
                raise StepFailed("400: no such thing", terminal=True, rejected=True)
            return super().carry_out(step, ids)

    driver = Particular(slow_deletes=6)
    run(driver, {"0/b": ThingSpec(), "0/c": ThingSpec()})
    result = run(driver, {"0/a": ThingSpec()})
    assert result.passes > 3
    assert (result.succeeded, asked) == (False, [key("0/a")])
    assert [*driver.things] == []


def test_faults_that_pass_only_delay() -> None:
    faults = iter(["refuse", "lose", "refuse"])
    driver = MemoryTarget(lambda _: next(faults, None))
    assert run(driver).succeeded
    assert len(driver.things) == 2


def test_what_only_people_can_fix_ends_it_at_once() -> None:
    class Refusing(MemoryTarget):
        def carry_out(self, step: Step, ids: Mapping[Key, str]) -> Done:
            raise StepFailed("400: no", terminal=True)

    result = run(Refusing())
    assert (result.succeeded, result.passes, result.timed_out) == (False, 1, False)
    assert next(outcome.reason for outcome in result.reports[TARGET].left) == "400: no"


def test_a_failure_that_does_not_pass_ends_patience() -> None:
    result = run(MemoryTarget(lambda _: "refuse"))
    assert (result.succeeded, result.passes, result.timed_out) == (False, PATIENCE, False)


def test_what_never_gets_done_ends_at_the_timeout() -> None:
    driver = MemoryTarget(slow_deletes=10**6)
    run(driver)
    result = run(driver, {}, timeout=0.5)
    assert (result.succeeded, result.timed_out) == (False, True)


class Blind(MemoryTarget):
    """Observations succeed or fail in turn."""

    def __init__(self, *errors: Exception | None) -> None:
        super().__init__()
        self.errors = list(errors)
        self.observations = 0

    def observe(self, kinds: Collection[str] = (), *, complete: bool = False) -> World:
        self.observations += 1
        error = self.errors.pop(0) if self.errors else None
        if error:
            raise error
        return super().observe(kinds, complete=complete)


def test_a_target_that_can_t_be_observed_in_the_first_place_ends_it_at_once() -> None:
    driver = Blind(TargetUnknown("gone"))
    result = run(driver)
    assert (result.succeeded, driver.observations) == (False, 1)
    assert str(result.reports[TARGET].error) == "gone"


def test_an_observation_that_fails_later_is_a_fault_that_may_pass() -> None:
    driver = Blind(None, TargetUnknown("503"), TargetUnknown("503"))
    assert run(driver).succeeded
    assert driver.observations == 4


def test_a_target_that_went_away_for_good_ends_patience() -> None:
    driver = Blind(None, *[TargetUnknown("gone")] * 99)
    result = run(driver)
    assert (result.succeeded, driver.observations) == (False, 1 + PATIENCE)


def test_credentials_that_were_taken_away_end_it_at_once() -> None:
    driver = Blind(None, ConfigError("login failed"))
    assert not run(driver).succeeded
    assert driver.observations == 2


def test_a_target_that_fails_holds_up_no_other() -> None:
    done = threading.Event()

    class Waiting(MemoryTarget):
        def observe(self, kinds: Collection[str] = (), *, complete: bool = False) -> World:
            assert done.wait(20)
            raise TargetUnknown("gone")

    class Other(MemoryTarget):
        def observe(self, kinds: Collection[str] = (), *, complete: bool = False) -> World:
            world = super().observe(kinds, complete=complete)
            observed = {k._replace(target="lyon"): found for k, found in world.observed.items()}
            return World("lyon", observed, world.existing)

    def reported(report: Report) -> None:
        if report.target == "lyon" and report.settled:
            done.set()

    things = {"0/a": ThingSpec(), "0/b": ThingSpec()}
    result = converge(catalog(things, TARGET, "lyon"), {TARGET: Waiting(), "lyon": Other()}, reported=reported)
    assert not result.succeeded
    assert result.reports["lyon"].settled


def test_an_interrupt_ends_it_after_the_pass_and_cuts_the_pause() -> None:
    stopping = threading.Event()
    driver = MemoryTarget(lambda _: "refuse")
    watcher = Watcher(stepped=lambda *_: stopping.set(), stopping=stopping.is_set)
    result = run(driver, watcher=watcher)
    assert (result.passes, result.succeeded) == (1, False)


def test_without_targets_there_is_nothing_to_do() -> None:
    assert converge(catalog({}), {}).passes == 0


def test_a_lost_reply_makes_no_duplicate(tmp_path: Path) -> None:
    place = Place("a.yaml", 1)
    target = Target(TARGET, "openstack", TARGET, (), (), ApiBudget(), place)
    keys = [Key(TARGET, "network", f"svc/n{number}") for number in range(5)]
    desired = {one: Desired(one, NetworkSpec(), place) for one in keys}
    declared = Catalog({TARGET: target}, {TARGET: desired}, {"svc": ServiceInfo("svc", place, (TARGET,))})
    with Simulator([TARGET]) as simulator:
        driver = connect(target, Clouds(simulator.write_clouds_file(tmp_path / "c.yaml")), "test", lambda _: None)
        rule = {"method": "POST", "service": "network", "drop": "after", "times": 3}
        assert send("PUT", f"{simulator.url}/_simulator/faults", [rule]).status == 204
        result = converge(declared, {TARGET: driver})
        assert result.succeeded
        posts = [one for one in simulator.log() if (one["method"], one["route"]) == ("POST", "/v2.0/networks")]
        assert sorted(one["status"] for one in posts) == [0, 0, 0, 201, 201]
        names = [
            network["name"] for network in Caller(f"{simulator.url}/{TARGET}").network("GET", "networks")["networks"]
        ]
        assert sorted(name for name in names if name.startswith("svc/")) == [one.name for one in keys]
        driver.close()
