"""What policy as code says of a plan: what it denies is blocked, like anything that a guard blocks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from reconciler.judging.rego import Decision, RegoFailedError, bounds_of, decide
from reconciler.model import PROGRESS_OF_BLOCK, RULE_WORDS, BlockReason, Catalog, Circumstances, Plan, Step, StepId
from reconciler.planning import Free, approving_of, block_whole_replacements, final_sets, is_free, merged, unblocked
from reconciler.review import plan_json


def judged(plan: Plan, catalog: Catalog, around: Circumstances) -> Plan:
    """The plan with their warnings, and with blocked what they deny and no one approved. Rules that fail deny all."""
    if not catalog.rego or not plan.steps:
        return plan
    try:
        decisions = decide(catalog.rego, plan_json(plan), bounds_of(catalog.limits))
    except RegoFailedError as error:
        return _with_denied(plan, [Decision(str(error))], catalog, around)
    warned = replace(plan, warnings=tuple(dict.fromkeys(_format_decision(one) for one in decisions.warn)))
    return _with_denied(warned, decisions.deny, catalog, around)


def _with_denied(plan: Plan, denied: Iterable[Decision], catalog: Catalog, around: Circumstances) -> Plan:
    denied = [*denied]
    approving = approving_of(catalog)
    approved = dict(plan.approved)
    approval_effects = dict.fromkeys(plan.approval_effects)
    free: Free = {}
    while True:
        steps = _blocked(plan, denied, free)
        more = unblocked(plan.target, steps, approving, around.unblocked)
        found = merged(free, more.free)
        approved |= {digest: approved.get(digest, frozenset()) | digests for digest, digests in more.approved.items()}
        approval_effects |= dict.fromkeys(more.approval_effects)
        if found == free:
            final = final_sets(plan.target, steps, approving)
            return replace(plan, steps=steps, approved=approved, approval_effects=tuple(approval_effects), final=final)
        # What was consented to may be denied by another rule as well.
        free = found


def _blocked(plan: Plan, denied: Sequence[Decision], free: Free) -> Mapping[StepId, Step]:
    """The steps, each blocked by the first decision about it that no one consented to."""
    steps: dict[StepId, Step] = dict(plan.steps)
    for decision in denied:
        reason = f"{RULE_WORDS}{decision.message}"
        for step_id, step in plan.steps.items():
            blocked = steps[step_id].blocked
            # What only waits its turn is judged with the rest of its roll.
            if (
                (blocked is None or PROGRESS_OF_BLOCK[blocked].by_itself)
                and _is_about(decision, step)
                and not is_free(free.get(step_id, ()), BlockReason.RULE, reason)
            ):
                steps[step_id] = replace(step, blocked=BlockReason.RULE, reason=reason)
    block_whole_replacements(steps)
    return steps


def _is_about(decision: Decision, step: Step) -> bool:
    key = step.key
    asked: Mapping[str, str | None] = {"service": decision.service, "kind": decision.kind, "name": decision.name}
    return all(value is None or value == getattr(key, field) for field, value in asked.items())


def _format_decision(decision: Decision) -> str:
    about = [part for part in (decision.service, decision.kind, decision.name) if part]
    return f"{' '.join(about)}: {decision.message}" if about else decision.message
