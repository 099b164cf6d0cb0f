"""How far a commit has come on a VIM, and on all of them. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from reconciler.model import Outcome, Report, StepProgress, step_progress_of


class Standing(StrEnum):
    """The gravest first."""

    UNREACHABLE = "unreachable"
    FAILED = "failed"
    PROGRESSING = "progressing"
    BLOCKED = "blocked"
    SYNCED = "synced"


_GRAVITY = list(Standing)


class Judged(NamedTuple):
    """``reasons``: why it is unreachable, or a line for each step that failed or is blocked."""

    standing: Standing
    reasons: tuple[str, ...] = ()


UNSEEN = Judged(Standing.PROGRESSING)
"""Of a VIM that has not been looked at for the commit."""


def judge(report: Report) -> Judged:
    """How far the commit of a pass has come on its VIM."""
    if report.error is not None:
        return Judged(Standing.UNREACHABLE, (str(report.error),))
    progress = [(step_progress_of(one.step, one), one) for one in report.left]
    failed = _lines(one for how, one in progress if how in {StepProgress.FAILED, StepProgress.RETRYING})
    blocked = _lines(one for how, one in progress if how in {StepProgress.DECLARED, StepProgress.STUCK})
    if failed:
        return Judged(Standing.FAILED, failed)
    if report.building or any(how.by_itself for how, _ in progress) or (progress and not blocked):
        return Judged(Standing.PROGRESSING)
    return Judged(Standing.BLOCKED, blocked) if blocked else Judged(Standing.SYNCED)


def together(judged: Iterable[Judged]) -> Judged:
    """How far it has come on all VIMs: no further than on the one where it stands worst."""
    found = sorted(judged, key=lambda one: _GRAVITY.index(one.standing))
    worst = found[0].standing if found else Standing.SYNCED
    gravest = (one for one in found if one.standing in {worst, Standing.FAILED})
    return Judged(worst, tuple(reason for one in gravest for reason in one.reasons))


def _lines(outcomes: Iterable[Outcome]) -> tuple[str, ...]:
    return tuple(f"{one.step}: {one.reason}" for one in outcomes)
