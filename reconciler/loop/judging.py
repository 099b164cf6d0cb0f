"""What policy as code says of a plan: what it denies is held, like anything that a guard holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from reconciler.model import Catalog, Circumstances, Hold, Plan, Step, StepId
from reconciler.planning import hold_replacements_whole, released
from reconciler.rego import Decision, RegoFailedError, decide
from reconciler.review import plan_json


def judged(plan: Plan, catalog: Catalog, around: Circumstances) -> Plan:
    """The plan with their warnings, and with held what they deny and nobody approved. Rules that fail deny all."""
    if not catalog.rego or not plan.steps:
        return plan
    try:
        decisions = decide(catalog.rego, plan_json(plan))
    except RegoFailedError as error:
        return _with_denied(plan, [Decision(str(error))], catalog, around)
    warned = replace(plan, warnings=tuple(dict.fromkeys(_told(one) for one in decisions.warn)))
    return _with_denied(warned, decisions.deny, catalog, around)


def _with_denied(plan: Plan, denied: Iterable[Decision], catalog: Catalog, around: Circumstances) -> Plan:
    steps: dict[StepId, Step] = dict(plan.steps)
    for decision in denied:
        for step_id, step in plan.steps.items():
            held = steps[step_id].held
            # What only waits its turn is judged with the rest of its roll.
            if (held is None or held.passes_by_itself) and _is_about(decision, step):
                steps[step_id] = replace(step, held=Hold.RULE, reason=f"policy as code: {decision.message}")
    hold_replacements_whole(steps)
    approved = dict(plan.approved)
    for digest, step_ids, digests in released(plan.target, steps, catalog.approvals, around.released):
        steps |= {step_id: plan.steps[step_id] for step_id in step_ids if steps[step_id].held is Hold.RULE}
        if digest:
            approved[digest] = digests
    return replace(plan, steps=steps, approved=approved)


def _is_about(decision: Decision, step: Step) -> bool:
    key = step.key
    asked: Mapping[str, str | None] = {"service": decision.service, "kind": decision.kind, "name": decision.name}
    return all(value is None or value == getattr(key, field) for field, value in asked.items())


def _told(decision: Decision) -> str:
    about = [part for part in (decision.service, decision.kind, decision.name) if part]
    return f"{' '.join(about)}: {decision.message}" if about else decision.message
