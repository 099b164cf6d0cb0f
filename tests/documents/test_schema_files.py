"""The schema files are a contract with editors: complete, self-contained, true to their own examples."""

import json
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
from jsonschema import Draft202012Validator

from reconciler.config import SCHEMA_FILE
from reconciler.documents.reading.schema_files import (
    API_VERSION,
    KINDS,
    PLAN_SCHEMA,
    SCHEMA_FILES,
    schema_folder,
    schema_of,
)

SUBSCHEMA_MAPS = ("properties", "$defs", "dependentSchemas", "patternProperties")
SUBSCHEMA_LISTS = ("anyOf", "oneOf", "allOf")
SUBSCHEMAS = ("items", "additionalProperties", "propertyNames", "if", "then", "else", "not")
CONSTRAINTS = (*SUBSCHEMA_LISTS, "dependentSchemas", "if", "then", "else", "not")


def walk(schema: Any, place: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """Every subschema that is a mapping, with its place."""
    if not isinstance(schema, dict):
        return
    yield place, schema
    for keyword in SUBSCHEMA_MAPS:
        for name, child in schema.get(keyword, {}).items():
            yield from walk(child, (*place, keyword, name))
    for keyword in SUBSCHEMA_LISTS:
        for index, child in enumerate(schema.get(keyword, [])):
            yield from walk(child, (*place, keyword, str(index)))
    for keyword in SUBSCHEMAS:
        yield from walk(schema.get(keyword), (*place, keyword))


def fields(kind: str) -> Iterator[tuple[str, dict[str, Any], bool]]:
    """Every field that people can write: place, schema, whether it is required."""
    for place, schema in walk(schema_of(kind)):
        if not set(place) & set(CONSTRAINTS):
            for name, field in schema.get("properties", {}).items():
                yield "/".join((*place, name)), field, name in schema.get("required", ())


def complaints(kind: str, subschema: dict[str, Any], value: Any) -> list[str]:
    """What both validators say about a value, seen from inside the schema of a kind."""
    root = {"$schema": schema_of(kind)["$schema"], "$defs": schema_of(kind)["$defs"], "allOf": [subschema]}
    said = [error.message for error in Draft202012Validator(root).iter_errors(value)]
    assert jsonschema_rs.validator_for(root).is_valid(value) == (not said)
    return said


@pytest.mark.parametrize("kind", KINDS)
def test_every_schema_is_valid_draft_2020_12_and_names_its_kind(kind: str) -> None:
    schema = schema_of(kind)
    Draft202012Validator.check_schema(schema)
    assert schema["$id"] == f"https://magi.example/schemas/v1alpha1/{SCHEMA_FILES[kind]}"
    assert schema["properties"]["kind"]["const"] == kind
    assert schema["properties"]["apiVersion"]["const"] == API_VERSION


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_has_title_description_and_examples(kind: str) -> None:
    bare = [
        place for place, field, _ in fields(kind) if not all(field.get(k) for k in ("title", "description", "examples"))
    ]
    assert bare == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_definition_has_title_description_and_examples(kind: str) -> None:
    bare = [
        name
        for name, part in schema_of(kind)["$defs"].items()
        if not all(part.get(k) for k in ("title", "description", "examples"))
    ]
    assert bare == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_example_is_valid(kind: str) -> None:
    wrong = [
        (place, example, said)
        for place, schema in walk(schema_of(kind))
        for example in schema.get("examples", ())
        if (said := complaints(kind, {k: v for k, v in schema.items() if k not in ("$defs", "$id")}, example))
    ]
    assert wrong == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_default_is_valid_and_is_that_of_an_optional_field(kind: str) -> None:
    wrong = [
        place
        for place, field, required in fields(kind)
        if "default" in field and (required or complaints(kind, field, field["default"]))
    ]
    assert wrong == []


@pytest.mark.parametrize("kind", KINDS)
def test_required_fields_are_fields(kind: str) -> None:
    wrong = [
        "/".join(place)
        for place, schema in walk(schema_of(kind))
        if not set(place) & set(CONSTRAINTS)
        and not set(schema.get("required", ())) <= set(schema.get("properties", ()))
    ]
    assert wrong == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_mapping_refuses_unknown_fields(kind: str) -> None:
    open_ones = [
        "/".join(place)
        for place, schema in walk(schema_of(kind))
        if schema.get("type") == "object" and schema.get("additionalProperties", True) is True
    ]
    assert open_ones == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_pattern_is_explained_in_words(kind: str) -> None:
    mute = [
        "/".join(place)
        for place, schema in walk(schema_of(kind))
        if "pattern" in schema and not {"patternErrorMessage", "errorMessage"} & set(schema) and "anyOf" not in place
    ]
    assert mute == []


@pytest.mark.parametrize("kind", KINDS)
def test_references_stay_inside_the_file(kind: str) -> None:
    refs = {schema["$ref"] for _, schema in walk(schema_of(kind)) if "$ref" in schema}
    assert refs <= {f"#/$defs/{name}" for name in schema_of(kind)["$defs"]}


def test_shared_definitions_are_the_same_in_every_file() -> None:
    seen: dict[str, Any] = {}
    different = [
        (kind, name)
        for kind in KINDS
        for name, part in schema_of(kind)["$defs"].items()
        if name != "spec" and seen.setdefault(name, part) != part
    ]
    assert different == []


def test_the_folder_holds_exactly_the_known_schemas() -> None:
    blocked = {entry.name for entry in schema_folder().iterdir() if entry.name.endswith(".json")}
    assert blocked == {*SCHEMA_FILES.values(), PLAN_SCHEMA, SCHEMA_FILE, "openapi.json"}


def test_files_are_plain_readable_json() -> None:
    for name in (*SCHEMA_FILES.values(), PLAN_SCHEMA):
        text = (schema_folder() / name).read_text(encoding="utf-8")
        assert json.loads(text)
        assert text.endswith("}\n")
        assert "\t" not in text
