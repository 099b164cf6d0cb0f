"""What happened, one line each, as operators know it from Kubernetes: the newest of it, in memory alone.

Events are reported from one Report of a VIM to the next. Losing them loses nothing: what is so is in the Reports.
"""

from __future__ import annotations

import threading
from collections import Counter, OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from reconciler.model import Action, BlockReason, Foreign, Health, Key, Outcome, Report, Result, ServiceStatus, Sync

KEPT = 2000
"""Events that are kept, over all VIMs; the one that did not happen for longest goes first."""

_MOST_MARKS = 20
"""Marks of others that are reported at once, or whoever writes them could push out all else."""

_VERBS = {Action.CREATE: "created", Action.UPDATE: "updated", Action.DELETE: "deleted"}


class Severity(StrEnum):
    NORMAL = "normal"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Event:
    """``service`` is "" for the VIM itself. ``first`` and ``last`` are in seconds since the epoch, ``count`` how often.

    ``reason`` is one word for programs: Changed, StepFailed, Healing, HealingFailed, RecoveryExhausted, Synced,
    Healthy, Degraded, Missing, Fighting, ForeignMark, Twin, Contested, Unreachable, Reachable.
    """

    repository: str
    vim: str
    service: str
    severity: Severity
    reason: str
    message: str
    first: float
    last: float
    count: int = 1


class EventLog:
    """The newest events. What happens again is counted, not reported again. Threads may share it."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._lock = threading.Lock()
        self._events: OrderedDict[tuple[str, str, str, str, str], Event] = OrderedDict()

    def note(self, events: Iterable[Event]) -> None:
        with self._lock:
            for event in events:
                identity = (event.repository, event.vim, event.service, event.reason, event.message)
                known = self._events.pop(identity, None)
                again = replace(event, first=known.first, count=known.count + 1) if known else event
                self._events[identity] = again
            while len(self._events) > self._kept:
                self._events.popitem(last=False)

    def newest(self, vim: str | None = None, service: str | None = None, repository: str | None = None) -> list[Event]:
        """The newest first; only those of a VIM, a service or a repository, where one is named."""
        with self._lock:
            events = list(self._events.values())
        return [
            event
            for event in reversed(events)
            if vim in {None, event.vim} and service in {None, event.service} and repository in {None, event.repository}
        ]


def events_of(before: Report | None, after: Report) -> list[Event]:
    """What a pass did, and what is otherwise now than at the pass before."""
    return list(_Comparison(before, after).all())


def _foreign(report: Report | None) -> tuple[Foreign, ...]:
    return report.plan.foreign if report is not None and report.plan is not None else ()


def _twins(report: Report | None) -> Mapping[Key, Key]:
    return report.plan.twins if report is not None and report.plan is not None else {}


@dataclass(frozen=True, slots=True)
class _Comparison:
    before: Report | None
    after: Report

    def all(self) -> Iterator[Event]:
        yield from self._reach()
        yield from self._foreign()
        yield from self._twins()
        yield from self._contest()
        yield from self._steps()
        yield from self._recovery_exhausted()
        known = {status.name: status for status in self.before.services} if self.before else {}
        for status in self.after.services:
            yield from self._turns(known.get(status.name), status)

    def _event(self, service: str, reason: str, message: str, *, warning: bool = False) -> Event:
        severity = Severity.WARNING if warning else Severity.NORMAL
        at = self.after.started
        return Event(self.after.repository, self.after.target, service, severity, reason, message, at, at)

    def _reach(self) -> Iterator[Event]:
        if self.after.error:
            yield self._event("", "Unreachable", str(self.after.error), warning=True)
        elif self.before and self.before.error:
            yield self._event("", "Reachable", "it can be observed again")

    def _foreign(self) -> Iterator[Event]:
        known = {one.id for one in _foreign(self.before)}
        for one in [one for one in _foreign(self.after) if one.id not in known][:_MOST_MARKS]:
            yield self._event("", "ForeignMark", f"{one}: it is left alone", warning=True)

    def _twins(self) -> Iterator[Event]:
        known = _twins(self.before)
        for spare, key in [one for one in _twins(self.after).items() if one[0] not in known][:_MOST_MARKS]:
            message = f"two have the mark of {key}: {spare.name.rpartition('~')[2]} is one too many, and goes"
            yield self._event(key.service, "Twin", message, warning=True)

    def _contest(self) -> Iterator[Event]:
        after = self.after.contest
        if after and (self.before is None or self.before.contest != after):
            yield self._event("", "Contested", f"another actor writes here with the same owner: {after}", warning=True)

    def _steps(self) -> Iterator[Event]:
        done: Counter[tuple[str, Action]] = Counter()
        before = self.before.outcomes if self.before else ()
        known = {outcome.step.id for outcome in before if outcome.step.blocked is BlockReason.FIGHT}
        for outcome in self.after.outcomes:
            step = outcome.step
            if step.blocked is BlockReason.FIGHT and step.id not in known:
                yield self._event(step.key.service, "Fighting", f"{step.key}: {step.reason}", warning=True)
            if step.heals and step.action is not Action.CREATE and step.blocked is None:
                yield self._healing(outcome)
            elif outcome.result is Result.FAILED:
                yield self._event(step.key.service, "StepFailed", f"{step}: {outcome.reason}", warning=True)
            elif outcome.result in {Result.DONE, Result.PENDING}:
                done[step.key.service, step.action] += 1
        for service in sorted({service for service, _ in done}):
            parts = [f"{done[service, action]} {verb}" for action, verb in _VERBS.items() if done[service, action]]
            if parts:
                yield self._event(service, "Changed", f"{', '.join(parts)} for commit {self.after.commit[:10]}")

    def _healing(self, outcome: Outcome) -> Event:
        step = outcome.step
        if outcome.result is Result.FAILED:
            message = f"{step.key}: {step.impact} failed: {outcome.reason}"
            return self._event(step.key.service, "HealingFailed", message, warning=True)
        return self._event(step.key.service, "Healing", f"{step.key}: {step.impact}, {step.reason}", warning=True)

    def _recovery_exhausted(self) -> Iterator[Event]:
        known = self.before.recovery_exhausted if self.before else frozenset()
        for key in sorted(self.after.recovery_exhausted - known):
            yield self._event(
                key.service, "RecoveryExhausted", f"{key}: nothing more is tried until it serves again", warning=True
            )

    def _turns(self, before: ServiceStatus | None, after: ServiceStatus) -> Iterator[Event]:
        if after.sync is Sync.SYNCED and (before is None or before.sync is not Sync.SYNCED):
            yield self._event(after.name, "Synced", f"it matches commit {self.after.commit[:10]}")
        if before is not None and before.health is after.health:
            return
        if after.health is Health.HEALTHY:
            yield self._event(after.name, "Healthy", "all of it does its work")
        elif after.health is Health.DEGRADED:
            yield self._event(after.name, "Degraded", after.message, warning=True)
        elif after.health is Health.MISSING:
            yield self._event(after.name, "Missing", after.message, warning=True)
