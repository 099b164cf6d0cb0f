"""The JSON Schema of the file of settings, made from what the settings are. `schemas/config.schema.json` holds it."""

from __future__ import annotations

import json
from dataclasses import MISSING, is_dataclass
from typing import Any

from reconciler.config.sections import OWNER_PATTERN, Config, camel, hints

SCHEMA_FILE = "config.schema.json"
_PATTERNS = {"owner": "^" + OWNER_PATTERN.pattern.replace(r"\Z", "$"), "since": "^([0-9a-f]{40})?$"}


def config_schema() -> dict[str, Any]:
    """For editors and checks without Magi. Draft 2020-12."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"https://magi.example/schemas/v1alpha1/{SCHEMA_FILE}",
        "title": "Settings of the Magi daemon",
        **_section(Config),
    }


def schema_text() -> str:
    """The schema as it stands in the file."""
    return json.dumps(config_schema(), indent=2, ensure_ascii=False) + "\n"


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
    kind = "number" if hint is float else "string"
    found: dict[str, Any] = {"description": one.metadata["text"], "type": [kind, "null"] if optional else kind}
    if hint is float:
        found["minimum"] = one.metadata["least"]
    if choices := one.metadata.get("choices"):
        found["enum"] = [*choices, None]
    if one.name in _PATTERNS:
        found["pattern"] = _PATTERNS[one.name]
    if optional and one.default not in (None, ""):
        found["default"] = one.default
    return found
