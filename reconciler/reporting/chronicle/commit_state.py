"""How far a commit has come on a VIM, and on all of them. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from reconciler.model import Outcome, Report, StepProgress, step_progress_of


class CommitState(StrEnum):
    """The gravest first."""

    UNREACHABLE = "unreachable"
    FAILED = "failed"
    PROGRESSING = "progressing"
    BLOCKED = "blocked"
    SYNCED = "synced"


_GRAVITY = list(CommitState)


class Judged(NamedTuple):
    """``reasons``: why it is unreachable, or a line for each step that failed or is blocked."""

    state: CommitState
    reasons: tuple[str, ...] = ()


UNSEEN = Judged(CommitState.PROGRESSING)
"""Of a VIM that has not been observed for the commit."""


def judge(report: Report) -> Judged:
    """How far the commit of a pass has come on its VIM."""
    if report.error is not None:
        return Judged(CommitState.UNREACHABLE, (str(report.error),))
    progress = [(step_progress_of(one.step, one), one) for one in report.left]
    failed = _lines(one for how, one in progress if how in {StepProgress.FAILED, StepProgress.RETRYING})
    blocked = _lines(one for how, one in progress if how in {StepProgress.DECLARED, StepProgress.STUCK})
    if failed:
        return Judged(CommitState.FAILED, failed)
    if report.building or any(how.by_itself for how, _ in progress) or (progress and not blocked):
        return Judged(CommitState.PROGRESSING)
    return Judged(CommitState.BLOCKED, blocked) if blocked else Judged(CommitState.SYNCED)


def together(judged: Iterable[Judged]) -> Judged:
    """How far it has come on all VIMs: no further than on the one where its state is worst."""
    found = sorted(judged, key=lambda one: _GRAVITY.index(one.state))
    worst = found[0].state if found else CommitState.SYNCED
    gravest = (one for one in found if one.state in {worst, CommitState.FAILED})
    return Judged(worst, tuple(reason for one in gravest for reason in one.reasons))


def _lines(outcomes: Iterable[Outcome]) -> tuple[str, ...]:
    return tuple(f"{one.step}: {one.reason}" for one in outcomes)
