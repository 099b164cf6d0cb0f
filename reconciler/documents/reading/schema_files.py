"""Finds the JSON Schema files.

They are in `schemas/` at the top of the repository, where people and editors look for them; a link in the package
makes them part of the wheel.
"""

import json
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

API_VERSION = "magi/v1alpha1"

SCHEMA_FILES = {
    "Vim": "vim.schema.json",
    "VnfDescriptor": "vnf-descriptor.schema.json",
    "NetworkService": "network-service.schema.json",
    "NetworkServiceSet": "network-service-set.schema.json",
    "NetworkServiceTemplate": "network-service-template.schema.json",
    "Overlay": "overlay.schema.json",
    "Policy": "policy.schema.json",
}
"""File name of the schema by kind of document."""

PLAN_SCHEMA = "plan.schema.json"
"""Describes what Magi writes, not what people do: the JSON of a plan."""

KINDS = tuple(SCHEMA_FILES)


def schema_folder() -> Traversable:
    """Where the schema files are, in a source tree as well as in an installed package."""
    return resources.files("reconciler").joinpath("schemas")


@cache
def schema_of(kind: str) -> dict[str, Any]:
    """The schema of a kind in `KINDS`, decoded. Shared between callers: not to be changed."""
    text = (schema_folder() / SCHEMA_FILES[kind]).read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema
