"""What of a service's resources may differ from its documents, because others look after it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from fnmatch import fnmatchcase
from typing import Any

from reconciler.documents.subject import Subject
from reconciler.model import Desired, Key
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
        for index, name in enumerate(item["fields"]):
            if name not in known:
                subject.report_unknown((*path, "fields", index), f"field of a {item['kind']}", name, known)


def tolerant(wanted: Mapping[Key, Desired], spec: Any) -> Mapping[Key, Desired]:
    """What is wanted, with the fields that ``spec``, that of the service, leaves to others."""
    rules = spec.get("ignoreDifferences", ())
    if not rules:
        return wanted
    return {key: replace(one, ignored=_ignored(key, rules)) for key, one in wanted.items()}


def _ignored(key: Key, rules: Any) -> frozenset[str]:
    of_service = key.name.partition("/")[2]
    return frozenset(
        name
        for rule in rules
        if rule["kind"] == key.kind and any(fnmatchcase(of_service, glob) for glob in rule.get("resources", ("*",)))
        for name in rule["fields"]
    )
