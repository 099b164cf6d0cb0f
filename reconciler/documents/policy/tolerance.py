"""What of a service's resources may differ from its documents, because others look after it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from reconciler.documents.reading.spots import Problems
from reconciler.documents.words.service import IgnoredDifference, NetworkServiceSpec
from reconciler.model import Desired, DriftMode, Key
from reconciler.text.patterns import matches

FieldsOfKinds: TypeAlias = Mapping[str, tuple[str, ...]]
"""The kinds of resources, each with its fields as plans call them."""


def check_tolerance(problems: Problems, spec: NetworkServiceSpec, fields_of: FieldsOfKinds) -> None:
    """Notes kinds and fields that there are none of."""
    for item in spec.ignore_differences:
        known = fields_of.get(item.kind)
        if known is None:
            problems.report_unknown(item.at("kind"), "kind of resource", item.kind, fields_of)
            continue
        for index, name in enumerate(item.fields or ()):
            if name not in known:
                problems.report_unknown(item.at("fields", index), f"field of a {item.kind}", name, known)


def drift_of(given: str | None) -> DriftMode | None:
    """What a service or the Policy says of drift; None for nothing."""
    return None if given is None else DriftMode(given)


def tolerant(
    desired: Mapping[Key, Desired], spec: NetworkServiceSpec, fields_of: FieldsOfKinds
) -> Mapping[Key, Desired]:
    """The desired value, with what ``spec``, that of the service, says of differences."""
    rules, mode = spec.ignore_differences, drift_of(spec.drift)
    if not rules and mode is None:
        return desired
    return {
        key: _with(one, mode, [rule for rule in rules if _is_about(rule, key)], fields_of.get(key.kind, ()))
        for key, one in desired.items()
    }


def _with(one: Desired, mode: DriftMode | None, rules: Sequence[IgnoredDifference], fields: Sequence[str]) -> Desired:
    """Of several rules about a field the last one holds."""
    modes = {name: DriftMode(rule.drift) for rule in rules for name in rule.fields or fields}
    return replace(
        one,
        ignored=frozenset(name for name, said in modes.items() if said is DriftMode.IGNORE),
        drift=mode,
        drift_fields=tuple(sorted((name, said) for name, said in modes.items() if said is not DriftMode.IGNORE)),
    )


def _is_about(rule: IgnoredDifference, key: Key) -> bool:
    of_service = key.name.partition("/")[2]
    return rule.kind == key.kind and matches(of_service, rule.resources or ("*",))
