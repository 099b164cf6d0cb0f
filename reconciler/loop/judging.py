"""What policy as code says of a plan: what it denies is held, like anything that a guard holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from reconciler.judging.rego import Decision, RegoFailedError, bounds_of, decide
from reconciler.model import RULE_WORDS, Catalog, Circumstances, Hold, Plan, Step, StepId
from reconciler.planning import Free, approving_of, final_sets, hold_replacements_whole, is_free, merged, released
from reconciler.review import plan_json


def judged(plan: Plan, catalog: Catalog, around: Circumstances) -> Plan:
    """The plan with their warnings, and with held what they deny and nobody approved. Rules that fail deny all."""
    if not catalog.rego or not plan.steps:
        return plan
    try:
        decisions = decide(catalog.rego, plan_json(plan), bounds_of(catalog.limits))
    except RegoFailedError as error:
        return _with_denied(plan, [Decision(str(error))], catalog, around)
    warned = replace(plan, warnings=tuple(dict.fromkeys(_told(one) for one in decisions.warn)))
    return _with_denied(warned, decisions.deny, catalog, around)


def _with_denied(plan: Plan, denied: Iterable[Decision], catalog: Catalog, around: Circumstances) -> Plan:
    denied = [*denied]
    approving = approving_of(catalog)
    approved = dict(plan.approved)
    releases = dict.fromkeys(plan.releases)
    free: Free = {}
    while True:
        steps = _held(plan, denied, free)
        more = released(plan.target, steps, approving, around.released)
        found = merged(free, more.free)
        approved |= {digest: approved.get(digest, frozenset()) | digests for digest, digests in more.approved.items()}
        releases |= dict.fromkeys(more.releases)
        if found == free:
            final = final_sets(plan.target, steps, approving)
            return replace(plan, steps=steps, approved=approved, releases=tuple(releases), final=final)
        # What was consented to may be denied by another rule as well.
        free = found


def _held(plan: Plan, denied: Sequence[Decision], free: Free) -> Mapping[StepId, Step]:
    """The steps, each held by the first decision about it that nobody consented to."""
    steps: dict[StepId, Step] = dict(plan.steps)
    for decision in denied:
        reason = f"{RULE_WORDS}{decision.message}"
        for step_id, step in plan.steps.items():
            held = steps[step_id].held
            # What only waits its turn is judged with the rest of its roll.
            if (
                (held is None or held.passes_by_itself)
                and _is_about(decision, step)
                and not is_free(free.get(step_id, ()), Hold.RULE, reason)
            ):
                steps[step_id] = replace(step, held=Hold.RULE, reason=reason)
    hold_replacements_whole(steps)
    return steps


def _is_about(decision: Decision, step: Step) -> bool:
    key = step.key
    asked: Mapping[str, str | None] = {"service": decision.service, "kind": decision.kind, "name": decision.name}
    return all(value is None or value == getattr(key, field) for field, value in asked.items())


def _told(decision: Decision) -> str:
    about = [part for part in (decision.service, decision.kind, decision.name) if part]
    return f"{' '.join(about)}: {decision.message}" if about else decision.message
