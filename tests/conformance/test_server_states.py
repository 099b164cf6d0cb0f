"""What Nova takes of a server in which state, as docs/servers.md and the planner have it: both clouds agree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from reconciler.model import Action, Impact, State
from reconciler.planning import plan_target
from reconciler.resources.openstack.server_states import TAKEN_IN
from tests.conformance.bench import Bench, wanting
from tests.conformance.samples import MEDIUM, SAMPLES, SERVER

KEY = SAMPLES["server"].key
FAILS = (("devcloud:fail", "yes"), ("simulator:fail", "build"))
INTO: Mapping[str, tuple[str, ...]] = {
    "ACTIVE": (),
    "SHUTOFF": ("os-stop",),
    "PAUSED": ("pause",),
    "SUSPENDED": ("suspend",),
}


def action(bench: Bench, name: str, arguments: Any = None) -> int:
    there = bench.driver.look(complete=True).observed[KEY]
    answer = bench.by_hand.request("POST", "compute", f"/servers/{there.id}/action", body={name: arguments})
    return int(answer.status_code)


def remedies(bench: Bench) -> Mapping[Impact, tuple[str, Any]]:
    """The request of each action, as it would be sent."""
    there = bench.driver.look(complete=True)
    server = bench.by_hand.request("GET", "compute", f"/servers/{there.observed[KEY].id}").json()["server"]
    (flavor,) = there.existing[MEDIUM]
    return {
        Impact.REBUILD: ("rebuild", {"imageRef": server["image"]["id"]}),
        Impact.RESIZE: ("resize", {"flavorRef": flavor}),
        Impact.REBOOT: ("reboot", {"type": "HARD"}),
    }


@pytest.mark.parametrize("status", INTO)
def test_an_action_is_refused_in_the_states_of_the_table_and_in_no_other(bench: Bench, status: str) -> None:
    bench.stand(KEY, SERVER)
    for name in INTO[status]:
        assert action(bench, name) == 202
    world = bench.look()
    refused = {impact for impact, statuses in TAKEN_IN.items() if status not in statuses}
    assert set(world.observed[KEY].refuses) == refused
    assert not world.observed[KEY].never_ran
    for impact in refused:
        name, arguments = remedies(bench)[impact]
        assert action(bench, name, arguments) == 409
    taken = next((impact for impact in remedies(bench) if impact not in refused), None)
    if taken:
        name, arguments = remedies(bench)[taken]
        assert action(bench, name, arguments) == 202
    bench.look()


def test_a_server_that_never_ran_takes_nothing_and_is_replaced_where_git_has_something_better(bench: Bench) -> None:
    """Nothing is lost with it, so that needs no consent."""
    there = bench.stand(KEY, replace(SERVER, metadata=FAILS))
    assert (there.state, there.never_ran, set(there.refuses)) == (State.ERROR, True, set(TAKEN_IN))
    for name, arguments in remedies(bench).values():
        assert action(bench, name, arguments) == 409
    mended = wanting(KEY, replace(SERVER, flavor=MEDIUM))
    steps = plan_target(mended, bench.look()).steps
    assert {(step.action, step.impact, step.held) for step in steps.values() if step.key == KEY} == {
        (Action.DELETE, Impact.NONE, None),
        (Action.CREATE, Impact.NONE, None),
    }
    assert bench.converge(mended).observed[KEY].state is State.READY
