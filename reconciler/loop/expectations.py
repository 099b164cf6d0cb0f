"""How long a change of a network service may take, and whether it has taken longer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from reconciler.model import (
    Catalog,
    Desired,
    Durations,
    Impact,
    Key,
    Lag,
    Plan,
    Report,
    ServiceStatus,
    Spec,
    Step,
    StepId,
)
from reconciler.planning import estimate

CALL = 5.0
"""Seconds that a call may take, its queue at the target included."""

BUILD = 300.0
"""Seconds that a target may take to build a server, or to change one."""


@dataclass(slots=True)
class _Change:
    """``due``: when it is to be over. ``asked``: the steps that it was reckoned with, with what they make."""

    due: float
    asked: dict[StepId, Spec | None] = field(default_factory=dict)


class Expectations:
    """Gets every Report of one target. ``clock`` is in seconds.

    A change begins with the first step that a service is to get and ends when nothing is left or moves. Only steps
    that were not in it before give it more time: what is done again and again gets none. A restart begins again.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._changes: dict[str, _Change] = {}

    def judge(self, catalog: Catalog, report: Report) -> Report:
        """The Report, in which a service that takes longer than it may has failed."""
        plan = report.plan
        if plan is None:
            return report
        judged = tuple(self._judge(catalog, plan, status) for status in report.services)
        ended = {one.name for one in report.services if one.lag in {Lag.NONE, Lag.MEANT}}
        known = {one.name for one in report.services} - ended
        self._changes = {name: change for name, change in self._changes.items() if name in known}
        return replace(report, services=judged)

    def _judge(self, catalog: Catalog, plan: Plan, status: ServiceStatus) -> ServiceStatus:
        if status.lag is not Lag.CHANGING:
            return status
        now = self._clock()
        steps = _steps_of(plan, status)
        asked = {step_id: step.desired.spec if step.desired else None for step_id, step in steps.items()}
        change = self._changes.get(status.name)
        if change is None or any(one not in change.asked or change.asked[one] != asked[one] for one in asked):
            due = now + _seconds(catalog, plan, steps, status.name)
            change = _Change(max(due, change.due), {**change.asked, **asked}) if change else _Change(due, asked)
            self._changes[status.name] = change
        return replace(status, lag=Lag.FAILURE) if now > change.due else status


def _steps_of(plan: Plan, status: ServiceStatus) -> Mapping[StepId, Step]:
    shared = {outcome.step.id for outcome in status.left}
    return {
        step_id: step for step_id, step in plan.steps.items() if step_id.key.service == status.name or step_id in shared
    }


def _seconds(catalog: Catalog, plan: Plan, steps: Mapping[StepId, Step], service: str) -> float:
    """Seconds that the steps of a service may take: at least as many as one server."""
    build = BUILD + _startup(catalog.desired.get(plan.target, {}), service)
    workers = catalog.targets[plan.target].budget.concurrency
    allowed = Durations(CALL, dict.fromkeys(("create", *Impact), build))
    own = replace(plan, steps=steps, waits={one: plan.waits.get(one, frozenset()) & steps.keys() for one in steps})
    queue = len(plan) * CALL / workers
    return max(build, estimate(own, allowed, workers) or 0.0) + queue


def _startup(desired: Mapping[Key, Desired], service: str) -> float:
    """Seconds that the slowest instance of a service may take until its probe counts."""
    probes = (declared.probe for declared in desired.values() if declared.key.service == service)
    return max((probe.startup for probe in probes if probe is not None), default=0.0)
