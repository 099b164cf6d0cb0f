"""Drift: what differs although Git asks for nothing new. Each service says whether it is repaired, reported or ignored.

Whether Git asks for something new is reported by what a resource was last seen to agree with. A resource that was never
seen to agree and exists has drifted; one that does not exist is new.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from reconciler.model import Action, BlockReason, Circumstances, DriftMode, Impact, Plan, Step, StepId
from reconciler.planning.diff import Steps, steps_for

MISSING = ""
"""The value of a field of a resource that should be there and is not."""


def keep_drift(steps: Steps, circumstances: Circumstances, wider: DriftMode) -> dict[StepId, Step]:
    """The steps without those about drift that is ignored; blocked are those about drift that is only reported.

    ``wider``: what is done about the drift of services that do not say so themselves.
    """
    kept: dict[StepId, Step] = {}
    for step in steps.values():
        for one in _kept(step, circumstances, wider):
            kept[one.id] = one
    return kept


def is_drift(step: Step, circumstances: Circumstances) -> bool:
    """Whether a step undoes what another actor did, if that is known."""
    if circumstances.agreed is None or step.desired is None or step.heals or _is_unconfirmed(step):
        return False
    last = circumstances.agreed.get(step.key)
    return step.observed is not None if last is None else last == step.desired.spec


def drifted(plan: Plan, circumstances: Circumstances) -> frozenset[StepId]:
    """The steps of a plan that are about drift."""
    return frozenset(step.id for step in plan.steps.values() if is_drift(step, circumstances))


def fields_of(step: Step) -> tuple[str, ...]:
    """The names of the fields that a step is about."""
    return tuple(change.field for change in step.changes) or (MISSING,)


def _is_unconfirmed(step: Step) -> bool:
    return step.observed is not None and step.observed.unconfirmed is not None


def _kept(step: Step, circumstances: Circumstances, wider: DriftMode) -> list[Step]:
    if step.blocked or step.desired is None or not is_drift(step, circumstances):
        return [step]
    modes: Mapping[str, DriftMode] = {name: step.desired.drift_of(name, wider) for name in fields_of(step)}
    if all(mode is DriftMode.REPAIR for mode in modes.values()):
        return [step]
    if DriftMode.REPAIR in modes.values() and step.action is Action.UPDATE and step.observed:
        # What is only reported of the same resource is reported when the rest is repaired.
        repaired = tuple(change for change in step.changes if modes[change.field] is DriftMode.REPAIR)
        return [*steps_for(step.desired, step.observed, repaired)]
    if DriftMode.REPORT in modes.values():
        return [replace(step, blocked=BlockReason.DRIFT, reason=_explain(step, modes))]
    return []


def _explain(step: Step, modes: Mapping[str, DriftMode]) -> str:
    names = [name for name, mode in modes.items() if mode is DriftMode.REPORT and name != MISSING]
    what = f"{' and '.join(names)} drifted" if names else "it is gone"
    how = "replaced" if step.impact is Impact.REPLACE else "repaired"
    return f"{what}, which is not {how} but only reported: 'drift: report'"
