"""What can't be removed as a whole is not begun: a lock, or what another actor has on it, is reported before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from reconciler.model import Action, BlockReason, Key, StepFailed, StepId, World
from reconciler.targets.openstack.kinds.floating_ip import FloatingIpSpec
from reconciler.targets.openstack.kinds.router_interface import RouterInterfaceSpec
from reconciler.targets.openstack.kinds.server import ServerSpec
from reconciler.targets.openstack.kinds.subnet import SubnetSpec
from tests.conformance.bench import Bench, DesiredState, desired_of
from tests.conformance.samples import DEBIAN, ETH0, FITS_SMALL, GATEWAY, INTERFACE, LAN, LAN4, OPEN, PUBLIC, SMALL, key
from tests.plan_of import plan_of

FW = key("server", "fw/fw-0")
FLOATING = key("floating-ip", "out")
SERVER = ServerSpec(SMALL, DEBIAN, ports=(ETH0,))


def service() -> DesiredState:
    """A server with a port, a network, a router and a floating IP."""
    return {**desired_of(FW, SERVER), **desired_of(FLOATING, FloatingIpSpec(PUBLIC, port=ETH0, via=INTERFACE))}


def act(bench: Bench, world: World, action: str) -> None:
    bench.send("POST", "compute", f"/servers/{world.observed[FW].id}/action", {action: None})


def port_of_another_actor(bench: Bench, world: World) -> Callable[[], None]:
    """A port on the network that Magi does not know; the answer takes it away."""
    body = {"port": {"network_id": world.observed[LAN].id, "security_groups": []}}
    made = bench.send("POST", "network", "/v2.0/ports", body)["port"]["id"]
    return lambda: bench.send("DELETE", "network", f"/v2.0/ports/{made}")


def group_of_another_actor(bench: Bench, world: World) -> Callable[[], None]:
    """A port elsewhere that has a security group of Magi."""
    network = bench.send("POST", "network", "/v2.0/networks", {"network": {"name": "elsewhere"}})["network"]["id"]
    body = {"port": {"network_id": network, "security_groups": [world.observed[OPEN].id]}}
    bench.send("POST", "network", "/v2.0/ports", body)
    port = bench.send("GET", "network", f"/v2.0/ports?network_id={network}&device_owner=")["ports"][0]["id"]

    def away() -> None:
        bench.send("DELETE", "network", f"/v2.0/ports/{port}")
        bench.send("DELETE", "network", f"/v2.0/networks/{network}")

    return away


def router_of_another_actor(bench: Bench, world: World) -> Callable[[], None]:
    """A router of theirs with an interface in a managed subnet."""
    made = bench.send("POST", "network", "/v2.0/routers", {"router": {"name": "theirs"}})["router"]["id"]
    port = {"port": {"network_id": world.observed[LAN].id, "security_groups": []}}
    leg = {"port_id": bench.send("POST", "network", "/v2.0/ports", port)["port"]["id"]}
    bench.send("PUT", "network", f"/v2.0/routers/{made}/add_router_interface", leg)

    def away() -> None:
        bench.send("PUT", "network", f"/v2.0/routers/{made}/remove_router_interface", leg)
        bench.send("DELETE", "network", f"/v2.0/routers/{made}")

    return away


def lock(bench: Bench, world: World) -> Callable[[], None]:
    act(bench, world, "lock")
    return lambda: act(bench, world, "unlock")


@pytest.mark.parametrize(
    ("hinder", "stays", "words"),
    [
        (lock, FW, f"server {FW.name} is locked"),
        (port_of_another_actor, LAN, "of another actor uses it"),
        (group_of_another_actor, OPEN, "of another actor uses it"),
        (router_of_another_actor, LAN4, "of another actor uses it"),
    ],
    ids=["lock", "port", "group", "router"],
)
def test_nothing_is_taken_down_as_long_as_something_of_it_can_t_go(
    bench: Bench, hinder: Callable[[Bench, World], Callable[[], None]], stays: Key, words: str
) -> None:
    before = bench.converge(service())
    away = hinder(bench, before)
    try:
        world = bench.observe()
        steps = plan_of({}, world).steps
        reasons = {step.key: step.reason for step in steps.values()}
        assert words in reasons[stays]
        assert reasons[FLOATING].startswith("stays as long as ")
        assert {step.blocked for step in steps.values() if step.key.service} == {BlockReason.REFUSED}
        # The cloud would have refused it indeed.
        answer = bench.out_of_band.request("DELETE", *where(stays, world))
        assert answer.status_code == 409
    finally:
        away()
    bench.converge({})


def where(one: Key, world: World) -> tuple[str, str]:
    services = {
        "server": ("compute", "/servers"),
        "network": ("network", "/v2.0/networks"),
        "subnet": ("network", "/v2.0/subnets"),
        "security-group": ("network", "/v2.0/security-groups"),
    }
    service, path = services[one.kind]
    return service, f"{path}/{world.observed[one].id}"


def test_a_gateway_that_a_port_has_is_reported_before_a_router_is_refused_it(bench: Bench) -> None:
    subnet = SubnetSpec(LAN, "10.8.0.0/24", gateway="10.8.0.200")
    world = bench.converge(desired_of(LAN4, subnet))
    ips = [{"subnet_id": world.observed[LAN4].id, "ip_address": "10.8.0.200"}]
    made = bench.send(
        "POST", "network", "/v2.0/ports", {"port": {"network_id": world.observed[LAN].id, "fixed_ips": ips}}
    )
    port = made["port"]["id"]
    try:
        leg: DesiredState = {**desired_of(INTERFACE, RouterInterfaceSpec(GATEWAY, LAN4)), **desired_of(LAN4, subnet)}
        world = bench.observe()
        plan = plan_of(leg, world)
        (obstacle,) = bench.driver.preflight(plan, world).obstacles
        assert obstacle.reason == f"the gateway 10.8.0.200 of {LAN4} is the address of port {port}"
        bench.converge({one: desired for one, desired in leg.items() if one != INTERFACE})
        with pytest.raises(StepFailed, match="409"):
            bench.carry_out(plan.steps[StepId(Action.CREATE, INTERFACE)])
    finally:
        bench.send("DELETE", "network", f"/v2.0/ports/{port}")


def test_a_locked_server_is_not_changed_either(bench: Bench) -> None:
    world = bench.converge(service())
    act(bench, world, "lock")
    desired = {**service(), **desired_of(FW, replace(SERVER, metadata=(("role", "fw"),)))}
    (step,) = plan_of(desired, bench.observe()).steps.values()
    assert (step.action, step.blocked) == (Action.UPDATE, BlockReason.REFUSED)
    assert step.reason == f"server {FW.name} is locked"
    act(bench, world, "unlock")
    bench.converge(desired)


def test_what_is_not_connected_with_it_goes(bench: Bench) -> None:
    """A second instance beside one that is locked."""
    other = key("server", "fw/fw-1")
    spec = ServerSpec(None, DEBIAN, sizing=FITS_SMALL)
    world = bench.converge({**service(), **desired_of(other, spec)})
    act(bench, world, "lock")
    kept = {one: desired for one, desired in service().items() if one not in {FW, FLOATING, GATEWAY, INTERFACE, ETH0}}
    steps = plan_of(kept, bench.observe()).steps
    assert {step.key: step.blocked is None for step in steps.values() if step.key.kind == "server"} == {
        FW: False,
        other: True,
    }
    act(bench, world, "unlock")
