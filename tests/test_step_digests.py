"""Digests of plans and of blocked steps: what changes them, and what does not."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from typing import NamedTuple

import pytest

from reconciler.judging.digests import actions_of, blocked_sets, facts_of, plain, plan_digest, spec_json, steps_digest
from reconciler.model import RULE_WORDS, Action, BlockReason, FieldChange, Impact, Key, Opaque, Spec, Step, StepId
from tests.worlds import TARGET, ThingSpec, desired, key

A, B = key("0/a"), key("0/b")
SPEC = ThingSpec(size=3)


def create(
    name: str = "0/a", guard: BlockReason | None = BlockReason.CONSENT, reason: str = "why", spec: Spec = SPEC
) -> Step:
    return Step(Action.CREATE, key(name), replace(desired(name, ThingSpec()), spec=spec), blocked=guard, reason=reason)


def delete(name: str = "0/a", guard: BlockReason | None = BlockReason.MAX_DELETES, reason: str = "why") -> Step:
    return Step(Action.DELETE, key(name), blocked=guard, reason=reason)


def steps(*given: Step) -> dict[StepId, Step]:
    return {step.id: step for step in given}


def digest_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def line(target: str, action: str, step: Step, spec: object) -> str:
    """What a digest is made of, as documented: approvals in commits depend on it."""
    changes = [[change.field, change.old, change.new] for change in step.changes]
    written = {"vim": target, "action": action, "kind": step.key.kind, "name": step.key.name, "changes": changes}
    return json.dumps({**written, "spec": spec}, sort_keys=True)


def test_a_digest_is_of_the_sorted_lines_of_the_steps() -> None:
    first, second = create("0/b"), delete("0/a")
    lines = sorted([line("paris", "create", first, {"size": 3}), line("paris", "delete", second, None)])
    assert steps_digest("paris", steps(first, second)) == digest_of("\n".join(lines))
    assert steps_digest("paris", steps(second, first)) == digest_of("\n".join(lines))


def test_a_digest_covers_the_changes_of_an_update() -> None:
    update = replace(create(), action=Action.UPDATE, changes=(FieldChange("size", 1, 3),))
    assert steps_digest("paris", steps(update)) == digest_of(line("paris", "update", update, {"size": 3}))


def test_a_replacement_is_one_action_with_its_create() -> None:
    both = steps(delete(), create(), delete("0/b"))
    assert [(verb, step.action, step.key) for verb, step in actions_of(both)] == [
        ("replace", Action.CREATE, A),
        ("delete", Action.DELETE, B),
    ]


def test_both_halves_of_a_blocked_replacement_have_the_digest_of_the_whole() -> None:
    halves = [replace(step, impact=Impact.REPLACE, blocked=BlockReason.CONSENT) for step in (delete(), create())]
    (one,) = blocked_sets(TARGET, steps(*halves))
    assert set(one.steps) == {StepId(Action.DELETE, A), StepId(Action.CREATE, A)}
    expected = digest_of(
        "\n".join(sorted([BlockReason.CONSENT.value, line(TARGET, "replace", halves[1], {"size": 3})]))
    )
    assert set(one.steps.values()) == {expected}
    assert one.digest == expected


@pytest.mark.parametrize("guard", [BlockReason.CONSENT, BlockReason.PROTECTED])
def test_a_blocked_set_says_where_what_and_why(guard: BlockReason) -> None:
    (one,) = blocked_sets("lyon", steps(create(guard=guard, reason="b"), create("0/b", guard=guard, reason="a")))
    assert (one.target, one.guard, one.service, one.reason) == ("lyon", guard, "svc", "a")
    lines = [line("lyon", "create", create(name), {"size": 3}) for name in ("0/a", "0/b")]
    assert one.digest == digest_of("\n".join(sorted([guard.value, *lines])))
    assert one.steps == {
        StepId(Action.CREATE, key(name)): digest_of("\n".join(sorted([guard.value, text])))
        for name, text in zip(("0/a", "0/b"), lines, strict=True)
    }


def test_a_guard_that_counts_has_one_set_of_all_services_and_another_one_of_each() -> None:
    other = Key(TARGET, "level0", "other/a")

    def sets(guard: BlockReason) -> list[str]:
        both = (delete(guard=guard), replace(delete(guard=guard), key=other))
        return [one.service for one in blocked_sets(TARGET, steps(*both))]

    assert sets(BlockReason.MAX_DELETES) == [""]
    assert sets(BlockReason.PROTECTED) == ["other", "svc"]


def test_decisions_of_rules_are_sets_of_their_own_with_their_words_in_the_digest() -> None:
    first, second = (delete(name, BlockReason.RULE, f"{RULE_WORDS}{name}") for name in ("0/a", "0/b"))
    one, two = blocked_sets(TARGET, steps(first, second))
    assert [one.reason, two.reason] == [first.reason, second.reason]
    text = line(TARGET, "delete", first, None)
    assert one.digest == digest_of("\n".join(sorted([BlockReason.RULE.value, first.reason, text])))
    assert one.steps == {first.id: one.digest}


def test_what_nothing_holds_or_no_one_may_unblock_is_in_no_set() -> None:
    assert blocked_sets(TARGET, steps(create(guard=None), delete("0/b", BlockReason.SUSPENDED))) == ()


def test_the_digest_of_plans_does_not_depend_on_their_order_and_differs_by_vim() -> None:
    first, second = steps(create()), steps(delete("0/b"))
    assert steps_digest("paris", first) != steps_digest("lyon", first)
    assert plan_digest([]) == digest_of("")
    assert steps_digest("paris", first) != steps_digest("paris", second)


class Pair(NamedTuple):
    one: Key
    other: frozenset[int]


def test_values_become_json() -> None:
    assert plain(Pair(A, frozenset({3, 1}))) == {"one": A.name, "other": [1, 3]}
    assert plain((A, (1, "x"))) == ["svc/0/a", [1, "x"]]
    assert plain(5) == 5


def test_a_hidden_value_is_its_digest_entirely_or_cut_short_at_any_depth() -> None:
    secret = Opaque.of("hunter2")
    assert plain(secret, whole=True) == secret.digest
    assert plain(secret) == str(secret) != secret.digest
    for nested in ((secret,), frozenset({secret})):
        assert plain(nested, whole=True) == [secret.digest]
        assert plain(nested) == [str(secret)]

    class Holder(NamedTuple):
        value: Opaque

    assert plain(Holder(secret), whole=True) == {"value": secret.digest}
    assert plain(Holder(secret)) == {"value": str(secret)}


@dataclass(frozen=True, slots=True)
class FilledSpec(Spec):
    must: int
    word: str = "usual"
    maybe: int | None = None
    many: tuple[int, ...] = (1,)
    hidden: Opaque | None = None


def test_only_fields_that_say_more_than_their_default_are_facts() -> None:
    assert dict(facts_of(FilledSpec(0))) == {"must": 0}
    assert dict(facts_of(FilledSpec(1, "other", 2, (2,)))) == {"must": 1, "word": "other", "maybe": 2, "many": (2,)}
    assert dict(facts_of(FilledSpec(1, many=()))) == {"must": 1}


def test_a_spec_in_json_has_its_facts_and_none_for_what_goes() -> None:
    secret = Opaque.of("hunter2")
    step = create(spec=FilledSpec(1, hidden=secret))
    assert spec_json(step) == {"must": 1, "hidden": str(secret)}
    assert spec_json(step, whole=True) == {"must": 1, "hidden": secret.digest}
    assert spec_json(delete()) is None
