"""What is disowned stays, and is unmanaged."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.applying import apply
from reconciler.cli.disown import disown_plan
from reconciler.model import Result, World
from tests.conformance.bench import Bench, desired_of
from tests.conformance.samples import SAMPLES, SERVER
from tests.plan_of import plan_of

FW = SAMPLES["server"].key
FLOATING = SAMPLES["floating-ip"]
PATHS = {
    "network": ("network", "/v2.0/networks"),
    "subnet": ("network", "/v2.0/subnets"),
    "router": ("network", "/v2.0/routers"),
    "security-group": ("network", "/v2.0/security-groups"),
    "port": ("network", "/v2.0/ports"),
    "floating-ip": ("network", "/v2.0/floatingips"),
    "server-group": ("compute", "/os-server-groups"),
    "keypair": ("compute", "/os-keypairs"),
    "server": ("compute", "/servers"),
}


def clear(bench: Bench, world: World) -> None:
    """Deletes all of it by its ids: no mark shows it any more."""
    left = dict(world.observed)
    for _ in range(20):
        there = World(world.target, left, {})
        outcomes = list(apply(plan_of({}, there), there, bench.driver, workers=2))
        done = {one.step.key for one in outcomes if one.result is Result.DONE}
        going = {one.step.key for one in outcomes if one.result is Result.PENDING and one.step.key.kind == "server"}
        left = {key: replace(one, attached_to="") for key, one in left.items() if key not in done | going}
        if not left:
            return
        bench.wait()
    raise AssertionError(list(map(str, left)))


@pytest.mark.parametrize("floating", [False, True], ids=["a server", "a floating IP"])
def test_a_disowned_service_keeps_running_unmanaged(bench: Bench, floating: bool) -> None:
    desired = desired_of(FLOATING.key, FLOATING.spec) if floating else desired_of(FW, SERVER)
    before = bench.converge(desired)
    plan = disown_plan(before, FW.service)
    assert {step.key for step in plan.steps.values()} == set(before.observed)
    try:
        outcomes = list(apply(plan, before, bench.driver, workers=2))
        assert {(one.result, one.reason) for one in outcomes} == {(Result.DONE, "")}
        after = bench.observe()
        assert after.observed == {}
        assert not plan_of({}, after).steps
        for key, one in before.observed.items():
            if key.kind in PATHS:
                service, path = PATHS[key.kind]
                bench.send("GET", service, f"{path}/{one.id}")
    finally:
        clear(bench, before)


def test_a_server_group_and_a_keypair_stay_managed_while_one_of_their_servers_is(bench: Bench) -> None:
    world = bench.converge(desired_of(FW, SERVER))
    for kind in ("server-group", "keypair"):
        assert any(key.kind == kind for key in world.observed)


def test_what_is_disowned_keeps_the_metadata_of_others(bench: Bench) -> None:
    before = bench.converge(desired_of(FW, SERVER))
    try:
        list(apply(disown_plan(before, FW.service), before, bench.driver, workers=2))
        server = bench.send("GET", "compute", f"/servers/{before.observed[FW].id}")["server"]
        assert (server["metadata"], server["tags"], server["status"]) == ({"role": "firewall"}, [], "ACTIVE")
    finally:
        clear(bench, before)
