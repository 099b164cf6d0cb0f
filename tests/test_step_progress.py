"""The one table: how a step goes on, by what blocks it or by what came of it."""

from __future__ import annotations

import pytest

from reconciler.model import (
    PROGRESS_OF_BLOCK,
    Action,
    BlockReason,
    Outcome,
    Result,
    Step,
    StepProgress,
    step_progress_of,
    step_progress_of_all,
)
from tests.worlds import key

STEP = Step(Action.CREATE, key("0/a"))


def test_every_reason_to_block_a_step_is_in_the_table() -> None:
    assert PROGRESS_OF_BLOCK.keys() == set(BlockReason)


def test_what_consent_in_git_ends_is_declared_by_people() -> None:
    for reason in BlockReason:
        if reason.is_approvable:
            assert PROGRESS_OF_BLOCK[reason] is StepProgress.DECLARED


@pytest.mark.parametrize(
    ("result", "again", "progress"),
    [
        (Result.DONE, False, StepProgress.DONE),
        (Result.PENDING, True, StepProgress.MOVING),
        (Result.FAILED, True, StepProgress.RETRYING),
        (Result.FAILED, False, StepProgress.FAILED),
        (Result.SKIPPED, True, StepProgress.MOVING),
        (Result.SKIPPED, False, StepProgress.FOLLOWING),
    ],
)
def test_without_a_block_the_result_decides(result: Result, again: bool, progress: StepProgress) -> None:
    assert step_progress_of(STEP, Outcome(STEP, result, again=again)) is progress


def test_a_step_that_is_only_planned_moves() -> None:
    assert step_progress_of(STEP) is StepProgress.MOVING


@pytest.mark.parametrize("progress", StepProgress)
def test_nothing_both_goes_on_by_itself_and_needs_someone(progress: StepProgress) -> None:
    assert not (progress.by_itself and progress.needs_someone)


def test_of_many_each_way_counts_once() -> None:
    outcomes = [Outcome(STEP, Result.DONE), Outcome(STEP, Result.DONE), Outcome(STEP, Result.PENDING)]
    assert step_progress_of_all(outcomes) == {StepProgress.DONE, StepProgress.MOVING}
