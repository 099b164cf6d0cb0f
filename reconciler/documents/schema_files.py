"""Finds the JSON Schema files, which stand in `schemas/` beside the package, for editors, and ship in the wheel."""

import json
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

API_VERSION = "magi/v1alpha1"

SCHEMA_FILES = {
    "Vim": "vim.schema.json",
    "VnfDescriptor": "vnf-descriptor.schema.json",
    "NetworkService": "network-service.schema.json",
    "Policy": "policy.schema.json",
}
"""File name of the schema by kind of document."""

KINDS = tuple(SCHEMA_FILES)


def schema_folder() -> Traversable:
    """Where the schema files are: in the installed package, or in the source tree that it is run from."""
    try:
        packaged: Traversable = resources.files("reconciler.schemas")
    except ModuleNotFoundError:
        return Path(__file__).parents[2] / "schemas"
    return packaged


@cache
def schema_of(kind: str) -> dict[str, Any]:
    """The schema of a kind in `KINDS`, decoded. Shared between callers: not to be changed."""
    text = (schema_folder() / SCHEMA_FILES[kind]).read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema
