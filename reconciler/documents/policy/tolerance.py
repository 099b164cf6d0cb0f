"""What of a service's resources may differ from its documents, because others look after it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from reconciler.documents.subject import Subject
from reconciler.model import Desired, DriftMode, Key
from reconciler.patterns import matches
from reconciler.resources.openstack import KINDS

NAME = "name"
"""The name at the VIM, which is no field of a Spec and differs as one."""

FIELDS: Mapping[str, tuple[str, ...]] = {
    kind.name: (NAME, *(field.name for field in fields(kind.spec))) for kind in KINDS
}
"""The fields of each kind of resource, as plans call them."""


def check_tolerance(subject: Subject) -> None:
    """Notes kinds and fields that there are none of."""
    for path, item in subject.items("ignoreDifferences"):
        known = FIELDS.get(item["kind"])
        if known is None:
            subject.report_unknown((*path, "kind"), "kind of resource", item["kind"], FIELDS)
            continue
        for index, name in enumerate(item.get("fields", ())):
            if name not in known:
                subject.report_unknown((*path, "fields", index), f"field of a {item['kind']}", name, known)


def drift_of(spec: Any) -> DriftMode | None:
    """What a service or the Policy says of drift; None for nothing."""
    return DriftMode(spec["drift"]) if "drift" in spec else None


def tolerant(wanted: Mapping[Key, Desired], spec: Any) -> Mapping[Key, Desired]:
    """What is wanted, with what ``spec``, that of the service, says of differences."""
    rules, mode = spec.get("ignoreDifferences", ()), drift_of(spec)
    if not rules and mode is None:
        return wanted
    return {key: _with(one, mode, [rule for rule in rules if _is_about(rule, key)]) for key, one in wanted.items()}


def _with(one: Desired, mode: DriftMode | None, rules: Sequence[Any]) -> Desired:
    """Of several rules about a field the last one holds."""
    modes = {name: DriftMode(rule.get("drift", "ignore")) for rule in rules for name in _fields(rule)}
    return replace(
        one,
        ignored=frozenset(name for name, said in modes.items() if said is DriftMode.IGNORE),
        drift=mode,
        drift_fields=tuple(sorted((name, said) for name, said in modes.items() if said is not DriftMode.IGNORE)),
    )


def _fields(rule: Any) -> Sequence[str]:
    return rule.get("fields") or FIELDS[rule["kind"]]


def _is_about(rule: Any, key: Key) -> bool:
    of_service = key.name.partition("/")[2]
    return rule["kind"] == key.kind and matches(of_service, rule.get("resources", ("*",)))
