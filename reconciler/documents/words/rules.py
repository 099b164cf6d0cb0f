"""Rules between the fields of a word, as keywords of JSON Schema with the message for people."""

from __future__ import annotations

from collections.abc import Mapping


def exactly_one(*fields: str) -> dict[str, object]:
    """One of the fields is needed, and only one."""
    return {"oneOf": [{"required": [field]} for field in fields]}


def excludes(field: str, others: Mapping[str, str]) -> dict[str, object]:
    """Where a field is written, others may not be. ``others``: why not, by name."""
    messages = {name: f"'{name}' cannot go with '{field}': {why}" for name, why in others.items()}
    properties = {name: {"not": {}, "errorMessage": message} for name, message in messages.items()}
    return {"dependentSchemas": {field: {"properties": properties}}}
