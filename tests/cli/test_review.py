"""A plan for people and for machines."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from reconciler.model import FieldChange, Key, Opaque, Plan
from reconciler.review import (
    Line,
    counts_of,
    effects_line,
    facts_of,
    plan_json,
    plans_markdown,
    plans_text,
    shown,
)
from tests.cli.plans import NOTHING, SECRET, SERVER, plan

GOLDEN = Path(__file__).parent / "golden"


def text_of(*plans: Plan) -> str:
    return "".join(f"{line.text}\n" for line in plans_text(plans))


def compare(name: str, text: str) -> None:
    """UPDATE_GOLDEN=1 writes the texts again."""
    file = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN") == "1":
        file.write_text(text, encoding="utf-8")
    assert text == (file.read_text(encoding="utf-8") if file.exists() else "")


@pytest.mark.parametrize(("name", "allowed"), [("plan.txt", True), ("blocked.txt", False)])
def test_a_plan_is_reported_by_service_and_vim_outside_in_field_by_field(name: str, allowed: bool) -> None:
    compare(name, text_of(plan(allowed=allowed), NOTHING))


def test_what_is_blocked_says_so_with_the_reason() -> None:
    blocked = [line.text for line in plans_text([plan(allowed=False)]) if line.style == "blocked"]
    assert blocked[:2] == [
        "    - network             old/lan",
        "        blocked: Git no longer asks for it, and the Policy says 'prune: false'",
    ]


def test_what_is_interrupted_or_lost_is_summed_up_and_what_is_held_by_itself() -> None:
    assert effects_line([plan(allowed=True)]) == "2 × data loss, 1 × rebuild, 1 × replace"
    assert effects_line([plan(allowed=False)]) == "blocked: 2 × data loss, 1 × rebuild, 1 × replace"


def test_the_field_that_forces_a_replacement_is_named() -> None:
    assert "key_pair: none -> operations  # forces the replacement" in text_of(plan(allowed=True))


def test_a_text_can_not_break_its_line_or_hide_behind_control_characters() -> None:
    assert shown("a\nb\x1b[31m\u202e") == "a\\nb\\x1b[31m\\u202e"
    assert shown((("motd", "a\nb"),)) == "motd=a\\nb"


def test_lines_have_the_style_of_what_is_done() -> None:
    resources = (line for line in plans_text([plan(allowed=True)]) if line.text[4:5] in set("+~-±"))
    marks = {line.text[4]: line.style for line in resources}
    assert marks == {"-": "delete", "~": "update", "±": "replace", "+": "create"}


def test_an_empty_plan_says_that_there_is_nothing_to_do() -> None:
    assert list(plans_text([NOTHING])) == [Line("plain", "VIM paris: nothing to do")]


def test_a_replacement_counts_once() -> None:
    assert counts_of([plan(allowed=True), NOTHING])._asdict() == {
        "create": 1,
        "update": 4,
        "delete": 1,
        "replace": 1,
        "blocked": 0,
    }


def test_the_json_of_a_plan_has_all_that_the_text_has() -> None:
    found: Any = json.loads(json.dumps(plan_json(plan(allowed=False))))
    assert (found["vim"], found["summary"]["blocked"]) == ("paris", 3)
    resources = {one["name"]: one for one in found["resources"]}
    assert resources["vcpe/lan"] == {
        "action": "update",
        "kind": "network",
        "name": "vcpe/lan",
        "service": "vcpe",
        "changes": [{"field": "mtu", "old": 1500, "new": 1450, "impact": "none", "forcesReplacement": False}],
        "spec": {"mtu": 1450},
        "impact": "none",
        "effects": [],
        "blocked": None,
        "reason": "",
        "source": "services/vcpe.yaml:7",
    }
    assert (resources["old/lan"]["action"], resources["old/lan"]["spec"], resources["old/lan"]["source"]) == (
        "delete",
        None,
        None,
    )
    replaced = resources["vcpe/fw/fw-0"]
    assert (replaced["action"], replaced["impact"], replaced["blocked"]) == ("replace", "replace", "needs consent")
    assert replaced["spec"]["ports"] == ["vcpe/fw/fw-0/eth0"]
    (pairs,) = resources["vcpe/fw/fw-0/eth0"]["changes"]
    assert pairs["new"] == [{"address": "10.8.0.100", "mac": None}]


@pytest.mark.parametrize("allowed", [True, False])
def test_secrets_are_in_no_form_of_a_plan(allowed: bool) -> None:
    one = plan(allowed=allowed)
    texts = text_of(one) + json.dumps(plan_json(one)) + plans_markdown([one]) + repr(one)
    assert "sha256:" in texts
    assert "hunter2" not in texts


def test_changed_secrets_are_shown_by_digest() -> None:
    change = FieldChange("user_data", Opaque.of("old"), Opaque.of(SECRET))
    assert (shown(change.old), shown(change.new)) == (Opaque.of("old").digest[:19], Opaque.of(SECRET).digest[:19])


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "none"),
        ((), "none"),
        ("", "none"),
        (False, "false"),
        (0, "0"),
        (Key("paris", "image", "debian-12"), "debian-12"),
        (("a", "b"), "a, b"),
        ((("role", "fw"), ("tier", "gold")), "role=fw, tier=gold"),
    ],
)
def test_values_read_as_people_write_them(value: Any, text: str) -> None:
    assert shown(value) == text


def test_only_what_says_more_than_the_default_is_a_fact() -> None:
    assert [name for name, _ in facts_of(SERVER)] == ["flavor", "image", "ports", "user_data"]
