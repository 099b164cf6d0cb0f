"""What became of steps whose reply was lost: the observations that followed show it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from reconciler.model import Action, Outcome, Plan, Report, Result, State, Step, StepId


class _Found(StrEnum):
    """What the next observation showed of a step."""

    NOTHING = "no observation followed"
    DONE = "it had been done"
    LEFT = "it was left to do"


class LostReply(NamedTuple):
    """A step whose reply was lost, and in words what became of it."""

    target: str
    step: Step
    became: str

    def __str__(self) -> str:
        return f"{self.target}: the reply to '{self.step}' was lost: {self.became}"


@dataclass(slots=True)
class _Lost:
    step: Step
    found: _Found


class LostReplies:
    """Keeps the steps whose reply was lost. Each VIM calls from its own thread, about its own steps.

    It never holds more than the plans have steps.
    """

    def __init__(self) -> None:
        self._lost: dict[str, dict[StepId, _Lost]] = {}

    def stepped(self, target: str, outcome: Outcome) -> None:
        """Takes note of what came of a step."""
        if outcome.lost:
            self._lost.setdefault(target, {})[outcome.step.id] = _Lost(outcome.step, _Found.NOTHING)

    def planned(self, plan: Plan) -> None:
        """Takes note of the plan that an observation led to: what is not in it any more was done."""
        for step_id, lost in self._lost.get(plan.target, {}).items():
            if lost.found is _Found.NOTHING:
                lost.found = _Found.LEFT if step_id in plan.steps else _Found.DONE

    def replies(self, reports: Mapping[str, Report]) -> Iterator[LostReply]:
        """What became of each. ``reports``: the last one of each VIM."""
        for target, by_step in sorted(self._lost.items()):
            for lost in by_step.values():
                yield LostReply(target, lost.step, _became(lost, reports[target]))


def _became(lost: _Lost, last: Report) -> str:
    action = lost.step.action
    if lost.found is _Found.NOTHING:
        return "what became of it is not known: 'magi plan' shows it"
    if lost.found is _Found.LEFT and not _done_later(lost.step, last):
        return "it was not done"
    later = lost.found is _Found.LEFT
    state = last.states.get(lost.step.key)
    if action is Action.CREATE:
        begin = "it had not been made, a later pass made it, and it" if later else "it exists, and"
        return f"{begin} {_state(state)}"
    if action is Action.DELETE:
        end = "it is still being deleted" if state is State.DELETING else "it is gone"
        return f"it had not been done, a later pass did it: {end}" if later else end
    return "it had not been done, a later pass did it" if later else "it was done"


def _done_later(step: Step, last: Report) -> bool:
    """Whether a later pass did what the lost step had not done."""
    if last.plan is None:
        return False
    return all(
        outcome.result in {Result.DONE, Result.PENDING} for outcome in last.outcomes if outcome.step.id == step.id
    )


def _state(state: State | None) -> str:
    if state is None:
        return "was not observed since"
    words = {State.READY: "is complete", State.BUILDING: "is still being built", State.DELETING: "is being deleted"}
    return words.get(state, f"is in state {state}")
