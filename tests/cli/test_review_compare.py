"""What differs between a plan that was kept and what would be done now."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import pytest

from reconciler.cli.saving import read_saved_plan
from reconciler.model import BlockReason, FieldChange, Plan, Step, StepId
from reconciler.review import plan_differences, plan_json
from reconciler.targets.openstack.kinds.server import ServerSpec
from tests.cli.plans import LAN, NOTHING, key, plan


def kept(one: Plan) -> Any:
    """As it comes out of a file."""
    return json.loads(json.dumps([plan_json(one)]))


def with_step(old: StepId, step: Step) -> Plan:
    found = plan(allowed=True)
    return replace(found, steps={step_id: step if step_id == old else one for step_id, one in found.steps.items()})


def the_step(name: str) -> Step:
    (found,) = (step for step in plan(allowed=True).steps.values() if step.key.name == name)
    return found


def test_the_same_plan_does_not_differ() -> None:
    assert plan_differences(kept(plan(allowed=True)), [plan(allowed=True)]) == []
    assert plan_differences([], [NOTHING]) == []


def test_what_a_file_names_is_reported_on_one_line_without_control_characters() -> None:
    found = kept(plan(allowed=True))
    found[0]["resources"][0]["name"] = "x\nmagi: all is well\x1b[2J"
    lines = plan_differences(found, [plan(allowed=True)])
    assert all(line.isprintable() for line in lines)
    assert any(r"x\nmagi: all is well\x1b[2J" in line for line in lines)


def test_a_file_that_is_nested_too_deeply_is_no_saved_plan(tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    file.write_text('{"vims": ' + "[" * 100_000, encoding="utf-8")
    with pytest.raises(click.BadParameter, match=r"no plan that .* wrote: it is nested too deeply"):
        read_saved_plan(str(file))


def test_steps_that_only_one_of_the_two_has_are_reported() -> None:
    one = plan(allowed=True)
    step = the_step("old/lan")
    less = replace(one, steps={step_id: other for step_id, other in one.steps.items() if other is not step})
    less = replace(less, steps={step_id: s for step_id, s in less.steps.items() if s.key.name != "old/lan"})
    assert plan_differences(kept(less), [one]) == [
        "paris: delete network old/lan: would be done now, and is not in the saved plan"
    ]
    assert plan_differences(kept(one), [less]) == [
        "paris: delete network old/lan: is in the saved plan, and would not be done now"
    ]


def test_fields_that_differ_are_reported_with_both_values() -> None:
    step = the_step(LAN.name)
    other = with_step(
        step.id, replace(step, changes=(FieldChange("mtu", 1400, 1450), FieldChange("description", "", "x")))
    )
    assert plan_differences(kept(other), [plan(allowed=True)]) == [
        "paris: network vcpe/lan: description: unchanged, in the saved plan none -> x",
        "paris: network vcpe/lan: mtu: 1500 -> 1450, in the saved plan 1400 -> 1450",
    ]


def test_what_a_new_resource_is_like_is_compared() -> None:
    step = the_step("vcpe/fw/fw-2")
    assert step.desired is not None
    assert isinstance(step.desired.spec, ServerSpec)
    desired = replace(step.desired, spec=replace(step.desired.spec, flavor=key("flavor", "m1.large")))
    other = with_step(step.id, replace(step, desired=desired))
    assert plan_differences(kept(other), [plan(allowed=True)]) == [
        "paris: server vcpe/fw/fw-2: flavor m1.small, in the saved plan m1.large"
    ]


def test_what_was_blocked_and_would_be_done_now_is_a_difference() -> None:
    assert plan_differences(kept(plan(allowed=False)), [plan(allowed=True)]) == [
        "paris: network old/lan: not blocked, in the saved plan blocked: prune is off",
        "paris: server vcpe/fw/fw-0: not blocked, in the saved plan blocked: needs consent",
        "paris: server vcpe/fw/fw-1: not blocked, in the saved plan blocked: needs consent",
    ]


def test_what_waits_for_its_turn_is_none() -> None:
    step = the_step("vcpe/fw/fw-1")
    assert (
        plan_differences(kept(with_step(step.id, replace(step, blocked=BlockReason.TURN))), [plan(allowed=True)]) == []
    )
