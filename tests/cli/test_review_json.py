"""The JSON of a plan against its published schema, and the digest."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from reconciler.documents.reading.schema_files import PLAN_SCHEMA, schema_folder
from reconciler.model import BlockReason, FieldChange, Impact, Opaque, Place, Plan, Step
from reconciler.review import plan_digest, plan_json
from tests.cli.plans import NOTHING, plan

SCHEMA: Any = json.loads(schema_folder().joinpath(PLAN_SCHEMA).read_text(encoding="utf-8"))


def of_vim() -> Draft202012Validator:
    return Draft202012Validator({**SCHEMA["$defs"]["vim"], "$defs": SCHEMA["$defs"]})


def changed(change: Callable[[Step], Step]) -> Plan:
    """The plan with each step changed."""
    found = plan(allowed=True)
    return replace(found, steps={step_id: change(step) for step_id, step in found.steps.items()})


@pytest.mark.parametrize(
    "found", [plan(allowed=True), plan(allowed=False), NOTHING], ids=["allowed", "blocked", "empty"]
)
def test_the_json_of_a_plan_is_as_the_schema_says(found: Plan) -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert [error.message for error in of_vim().iter_errors(plan_json(found))] == []


def test_every_impact_and_action_is_in_the_schema() -> None:
    assert set(SCHEMA["$defs"]["impact"]["enum"]) == {one.value for one in Impact}


def test_every_definition_explains_itself_with_valid_examples() -> None:
    for name, part in SCHEMA["$defs"].items():
        assert part["title"], name
        assert part["description"], name
        inside = Draft202012Validator({**part, "$defs": SCHEMA["$defs"]})
        assert [error.message for example in part["examples"] for error in inside.iter_errors(example)] == []
        for field, child in part.get("properties", {}).items():
            assert "$ref" in child or all(child.get(word) for word in ("title", "description", "examples")), field


def test_the_digest_is_that_of_what_is_done() -> None:
    digest = plan_digest([plan(allowed=True)])
    assert len(digest) == 32
    assert plan_digest([plan(allowed=True)]) == digest
    assert plan_digest([NOTHING, plan(allowed=True)]) == digest, "a VIM with nothing to do adds nothing"
    assert plan_digest([plan(allowed=False)]) == digest, "consent leaves it as it is"


def test_the_digest_knows_no_ids_places_or_reasons() -> None:
    def elsewhere(step: Step) -> Step:
        desired = replace(step.desired, place=Place("moved.yaml", 99)) if step.desired else None
        observed = replace(step.observed, id="other", revision_number=99) if step.observed else None
        return replace(step, desired=desired, observed=observed, reason="another", blocked=BlockReason.TURN)

    assert plan_digest([changed(elsewhere)]) == plan_digest([plan(allowed=True)])


@pytest.mark.parametrize(
    "change",
    [
        lambda step: replace(step, changes=(*step.changes, FieldChange("mtu", 1, 2))),
        lambda step: replace(step, key=step.key._replace(name=step.key.name + "x")),
        lambda step: (
            replace(step, desired=replace(step.desired, spec=replace(step.desired.spec, user_data=Opaque.of("new"))))
            if step.key.kind == "server"
            else step
        ),
    ],
    ids=["a field", "a name", "a secret"],
)
def test_the_digest_distinguishes_what_is_different(change: Callable[[Step], Step]) -> None:
    assert plan_digest([changed(change)]) != plan_digest([plan(allowed=True)])


def test_the_same_steps_on_another_vim_are_another_plan() -> None:
    assert plan_digest([replace(plan(allowed=True), target="lyon")]) != plan_digest([plan(allowed=True)])
