"""Back-off of single resources: a step that failed waits, longer each time, while everything else goes on."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from reconciler.model import Desired, Key, Observed, Outcome, Result, Spec, State, StepId

_There = tuple[Spec, State] | None

_FIRST = 2.0
"""Seconds until the second try at most."""
_RAREST = 24 * 3600.0
"""Seconds until the next try, at most, of what the target finds wrong or forbidden."""


@dataclass(frozen=True, slots=True)
class _Failure:
    """How often a step failed in a row for the same wish in Git, and until when it waits, by a monotonic clock.

    ``there``: what existed then.
    """

    desired: Spec | None
    there: _There
    count: int
    until: float
    reason: str


def _there(observed: Observed | None) -> _There:
    return (observed.spec, observed.state) if observed else None


class Retries:
    """Which steps failed how often. A restart forgets it, which costs a try for each.

    ``clock`` in seconds; ``longest``: the seconds that a step waits at most. Only what the target finds wrong or
    forbidden waits longer each time. ``longest`` None: nothing else waits, and that for as long as this is remembered.
    """

    def __init__(self, clock: Callable[[], float], longest: Callable[[], float] | None) -> None:
        self._clock = clock
        self._longest = longest
        self._failures: dict[StepId, _Failure] = {}

    def note(self, outcomes: Iterable[Outcome]) -> None:
        """Counts what failed, and forgets what was done. Healing has its own pauses and its own end."""
        for outcome in outcomes:
            step = outcome.step
            if step.heals:
                continue
            if outcome.result is Result.FAILED and (self._longest or outcome.rejected):
                desired = step.desired.spec if step.desired else None
                known = self._failures.get(step.id)
                there = _there(step.observed)
                count = known.count + 1 if known and (known.desired, known.there) == (desired, there) else 1
                until = self._clock() + self._pause(outcome, count)
                self._failures[step.id] = _Failure(desired, there, count, until, outcome.reason)
            elif outcome.result in {Result.DONE, Result.PENDING}:
                self._failures.pop(step.id, None)

    def waiting(self, desired: Mapping[Key, Desired], observed: Mapping[Key, Observed]) -> dict[StepId, str]:
        """The steps that wait now, each with what went wrong. Something new in Git, or there, ends the waiting."""
        now = self._clock()
        found = {}
        for step_id, failure in list(self._failures.items()):
            one = desired.get(step_id.key)
            now_there = _there(observed.get(step_id.key))
            if ((one.spec if one else None), now_there) != (failure.desired, failure.there):
                del self._failures[step_id]
            elif failure.until > now:
                # In the words of the failure alone: who gets it is not notified again at every observation.
                found[step_id] = failure.reason
        return found

    def keep(self, planned: Collection[StepId]) -> None:
        """Forgets the steps that are planned no more: something else saw to them."""
        for step_id in self._failures.keys() - planned:
            del self._failures[step_id]

    def soonest(self) -> float | None:
        """Seconds until the first of them may be tried again; None where none waits."""
        now = self._clock()
        waits = (max(0.0, failure.until - now) for failure in self._failures.values())
        return min((one for one in waits if one < math.inf), default=None)

    def forget(self) -> None:
        """Lets everything be tried at once."""
        self._failures.clear()

    def _pause(self, outcome: Outcome, count: int) -> float:
        if self._longest is None:
            return math.inf
        longest = self._longest()
        if outcome.rejected:
            return min(longest * 2.0 ** min(count - 1, 20), max(longest, _RAREST))
        if not outcome.again:
            return longest
        grown = min(_FIRST * 2.0 ** min(count - 1, 20), longest)
        return max(grown * random.uniform(0.5, 1.0), min(outcome.retry_after or 0.0, longest))  # noqa: S311  no secret
