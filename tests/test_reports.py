"""What a Report of a pass says of itself."""

from __future__ import annotations

from dataclasses import replace

from reconciler.model import Action, Key, Outcome, Plan, Result, Step, StepId
from tests.metrics.reports import outcome, report, unknown


def test_what_remains_of_a_plan_is_what_was_not_done_and_waits_only_for_that() -> None:
    done, failed = outcome("vcpe/a"), outcome("vcpe/b", result=Result.FAILED)
    waits = {failed.step.id: frozenset({done.step.id}), done.step.id: frozenset[StepId]()}
    found = report(["vcpe"], done, failed)
    assert found.plan is not None
    remaining = replace(found, plan=replace(found.plan, waits=waits)).remaining
    assert remaining is not None
    assert [*remaining.steps] == [failed.step.id]
    assert remaining.waits == {failed.step.id: frozenset()}


def test_where_nothing_was_done_all_of_the_plan_remains() -> None:
    blocked = outcome("vcpe/a", result=Result.BLOCKED)
    found = report(["vcpe"], blocked)
    assert found.remaining is found.plan
    assert unknown().remaining is None


def test_a_replacement_of_which_the_first_half_was_done_is_a_create() -> None:
    key = Key("paris", "port", "vcpe/a")
    delete, create = Step(Action.DELETE, key), Step(Action.CREATE, key)
    outcomes = (Outcome(delete, Result.DONE), Outcome(create, Result.FAILED, "busy"))
    found = replace(report([], *outcomes), plan=Plan("paris", {delete.id: delete, create.id: create}, {}))
    assert found.remaining is not None
    assert [*found.remaining.steps.values()] == [create]
