"""The JSON Schemas of documents, made from the words. `schemas/` holds them, for editors and for `reading`."""

from __future__ import annotations

import json
import types
from collections.abc import Mapping, Sequence
from dataclasses import MISSING
from typing import Annotated, Any, TypeAlias, Union, get_args, get_origin

from reconciler.documents.reading.schema_files import SCHEMA_FILES
from reconciler.documents.words.declaring import (
    Definition,
    Word,
    bare_type,
    declared,
    is_choice,
    is_word,
    written_fields,
)

_TYPES = {str: "string", int: "integer", float: "number", bool: "boolean"}


Choices: TypeAlias = Mapping[str, Sequence[str]]
"""What a field may be one of where the words don't know it themselves, by the name in its ``choices``."""


def json_schema(document: type[Word], choices: Choices) -> dict[str, Any]:
    """The schema of a kind of document: self-contained, draft 2020-12."""
    file = SCHEMA_FILES[document.__name__]
    definitions: dict[str, Any] = {}
    schema = _schema_of(document, definitions)
    for one in (schema, *definitions.values()):
        for field in one.get("properties", {}).values():
            if named := field.pop("choices", None):
                of_what = {"enum": list(choices[named])}
                field.update({"items": of_what} if field["type"] == "array" else of_what)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"https://magi.example/schemas/v1alpha1/{file}",
        **schema,
        "$defs": definitions,
    }


def schema_text(document: type[Word], choices: Choices) -> str:
    """The schema as it is in its file."""
    return json.dumps(json_schema(document, choices), indent=2, ensure_ascii=False) + "\n"


def _schema_of(cls: type[Word], definitions: dict[str, Any]) -> dict[str, Any]:
    about = declared(cls)
    schema: dict[str, Any] = {}
    if about.definition or about.title:
        schema = {"title": about.title, "description": about.description}
    required = []
    properties: dict[str, Any] = {}
    for name, one, hint in written_fields(cls):
        said = one.metadata
        if said["schema"] is not None:
            for used in said["uses"]:
                _fragment(used, definitions)
            shape = dict(said["schema"])
        else:
            shape = _fragment(hint, definitions)
        keywords = dict(said["keywords"])
        if keywords.pop("bare", False):
            del shape["type"]
        for inner, field in (("items", "items"), ("values", "additionalProperties")):
            if inner in keywords:
                shape[field] = {**shape[field], **keywords.pop(inner)}
        properties[name] = {"title": said["title"], "description": said["description"], **shape, **keywords}
        if "default" in said:
            properties[name]["default"] = plain_json(said["default"])
        if said["examples"]:
            properties[name]["examples"] = said["examples"]
        if is_required(one):
            required.append(name)
    schema |= {"type": "object", "additionalProperties": {} if about.open else False}
    if required:
        schema["required"] = required
    schema |= about.rules
    if properties:
        schema["properties"] = properties
    if about.examples:
        schema["examples"] = list(about.examples)
    return schema


def is_required(one: Any) -> bool:
    """Whether a field has to be written."""
    return one.default is MISSING and one.default_factory is MISSING


def _fragment(hint: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    """What a type means in a schema. The definitions that it refers to are put among the others."""
    hint = without_none(hint)
    if get_origin(hint) is Annotated:
        return _reference(get_args(hint)[1], definitions)
    if is_word(hint):
        return _word_fragment(hint, definitions)
    if is_choice(hint):
        choices = list(get_args(hint))
        return {"const": choices[0]} if len(choices) == 1 else {"type": "string", "enum": choices}
    if get_origin(hint) is tuple:
        return {"type": "array", "items": _fragment(get_args(hint)[0], definitions)}
    if hint in _TYPES:
        return {"type": _TYPES[hint]}
    of_keys, of_values = get_args(hint)
    found = {"type": "object", "additionalProperties": {} if of_values is object else _fragment(of_values, definitions)}
    return found if of_keys is str else {"propertyNames": _fragment(of_keys, definitions), **found}


def _word_fragment(cls: type[Word], definitions: dict[str, Any]) -> dict[str, Any]:
    name = declared(cls).definition
    if not name:
        return _schema_of(cls, definitions)
    if name not in definitions:
        definitions[name] = {}  # so that it keeps its place, and ends a circle
        definitions[name] = _schema_of(cls, definitions)
    return {"$ref": f"#/$defs/{name}"}


def _reference(definition: Definition, definitions: dict[str, Any]) -> dict[str, Any]:
    if definition.name not in definitions:
        definitions[definition.name] = dict(definition.schema)
        for used in definition.uses:
            _fragment(used, definitions)
    return {"$ref": f"#/$defs/{definition.name}"}


def without_none(hint: Any) -> Any:
    """A type without None, and with what `Annotated` adds."""
    if get_origin(hint) in (Union, types.UnionType):
        others = [one for one in get_args(hint) if one is not type(None)]
        return others[0] if len(others) == 1 else bare_type(hint)
    return hint


def plain_json(value: Any) -> Any:
    """A default as JSON has it."""
    if isinstance(value, tuple):
        return [plain_json(one) for one in value]
    return dict(value) if isinstance(value, Mapping) else value
