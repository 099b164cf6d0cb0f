"""Two resources with one mark: who is in use stays, and what no one uses goes without being asked for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.model import Action, Key, Policy, Step, World
from reconciler.targets.openstack.kinds.floating_ip import FloatingIpSpec
from reconciler.targets.openstack.kinds.server import ServerSpec
from reconciler.targets.openstack.observing.worlds import world_of
from tests.conformance.bench import Bench, desired_of
from tests.conformance.samples import LAN, LAN4, SAMPLES
from tests.plan_of import plan_of

PORT = SAMPLES["port"]


def copy_of(bench: Bench, key: Key, path: str, name: str, *fields: str) -> str:
    """A second one, as a lost reply would have left it; its id."""
    there = bench.driver.observe(complete=True).observed[key]
    item = bench.send("GET", "network", f"{path}/{there.id}")[name]
    body = {name: {field: item[field] for field in ("name", "description", *fields) if field in item}}
    return str(bench.send("POST", "network", path, body)[name]["id"])


def seen_as_older(bench: Bench, spare: str) -> World:
    """An observation as if this one had been made first."""
    found = bench.driver.survey()
    aged = {
        listing: [item | {"created_at": "2000-01-01T00:00:00Z"} if item.get("id") == spare else item for item in items]
        for listing, items in found.items.items()
    }
    return world_of(bench.target.name, bench.owner, bench.driver.project_id, aged, found.lacking)


def test_of_two_networks_the_one_that_is_in_use_stays_though_it_is_the_younger(bench: Bench) -> None:
    desired = desired_of(PORT.key, PORT.spec)
    world = bench.converge(desired)
    used = world.observed[LAN].id
    spare = copy_of(bench, LAN, "/v2.0/networks", "network")
    seen = seen_as_older(bench, spare)
    twin = Key(LAN.target, LAN.kind, f"{LAN.name}~{spare}")
    assert (seen.observed[LAN].id, seen.twins) == (used, {twin: LAN})
    plan = plan_of(desired, seen, Policy(prune=False, max_deletes=0))
    (step,) = plan.steps.values()
    assert (step.id, step.blocked) == (Step(Action.DELETE, twin).id, None)
    assert step.reason == f"a second one with the mark of {LAN}"
    assert plan.twins == {twin: LAN}
    assert bench.converge(desired, Policy(prune=False)).observed[LAN].id == used
    assert bench.observe().twins == {}


@pytest.mark.parametrize(
    ("user", "kind", "fields"),
    [("server", "port", ("network_id",)), ("floating-ip", "floating-ip", ("floating_network_id",))],
)
def test_what_is_in_something_stays_though_it_is_the_younger(
    bench: Bench, user: str, kind: str, fields: tuple[str, ...]
) -> None:
    """A server does not name its ports, nor a port its floating IP: what says where it is, is in use."""
    desired = desired_of(SAMPLES[user].key, SAMPLES[user].spec)
    world = bench.converge(desired)
    key = next(key for key, one in sorted(world.observed.items()) if key.kind == kind and key in _in_use(world))
    path, name = {"port": ("/v2.0/ports", "port"), "floating-ip": ("/v2.0/floatingips", "floatingip")}[kind]
    spare = copy_of(bench, key, path, name, *fields)
    seen = seen_as_older(bench, spare)
    assert seen.observed[key].id == world.observed[key].id
    assert seen.twins == {Key(key.target, kind, f"{key.name}~{spare}"): key}
    assert bench.converge(desired).observed[key].id == world.observed[key].id


def _in_use(world: World) -> set[Key]:
    """The ports of servers, and what leads to a port."""
    servers = (one.spec for one in world.observed.values() if isinstance(one.spec, ServerSpec))
    ports = {port for server in servers for port in server.ports}
    return ports | {
        key for key, one in world.observed.items() if isinstance(one.spec, FloatingIpSpec) and one.spec.port
    }


def test_a_twin_that_something_of_magi_depends_on_is_no_spare_one(bench: Bench) -> None:
    """Its removal is judged as any other."""
    desired = desired_of(LAN4, SAMPLES["subnet"].spec)
    bench.converge(desired)
    spare = copy_of(bench, LAN, "/v2.0/networks", "network")
    mark = {"description": f"magi:{bench.owner} svc/left", "name": "svc/left"}
    made = {"subnet": {"network_id": spare, "cidr": "10.99.0.0/24", "ip_version": 4, **mark}}
    bench.send("POST", "network", "/v2.0/subnets", made)
    world = bench.observe()
    twin = next(iter(world.twins))
    plan = plan_of(desired, world, replace(Policy(), prune=False))
    assert plan.steps[Step(Action.DELETE, twin).id].blocked
    bench.converge(desired)


def test_of_two_routers_and_of_two_groups_the_one_in_use_stays(bench: Bench) -> None:
    for kind, path, name in (
        ("router", "/v2.0/routers", "router"),
        ("security-group", "/v2.0/security-groups", "security_group"),
    ):
        user = "router-interface" if kind == "router" else "port"
        desired = desired_of(SAMPLES[user].key, SAMPLES[user].spec)
        world = bench.converge(desired)
        key = next(one for one in world.observed if one.kind == kind)
        copy_of(bench, key, path, name)
        seen = bench.observe()
        assert seen.observed[key].id == world.observed[key].id
        assert list(seen.twins.values()) == [key]
        assert bench.converge(desired).observed[key].id == world.observed[key].id
        bench.converge({})
