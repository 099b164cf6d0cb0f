"""Fights: the same fields of a resource repaired again and again, because someone undoes it each time."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from textwrap import shorten

from reconciler.model import Action, Change, Desired, FieldChange, Key, Outcome, Plan, Result, Spec, Step
from reconciler.planning import MISSING, fields_of

FIGHT = 3
"""So many repairs of one field, with nothing new in Git, are a fight."""

WITHIN = 3600.0
"""Seconds from one to the next, and for a field that had to wait from the end of that."""

_AT_ONCE = 5.0
"""Seconds after a write in which another value in an observation speaks against the VIM, and against no one else."""

_LONGEST = 200
_FIRST_PAUSE, _LONGEST_PAUSE = 300.0, 6 * 3600.0


@dataclass(slots=True)
class _Field:
    """How often a field was written, and when last, by a monotonic clock."""

    count: int = 0
    last: float = 0.0
    at_once: int = 0
    """How often the very next observation found it otherwise: then no one else had a hand in it."""

    shown: str = ""
    """What that observation found, and what was written."""

    @property
    def until(self) -> float:
        """Until when it is left as it is: longer and longer, the more often it was written in vain."""
        if self.count < FIGHT:
            return self.last
        return self.last + min(_FIRST_PAUSE * 2.0 ** min(self.count - FIGHT, 20), _LONGEST_PAUSE)


@dataclass(slots=True)
class _Repairs:
    """What was written of a resource while ``spec`` was declared."""

    spec: Spec
    fields: dict[str, _Field] = field(default_factory=dict)


class Repairs:
    """What was written how often for the same wish in Git. A restart forgets it, which costs a few repairs more."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._repairs: dict[Key, _Repairs] = {}
        self._made: dict[Key, int] = {}
        self._removed: dict[Key, int] = {}
        self._written: dict[Key, int] = {}
        self._count = 0
        self._last_written: set[tuple[Key, str]] = set()

    def note(self, outcomes: Iterable[Outcome]) -> None:
        """Counts what a pass wrote. Of a replacement its delete counts: that is what a difference was the reason for.

        What is made again because we removed it ourselves, in whichever pass, is undone by no one; nor is what has to
        follow because something that it refers to is replaced: a commit asked for that.
        """
        now = self._clock()
        self._forget(now)
        self._last_written.clear()
        outcomes = list(outcomes)
        replaced = {one.step.key for one in outcomes if one.step.action is Action.DELETE and one.step.desired}
        for outcome in outcomes:
            step = outcome.step
            explained = self._is_explained(step, replaced)
            if outcome.result not in {Result.DONE, Result.PENDING}:
                continue
            self._count += 1
            if step.action is Action.DELETE:
                self._removed[step.key] = self._count
            elif step.action is Action.CREATE:
                self._made[step.key] = self._count
            if step.action in {Action.CREATE, Action.UPDATE}:
                self._written[step.key] = self._count
            if step.action not in {Action.CREATE, Action.UPDATE, Action.DELETE} or explained:
                continue
            if step.desired is None or step.heals or (step.observed and step.observed.unconfirmed):
                continue
            one = self._repairs.get(step.key)
            if one is None or one.spec != step.desired.spec:
                one = self._repairs[step.key] = _Repairs(step.desired.spec)
            for name in fields_of(step):
                written = one.fields.setdefault(name, _Field())
                written.count, written.last = written.count + 1, now
                if outcome.result is Result.DONE:
                    self._last_written.add((step.key, name))

    def see(self, plan: Plan) -> None:
        """Notes what the observation behind a plan found otherwise than the last pass wrote it a moment before."""
        now = self._clock()
        for step in plan.steps.values():
            for change in step.changes or (FieldChange(MISSING, None, None),):
                one = self._repairs.get(step.key)
                written = one.fields.get(change.field) if one else None
                if written and (step.key, change.field) in self._last_written and now - written.last < _AT_ONCE:
                    written.at_once += 1
                    written.shown = _shown(change)
        self._last_written.clear()

    def _is_explained(self, step: Step, replaced: Collection[Key]) -> bool:
        """Whether a write follows from one of Magi's. ``replaced``: what the plan of the same pass replaces.

        What is made: whether we removed it, or what it is a part of, since we last made it. What is changed or
        replaced: whether we removed something that it refers to since we last wrote it, or are about to.
        """
        if step.desired is None:
            return False
        spec = step.desired.spec
        if step.action is Action.CREATE:
            wholes = spec.refs_of(spec.part_of) if spec.part_of else ()
            last = self._made.get(step.key, 0)
            return any(self._removed.get(key, 0) > last for key in (step.key, *wholes))
        last = self._written.get(step.key, 0)
        return any(key in replaced or self._removed.get(key, 0) > last for key in spec.refs())

    def fights(self, desired: Mapping[Key, Desired]) -> dict[Key, tuple[frozenset[str], str]]:
        """What has to wait now: the fields of each resource, and why. Something new in Git ends a fight."""
        now = self._clock()
        for known in (self._made, self._removed, self._written):
            for key in known.keys() - desired.keys():
                del known[key]
        found = {}
        for key, one in self._repairs.items():
            declared = desired.get(key)
            if declared is None or declared.spec != one.spec:
                continue
            waits = {name: written for name, written in one.fields.items() if written.until > now}
            if waits:
                found[key] = frozenset(waits), _reason(waits, now)
        return found

    def _forget(self, now: float) -> None:
        """What was left in peace for long enough begins again."""
        for key, one in list(self._repairs.items()):
            one.fields = {name: written for name, written in one.fields.items() if now <= written.until + WITHIN}
            if not one.fields:
                del self._repairs[key]


def _shown(change: Change) -> str:
    return shorten(f"{change.field}: {change.old} instead of {change.new}", _LONGEST) if change.field else ""


def _reason(waits: Mapping[str, _Field], now: float) -> str:
    names = " and ".join(sorted(filter(None, waits)))
    what = f"{names} was repaired" if names else "it was made"
    longest = max(waits.values(), key=lambda written: written.until)
    minutes = max(1, round((longest.until - now) / 60))
    if all(written.at_once >= FIGHT - 1 for written in waits.values()):
        shown = "; ".join(written.shown for written in waits.values() if written.shown)
        message = (
            f"the VIM returns another value at once ({shown})" if shown else "the next observation did not show it"
        )
        return (
            f"{what} {longest.count} times, which the VIM took, and {message}: tried again in {minutes} min; "
            "write it as the VIM has it, or leave it with ignoreDifferences"
        )
    return (
        f"{what} {longest.count} times and someone undid it each time: tried again in {minutes} min; "
        "find who does, or leave it to them with ignoreDifferences"
    )
