"""A change that takes its time is no failure; one that takes longer than it may is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from reconciler.loop.expectations import BUILD, Expectations
from reconciler.model import (
    Action,
    ApiBudget,
    BlockReason,
    Catalog,
    Desired,
    Health,
    Key,
    Lag,
    Plan,
    Probe,
    Report,
    ServiceInfo,
    ServiceStatus,
    Step,
    Sync,
    Target,
    TargetUnknown,
)
from reconciler.targets.openstack.kinds.server import ServerSpec
from tests.worlds import PLACE, TARGET

STARTUP = 200.0


class Bench:
    """Passes over a service with servers, and a clock that only the test moves."""

    def __init__(self, startup: float | None = None) -> None:
        self.now = 0.0
        self.expectations = Expectations(lambda: self.now)
        self.probe = None if startup is None else Probe("ping", Key(TARGET, "port", "svc/0"), startup=startup)

    def step(self, number: int, blocked: BlockReason | None = None, image: str = "debian-12") -> Step:
        server = Key(TARGET, "server", f"svc/{number}")
        spec = ServerSpec(Key(TARGET, "flavor", "small"), Key(TARGET, "image", image))
        return Step(Action.CREATE, server, Desired(server, spec, PLACE, probe=self.probe), blocked=blocked)

    def passes(self, lag: Lag, *steps: Step) -> Lag:
        (status,) = self.expectations.judge(self._catalog(steps), self._report(lag, steps)).services
        return status.lag

    def _catalog(self, steps: Iterable[Step]) -> Catalog:
        paris = Target(TARGET, "openstack", TARGET, (), (), ApiBudget(concurrency=10), PLACE)
        desired = {step.key: step.desired for step in [self.step(0), *steps] if step.desired}
        return Catalog({TARGET: paris}, {TARGET: desired}, {"svc": ServiceInfo("svc", PLACE, (TARGET,))})

    def _report(self, lag: Lag, steps: Iterable[Step]) -> Report:
        by_id = {step.id: step for step in steps}
        plan = Plan(TARGET, by_id, {step_id: frozenset() for step_id in by_id})
        status = ServiceStatus("svc", TARGET, Sync.OUT_OF_SYNC, Health.PROGRESSING, lag=lag)
        return Report(TARGET, "a", 0.0, 0.0, (status,), plan)


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_a_build_is_no_failure_until_it_takes_longer_than_a_build_may(bench: Bench) -> None:
    assert bench.passes(Lag.CHANGING, bench.step(0)) is Lag.CHANGING
    bench.now = BUILD - 1
    assert bench.passes(Lag.CHANGING) is Lag.CHANGING
    bench.now = 2 * BUILD
    assert bench.passes(Lag.CHANGING) is Lag.FAILURE


def test_a_roll_may_take_as_long_as_its_instances_one_after_another(bench: Bench) -> None:
    roll = [bench.step(number, BlockReason.TURN) for number in range(1, 5)]
    assert bench.passes(Lag.CHANGING, bench.step(0), *roll) is Lag.CHANGING
    bench.now = 4 * BUILD
    assert bench.passes(Lag.CHANGING, *roll[3:]) is Lag.CHANGING
    bench.now = 6 * BUILD
    assert bench.passes(Lag.CHANGING, *roll[3:]) is Lag.FAILURE


def test_an_instance_has_the_time_besides_that_its_probe_gives_it_to_start() -> None:
    slow = Bench(startup=STARTUP)
    slow.passes(Lag.CHANGING, slow.step(0))
    slow.now = BUILD + STARTUP - 1
    assert slow.passes(Lag.CHANGING) is Lag.CHANGING


def test_what_is_done_again_and_again_gets_no_time_again(bench: Bench) -> None:
    for minute in range(20):
        bench.now = minute * 60.0
        last = bench.passes(Lag.CHANGING, bench.step(0))
    assert last is Lag.FAILURE


def test_a_change_that_comes_on_top_gets_its_own_time(bench: Bench) -> None:
    bench.passes(Lag.CHANGING, bench.step(0))
    bench.now = BUILD
    assert bench.passes(Lag.CHANGING, bench.step(0, image="debian-13")) is Lag.CHANGING
    bench.now = 2 * BUILD - 1
    assert bench.passes(Lag.CHANGING) is Lag.CHANGING


@pytest.mark.parametrize("between", [Lag.NONE, Lag.MEANT])
def test_the_next_change_begins_again(bench: Bench, between: Lag) -> None:
    bench.passes(Lag.CHANGING, bench.step(0))
    bench.now = 2 * BUILD
    assert bench.passes(between) is between
    assert bench.passes(Lag.CHANGING, bench.step(0)) is Lag.CHANGING


def test_a_failure_in_between_gives_no_more_time(bench: Bench) -> None:
    bench.passes(Lag.CHANGING, bench.step(0))
    bench.now = BUILD
    assert bench.passes(Lag.FAILURE, bench.step(0)) is Lag.FAILURE
    bench.now = 2 * BUILD
    assert bench.passes(Lag.CHANGING, bench.step(0)) is Lag.FAILURE


def test_a_vim_that_can_t_be_observed_gives_no_more_time(bench: Bench) -> None:
    bench.passes(Lag.CHANGING, bench.step(0))
    bench.now = 2 * BUILD
    gone = replace(bench._report(Lag.FAILURE, ()), plan=None, error=TargetUnknown("gone"))
    assert bench.expectations.judge(bench._catalog(()), gone) is gone
    assert bench.passes(Lag.CHANGING, bench.step(0)) is Lag.FAILURE
