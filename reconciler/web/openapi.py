"""The OpenAPI document of the JSON API, made from its routes. `schemas/openapi.json` holds it."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

from reconciler.web import sync
from reconciler.web.query import PARAMETERS
from reconciler.web.routes import DOCUMENT, ROUTES, Route
from reconciler.web.schemas import ref, schemas

FILE_NAME = "openapi.json"

_ABOUT = """\
What the Magi daemon knows, for programs. The desired state is in Git: a sync makes the daemon look now, and nothing
here changes it. All of it is in memory, and
bounded: a restart forgets events, the history of commits, and since when conditions hold, and loses nothing else.
Within v1, properties may be added to answers."""

_INFO = {
    "title": "Magi",
    "version": "v1",
    "description": _ABOUT,
    "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
}


@cache
def openapi_document() -> dict[str, Any]:
    """OpenAPI 3.1. Shared between callers: not to be changed."""
    own = _operation("openapi", "This document", {"type": "object"}, [])
    del own["responses"]["400"]
    return {
        "openapi": "3.1.0",
        "info": _INFO,
        "servers": [{"url": "/", "description": "Where the daemon listens."}],
        # Without a token too, where the operator lets anyone ask.
        "security": [{"bearer": []}, {}],
        "paths": {route.path: {"get": _of_route(route)} for route in ROUTES}
        | {DOCUMENT: {"get": own}, sync.PATH: {"post": _sync()}},
        "components": {"schemas": schemas(), "responses": _ERRORS, "securitySchemes": {"bearer": _BEARER}},
    }  # fmt: skip


def document_text() -> str:
    """The document as it is in the file."""
    return json.dumps(openapi_document(), indent=2, ensure_ascii=False) + "\n"


_BEARER = {
    "type": "http",
    "scheme": "bearer",
    "description": "A token of the daemon's `api.tokensFile`. Needed unless its settings have the API answer anyone "
    "(`api.anonymous`).",
}

_ERRORS = {
    name: {"description": description, "content": {"application/json": {"schema": ref("Error")}}}
    for name, description in (
        ("BadRequest", "A parameter is unknown, or has a value that it can't have."),
        ("Unauthorized", "A token is needed, and none or another one was sent."),
        ("NotFound", "There is no such thing."),
        ("Unsupported", "The body is no JSON, or too large."),
        ("TooMany", "It was asked for too often; Retry-After has the seconds to wait."),
        ("Misdirected", "The Host header names none of the hosts that the daemon answers as."),
        ("Defect", "A defect in Magi."),
        ("Unavailable", "It is not known yet: VIMs have not been observed since the start."),
    )
}


def _of_route(route: Route) -> dict[str, Any]:
    names = re.findall(r"{(\w+)}", route.path)
    parameters = [*map(_in_path, names), *map(_in_query, route.parameters)]
    operation = _operation(route.answer.__name__, route.summary, ref(route.schema), parameters)
    if names:
        operation["responses"]["404"] = {"$ref": "#/components/responses/NotFound"}
    if route.waits:
        operation["responses"]["503"] = {"$ref": "#/components/responses/Unavailable"}
    return operation


def _sync() -> dict[str, Any]:
    summary = "Has Git fetched and VIMs observed now; what waits after failures is tried again at once"
    operation = _operation("sync", summary, ref("Synced"), [*map(_in_query, sync.PARAMETERS)])
    accepted = {"description": summary, "content": {"application/json": {"schema": ref("Synced")}}}
    responses = {code: one for code, one in operation["responses"].items() if code not in {"200", "304"}}
    others = {code: {"$ref": f"#/components/responses/{name}"} for code, name in _REFUSALS.items()}
    body = {"required": True, "content": {"application/json": {"schema": {"type": "object", "maxProperties": 0}}}}
    return operation | {"requestBody": body, "responses": {"202": accepted} | responses | others}


_REFUSALS = {"404": "NotFound", "415": "Unsupported", "429": "TooMany"}


def _operation(name: str, summary: str, schema: dict[str, Any], parameters: list[dict[str, Any]]) -> dict[str, Any]:
    tag = {"ETag": {"schema": {"type": "string"}, "description": "Changes with the answer."}}
    return {
        "operationId": name,
        "summary": summary,
        "parameters": parameters,
        "responses": {
            "200": {"description": summary, "headers": tag, "content": {"application/json": {"schema": schema}}},
            "304": {"description": "It is what If-None-Match names."},
            "400": {"$ref": "#/components/responses/BadRequest"},
            "401": {"$ref": "#/components/responses/Unauthorized"},
            "421": {"$ref": "#/components/responses/Misdirected"},
            "500": {"$ref": "#/components/responses/Defect"},
        },
    }


def _in_path(name: str) -> dict[str, Any]:
    about = {"name": name, "in": "path", "required": True, "description": f"Name of the {name}."}
    return about | {"schema": {"type": "string", "minLength": 1}}


def _in_query(name: str) -> dict[str, Any]:
    parameter = PARAMETERS[name]
    schema: dict[str, Any]
    if parameter.is_number:
        schema = {
            "type": "integer",
            "minimum": parameter.least,
            "maximum": parameter.most,
            "default": parameter.default,
        }
    else:
        schema = {"type": "string", "minLength": parameter.least, "maxLength": parameter.most}
    return {"name": name, "in": "query", "description": parameter.description, "schema": schema}
