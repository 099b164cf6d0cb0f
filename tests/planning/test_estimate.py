"""How long a plan takes, by what such steps took on the same target."""

from __future__ import annotations

from reconciler.model import (
    Action,
    BlockReason,
    Desired,
    Durations,
    FieldChange,
    Impact,
    Key,
    Observed,
    Place,
    Plan,
    Step,
)
from reconciler.planning import estimate
from reconciler.targets.openstack.kinds.network import NetworkSpec
from reconciler.targets.openstack.kinds.server import ServerSpec

TIMES = Durations(2.0, {"create": 60.0, "rebuild": 100.0})
SERVER = ServerSpec(Key("paris", "flavor", "f"), Key("paris", "image", "i"))


def network(number: int) -> Step:
    key = Key("paris", "network", f"svc/{number}")
    return Step(Action.CREATE, key, Desired(key, NetworkSpec(), Place("a.yaml", 1)))


def server(number: int, impact: Impact = Impact.NONE, blocked: BlockReason | None = None) -> Step:
    key = Key("paris", "server", f"svc/{number}")
    desired = Desired(key, SERVER, Place("a.yaml", 1))
    if impact is Impact.NONE:
        return Step(Action.CREATE, key, desired, blocked=blocked)
    changes = (FieldChange("image", "a", "b"),)
    return Step(Action.UPDATE, key, desired, Observed(key, SERVER, "id"), changes, impact, blocked=blocked)


def plan(*steps: Step, after: dict[int, int] | None = None) -> Plan:
    """``after``: which of the steps, by index, waits for which."""
    waits = {
        step.id: frozenset({steps[(after or {})[index]].id} if index in (after or {}) else ())
        for index, step in enumerate(steps)
    }
    return Plan("paris", {step.id: step for step in steps}, waits)


def test_calls_run_side_by_side_within_the_budget() -> None:
    steps = [network(number) for number in range(4)]
    assert estimate(plan(*steps), TIMES, workers=1) == 8.0
    assert estimate(plan(*steps), TIMES, workers=2) == 4.0
    assert estimate(plan(*steps), TIMES, workers=9) == 2.0


def test_what_waits_starts_when_that_is_done() -> None:
    assert estimate(plan(network(0), network(1), after={1: 0}), TIMES, workers=4) == 4.0


def test_servers_are_built_side_by_side_while_calls_go_on() -> None:
    assert estimate(plan(server(0), server(1), server(2)), TIMES, workers=1) == 6.0 + 60.0


def test_what_waits_for_its_turn_goes_one_after_another() -> None:
    steps = [server(0, Impact.REBUILD), *(server(number, Impact.REBUILD, BlockReason.TURN) for number in (1, 2))]
    assert estimate(plan(*steps), TIMES, workers=4) == 3 * 102.0


def test_what_is_blocked_takes_no_time() -> None:
    blocked = server(1, Impact.REBUILD, BlockReason.CONSENT)
    assert estimate(plan(network(0), blocked), TIMES, workers=4) == 2.0
    assert estimate(plan(blocked, network(0)), TIMES, workers=4) == 2.0


def test_without_a_history_of_such_steps_nothing_is_said() -> None:
    assert estimate(plan(network(0), server(1, Impact.RESIZE)), TIMES, workers=4) is None
    assert estimate(plan(), TIMES, workers=4) is None


def test_more_servers_take_longer_by_what_the_target_can_do_at_once() -> None:
    times = Durations(1.0, {"create": 30.0}, 5.0)

    def seconds(count: int) -> float | None:
        return estimate(plan(*(server(number) for number in range(count))), times, workers=8)

    assert (seconds(1), seconds(3), seconds(10)) == (31.0, 31.0, 51.0)


def test_many_deletes_take_half_as_long_as_so_many_creates() -> None:
    keys = [Key("paris", "server", f"s/a/vm-{number}") for number in range(10)]
    gone = plan(*(Step(Action.DELETE, key, observed=Observed(key, SERVER, key.name)) for key in keys))
    assert estimate(gone, Durations(1.0, {}, 2.0), 10) == 11.0
    assert estimate(gone, Durations(1.0, {}), 10) == 1.0


def test_the_observations_that_follow_are_counted() -> None:
    times = Durations(1.0, {"create": 10.0}, observation=3.0)
    assert estimate(plan(network(0)), times, 4) == 4.0  # one that finds it done
    assert estimate(plan(server(1)), times, 4) == 17.0  # one that finds it built, and the last one
    assert estimate(plan(server(0), server(1), after={1: 0}), times, 4) == 31.0  # each is found built, and the last one


def test_an_update_in_place_is_found_done_at_once_and_a_rebuild_later() -> None:
    key = Key("paris", "server", "svc/0")
    desired, there = Desired(key, SERVER, Place("a.yaml", 1)), Observed(key, SERVER, "id")
    times = Durations(1.0, {"rebuild": 100.0}, observation=3.0)
    renamed = Step(Action.UPDATE, key, desired, there, (FieldChange("name", "a", "b"),))
    assert estimate(plan(renamed), times, 4) == 4.0
    assert estimate(plan(server(0, Impact.REBUILD)), times, 4) == 107.0


def test_what_waits_for_something_that_is_blocked_is_reckoned_as_if_that_were_done() -> None:
    blocked = server(0, Impact.REBUILD, BlockReason.CONSENT)
    times = Durations(2.0, {"create": 60.0}, observation=3.0)
    assert estimate(plan(blocked, network(1), after={1: 0}), times, workers=4) == 5.0
    assert estimate(plan(blocked, server(1), after={1: 0}), times, workers=4) == 68.0


def test_a_plan_in_which_all_wait_for_their_turn_takes_time_too() -> None:
    assert estimate(plan(server(0, Impact.REBUILD, BlockReason.TURN)), TIMES, workers=4) == 102.0


def test_what_the_target_can_do_at_once_is_reckoned_from_the_first_call() -> None:
    assert estimate(plan(server(0)), Durations(0.5, {"create": 1.0}, 5.0), workers=1) == 5.5
