"""Answers of the API, each held to what the OpenAPI document says of it."""

from __future__ import annotations

from typing import Any

from flask import Flask
from jsonschema import Draft202012Validator, FormatChecker

from reconciler.web import openapi_document


def path_of(concrete: str) -> str:
    """The path in the document that a real one is of."""
    parts = concrete.split("?", maxsplit=1)[0].split("/")
    for path in openapi_document()["paths"]:
        desired = path.split("/")
        same = (one == other or one.startswith("{") for one, other in zip(desired, parts, strict=False))
        if len(desired) == len(parts) and all(same):
            return str(path)
    raise AssertionError(f"the document has no path for {concrete}")


def check(schema: Any, value: Any) -> None:
    """Fails where a value is not what a schema of the document says, or has more than that."""
    whole = {"components": _closed(openapi_document()["components"]), **_closed(schema)}
    Draft202012Validator(whole, format_checker=FormatChecker()).validate(value)


def ask(app: Flask, path: str, status: int = 200) -> Any:
    """What the API answers."""
    answer = app.test_client().get(path)
    assert (answer.status_code, answer.mimetype) == (status, "application/json"), answer.text
    if status >= 400:
        check({"$ref": "#/components/schemas/Error"}, answer.json)
        return answer.json
    described = openapi_document()["paths"][path_of(path)]["get"]["responses"][str(status)]
    check(described["content"]["application/json"]["schema"], answer.json)
    return answer.json


def _closed(schema: Any) -> Any:
    """The schema, without room for what it does not name."""
    if isinstance(schema, list):
        return [_closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {name: _closed(value) for name, value in schema.items()}
    if schema.get("type") == "object" and "properties" in schema:
        closed.setdefault("additionalProperties", False)
    return closed
