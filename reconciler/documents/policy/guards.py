"""The limits and the label rules of a Policy."""

from __future__ import annotations

from typing import Any

from reconciler.documents.subject import Subject
from reconciler.model import LabelRule, Limits


def check_guards(subject: Subject) -> None:
    """Notes limits and rules that would never hold anything."""
    for path, limit in subject.items("limits"):
        if not any(field.startswith("max") for field in limit):
            subject.report(path, "a limit that limits nothing", "add one, such as maxDeletes: 2")
    for path, rule in subject.items("labelRules"):
        if not rule.get("require") and not rule.get("deny"):
            message = f"rule '{rule['name']}' neither requires nor denies anything"
            subject.report(path, message, "add require: [owner] or deny: [delete, replace]")


def limits_of(spec: Any) -> tuple[Limits, ...]:
    return tuple(
        Limits(
            one.get("maxDeletes"),
            one.get("maxDeletePercent"),
            one.get("maxReplaces"),
            one.get("maxReplacePercent"),
            tuple(one.get("services", ())),
            tuple(one.get("vims", ())),
        )
        for one in spec.get("limits", ())
    )


def label_rules_of(spec: Any) -> tuple[LabelRule, ...]:
    return tuple(
        LabelRule(
            one["name"],
            tuple(one.get("services", ())),
            tuple(sorted(one.get("labels", {}).items())),
            tuple(one.get("require", ())),
            frozenset(one.get("deny", ())),
            one.get("message", ""),
        )
        for one in spec.get("labelRules", ())
    )
