"""The JSON Schema of the file of settings, made from what the settings are. `schemas/config.schema.json` holds it."""

from __future__ import annotations

import json
from dataclasses import MISSING, is_dataclass
from typing import Any

from reconciler.config.listing import camel, entry_of, hints
from reconciler.config.notifications import EVENT_REASONS, LONGEST_TEMPLATE, MOST_RECEIVERS, NotificationConfig
from reconciler.config.sections import OWN, OWNER_PATTERN, Config, RepositoryConfig
from reconciler.config.several import SEVERAL
from reconciler.model import Selector

SCHEMA_FILE = "config.schema.json"
_PATTERNS = {
    "owner": "^" + OWNER_PATTERN.pattern.replace(r"\Z", "$"),
    "since": "^([0-9a-f]{40})?$",
    "endpoint": r"^(https?://[^/\s]\S*)?$",
}


_KINDS = {
    float: "number",
    int: "integer",
    bool: "boolean",
    tuple[NotificationConfig, ...]: "array",
    tuple[str, ...]: "array",
    Selector | None: "object",
    tuple[Selector, ...]: "array",
}
_LABELS = {"type": "object", "additionalProperties": {"type": "string", "minLength": 1}}


def config_schema() -> dict[str, Any]:
    """For editors and checks without Magi. Draft 2020-12."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"https://magi.example/schemas/v1alpha1/{SCHEMA_FILE}",
        "title": "Settings of the Magi daemon",
        **_settings(),
    }


def schema_text() -> str:
    """The schema as it is in the file."""
    return json.dumps(config_schema(), indent=2, ensure_ascii=False) + "\n"


def _settings() -> dict[str, Any]:
    """All of the file: with one repository, or with several."""
    found = _section(Config)
    del found["required"]
    own = {name: found["properties"][name] for name in OWN}
    entry = _section(RepositoryConfig)
    several = {
        "description": "several repositories, each with a name, in place of `repository`",
        "type": "object",
        "minProperties": 1,
        "propertyNames": {"pattern": _PATTERNS["owner"]},
        "additionalProperties": {**entry, "properties": entry["properties"] | own},
    }
    found["properties"] = {SEVERAL: several, **found["properties"]}
    return {**found, "oneOf": [{"required": ["repository"]}, {"required": [SEVERAL]}]}


def _section(section: type) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    required = []
    for one, hint in hints(section):
        name = camel(one.name)
        if is_dataclass(hint) and isinstance(hint, type):
            properties[name] = {**_section(hint), "type": ["object", "null"]}
            if properties[name].get("required"):
                properties[name]["type"] = "object"
                required.append(name)
            continue
        properties[name] = _setting(one, hint)
        if one.default is MISSING:
            required.append(name)
            properties[name]["minLength"] = 1
    found: dict[str, Any] = {"type": "object", "additionalProperties": False, "properties": properties}
    return {**found, "required": required} if required else found


def _setting(one: Any, hint: Any) -> dict[str, Any]:
    optional = one.default is not MISSING
    kind = _KINDS.get(hint, "string")
    found: dict[str, Any] = {"description": one.metadata["text"], "type": [kind, "null"] if optional else kind}
    if kind in {"number", "integer"}:
        found["minimum"] = one.metadata["least"]
        if "most" in one.metadata:
            found["maximum"] = one.metadata["most"]
    if kind == "object":
        found |= {"additionalProperties": _LABELS["additionalProperties"]}
    if kind == "array":
        found |= _array(one, hint)
    if one.name == "template":
        found["maxLength"] = LONGEST_TEMPLATE
    if choices := one.metadata.get("choices"):
        found["enum"] = [*choices, None]
    if pattern := one.metadata.get("pattern", _PATTERNS.get(one.name)):
        found["pattern"] = pattern
    if optional and one.default not in (None, "", ()):
        found["default"] = list(one.default) if kind == "array" else one.default
    return found


def _array(one: Any, hint: Any) -> dict[str, Any]:
    if entry := entry_of(hint):
        return {"items": _section(entry), "maxItems": MOST_RECEIVERS}
    if hint == tuple[Selector, ...]:
        return {"items": _LABELS, "minItems": 1}
    text = {"type": "string", "minLength": 1}
    return {"items": text | ({"enum": list(EVENT_REASONS)} if one.name == "reasons" else {}), "minItems": 1}
