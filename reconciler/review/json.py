"""A plan for machines, as `schemas/plan.schema.json` describes it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from reconciler.judging.digests import BlockedSet, blocked_sets, plain, plan_digest, spec_json
from reconciler.model import Plan
from reconciler.review.items import Item, counts_of, forces_replacement, impact_of, items_of
from reconciler.review.preflight import preflight_json


def plan_json(plan: Plan) -> dict[str, Any]:
    """The plan of one target for machines."""
    return {
        "vim": plan.target,
        "digest": plan_digest([plan]),
        "summary": counts_of([plan])._asdict(),
        "resources": [_item_json(item) for item in items_of(plan)],
        "blockedSets": [_blocked_json(one, plan.final) for one in blocked_sets(plan.target, plan.steps)],
        "warnings": list(plan.warnings),
        "notCompared": [
            {"kind": key.kind, "name": key.name, "reason": reason} for key, reason in sorted(plan.uncompared.items())
        ],
        "notes": [
            {"kind": key.kind, "name": key.name, "note": note.text, "degraded": note.degraded}
            for key, note in sorted(plan.notes.items())
        ],
        "foreign": [
            {"kind": one.key.kind, "name": one.key.name, "id": one.id, "project": one.project} for one in plan.foreign
        ],
        **preflight_json(plan),
    }


def _blocked_json(one: BlockedSet, final: Collection[str]) -> dict[str, Any]:
    return {
        "guard": one.guard.value,
        "service": one.service,
        "reason": one.reason,
        "resources": len({step_id.key for step_id in one.steps}),
        "digest": one.digest,
        "approvable": one.digest not in final,
    }


def _item_json(item: Item) -> dict[str, Any]:
    verb, step = item
    return {
        "action": verb,
        "kind": step.key.kind,
        "name": step.key.name,
        "service": step.key.service,
        "changes": [
            {
                "field": change.field,
                "old": plain(change.old),
                "new": plain(change.new),
                "impact": impact_of(step, change).value,
                "forcesReplacement": forces_replacement(step, change),
            }
            for change in step.changes
        ],
        "spec": spec_json(step),
        "impact": step.impact.value,
        "effects": list(item.effects),
        "blocked": step.blocked.value if step.blocked else None,
        "reason": step.reason,
        "source": str(step.desired.place) if step.desired else None,
    }
