"""How a step of a plan goes on: is it done, does it move by itself, or must a person act? One table for all who ask.

| Block of the step, or result of the call | Progress |
|---|---|
| done | done |
| pending, still being deleted or built, waits for its turn, skipped until the next pass | moving |
| waits for what it depends on | waiting |
| skipped, as what it waits for is not done | following |
| failed, and another pass may do better | retrying |
| consent, a window, a limit, a rule, suspended, drift that is only reported | declared |
| missing, claimed, would be refused, repaired again and again, a circle, contested | stuck |
| failed, and would fail again, or waits after a failure | failed |
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from reconciler.model.plans import BlockReason, Outcome, Result, Step


class StepProgress(StrEnum):
    """How a step goes on."""

    DONE = "done"
    MOVING = "moving"
    WAITING = "waiting"
    FOLLOWING = "following"
    RETRYING = "retrying"
    DECLARED = "declared"
    STUCK = "stuck"
    FAILED = "failed"

    @property
    def by_itself(self) -> bool:
        """Another pass may find it further without anyone doing anything."""
        return self in {StepProgress.MOVING, StepProgress.WAITING, StepProgress.RETRYING}

    @property
    def needs_someone(self) -> bool:
        """It stays as it is until Git, the target or another actor's doing changes."""
        return self in {StepProgress.DECLARED, StepProgress.STUCK, StepProgress.FAILED}


PROGRESS_OF_BLOCK: Mapping[BlockReason, StepProgress] = {
    BlockReason.DELETING: StepProgress.MOVING,
    BlockReason.BUILDING: StepProgress.MOVING,
    BlockReason.TURN: StepProgress.MOVING,
    BlockReason.DEPENDS: StepProgress.WAITING,
    BlockReason.FAILED: StepProgress.FAILED,
    BlockReason.SUSPENDED: StepProgress.DECLARED,
    BlockReason.PRUNE: StepProgress.DECLARED,
    BlockReason.PROTECTED: StepProgress.DECLARED,
    BlockReason.MAX_DELETES: StepProgress.DECLARED,
    BlockReason.MAX_REPLACES: StepProgress.DECLARED,
    BlockReason.FROZEN: StepProgress.DECLARED,
    BlockReason.CONSENT: StepProgress.DECLARED,
    BlockReason.WINDOW: StepProgress.DECLARED,
    BlockReason.SHRUNK: StepProgress.DECLARED,
    BlockReason.LABEL: StepProgress.DECLARED,
    BlockReason.RULE: StepProgress.DECLARED,
    BlockReason.DRIFT: StepProgress.DECLARED,
    BlockReason.REFUSED: StepProgress.STUCK,
    BlockReason.MISSING: StepProgress.STUCK,
    BlockReason.CLAIMED: StepProgress.STUCK,
    BlockReason.FIGHT: StepProgress.STUCK,
    BlockReason.CIRCLE: StepProgress.STUCK,
    BlockReason.CONTESTED: StepProgress.STUCK,
}


def step_progress_of(step: Step, outcome: Outcome | None = None) -> StepProgress:
    """How a step goes on. ``outcome``: what came of it, where it was tried; None for a plan that is only shown."""
    if step.blocked is not None:
        return PROGRESS_OF_BLOCK[step.blocked]
    if outcome is None:
        return StepProgress.MOVING
    match outcome.result:
        case Result.DONE:
            return StepProgress.DONE
        case Result.FAILED:
            return StepProgress.RETRYING if outcome.again else StepProgress.FAILED
        case Result.SKIPPED if not outcome.again:
            return StepProgress.FOLLOWING
        case _:
            return StepProgress.MOVING


def step_progress_of_all(outcomes: Iterable[Outcome]) -> frozenset[StepProgress]:
    """Each way that some step goes on."""
    return frozenset(step_progress_of(outcome.step, outcome) for outcome in outcomes)
