"""A set goes out wave after wave, and no further than to a member that does not get healthy."""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

import pytest

from reconciler import applying
from reconciler.loop import converge as converge_file
from reconciler.loop.converge import Converged, converge
from reconciler.model import Action, Catalog, Desired, Done, Health, Key, Rollout, ServiceInfo, Step, World
from tests.loop.memory import target
from tests.waiting import PATIENCE
from tests.worlds import PLACE, TARGET, MemoryTarget, ThingSpec

NAMES = ("canary", "second", "third")
RENAMED = ("canary-2", "second-2", "third-2")


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundredth of the pauses, so that patience ends soon."""
    monkeypatch.setattr(converge_file, "_SHORTEST", 0.005)
    monkeypatch.setattr(applying, "BUILDING_AGAIN", 0.005)


def key_of(service: str) -> Key:
    return Key(TARGET, "level0", f"{service}/0/a")


def roll_out(driver: MemoryTarget, only: str | None = None, *, names: Sequence[str] = NAMES) -> Converged:
    desired = {key: Desired(key, ThingSpec(), PLACE) for key in map(key_of, names)}
    services = {name: ServiceInfo(name, PLACE, (TARGET,)) for name in names}
    rollouts = (Rollout("fleet", tuple((name,) for name in names), 1),)
    catalog = Catalog({TARGET: target()}, {TARGET: desired}, services, rollouts=rollouts)
    return converge(catalog, {TARGET: driver}, only=only, timeout=PATIENCE)


def refusing(name: str) -> Callable[[Step], str | None]:
    return lambda step: "refuse" if step.key.service == name else None


def test_each_wave_follows_when_the_one_before_it_is_well() -> None:
    driver = MemoryTarget()
    result = roll_out(driver)
    assert result.succeeded
    assert [step.key.service for step in driver.calls] == list(NAMES)


def test_a_member_that_fails_halts_the_rollout_and_the_others_say_why() -> None:
    driver = MemoryTarget(refusing("second"))
    result = roll_out(driver)
    assert not result.succeeded
    assert {step.key.service for step in driver.calls} == {"canary", "second"}
    reported = {status.name: status for status in result.reports[TARGET].services}
    assert reported["canary"].health is Health.HEALTHY
    assert reported["third"].message.startswith("waits for wave 2 of 3 of set fleet: second is ")


def test_a_service_that_is_named_does_not_wait_for_its_set() -> None:
    driver = MemoryTarget()
    roll_out(driver, only="third")
    assert [step.key.service for step in driver.calls] == ["third"]


def test_members_of_another_name_replace_the_old_ones_only_when_all_of_them_are_well() -> None:
    driver = MemoryTarget()
    roll_out(driver)
    driver.calls.clear()
    assert roll_out(driver, names=RENAMED).succeeded
    assert [(step.action, step.key.service) for step in driver.calls] == [
        *((Action.CREATE, name) for name in RENAMED),
        *((Action.DELETE, name) for name in NAMES),
    ]


def test_no_old_member_goes_while_the_canary_of_the_new_ones_fails() -> None:
    driver = MemoryTarget()
    roll_out(driver)
    driver.fault = refusing("canary-2")
    driver.calls.clear()
    result = roll_out(driver, names=RENAMED)
    assert not result.succeeded
    assert {(step.action, step.key.service) for step in driver.calls} == {(Action.CREATE, "canary-2")}
    reported = {status.name: status for status in result.reports[TARGET].services}
    assert reported["third"].message.startswith(
        "no service is removed before the rollout is through: waits for wave 1 of 3 of set fleet: canary-2 is "
    )


def test_a_removal_that_is_named_does_not_wait_for_a_set() -> None:
    driver = MemoryTarget()
    roll_out(driver)
    driver.fault = refusing("canary-2")
    driver.calls.clear()
    roll_out(driver, only="third", names=RENAMED)
    assert [(step.action, step.key.service) for step in driver.calls] == [(Action.DELETE, "third")]


class Slow(MemoryTarget):
    """Takes far longer for one pass than the others have patience for."""

    def carry_out(self, step: Step, ids: Mapping[Key, str]) -> Done:
        time.sleep(0.02)
        return super().carry_out(step, ids)


class Lyon(MemoryTarget):
    def observe(self, kinds: Collection[str] = (), *, complete: bool = False) -> World:
        return replace(super().observe(kinds, complete=complete), target="lyon")


def test_a_vim_waits_for_another_one_as_long_as_that_gets_on() -> None:
    first = [Key(TARGET, "level0", f"canary/0/{number}") for number in range(60)]
    second = Key("lyon", "level0", "second/0/a")
    desired = {
        TARGET: {key: Desired(key, ThingSpec(), PLACE) for key in first},
        "lyon": {second: Desired(second, ThingSpec(), PLACE)},
    }
    services = {"canary": ServiceInfo("canary", PLACE, (TARGET,)), "second": ServiceInfo("second", PLACE, ("lyon",))}
    targets = {TARGET: target(), "lyon": target("lyon")}
    rollouts = (Rollout("fleet", (("canary",), ("second",))),)
    drivers = {TARGET: Slow(), "lyon": Lyon()}
    result = converge(Catalog(targets, desired, services, rollouts=rollouts), drivers, timeout=PATIENCE)
    assert result.succeeded
    assert [step.key for step in drivers["lyon"].calls] == [second]
