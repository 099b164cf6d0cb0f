"""The limits and the label rules of a Policy."""

from __future__ import annotations

from reconciler.documents.reading.spots import Problems
from reconciler.documents.words.policy import PolicySpec
from reconciler.model import LabelRule, Limits


def check_guards(problems: Problems, spec: PolicySpec) -> None:
    """Notes limits and rules that would never hold anything."""
    for limit, made in zip(spec.limits, limits_of(spec), strict=True):
        most = (made.max_deletes, made.max_delete_percent, made.max_replaces, made.max_replace_percent)
        if all(one is None for one in most):
            problems.report(limit.spot, "a limit that limits nothing", "add one, such as maxDeletes: 2")
    for rule in spec.label_rules:
        if not rule.require and not rule.deny:
            message = f"rule '{rule.name}' neither requires nor denies anything"
            problems.report(rule.spot, message, "add require: [owner] or deny: [delete, replace]")


def limits_of(spec: PolicySpec) -> tuple[Limits, ...]:
    return tuple(
        Limits(
            one.max_deletes,
            one.max_delete_percent,
            one.max_replaces,
            one.max_replace_percent,
            one.services,
            one.vims,
        )
        for one in spec.limits
    )


def label_rules_of(spec: PolicySpec) -> tuple[LabelRule, ...]:
    return tuple(
        LabelRule(
            one.name, one.services, tuple(sorted(one.labels.items())), one.require, frozenset(one.deny), one.message
        )
        for one in spec.label_rules
    )
