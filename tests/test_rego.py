"""Policy as code: what rules decide, what they hold, and that rules that fail hold everything. With the real engine."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reconciler.judging.digests import blocked_sets
from reconciler.judging.rego import Bounds, Decision, Decisions, RegoFailedError, decide, load_rules, rules
from reconciler.loop.judging import judged
from reconciler.model import QUIET, Approval, BlockReason, Catalog, ConfigError, InputLimits, Plan
from reconciler.review import plan_json, plans_markdown, plans_text
from tests.cli.plans import plan

EXAMPLES = Path(__file__).parents[1] / "deploy" / "policies"
HEAD = "package magi\n\nimport rego.v1\n\n"
HUGE = HEAD + 'deny contains "x" if count([x | some i in numbers.range(1, 300000); x := sprintf("%d", [i])]) < 0\n'
DELETES = (
    HEAD
    + """\
deny contains {"kind": one.kind, "name": one.name, "message": "no deletes"} if {
    some one in input.resources
    one.action == "delete"
}
warn contains "be careful" if count(input.resources) > 1
"""
)


def by(text: str, *approved: str) -> Plan:
    catalog = Catalog({}, {}, {}, approvals=frozenset(map(Approval, approved)), rego={"a.rego": text})
    return judged(plan(allowed=True), catalog, QUIET)


def blocked(found: Plan) -> set[str]:
    return {step.key.name for step in found.steps.values() if step.blocked is BlockReason.RULE}


def test_what_a_rule_denies_is_blocked_and_the_rest_goes_on() -> None:
    found = by(DELETES)
    assert blocked(found) == {"old/lan"}
    assert {step.reason for step in found.steps.values() if step.blocked} == {"policy as code: no deletes"}
    assert sum(step.blocked is None for step in found.steps.values()) == len(found.steps) - 1


def test_it_is_shown_and_can_be_approved() -> None:
    found = by(DELETES)
    (one,) = blocked_sets(found.target, found.steps)
    text = "\n".join(line.text for line in plans_text([found]))
    assert "  VIM paris: warning: be careful" in text
    assert f"network service old, denied by a rule: 1 resource: magi approve {one.digest}" in text
    assert "VIM paris: be careful" in plans_markdown([found])
    assert plan_json(found)["warnings"] == ["be careful"]
    approved = by(DELETES, one.digest)
    assert blocked(approved) == set()
    assert set(approved.approved) == {one.digest}


def test_consent_to_one_decision_is_none_to_another_on_the_same_steps() -> None:
    two = DELETES + 'deny contains {"kind": "network", "name": "old/lan", "message": "not today"}\n'
    (first,) = blocked_sets("paris", by(two).steps)
    (second,) = blocked_sets("paris", by(two, first.digest).steps)
    assert (first.reason, second.reason) == ("policy as code: no deletes", "policy as code: not today")
    assert first.digest != second.digest
    assert blocked(by(two, second.digest)) == {"old/lan"}
    assert blocked(by(two, first.digest, second.digest)) == set()


def test_a_text_denies_the_whole_plan_with_both_halves_of_a_replacement() -> None:
    found = by(HEAD + 'deny contains "not today"')
    assert {step.blocked for step in found.steps.values()} == {BlockReason.RULE}


@pytest.mark.parametrize(
    ("text", "reported"),
    [
        (HEAD + "deny contains if {", "the Rego rules failed: "),
        ("package other", "the Rego rules decide nothing"),
        (HEAD + "deny := 3", "'deny' of the Rego rules is no set"),
        (HEAD + "deny contains 1 / 0", "a.rego:5:1: deny: a builtin function can't take what it is given"),
        (HEAD + "deny := [1] if input.nothing", "a.rego:5:1: deny is undefined"),
        (HEAD + "deny contains 3", "'deny' of the Rego rules holds 3"),
        (HEAD + 'warn contains {"message": "x", "vm": "y"}', "'warn' of the Rego rules holds "),
    ],
)
def test_rules_that_fail_block_the_whole_plan_and_say_why(text: str, reported: str) -> None:
    found = by(text)
    assert {step.blocked for step in found.steps.values()} == {BlockReason.RULE}
    assert all(reported in step.reason for step in found.steps.values())


def test_rules_that_never_end_are_ended() -> None:
    with pytest.raises(RegoFailedError, match=r"take longer than 0\.01 seconds"):
        decide({"a.rego": DELETES}, plan_json(plan(allowed=True)), Bounds(seconds=0.01))


def test_rules_that_take_too_much_memory_are_ended() -> None:
    with pytest.raises(RegoFailedError, match="take more than 32 MiB of memory"):
        decide({"a.rego": HUGE}, {"resources": []}, Bounds(seconds=120.0, memory=32))


def test_the_rules_get_nothing_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAGI_FORGE_TOKEN", "topsecret")
    text = HEAD + 'deny contains sprintf("%v", [opa.runtime()])\n'
    (one,) = decide({"a.rego": text}, {"resources": []}).deny
    assert "topsecret" not in one.message
    assert "PATH" not in one.message


def test_a_plan_is_judged_within_the_limits_of_the_settings() -> None:
    catalog = Catalog({}, {}, {}, rego={"a.rego": HUGE}, limits=InputLimits(rego_seconds=120.0, rego_memory=32))
    reasons = {step.reason for step in judged(plan(allowed=True), catalog, QUIET).steps.values()}
    reported = (
        "the Rego rules take more than 32 MiB of memory (have them make smaller sets, arrays and texts, or raise "
    )
    assert [reason for reason in reasons if f"{reported}limits.regoMemory)" in reason]


def test_without_rules_or_steps_nothing_is_judged() -> None:
    assert judged(plan(allowed=True), Catalog({}, {}, {}), QUIET) == plan(allowed=True)
    nothing = Plan("paris", {}, {})
    assert judged(nothing, Catalog({}, {}, {}, rego={"a": "wrong"}), QUIET) == nothing


def test_the_rules_of_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_rules(None) == {}
    with pytest.raises(ConfigError, match="holds no rules"):
        load_rules(tmp_path)
    (tmp_path / "a.rego").write_text(DELETES)
    (tmp_path / "a_test.rego").write_text("b")
    assert load_rules(tmp_path) == {"a.rego": DELETES}
    monkeypatch.setattr(rules, "find_spec", lambda _: None)
    with pytest.raises(ConfigError, match="policy as code needs regopy, which is not installed"):
        load_rules(tmp_path)
    (tmp_path / "a.rego").write_bytes(b"\xff")
    with pytest.raises(ConfigError, match="can't be read"):
        load_rules(tmp_path)


def example(name: str, *resources: dict[str, Any]) -> Decisions:
    return decide({name: (EXAMPLES / name).read_text(encoding="utf-8")}, {"vim": "paris", "resources": resources})


def resource(action: str, kind: str = "server", *effects: str) -> dict[str, Any]:
    return {"action": action, "kind": kind, "name": "a/b", "service": "a", "effects": effects}


def test_the_example_that_keeps_data() -> None:
    assert example("keep-data.rego", resource("create", "volume"), resource("delete")) == Decisions()
    assert example("keep-data.rego", resource("delete", "volume")).deny == (
        Decision("a volume would go", "a", "volume", "a/b"),
    )
    lost = resource("update", "server", "rebuild", "data loss: its root disk")
    assert example("keep-data.rego", lost).deny == (Decision("data loss: its root disk", "a", "server", "a/b"),)


def test_the_example_of_small_changes() -> None:
    assert example("small-changes.rego", *[resource("delete")] * 50, *[resource("create")] * 150) == Decisions()
    found = example("small-changes.rego", *[resource("delete")] * 51, *[resource("create")] * 150)
    assert found.deny == (Decision("51 resources of VIM paris would be deleted or replaced; make it 50 at most"),)
    assert found.warn == (Decision("201 resources of VIM paris are touched"),)


def test_the_plan_of_a_rolling_change_is_judged_whole() -> None:
    (first, *_) = (step for step in plan(allowed=True).steps.values() if step.key.name == "old/lan")
    waiting = Plan("paris", {first.id: replace(first, blocked=BlockReason.TURN)}, {})
    catalog = Catalog({}, {}, {}, rego={"a.rego": DELETES})
    assert blocked(judged(waiting, catalog, QUIET)) == {"old/lan"}
    (one,) = blocked_sets("paris", judged(waiting, catalog, QUIET).steps)
    unblocked = judged(waiting, replace(catalog, approvals=frozenset({Approval(one.digest)})), QUIET)
    assert {step.blocked for step in unblocked.steps.values()} == {BlockReason.TURN}
