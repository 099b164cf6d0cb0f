"""How soon the next observation is, on a clock that only the test moves."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from reconciler.loop.progress import Progress
from reconciler.model import Action, Outcome, Report, Result, State, Step
from tests.simulator.callers import Clock
from tests.worlds import TARGET, key


def found(counts: Mapping[tuple[str, State], int], *outcomes: Outcome, commit: str = "a") -> Report:
    return Report(TARGET, commit, 0.0, 0.0, (), outcomes=outcomes, counts=counts)


BUILDING = {("server", State.BUILDING): 2}
LESS = {("server", State.BUILDING): 1, ("server", State.READY): 1}
UPDATED = Outcome(Step(Action.UPDATE, key("0/a")), Result.DONE)
OTHER = Outcome(Step(Action.UPDATE, key("0/b")), Result.DONE)


def test_what_takes_long_is_observed_less_and_less_often() -> None:
    clock = Clock()
    progress = Progress(clock)
    pauses = []
    for _ in range(4):
        pauses.append(progress.pause(found(BUILDING, UPDATED)))
        clock.forward(10)
    assert pauses == pytest.approx([0.0, 2.0, 4.0, 6.0])


def test_where_glances_show_all_that_moves_there_is_no_haste_from_the_start() -> None:
    clock = Clock()
    progress = Progress(clock)
    pauses = []
    for _ in range(4):
        pauses.append(progress.pause(found(BUILDING)))
        clock.forward(15)
    assert pauses == pytest.approx([5.0, 5.0, 6.0, 9.0])


@pytest.mark.parametrize(
    "different",
    [found(LESS, OTHER), found(BUILDING, UPDATED, OTHER), found(BUILDING, OTHER, commit="b")],
    ids=["something got ready", "something was done", "another commit"],
)
def test_haste_comes_back_when_something_is_different(different: Report) -> None:
    clock = Clock()
    progress = Progress(clock)
    progress.pause(found(BUILDING, OTHER))
    clock.forward(100)
    assert progress.pause(different) == 0.0


def test_an_update_that_does_not_hold_is_no_progress() -> None:
    clock = Clock()
    progress = Progress(clock)
    progress.pause(found(LESS, UPDATED))
    clock.forward(100)
    assert progress.pause(found(LESS, UPDATED)) == pytest.approx(20.0)
