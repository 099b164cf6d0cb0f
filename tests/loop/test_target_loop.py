"""When the loop of one target observes: at once for a commit, seldom for nothing, and never in haste at what fails."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import pytest
from apscheduler.schedulers.background import BackgroundScheduler

from reconciler.config import DriftConfig
from reconciler.loop.clock import Clock
from reconciler.loop.expectations import Expectations
from reconciler.loop.observations import Observations
from reconciler.loop.pass_context import Board
from reconciler.loop.target_loop import COMPLETE_EVERY, LoopId, TargetLoop
from reconciler.model import (
    Action,
    Catalog,
    Done,
    Driver,
    Key,
    Lag,
    MagiError,
    Outcome,
    PassProgress,
    Phase,
    Plan,
    Report,
    RepositoryStatus,
    Result,
    State,
    Step,
    StepFailed,
    Target,
    TargetUnknown,
    World,
)
from reconciler.reporting.events import EventLog
from reconciler.reporting.metrics import Metrics
from tests.loop.memory import catalog, target
from tests.waiting import PATIENCE, eventually
from tests.worlds import TARGET, MemoryTarget, ThingSpec, key

ONE = {"0/a": ThingSpec()}
STEP = Step(Action.CREATE, key("0/a"))
PLAN = Plan(TARGET, {STEP.id: STEP}, {STEP.id: frozenset()})


class Counting(MemoryTarget):
    """Counts its observations, and whether it was closed."""

    observations = 0
    closed = 0

    def observe(self, kinds: Collection[str] = (), *, complete: bool = False) -> World:
        self.observations += 1
        return super().observe(kinds, complete=complete)

    def close(self) -> None:
        self.closed += 1


@dataclass
class Bench:
    """Observations that are ended with the test. Nothing happens by time alone: the drift interval is an hour."""

    connect: Callable[[Target], Driver] = field(init=False)
    drift: DriftConfig = field(default_factory=lambda: DriftConfig(3600.0, 3600.0))
    observations: Observations = field(init=False)
    metrics: Metrics = field(default_factory=lambda: Metrics("1", lambda: [RepositoryStatus("")], list))

    def __post_init__(self) -> None:
        self.scheduler = BackgroundScheduler(timezone="UTC")
        self.scheduler.start()
        self.observations = Observations(self.scheduler)

    def loop(self, connect: Callable[[Target], Driver], **drift: float) -> TargetLoop:
        """One that no one calls."""
        self.connect = connect
        times = {"interval": 3600.0, "longest": 3600.0} | drift
        self.drift = DriftConfig(times["interval"], times["longest"])
        return self.made(LoopId("default", TARGET))

    def made(self, loop_id: LoopId) -> TargetLoop:
        return TargetLoop(loop_id, self.connect, self.drift, self.metrics, Board(), EventLog())

    def take(self, things: Mapping[str, ThingSpec] | Catalog, commit: str) -> None:
        desired = things if isinstance(things, Catalog) else catalog(things)
        self.observations.spread("default", replace(desired, commit=commit), desired.targets, self.made)

    def start(
        self, connect: Callable[[Target], Driver], things: Mapping[str, ThingSpec] = ONE, commit: str = "a"
    ) -> TargetLoop:
        """One that is managed."""
        self.connect = connect
        self.take(things, commit)
        return self.observations.loops()[0]

    def passes(self) -> float:
        return sum(self.metrics._passes._counts.values())


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    made.scheduler.shutdown(wait=False)
    made.observations.stop()
    assert made.observations.join(PATIENCE)
    assert all(loop.ended for loop in made.observations.loops())


def report(*outcomes: Outcome, error: MagiError | None = None, counts: Any = None) -> Report:
    return Report(TARGET, "a", 0.0, 0.0, (), None if error else PLAN, outcomes, counts or {}, error)


def pauses(bench: Bench, reports: list[Report], **drift: float) -> list[float]:
    """The pauses after each of the reports, with the dice at their highest."""
    loop = bench.loop(lambda _: MemoryTarget(), **drift)
    return [loop._pause_after(one) for one in reports]


@pytest.fixture
def even(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(random, "uniform", lambda _low, high: min(high, 1.0))


AGAIN = Outcome(STEP, Result.FAILED, "503", again=True)
NEVER = Outcome(STEP, Result.FAILED, "400", again=False)
MADE = Outcome(STEP, Result.DONE)


@pytest.mark.usefixtures("even")
def test_a_failure_is_tried_again_later_and_later_up_to_a_limit(bench: Bench) -> None:
    assert pauses(bench, [report(AGAIN)] * 6, longest=20.0, interval=10.0) == [2, 4, 8, 16, 20, 20]
    unknown = report(error=TargetUnknown("gone"))
    assert pauses(bench, [unknown] * 3) == [2, 4, 8]


@pytest.mark.usefixtures("even")
def test_success_ends_the_back_off(bench: Bench) -> None:
    assert pauses(bench, [report(AGAIN), report(AGAIN), report(MADE), report(AGAIN)])[-1] == 2


@pytest.mark.usefixtures("even")
def test_the_time_that_a_cloud_asks_for_is_kept(bench: Bench) -> None:
    asked = replace(AGAIN, retry_after=30.0)
    assert pauses(bench, [report(asked)]) == [30]
    assert pauses(bench, [report(asked)], longest=20.0) == [20]


@pytest.mark.usefixtures("even")
def test_what_only_people_can_fix_waits_for_the_usual_observation(bench: Bench) -> None:
    assert pauses(bench, [report(NEVER)], interval=60.0) == [60]
    assert pauses(bench, [report()], interval=60.0) == [60]


@pytest.mark.usefixtures("even")
def test_what_moves_is_observed_again_within_a_second(bench: Bench) -> None:
    building = report(counts={("server", State.BUILDING): 1})
    assert pauses(bench, [report(MADE), building]) == [0.5, 0.5]


def test_pauses_are_spread_so_that_vims_are_not_observed_in_step(bench: Bench) -> None:
    found = pauses(bench, [report()] * 20, interval=100.0)
    assert len(set(found)) > 10
    assert all(90 <= pause <= 110 for pause in found)


def test_a_first_pass_follows_the_start_at_once(bench: Bench) -> None:
    driver = Counting()
    bench.start(lambda _: driver)
    eventually(lambda: len(driver.things) == 1)


def test_a_newer_commit_is_not_waited_for_by_the_drift_interval(bench: Bench) -> None:
    driver = Counting()
    loop = bench.start(lambda _: driver)
    eventually(lambda: loop.report is not None and loop.report.settled)
    bench.take({"0/b": ThingSpec()}, "b")
    eventually(lambda: [thing.key for thing in driver.things.values()] == [key("0/b")])


def test_of_many_commits_in_a_row_the_last_one_is_what_stands(bench: Bench) -> None:
    driver = Counting()
    loop = bench.start(lambda _: driver)
    for size in range(1, 60):
        bench.take({"0/a": ThingSpec(size=size)}, str(size))
    eventually(lambda: loop.report is not None and loop.report.settled and loop.report.commit == "59")
    assert [thing.spec.size for thing in driver.things.values()] == [59]


def _counting(made: list[Counting], _target: Target) -> Driver:
    made.append(Counting())
    return made[-1]


def test_stop_is_never_lost_whenever_it_comes() -> None:
    for _ in range(50):
        bench = Bench()
        made: list[Counting] = []
        loop = bench.start(partial(_counting, made))
        bench.observations.stop()
        assert bench.observations.join(PATIENCE)
        assert loop.ended
        assert loop._driver is None
        assert [driver.closed for driver in made] == [1] * len(made)
        bench.scheduler.shutdown(wait=False)


def test_a_step_that_keeps_failing_is_not_tried_in_haste(bench: Bench) -> None:
    class Failing(Counting):
        tries = 0

        def carry_out(self, step: Step, ids: Mapping[Key, str]) -> Done:
            self.tries += 1
            raise StepFailed("503")

    driver = Failing()
    bench.start(lambda _: driver)
    eventually(lambda: driver.tries >= 2)
    # The first pause is of one second at least, so that more than a few tries would be haste.
    assert driver.tries <= 3


def test_a_stopping_loop_closes_its_driver_and_starts_no_more_steps(bench: Bench) -> None:
    stop = threading.Event()

    class Last(Counting):
        def carry_out(self, step: Step, ids: Mapping[Key, str]) -> Done:
            done = super().carry_out(step, ids)
            bench.observations.loops()[0].stop()
            stop.set()
            return done

    driver = Last()
    things = {"0/a": ThingSpec(), "1/a": ThingSpec(base=(key("0/a"),))}
    loop = bench.start(lambda _: driver, things)
    assert stop.wait(PATIENCE)
    eventually(lambda: loop.ended)
    assert (len(driver.things), driver.closed) == (1, 1)


@pytest.mark.parametrize("leaves_during_an_observation", [False, True])
def test_what_existed_ready_on_a_vim_that_left_git_counts_no_more(
    bench: Bench, leaves_during_an_observation: bool
) -> None:
    board = Board()
    went_on, goes_on = threading.Event(), threading.Event()

    class Held(MemoryTarget):
        def observe(self, kinds: Collection[str] = (), *, complete: bool = False) -> World:
            if leaves_during_an_observation:
                went_on.set()
                assert goes_on.wait(PATIENCE)
            return super().observe(kinds, complete=complete)

    loop = TargetLoop(LoopId("default", TARGET), lambda _: Held(), DriftConfig(), bench.metrics, board, EventLog())
    desired = catalog(ONE)
    loop.take(desired)
    observing = threading.Thread(target=loop.observe)
    observing.start()
    if leaves_during_an_observation:
        assert went_on.wait(PATIENCE)
    else:
        observing.join(PATIENCE)
        assert board.reports.keys() == {TARGET}
        board.publish(TARGET, {key("0/a"): "a"})
        assert board.unseen(desired) == frozenset()
    loop.stop(forget=True)
    goes_on.set()
    observing.join(PATIENCE)
    assert board.reports == {}
    assert board.ready([key("0/a")], "") == {}
    assert board.unseen(desired) == {TARGET}


def test_another_place_of_the_vim_in_git_makes_a_new_connection(bench: Bench) -> None:
    drivers: list[Counting] = []

    def connect(_target: Target) -> Driver:
        drivers.append(Counting())
        return drivers[-1]

    loop = bench.start(connect)
    eventually(lambda: loop.report is not None)
    moved = replace(catalog(ONE), targets={TARGET: replace(target(), entry="other")})
    bench.take(moved, "b")
    eventually(lambda: loop.report is not None and loop.report.commit == "b")
    assert [driver.closed for driver in drivers] == [1, 0]


def test_the_first_observation_is_complete_and_then_one_an_hour(bench: Bench) -> None:
    completes = []

    class Noting(MemoryTarget):
        def observe(self, kinds: Collection[str] = (), *, complete: bool = False) -> World:
            completes.append(complete)
            return super().observe(kinds, complete=complete)

    driver = Noting()
    loop = bench.loop(lambda _: driver)
    for hours in (0, 0, 1, 0):
        loop._complete_at -= hours * COMPLETE_EVERY
        loop._pass(catalog(ONE))
    loop._disconnect()
    loop._pass(catalog(ONE))
    assert completes == [True, False, True, False, True]


def test_a_clock_that_is_moved_manually_is_the_only_one_that_counts(bench: Bench) -> None:
    now = [100.0]
    made: list[bool] = []

    class Asked(MemoryTarget):
        def observe(self, kinds: Collection[str] = (), *, complete: bool = False) -> World:
            made.append(complete)
            now[0] += 7.0
            return super().observe(kinds, complete=complete)

    clock = Clock(lambda: now[0], lambda: 1_000_000.0 + now[0])
    loop = TargetLoop(
        LoopId("default", TARGET), lambda _: Asked(), DriftConfig(), bench.metrics, Board(), EventLog(), clock=clock
    )
    loop.take(catalog(ONE))
    loop.observe()
    assert loop.report is not None
    assert (loop.report.started, loop.report.seconds) == (1_000_100.0, 7.0)
    loop.observe()
    now[0] += COMPLETE_EVERY
    loop.observe()
    assert made == [True, False, True]


class Building(MemoryTarget):
    """Builds without end."""

    def observe(self, kinds: Collection[str] = (), *, complete: bool = False) -> World:
        found = super().observe(kinds, complete=complete)
        building = {key: replace(one, state=State.BUILDING) for key, one in found.observed.items()}
        return replace(found, observed=building)


def test_a_service_that_builds_without_end_fails_in_the_end(bench: Bench) -> None:
    loop = bench.loop(lambda _: Building())
    moments = iter((0.0, 1.0, 100_000.0))
    loop._expectations = Expectations(lambda: next(moments))
    loop.take(catalog(ONE))
    lags = []
    for _ in range(3):
        loop._pass(catalog(ONE))
        assert loop.report
        lags += [status.lag for status in loop.report.services]
    assert lags[-2:] == [Lag.CHANGING, Lag.FAILURE]


def test_a_pass_that_runs_shows_how_far_it_is_and_one_that_ended_does_not(bench: Bench) -> None:
    seen: list[PassProgress | None] = []

    class Watched(MemoryTarget):
        def observe(self, kinds: Collection[str] = (), *, complete: bool = False) -> World:
            seen.append(loop.passing)
            return super().observe(kinds, complete=complete)

        def carry_out(self, step: Step, ids: Mapping[Key, str]) -> Done:
            seen.append(loop.passing)
            return super().carry_out(step, ids)

    loop = bench.loop(lambda _: Watched())
    loop.take(catalog(ONE))
    loop.observe()
    assert [(one.phase, one.done, one.steps) for one in seen if one] == [
        (Phase.OBSERVING, 0, 0),
        (Phase.APPLYING, 0, 1),
    ]
    assert loop.passing is None
