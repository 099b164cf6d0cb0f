"""What a rule of the Policy is about: names and globs, labels. Called by the guard."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from reconciler.model import Impact, LabelRule, Step
from reconciler.text.patterns import matches


def denials_by_label(step: Step, rules: Iterable[LabelRule], labels: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    """Why the labels of its network service rule a step out, rule by rule.

    A service that is in Git no more has no labels, so no rule is about it: other guards are for deletes.
    """
    service = step.key.service
    if service not in labels:
        return
    verb = "replace" if step.impact is Impact.REPLACE else step.action.value
    for rule in rules:
        if _is_about(rule, service, labels[service]) and (broken := _broken(rule, verb, service, labels[service])):
            yield f"{broken}: rule '{rule.name}' of the Policy" + (f": {rule.message}" if rule.message else "")


def _is_about(rule: LabelRule, service: str, labels: Mapping[str, str]) -> bool:
    named = not rule.services or matches(service, rule.services)
    return named and all(labels.get(key) == value for key, value in rule.labels)


def _broken(rule: LabelRule, verb: str, service: str, labels: Mapping[str, str]) -> str:
    missing = [key for key in rule.required if key not in labels]
    if missing:
        return f"service {service} lacks the label {' and '.join(missing)}"
    return f"to {verb} is denied for service {service}" if verb in rule.actions else ""
