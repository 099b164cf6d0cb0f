"""What is so of a network service on a VIM, and of the VIM, as Kubernetes says it. Pure: a Report shows all of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from reconciler.model import (
    BlockReason,
    ConfigError,
    Health,
    Outcome,
    Report,
    Result,
    ServiceStatus,
    StepProgress,
    Sync,
    TargetUnknown,
    step_progress_of,
)

CONDITION_TYPES = ("Reachable", "Synced", "Healthy", "Progressing", "Blocked", "Contested", "Suspended")


class ConditionStatus(StrEnum):
    TRUE = "True"
    FALSE = "False"
    UNKNOWN = "Unknown"


@dataclass(frozen=True, slots=True)
class Condition:
    """``reason`` is one word for programs. ``since``: when ``status`` last changed, in seconds since the epoch.

    ``commit``: the commit that it was found for; "" where VIMs differ in that.
    """

    type: str
    status: ConditionStatus
    reason: str
    message: str
    since: float
    commit: str


def word_of(guard: BlockReason) -> str:
    """Why steps are blocked, in one word: NeedsConsent."""
    return re.sub(r"[^a-z ]", "", guard.value).title().replace(" ", "")


def conditions_of(report: Report) -> Mapping[str, tuple[Condition, ...]]:
    """The conditions of each network service by its name, and those of the VIM itself by ""."""
    changed = {one.step.key.service for one in report.outcomes if one.result is Result.DONE}
    found = {status.name: (*_of_service(status, report, status.name in changed),) for status in report.services}
    return {"": (*_of_vim(report, changed=bool(changed)),), **found}


def _of_service(status: ServiceStatus, report: Report, changed: bool) -> Iterator[Condition]:
    about = _About(report)
    yield about.synced(status.sync, status.left, status.message)
    yield about.healthy(status)
    yield about.progressing(status.left, changed=changed, building=status.building)
    yield about.blocked(status.left)
    if status.suspended:
        yield about.condition("Suspended", True, "SuspendedInGit", "Git says that nothing is to be done about it")
    else:
        yield about.condition("Suspended", False, "NotSuspended")


def _of_vim(report: Report, *, changed: bool) -> Iterator[Condition]:
    about = _About(report)
    yield about.reachable()
    uncompared = report.plan.uncompared if report.plan is not None else {}
    sync = Sync.OUT_OF_SYNC if report.left else Sync.UNKNOWN if report.error or uncompared else Sync.SYNCED
    message = next((f"{key} is not compared: {reason}" for key, reason in sorted(uncompared.items())), "")
    yield about.synced(sync, report.left, message)
    yield about.progressing(report.left, changed=changed, building=report.building)
    yield about.blocked(report.left)
    yield about.contested()


@dataclass(frozen=True, slots=True)
class _About:
    report: Report

    def condition(self, condition_type: str, is_so: bool | None, reason: str, message: str = "") -> Condition:
        status = ConditionStatus.UNKNOWN if is_so is None else ConditionStatus(str(is_so))
        return Condition(condition_type, status, reason, message, self.report.started, self.report.commit)

    def unknown(self, condition_type: str) -> Condition:
        return self.condition(condition_type, None, self._why_unreachable(), str(self.report.error))

    def _why_unreachable(self) -> str:
        match self.report.error:
            case TargetUnknown():
                return "Unreachable"
            case ConfigError():
                return "NotConfigured"
            case _:
                return "Defect"

    def reachable(self) -> Condition:
        if self.report.error:
            return self.condition("Reachable", False, self._why_unreachable(), str(self.report.error))
        return self.condition("Reachable", True, "Answered")

    def contested(self) -> Condition:
        if self.report.error:
            return self.unknown("Contested")
        contest = self.report.contest
        if contest is None:
            return self.condition("Contested", False, "OnlyWriter")
        return self.condition("Contested", True, "WritingStopped" if contest.stopped else "OtherWriter", str(contest))

    def synced(self, sync: Sync, left: Sequence[Outcome], message: str) -> Condition:
        if self.report.error:
            return self.unknown("Synced")
        if sync is Sync.SYNCED:
            return self.condition("Synced", True, "Synced", f"it matches commit {self.report.commit[:10]}")
        if sync is Sync.UNKNOWN:
            return self.condition("Synced", None, "NotCompared", message)
        if failed := _first(one for one in left if one.failed):
            return self.condition("Synced", False, "StepFailed", failed)
        if blocked := _first(_blocked(left)):
            return self.condition("Synced", False, "StepsBlocked", blocked)
        return self.condition("Synced", False, "StepsLeft", _number(len(left), "to go"))

    def healthy(self, status: ServiceStatus) -> Condition:
        match status.health:
            case Health.UNKNOWN:
                return self.unknown("Healthy")
            case Health.HEALTHY:
                message = f"{status.ready} of {status.desired} are ready"
                return self.condition("Healthy", True, "Healthy", message)
            case Health.DEGRADED | Health.MISSING | Health.PROGRESSING as health:
                return self.condition("Healthy", False, health.value.title(), status.message)

    def progressing(self, left: Sequence[Outcome], *, changed: bool, building: bool) -> Condition:
        """True: more is to come by itself, so observing again later is worth it."""
        if self.report.error:
            return self.unknown("Progressing")
        if changed or any(one.result is Result.PENDING for one in left):
            return self.condition("Progressing", True, "Changing", "steps were just done")
        if building:
            return self.condition("Progressing", True, "Building", "something is being built, started or deleted")
        if failed := _first(one for one in left if one.failed and (one.again or one.step.blocked)):
            return self.condition("Progressing", True, "Retrying", failed)
        if waits := _first(one for one in left if one.step.blocked and step_progress_of(one.step).by_itself):
            return self.condition("Progressing", True, "Waiting", waits)
        if failed := _first(one for one in left if one.failed):
            return self.condition("Progressing", False, "Failed", failed)
        if blocked := _first(_blocked(left)):
            return self.condition("Progressing", False, "StepsBlocked", blocked)
        if left:
            return self.condition("Progressing", True, "Waiting", _number(len(left), "to go"))
        return self.condition("Progressing", False, "Settled", "nothing is to be done")

    def blocked(self, left: Sequence[Outcome]) -> Condition:
        if self.report.error:
            return self.unknown("Blocked")
        blocked = [*_blocked(left)]
        if not blocked:
            return self.condition("Blocked", False, "NothingBlocked")
        reason = next(word_of(one.step.blocked) for one in blocked if one.step.blocked)
        return self.condition("Blocked", True, reason, f"{_number(len(blocked), 'blocked')}: {_first(blocked)}")


def _blocked(left: Iterable[Outcome]) -> Iterator[Outcome]:
    return (one for one in left if step_progress_of(one.step, one) in {StepProgress.DECLARED, StepProgress.STUCK})


def _first(outcomes: Iterable[Outcome]) -> str:
    return next((f"{one.step}: {one.reason or one.step.reason}" for one in outcomes), "")


def _number(count: int, what: str) -> str:
    return f"{count} step{'' if count == 1 else 's'} {what}"
