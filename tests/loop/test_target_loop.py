"""When the loop of one target looks: at once for a commit, seldom for nothing, and never in haste at what fails."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from reconciler.config import Config, DriftConfig, RepositoryConfig
from reconciler.events import EventLog
from reconciler.loop.surroundings import Board
from reconciler.loop.target_loop import COMPLETE_EVERY, TargetLoop
from reconciler.metrics import Metrics
from reconciler.model import (
    Action,
    Done,
    Driver,
    Key,
    MagiError,
    Outcome,
    Plan,
    Report,
    Result,
    SourceStatus,
    State,
    Step,
    StepFailed,
    Target,
    TargetUnknown,
    World,
)
from tests.loop.memory import catalog, target
from tests.waiting import eventually
from tests.worlds import TARGET, MemoryTarget, ThingSpec, key

ONE = {"0/a": ThingSpec()}
STEP = Step(Action.CREATE, key("0/a"))
PLAN = Plan(TARGET, {STEP.id: STEP}, {STEP.id: frozenset()})


class Counting(MemoryTarget):
    """Counts its looks, and whether it was closed."""

    looks = 0
    closed = 0

    def look(self, kinds: Collection[str] = (), *, complete: bool = False) -> World:
        self.looks += 1
        return super().look(kinds, complete=complete)

    def close(self) -> None:
        self.closed += 1


@dataclass
class Bench:
    """Loops that are ended with the test. Nothing happens by time alone: the drift interval is an hour."""

    loops: list[TargetLoop] = field(default_factory=list)
    metrics: Metrics = field(default_factory=lambda: Metrics("1", lambda: SourceStatus(""), list))

    def loop(self, connect: Callable[[Target], Driver], **drift: float) -> TargetLoop:
        config = Config(RepositoryConfig(""), DriftConfig(**({"interval": 3600.0, "longest": 3600.0} | drift)))
        made = TargetLoop(TARGET, connect, config, self.metrics, Board(), EventLog())
        self.loops.append(made)
        return made

    def passes(self) -> float:
        return sum(self.metrics._passes.values())


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    for loop in made.loops:
        loop.stop()
        loop.join(20)
        assert loop.ended


def report(*outcomes: Outcome, error: MagiError | None = None, counts: Any = None) -> Report:
    return Report(TARGET, "a", 0.0, 0.0, (), None if error else PLAN, outcomes, counts or {}, error)


def pauses(bench: Bench, reports: list[Report], **drift: float) -> list[float]:
    """The pauses after each of the reports, with the dice at their highest."""
    loop = bench.loop(lambda _: MemoryTarget(), **drift)
    bench.loops.remove(loop)
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
def test_what_only_people_can_mend_waits_for_the_usual_look(bench: Bench) -> None:
    assert pauses(bench, [report(NEVER)], interval=60.0) == [60]
    assert pauses(bench, [report()], interval=60.0) == [60]


@pytest.mark.usefixtures("even")
def test_what_moves_is_looked_at_again_within_a_second(bench: Bench) -> None:
    building = report(counts={("server", State.BUILDING): 1})
    assert pauses(bench, [report(MADE), building]) == [1, 1]


def test_pauses_are_spread_so_that_vims_are_not_looked_at_in_step(bench: Bench) -> None:
    found = pauses(bench, [report()] * 20, interval=100.0)
    assert len(set(found)) > 10
    assert all(90 <= pause <= 110 for pause in found)


def test_a_first_pass_follows_the_start_at_once(bench: Bench) -> None:
    driver = Counting()
    bench.loop(lambda _: driver).start(catalog(ONE), "abc")
    eventually(lambda: len(driver.things) == 1)


def test_a_newer_commit_is_not_waited_for_by_the_drift_interval(bench: Bench) -> None:
    driver = Counting()
    loop = bench.loop(lambda _: driver)
    loop.start(catalog(ONE), "a")
    eventually(lambda: loop.report is not None and loop.report.settled)
    loop.take(catalog({"0/b": ThingSpec()}), "b")
    eventually(lambda: [thing.key for thing in driver.things.values()] == [key("0/b")])


def test_of_many_commits_in_a_row_the_last_one_is_what_stands(bench: Bench) -> None:
    driver = Counting()
    loop = bench.loop(lambda _: driver)
    loop.start(catalog(ONE), "0")
    for size in range(1, 60):
        loop.take(catalog({"0/a": ThingSpec(size=size)}), str(size))
    eventually(lambda: loop.report is not None and loop.report.settled and loop.report.revision == "59")
    assert [thing.spec.size for thing in driver.things.values()] == [59]


def test_stop_is_never_lost_whenever_it_comes(bench: Bench) -> None:
    for _ in range(50):
        loop = bench.loop(lambda _: Counting())
        loop.start(catalog(ONE), "a")
        loop.stop()
        loop.join(20)
        assert loop.ended


def test_a_step_that_keeps_failing_is_not_tried_in_haste(bench: Bench) -> None:
    class Failing(Counting):
        tries = 0

        def carry_out(self, step: Step, ids: Mapping[Key, str]) -> Done:
            self.tries += 1
            raise StepFailed("503")

    driver = Failing()
    loop = bench.loop(lambda _: driver)
    loop.start(catalog(ONE), "a")
    eventually(lambda: driver.tries >= 2)
    # The first pause is of one second at least, so that more than a few tries would be haste.
    assert driver.tries <= 3


def test_a_stopping_loop_closes_its_driver_and_starts_no_more_steps(bench: Bench) -> None:
    stop = threading.Event()

    class Last(Counting):
        def carry_out(self, step: Step, ids: Mapping[Key, str]) -> Done:
            done = super().carry_out(step, ids)
            loop.stop()
            stop.set()
            return done

    driver = Last()
    things = {"0/a": ThingSpec(), "1/a": ThingSpec(base=(key("0/a"),))}
    loop = bench.loop(lambda _: driver)
    loop.start(catalog(things), "a")
    assert stop.wait(20)
    loop.join(20)
    assert (len(driver.things), driver.closed) == (1, 1)


def test_another_place_of_the_vim_in_git_makes_a_new_connection(bench: Bench) -> None:
    drivers: list[Counting] = []

    def connect(_target: Target) -> Driver:
        drivers.append(Counting())
        return drivers[-1]

    loop = bench.loop(connect)
    loop.start(catalog(ONE), "a")
    eventually(lambda: loop.report is not None)
    moved = replace(catalog(ONE), targets={TARGET: replace(target(), cloud="other")})
    loop.take(moved, "b")
    eventually(lambda: loop.report is not None and loop.report.revision == "b")
    assert [driver.closed for driver in drivers] == [1, 0]


def test_the_first_look_is_complete_and_then_one_an_hour(bench: Bench) -> None:
    completes = []

    class Noting(MemoryTarget):
        def look(self, kinds: Collection[str] = (), *, complete: bool = False) -> World:
            completes.append(complete)
            return super().look(kinds, complete=complete)

    driver = Noting()
    loop = bench.loop(lambda _: driver)
    bench.loops.remove(loop)
    for hours in (0, 0, 1, 0):
        loop._complete_at -= hours * COMPLETE_EVERY
        loop._pass((catalog(ONE), "a"))
    loop._disconnect()
    loop._pass((catalog(ONE), "a"))
    assert completes == [True, False, True, False, True]
