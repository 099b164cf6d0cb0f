"""Whatever exists and whatever is desired: one plan leads there, and faults only delay it."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import given, settings, strategies as st

from reconciler.applying import apply
from reconciler.model import Action, Consent, Desired, Impact, Key, Outcome, Permission, Plan, Policy, Result, World
from tests.plan_of import plan_of
from tests.worlds import MemoryTarget, Wish, pairs, random_faults

ALLOWED = Policy(consent=Consent(replace=Permission.ALLOW, disruptive=Permission.ALLOW))


def one_pass(
    target: MemoryTarget, desired: Mapping[Key, Desired], policy: Policy = ALLOWED
) -> tuple[Plan, list[Outcome]]:
    world = target.observe()
    plan = plan_of(desired, world, policy)
    return plan, list(apply(plan, world, target, workers=2))


def is_as_desired(world: World, desired: Mapping[Key, Desired]) -> bool:
    return set(world.observed) == set(desired) and all(
        desired[key].spec.settle(observed.spec) == observed.spec for key, observed in world.observed.items()
    )


@given(pairs())
@settings(max_examples=400, deadline=None)
def test_every_step_of_a_plan_succeeds_in_its_order_and_the_second_plan_is_empty(
    pair: tuple[Wish, Wish],
) -> None:
    target = MemoryTarget()
    for desired in pair:
        _, outcomes = one_pass(target, desired)
        assert [outcome for outcome in outcomes if outcome.result is not Result.DONE] == []
        assert is_as_desired(target.observe(), desired)
        plan, _ = one_pass(target, desired)
        assert len(plan) == 0


@given(pairs(), st.integers(0, 2**16), st.integers(0, 2))
@settings(max_examples=300, deadline=None)
def test_faults_lost_replies_and_slow_deletes_only_delay_convergence(
    pair: tuple[Wish, Wish], seed: int, slow: int
) -> None:
    target = MemoryTarget(random_faults(seed, 0.3, most=12), slow_deletes=slow)
    for desired in pair:
        for _ in range(80):
            plan, _ = one_pass(target, desired)
            if len(plan) == 0:
                break
        assert is_as_desired(target.observe(), desired)


@given(pairs(), st.integers(0, 10))
@settings(max_examples=200, deadline=None)
def test_a_pass_that_is_cut_off_anywhere_leaves_a_world_from_which_the_next_one_gets_there(
    pair: tuple[Wish, Wish], steps: int
) -> None:
    first, second = pair
    target = MemoryTarget()
    one_pass(target, first)
    world = target.observe()
    plan = plan_of(second, world, ALLOWED)
    done: list[Outcome] = []
    before = len(target.calls)
    done.extend(apply(plan, world, target, workers=1, stopping=lambda: len(target.calls) - before >= steps))
    assert len(target.calls) - before <= steps + 1
    _, outcomes = one_pass(target, second)
    assert [outcome for outcome in outcomes if outcome.result is not Result.DONE] == []
    assert is_as_desired(target.observe(), second)


@given(pairs())
@settings(max_examples=200, deadline=None)
def test_without_consent_nothing_is_replaced_or_disrupted_and_the_rest_goes_on(
    pair: tuple[Wish, Wish],
) -> None:
    first, second = pair
    target = MemoryTarget()
    one_pass(target, first)
    before = {key: observed.id for key, observed in target.observe().observed.items()}
    target.calls.clear()
    plan, _ = one_pass(target, second, Policy())
    assert [step for step in target.calls if step.impact is not Impact.NONE] == []
    after = {key: observed.id for key, observed in target.observe().observed.items()}
    assert {key: before[key] for key in before if key in second} == {key: after[key] for key in before if key in second}
    independent = [
        step.key
        for step_id, step in plan.steps.items()
        if step.action is Action.CREATE
        and not step.blocked
        and not any(plan.steps[w].blocked for w in plan.waits[step_id])
    ]
    skipped = {step_id.key for step_id in plan.steps} - {step.key for step in target.calls}
    assert all(key in after or _waits_for_held(plan, key) for key in independent if key in skipped)


def _waits_for_held(plan: Plan, key: Key) -> bool:
    """Whether something that the making of the Key waits for, directly or not, is blocked."""
    pending = [step_id for step_id in plan.steps if step_id.key == key]
    seen = set(pending)
    while pending:
        step_id = pending.pop()
        if plan.steps[step_id].blocked:
            return True
        fresh = plan.waits[step_id] - seen
        seen |= fresh
        pending += fresh
    return False
