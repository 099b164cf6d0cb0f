"""What waits because it failed: a step that may run, but did so in vain a short while ago."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from reconciler.model import BlockReason, Circumstances, Step, StepId


def back_off(steps: Mapping[StepId, Step], circumstances: Circumstances) -> Mapping[StepId, Step]:
    """The steps, with those blocked that wait after a failure. What is blocked for another reason stays so."""
    if not circumstances.failed:
        return steps
    return {
        step_id: replace(step, blocked=BlockReason.FAILED, reason=circumstances.failed[step_id])
        if step_id in circumstances.failed and not step.blocked
        else step
        for step_id, step in steps.items()
    }
