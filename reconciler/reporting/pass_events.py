"""What happened to a VIM and its services from one Report to the next, as events.

Two passes that find the same and do nothing have no event between them. What a cloud or a commit can make many of is
reported up to a bound.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from reconciler.model import (
    Action,
    BlockReason,
    Foreign,
    Health,
    Key,
    Outcome,
    Plan,
    Report,
    Result,
    ServiceStatus,
    Step,
    StepId,
    Sync,
    step_progress_of,
)
from reconciler.reporting.events import Event, Severity
from reconciler.reporting.moments import moment

MOST_ALIKE = 20
"""Events of one reason that a pass makes for one service, or a cloud or a commit could push out all else."""

_MOST_FIELDS = 5
"""Fields that are named of a resource that drifted."""

_VERBS = {Action.CREATE: "created", Action.UPDATE: "updated", Action.DELETE: "deleted"}

_NO_GUARDS = frozenset({BlockReason.FIGHT, BlockReason.CONTESTED, BlockReason.DRIFT, BlockReason.FAILED})
"""Blocks that have events of their own."""


def events_of(before: Report | None, after: Report, observed: Report | None = None) -> list[Event]:
    """What a pass did, and what is otherwise now than at the pass before.

    ``observed``: the last Report before it that observed the VIM, where ``before`` did not.
    """
    last = before if before is not None and before.observed else observed
    return list(_bounded(_Comparison(before, last, after).all()))


def _bounded(events: Iterable[Event]) -> Iterator[Event]:
    """The first of each service and reason, and for the others one event with their number."""
    counts: Counter[tuple[str, str]] = Counter()
    over: dict[tuple[str, str], Event] = {}
    for event in events:
        group = event.service, event.reason
        counts[group] += 1
        if counts[group] <= MOST_ALIKE:
            yield event
        else:
            over.setdefault(group, event)
    for group, event in over.items():
        yield replace(event, message=f"and {counts[group] - MOST_ALIKE} more", resource="")


def _foreign(report: Report | None) -> tuple[Foreign, ...]:
    return report.plan.foreign if report is not None and report.plan is not None else ()


def _twins(report: Report | None) -> Mapping[Key, Key]:
    return report.plan.twins if report is not None and report.plan is not None else {}


def _drift(report: Report | None) -> Mapping[Key, Step]:
    """The resources of a plan that drifted, each with its first step."""
    found: dict[Key, Step] = {}
    if report is not None and report.plan is not None and report.drifted:
        for step in report.plan.steps.values():
            if step.id in report.drifted:
                found.setdefault(step.key, step)
    return found


def _guarded(plan: Plan | None) -> Mapping[StepId, Step]:
    """The steps of a plan that stay blocked until Git, the target or a person does something."""
    return {
        step.id: step
        for step in (plan.steps.values() if plan is not None else ())
        if step.blocked and step.blocked not in _NO_GUARDS and step_progress_of(step).needs_someone
    }


@dataclass(frozen=True, slots=True)
class _Comparison:
    """``last``: the last Report before ``after`` that observed the VIM; ``before`` may be one that could not."""

    before: Report | None
    last: Report | None
    after: Report

    def all(self) -> Iterator[Event]:
        yield from self._reach()
        yield from self._contest()
        if self.after.observed:
            yield from self._foreign()
            yield from self._twins()
            yield from self._drift_found()
            yield from self._blocked()
            yield from self._released()
            yield from self._steps()
            yield from self._repaired()
            yield from self._scaled()
            yield from self._recovery_exhausted()
        known = {status.name: status for status in self.before.services} if self.before else {}
        for status in self.after.services:
            yield from self._turns(known.get(status.name), status)

    def _event(
        self, service: str, reason: str, message: str, *, warning: bool = False, key: Key | None = None
    ) -> Event:
        severity = Severity.WARNING if warning else Severity.NORMAL
        after, at = self.after, self.after.started
        return Event(
            after.repository,
            after.target,
            service,
            severity,
            reason,
            message,
            at,
            at,
            resource=str(key) if key is not None else "",
            commit=after.commit,
        )

    def _about(self, key: Key, reason: str, message: str, *, warning: bool = False) -> Event:
        """About one resource."""
        return self._event(key.service, reason, f"{key}: {message}", warning=warning, key=key)

    def _reach(self) -> Iterator[Event]:
        error = str(self.before.error) if self.before and self.before.error else ""
        if self.after.error:
            if str(self.after.error) != error:
                yield self._event("", "Unreachable", str(self.after.error), warning=True)
        elif error:
            yield self._event("", "Reachable", "it can be observed again")

    def _foreign(self) -> Iterator[Event]:
        known = {one.id for one in _foreign(self.last)}
        for one in _foreign(self.after):
            if one.id not in known:
                yield self._event("", "ForeignMark", f"{one}: it is left alone", warning=True)

    def _twins(self) -> Iterator[Event]:
        known = _twins(self.last)
        for spare, key in _twins(self.after).items():
            if spare not in known:
                message = f"two have the mark of {key}: {spare.name.rpartition('~')[2]} is one too many, and goes"
                yield self._event(key.service, "Twin", message, warning=True, key=key)

    def _contest(self) -> Iterator[Event]:
        after = self.after.contest
        if after and (self.last is None or self.last.contest != after):
            yield self._event("", "Contested", f"another actor writes here with the same owner: {after}", warning=True)

    def _drift_found(self) -> Iterator[Event]:
        known = _drift(self.last)
        for key, step in _drift(self.after).items():
            if key in known:
                continue
            names = [change.field for change in step.changes]
            shown = ", ".join(names[:_MOST_FIELDS])
            more = f" and {len(names) - _MOST_FIELDS} more fields" if len(names) > _MOST_FIELDS else ""
            what = f"{shown}{more} changed" if names else "it is missing" if step.observed is None else "it changed"
            if trace := self.after.traces.get(key):
                what += f" at {moment(trace.at)}" + (f" by {trace.who}" if trace.who else "")
            then = f"; {step.blocked}" if step.blocked else ""
            yield self._about(key, "DriftFound", f"{what}, and Git asks for nothing new{then}", warning=True)

    def _repaired(self) -> Iterator[Event]:
        """What drifted, in this pass or for the same commit at the last one, and was done with all its steps."""
        drift = set(_drift(self.after))
        if self.last is not None and self.last.commit == self.after.commit:
            drift |= _drift(self.last).keys()
        if not drift:
            return
        results: defaultdict[Key, list[Result]] = defaultdict(list)
        for outcome in self.after.outcomes:
            if outcome.step.key in drift:
                results[outcome.step.key].append(outcome.result)
        for key, found in results.items():
            if all(result is Result.DONE for result in found):
                yield self._about(key, "Repaired", "it is as Git declares it again")

    def _blocked(self) -> Iterator[Event]:
        """Once for each service and guard, about the steps that it blocks only now."""
        known = _guarded(self.last.plan if self.last else None)
        new: defaultdict[tuple[str, BlockReason], list[Step]] = defaultdict(list)
        for step in _guarded(self.after.plan).values():
            before = known.get(step.id)
            if step.blocked and (before is None or before.blocked is not step.blocked):
                new[step.key.service, step.blocked].append(step)
        for (service, guard), steps in new.items():
            reason = f": {steps[0].reason}" if steps[0].reason else ""
            yield self._event(
                service, "Blocked", f"{guard}: {_first_of(steps)}{reason}", warning=True, key=steps[0].key
            )

    def _released(self) -> Iterator[Event]:
        """Once for each service and guard, about the steps that are still planned and that no guard blocks any more."""
        planned = self.after.plan.steps if self.after.plan is not None else {}
        free: defaultdict[tuple[str, BlockReason], list[Step]] = defaultdict(list)
        for step in _guarded(self.last.plan if self.last else None).values():
            now = planned.get(step.id)
            if step.blocked and now is not None and not step_progress_of(now).needs_someone:
                free[step.key.service, step.blocked].append(step)
        for (service, guard), steps in free.items():
            yield self._event(service, "Released", f"no longer blocked ({guard}): {_first_of(steps)}", key=steps[0].key)

    def _steps(self) -> Iterator[Event]:
        done: Counter[tuple[str, Action]] = Counter()
        before = self.last.outcomes if self.last else ()
        known = {outcome.step.id for outcome in before if outcome.step.blocked is BlockReason.FIGHT}
        for outcome in self.after.outcomes:
            step = outcome.step
            if step.blocked is BlockReason.FIGHT and step.id not in known:
                yield self._about(step.key, "Fighting", step.reason, warning=True)
            if step.heals and step.action is not Action.CREATE and step.blocked is None:
                yield from self._healing(outcome)
            elif outcome.result is Result.FAILED:
                message = f"{step}: {outcome.reason}"
                yield self._event(step.key.service, "StepFailed", message, warning=True, key=step.key)
            elif outcome.result in {Result.DONE, Result.PENDING}:
                done[step.key.service, step.action] += 1
        for service in sorted({service for service, _ in done}):
            parts = [f"{done[service, action]} {verb}" for action, verb in _VERBS.items() if done[service, action]]
            if parts:
                yield self._event(service, "Changed", f"{', '.join(parts)} for commit {self.after.commit[:10]}")

    def _healing(self, outcome: Outcome) -> Iterator[Event]:
        step = outcome.step
        if outcome.result is Result.FAILED:
            yield self._about(step.key, "HealingFailed", f"{step.impact} failed: {outcome.reason}", warning=True)
        elif outcome.result in {Result.DONE, Result.PENDING}:
            yield self._about(step.key, "Healing", f"{step.impact}, {step.reason}", warning=True)

    def _scaled(self) -> Iterator[Event]:
        known = self.before.instances if self.before else {}
        for group, count in self.after.instances.items():
            old = known.get(group, 0)
            if old and count and old != count:
                service, _, name = group.partition("/")
                yield self._event(service, "Scaled", f"{name}: {old} -> {count} instances")

    def _recovery_exhausted(self) -> Iterator[Event]:
        known = self.last.recovery_exhausted if self.last else frozenset()
        for key in sorted(self.after.recovery_exhausted - known):
            yield self._about(key, "RecoveryExhausted", "nothing more is tried until it serves again", warning=True)

    def _turns(self, before: ServiceStatus | None, after: ServiceStatus) -> Iterator[Event]:
        commit = self.after.commit[:10]
        if before is None or before.sync is not after.sync:
            if after.sync is Sync.SYNCED:
                yield self._event(after.name, "Synced", f"it matches commit {commit}")
            elif after.sync is Sync.OUT_OF_SYNC:
                yield self._event(after.name, "OutOfSync", f"it does not match commit {commit}: {after.message}")
        if before is not None and before.health is after.health:
            return
        if after.health is Health.HEALTHY:
            yield self._event(after.name, "Healthy", "all of it does its work")
        elif after.health is Health.DEGRADED:
            yield self._event(after.name, "Degraded", after.message, warning=True)
        elif after.health is Health.MISSING:
            yield self._event(after.name, "Missing", after.message, warning=True)


def _first_of(steps: list[Step]) -> str:
    return f"{steps[0]} and {len(steps) - 1} more" if len(steps) > 1 else str(steps[0])
