"""A change as it is reviewed, with the real process: the plan as Markdown and as JSON."""

from __future__ import annotations

import json

from jsonschema import Draft202012Validator

from reconciler.documents.schema_files import PLAN_SCHEMA, schema_folder
from tests.end_to_end.conftest import Workplace


def schema() -> Draft202012Validator:
    return Draft202012Validator(json.loads(schema_folder().joinpath(PLAN_SCHEMA).read_text(encoding="utf-8")))


def test_the_plan_of_a_pull_request_as_markdown_and_as_json_of_the_published_schema(workplace: Workplace) -> None:
    workplace.copy_example("vcpe")
    clouds = ("--clouds-file", str(workplace.clouds_file))
    markdown = workplace.magi("plan", workplace.url, *clouds, "-o", "markdown")
    assert markdown.code == 0, markdown.err
    assert markdown.out.startswith("### Magi plan: 31 to create, 0 to update, 0 to delete\n")
    assert markdown.out.count("<details>") == 2
    found = workplace.magi("plan", workplace.url, *clouds, "-o", "json")
    assert [error.message for error in schema().iter_errors(found.json)] == []
    assert f"`{found.json['digest']}`" in markdown.out
    text = workplace.magi("plan", workplace.url, *clouds)
    assert f"Digest: {found.json['digest']}" in text.out
