"""A plan for people and for machines."""

from __future__ import annotations

import json
from typing import Any

import pytest

from reconciler.model import Change, Key, Opaque
from reconciler.review import Line, counts_of, facts_of, plan_json, plan_text, shown
from tests.cli.plans import NOTHING, SECRET, SERVER, plan

PLAN = """\
paris: 1 to create, 4 to update, 1 to delete, 1 to replace
  old
    - network             old/lan
  vcpe
    ~ network             vcpe/lan
        mtu: 1500 -> 1450
    ~ subnet              vcpe/lan/ipv4
        dns_servers: -1.1.1.1
    ~ port                vcpe/fw/fw-0/eth0
        allowed_address_pairs: +10.8.0.100
    ± server              vcpe/fw/fw-0  (replaced: key_pair can't change in place)
        key_pair: none -> operations
    ~ server              vcpe/fw/fw-1  (rebuild)
        image: debian-12 -> ubuntu-24.04
    + server              vcpe/fw/fw-2  (flavor m1.small, image ubuntu-24.04, user_data sha256:a90f06e2019c)
"""

CAUSE = "key_pair can't change in place"
HELD = [
    "    - network             old/lan",
    "        held: Git no longer asks for it, and the Policy says 'prune: false'",
    "    ± server              vcpe/fw/fw-0  (would be replaced)",
    "        key_pair: none -> operations",
    f"        held: replacing needs consent: {CAUSE}; 'changes: {{replace: allow}}' in the service gives it",
    "    ~ server              vcpe/fw/fw-1  (rebuild)",
    "        image: debian-12 -> ubuntu-24.04",
    "        held: rebuild needs consent; 'changes: {disruptive: allow}' in the service gives it",
]


def test_a_plan_is_told_by_service_outside_in_field_by_field() -> None:
    assert "".join(f"{line.text}\n" for line in plan_text(plan(allowed=True))) == PLAN


def test_what_is_held_says_so_with_the_reason() -> None:
    lines = list(plan_text(plan(allowed=False)))
    assert lines[0].text.endswith("; 3 held")
    assert [line.text for line in lines if line.style == "held"] == HELD


def test_lines_have_the_style_of_what_is_done() -> None:
    resources = (line for line in plan_text(plan(allowed=True)) if line.text[4:5] in set("+~-±"))
    marks = {line.text[4]: line.style for line in resources}
    assert marks == {"-": "delete", "~": "update", "±": "replace", "+": "create"}


def test_an_empty_plan_says_that_there_is_nothing_to_do() -> None:
    assert list(plan_text(NOTHING)) == [Line("plain", "paris: nothing to do")]


def test_a_replacement_counts_once() -> None:
    assert counts_of([plan(allowed=True), NOTHING])._asdict() == {
        "create": 1,
        "update": 4,
        "delete": 1,
        "replace": 1,
        "held": 0,
    }


def test_the_json_of_a_plan_has_all_that_the_text_has() -> None:
    found: Any = json.loads(json.dumps(plan_json(plan(allowed=False))))
    assert (found["vim"], found["summary"]["held"]) == ("paris", 3)
    resources = {one["name"]: one for one in found["resources"]}
    assert resources["vcpe/lan"] == {
        "action": "update",
        "kind": "network",
        "name": "vcpe/lan",
        "service": "vcpe",
        "changes": [{"field": "mtu", "old": 1500, "new": 1450}],
        "spec": {"mtu": 1450},
        "impact": "none",
        "held": None,
        "reason": "",
        "source": "services/vcpe.yaml:7",
    }
    assert (resources["old/lan"]["action"], resources["old/lan"]["spec"], resources["old/lan"]["source"]) == (
        "delete",
        None,
        None,
    )
    replaced = resources["vcpe/fw/fw-0"]
    assert (replaced["action"], replaced["impact"], replaced["held"]) == ("replace", "replace", "needs consent")
    assert replaced["spec"]["ports"] == ["vcpe/fw/fw-0/eth0"]
    (pairs,) = resources["vcpe/fw/fw-0/eth0"]["changes"]
    assert pairs["new"] == [{"address": "10.8.0.100", "mac": None}]


@pytest.mark.parametrize("allowed", [True, False])
def test_secrets_are_in_no_form_of_a_plan(allowed: bool) -> None:
    one = plan(allowed=allowed)
    texts = "".join(line.text for line in plan_text(one)) + json.dumps(plan_json(one)) + repr(one)
    assert "sha256:" in texts
    assert "hunter2" not in texts


def test_changed_secrets_are_shown_by_digest() -> None:
    change = Change("user_data", Opaque.of("old"), Opaque.of(SECRET))
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
