"""The log lines of the passes over one target: each step as it ends, what is blocked or waits when that changes."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from reconciler.model import BlockReason, Outcome, Report, Result, StepId
from reconciler.reporting.metrics import result_of

log = logging.getLogger(__name__)

_RAN = frozenset({Result.DONE, Result.PENDING, Result.FAILED})

_COUNTS_DOWN = frozenset({BlockReason.FIGHT, BlockReason.WINDOW, BlockReason.CONTESTED})
"""Blocks whose reasons hold a time that is another one at each pass."""

_Left = tuple[Result, BlockReason | None, str]


class PassLog:
    """What was logged of a target last. One pass at a time uses it.

    It remembers one entry for each step that the last pass did not start, and the last error.
    """

    def __init__(self) -> None:
        self._known: Mapping[StepId, _Left] = {}
        self._left: dict[StepId, _Left] = {}
        self._changed = False
        self._error = ""

    def stepped(self, _target: str, outcome: Outcome) -> None:
        """One line for a step that ran; for another one only where result or reason are not those of the last pass."""
        step = outcome.step
        pairs: dict[str, object] = {"service": step.key.service, "action": step.action.value, "key": str(step.key)}
        pairs |= {"result": outcome.result.value, "reason": outcome.reason}
        if outcome.result in _RAN:
            self._changed = True
            failed = outcome.result is Result.FAILED
            level, message = (logging.WARNING, "step failed") if failed else (logging.INFO, "step ended")
            log.log(level, message, extra=pairs | {"seconds": round(outcome.seconds, 3)})
            return
        left = outcome.result, step.blocked, "" if step.blocked in _COUNTS_DOWN else outcome.reason
        self._left[step.id] = left
        if self._known.get(step.id) != left:
            self._changed = True
            log.info("step not started", extra=pairs)

    def passed(self, report: Report) -> None:
        """One line for a pass: at INFO where something was done or is otherwise than at the last one, else at DEBUG."""
        seconds = {"seconds": round(report.seconds, 3)}
        error, self._error = self._error, str(report.error or "")
        if report.error:
            # What was not started stays known: after the outage it is still the same.
            self._left, self._changed = {}, False
            level = logging.WARNING if self._error != error else logging.DEBUG
            log.log(level, "vim can't be observed", extra=seconds | {"error": self._error})
            return
        changed = self._changed or bool(error) or self._known.keys() != self._left.keys()
        self._known, self._left, self._changed = self._left, {}, False
        pairs = seconds | {"result": result_of(report), "steps": len(report.outcomes)}
        log.log(logging.INFO if changed else logging.DEBUG, "pass done", extra=pairs)
