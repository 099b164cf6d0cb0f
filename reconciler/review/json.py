"""A plan for machines, as `schemas/plan.schema.json` describes it; its digest; and how two plans differ."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from reconciler.model import Plan, Step
from reconciler.review.items import Item, counts_of, forces_replacement, impact_of, items_of
from reconciler.review.values import facts_of, plain

_DIGITS = 32


def plan_json(plan: Plan) -> dict[str, Any]:
    """The plan of one target for machines."""
    return {
        "vim": plan.target,
        "digest": plan_digest([plan]),
        "summary": counts_of([plan])._asdict(),
        "resources": [_item_json(item) for item in items_of(plan)],
        "notCompared": [
            {"kind": key.kind, "name": key.name, "reason": reason} for key, reason in sorted(plan.uncompared.items())
        ],
    }


def plan_digest(plans: Iterable[Plan]) -> str:
    """32 hexadecimal digits that stand for the steps of the plans, with all that they write.

    Two plans have the same digest when they do the same to the same resources, whatever these had been called by the
    clouds, whenever and in whatever order the plans were made. What is held is covered as if it were not, so that
    consent leaves the digest of what it allows as it is.
    """
    entries = ({"vim": plan.target, **_written(item)} for plan in plans for item in items_of(plan))
    lines = sorted(json.dumps(entry, sort_keys=True) for entry in entries)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:_DIGITS]


def _written(item: Item) -> dict[str, Any]:
    """What is done to a resource, without why, whether and at what cost."""
    verb, step = item
    changes = [[change.field, plain(change.old), plain(change.new)] for change in step.changes]
    return {"action": verb, "kind": step.key.kind, "name": step.key.name, "changes": changes, "spec": _spec_json(step)}


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
        "spec": _spec_json(step),
        "impact": step.impact.value,
        "effects": list(item.effects),
        "held": step.held.value if step.held else None,
        "reason": step.reason,
        "source": str(step.desired.place) if step.desired else None,
    }


def _spec_json(step: Step) -> Mapping[str, Any] | None:
    if step.desired is None:
        return None
    return {name: plain(value) for name, value in facts_of(step.desired.spec)}
