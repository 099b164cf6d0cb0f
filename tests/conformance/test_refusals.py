"""What a cloud refuses, how it says so, and that Magi takes it for what it is: again, or not before a change."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import pytest

from reconciler.model import Action, Consent, Desired, FieldChange, Key, Permission, Policy, Spec, Step, StepFailed
from reconciler.targets.openstack.kinds.floating_ip import FloatingIpSpec
from reconciler.targets.openstack.kinds.network import NETWORKS, NetworkSpec
from reconciler.targets.openstack.kinds.port import FixedIp, PortSpec
from reconciler.targets.openstack.kinds.router import RouterSpec
from reconciler.targets.openstack.kinds.router_interface import RouterInterfaceSpec, interface_key
from reconciler.targets.openstack.kinds.router_routes import Route, RouterRoutesSpec, routes_key
from reconciler.targets.openstack.kinds.security_group_rule import canonical_rule, rule_key
from reconciler.targets.openstack.kinds.server import ServerSpec
from reconciler.targets.openstack.kinds.subnet import SubnetSpec
from reconciler.targets.openstack.kinds.trunk import Subport, TrunkSpec, trunk_key
from reconciler.targets.openstack.session import listing
from reconciler.targets.openstack.session.listing import fetch
from tests.conformance.bench import Bench, desired_of
from tests.conformance.quotas import limited
from tests.conformance.samples import (
    DEBIAN,
    ETH0,
    ETH1,
    ETH2,
    GATEWAY,
    GOLD,
    INTERFACE,
    LAN,
    LAN4,
    NETWORK,
    OPEN,
    PLACE,
    PORT,
    PUBLIC,
    PUBLIC_KEYS,
    SAMPLES,
    SERVER,
    SMALL,
    SUBNET,
    TRUNK,
    VLAN,
    WAN,
    key,
)
from tests.plan_of import plan_of
from tests.waiting import eventually


def refused(bench: Bench, desired: Key, spec: Spec) -> StepFailed:
    with pytest.raises(StepFailed) as failed:
        bench.create(desired, spec)
    return failed.value


def not_deleted(bench: Bench, resource: Key) -> StepFailed:
    with pytest.raises(StepFailed) as failed:
        bench.delete(resource)
    assert resource in bench.observe().observed
    return failed.value


IN_USE = {
    "a network with a port": (LAN, ETH0, PORT),
    "a port that is the parent of a trunk": (ETH0, trunk_key(ETH0), TRUNK),
    "a port that is a subport": (ETH1, trunk_key(ETH0), TRUNK),
    "a subnet with a port": (LAN4, ETH0, PORT),
    "a security group of a port": (OPEN, ETH0, PORT),
    "a router with an interface": (GATEWAY, INTERFACE, SAMPLES["router-interface"].spec),
    "a router interface with a route": (INTERFACE, SAMPLES["router-routes"].key, SAMPLES["router-routes"].spec),
    "a router interface with a floating IP": (
        INTERFACE,
        SAMPLES["floating-ip"].key,
        SAMPLES["floating-ip"].spec,
    ),
}


@pytest.mark.parametrize("case", IN_USE.values(), ids=IN_USE.keys())
def test_what_is_in_use_is_not_deleted_and_the_delete_is_tried_again(bench: Bench, case: tuple[Key, Key, Spec]) -> None:
    resource, user, spec = case
    bench.deploy(user, spec)
    error = not_deleted(bench, resource)
    assert error.message.startswith("409: ")
    assert not error.terminal


def test_a_port_is_unplugged_before_it_goes_and_its_server_gets_it_back(bench: Bench) -> None:
    """A server's ports are declared as references that can be filled again: this is why that holds."""
    server = SAMPLES["server"].key
    desired = desired_of(server, SERVER)
    before = bench.converge(desired)
    bench.delete(ETH0)
    # Nova detaches after it answered.
    eventually(lambda: bench.observe().observed[ETH0].attached_to == "")
    bench.delete(ETH0)
    world = bench.observe()
    assert ETH0 not in world.observed
    assert list(world.observed[server].spec.refs_of("ports")) == []
    after = bench.converge(desired)
    assert after.observed[server].id == before.observed[server].id
    assert list(after.observed[server].spec.refs_of("ports")) == [ETH0]


def test_a_floating_ip_outlives_its_port(bench: Bench) -> None:
    floating = SAMPLES["floating-ip"]
    desired = desired_of(floating.key, floating.spec)
    before = bench.converge(desired)
    bench.delete(ETH0)
    assert list(bench.observe().observed[floating.key].spec.refs_of("port")) == []
    assert bench.converge(desired).observed[floating.key].id == before.observed[floating.key].id


def test_a_subnet_that_overlaps_on_its_network_is_refused_for_good(bench: Bench) -> None:
    bench.deploy(LAN4, SUBNET)
    error = refused(bench, key("subnet", "lan/other"), SubnetSpec(LAN, "10.8.0.0/25"))
    assert (error.terminal, "overlaps" in error.message) == (True, True)


def test_subnets_that_overlap_on_one_router_are_refused_for_good(bench: Bench) -> None:
    other_net, other = key("network", "other"), key("subnet", "other/ipv4")
    desired = desired_of(INTERFACE, RouterInterfaceSpec(GATEWAY, LAN4)) | {
        other_net: Desired(other_net, NetworkSpec(), PLACE),
        other: Desired(other, SubnetSpec(other_net, "10.8.0.0/16"), PLACE),
    }
    bench.converge(desired)
    error = refused(bench, interface_key(GATEWAY, other), RouterInterfaceSpec(GATEWAY, other))
    assert (error.terminal, "overlaps" in error.message) == (True, True)


def test_an_address_that_is_taken_is_tried_again(bench: Bench) -> None:
    bench.deploy(ETH0, PORT)
    error = refused(bench, ETH1, replace(PORT, security_groups=()))
    assert error.message.startswith("409: ")
    assert not error.terminal


def test_an_address_that_is_not_on_the_network_is_refused_for_good(bench: Bench) -> None:
    bench.deploy(LAN4, SUBNET)
    error = refused(bench, ETH1, PortSpec(LAN, fixed_ips=(FixedIp(LAN4, "10.99.0.1"),)))
    assert error.terminal


def test_a_floating_ip_without_a_way_out_is_tried_again(bench: Bench) -> None:
    bench.deploy(ETH0, PORT)
    error = refused(bench, key("floating-ip", "out"), FloatingIpSpec(PUBLIC, ETH0))
    assert (error.terminal, error.message[:5]) == (False, "404: ")


def test_a_second_server_on_one_port_does_not_get_it(bench: Bench) -> None:
    """A real Nova may accept the create and fail the build; either way the first server keeps its port."""
    server, other = SAMPLES["server"].key, key("server", "fw/fw-1")
    bench.deploy(server, SERVER)
    spec = ServerSpec(flavor=SMALL, image=DEBIAN, ports=(ETH0,))
    with suppress(StepFailed):
        bench.create(other, spec)
    world = bench.observe()
    assert list(world.observed[server].spec.refs_of("ports")) == [ETH0]


@pytest.mark.parametrize("next_hop", ["10.99.0.1", "10.8.0.1"], ids=["not connected", "its own"])
def test_a_route_that_leads_nowhere_is_refused_for_good(bench: Bench, next_hop: str) -> None:
    bench.deploy(INTERFACE, SAMPLES["router-interface"].spec)
    error = refused(bench, routes_key(GATEWAY), RouterRoutesSpec(GATEWAY, (Route("10.60.0.0/16", next_hop),)))
    assert (error.terminal, "nexthop" in error.message) == (True, True)


def test_routes_go_with_the_interface_that_they_need_and_before_it(bench: Bench) -> None:
    routes = SAMPLES["router-routes"]
    desired = desired_of(routes.key, routes.spec)
    bench.converge(desired)
    left = {key: one for key, one in desired.items() if key not in {INTERFACE, routes.key}}
    assert bench.converge(left).observed.keys() == left.keys()


def test_subports_change_their_vlan_and_their_trunk_goes_before_its_ports(bench: Bench) -> None:
    trunk = trunk_key(ETH0)
    before = bench.deploy(trunk, TRUNK)
    after = TrunkSpec(ETH0, (Subport(ETH1, 101), Subport(ETH2, 100)))
    allowed = Policy(consent=Consent(Permission.ALLOW, Permission.ALLOW))
    found = bench.converge(desired_of(trunk, after, TRUNK), allowed).observed[trunk]
    assert (found.id, found.spec) == (before.id, after)
    without = desired_of(trunk, TrunkSpec(ETH0, (Subport(ETH1, 101),)))
    assert ETH2 not in bench.converge(without).observed
    assert bench.converge({}).observed == {}


def test_a_server_s_port_carries_a_trunk(bench: Bench) -> None:
    server, trunk = SAMPLES["server"].key, trunk_key(ETH0)
    desired = desired_of(server, SERVER, TRUNK) | desired_of(trunk, TRUNK)
    world = bench.converge(desired)
    assert world.observed[trunk].spec == TRUNK
    assert list(world.observed[server].spec.refs_of("ports")) == [ETH0]


def test_an_observation_that_was_not_asked_for_a_qos_policy_finds_it_where_it_is_used(bench: Bench) -> None:
    spec = replace(PORT, qos_policy=GOLD)
    bench.deploy(ETH0, spec)
    observed = bench.driver_of(bench.owner).observe().observed[ETH0].spec
    assert list(observed.refs_of("qos_policy")) == [GOLD]


ADMINS = {
    "how a network is carried": (
        LAN,
        VLAN,
        "provider:network_type",
    ),
    "a shared network": (LAN, NetworkSpec(shared=True), "shared"),
    "an external network": (LAN, NetworkSpec(external=True), "router:external"),
    "external addresses": (GATEWAY, RouterSpec(PUBLIC, ("203.0.113.42",)), "external_gateway_info:external_fixed_ips"),
    "an address outside": (
        key("floating-ip", "out"),
        FloatingIpSpec(PUBLIC, address="203.0.113.52"),
        "floating_ip_address",
    ),
    "SNAT": (GATEWAY, RouterSpec(PUBLIC, snat=False), "external_gateway_info:enable_snat"),
}


@pytest.mark.parametrize("case", ADMINS.values(), ids=ADMINS.keys())
def test_what_only_an_admin_may_say_is_refused_for_good_and_named(bench: Bench, case: tuple[Key, Spec, str]) -> None:
    resource, spec, attribute = case
    error = refused(bench, resource, spec)
    assert error.terminal
    assert error.message.startswith("403: ")
    assert error.hint.startswith(f"by default only an admin may set {attribute}")


def test_an_update_of_what_is_gone_is_tried_again(bench: Bench) -> None:
    desired = desired_of(LAN, NETWORK)
    there = bench.converge(desired).observed[LAN]
    bench.delete(LAN)
    desired_now = Desired(LAN, replace(NETWORK, mtu=1300), PLACE)
    step = Step(Action.UPDATE, LAN, desired_now, there, (FieldChange("mtu", 1400, 1300),))
    with pytest.raises(StepFailed) as failed:
        bench.carry_out(step)
    assert not failed.value.terminal


@pytest.mark.alone
def test_a_neutron_quota_that_is_used_up_is_not_tried_again(bench: Bench) -> None:
    bench.deploy(LAN, NETWORK)
    with limited(bench, "network", "router"):
        error = refused(bench, GATEWAY, SAMPLES["router"].spec)
    assert (error.terminal, "quota" in error.message.lower()) == (True, True)
    assert error.hint == "raise the quota or ask for less"


@pytest.mark.alone
def test_a_nova_quota_that_is_used_up_is_not_tried_again(bench: Bench) -> None:
    bench.converge({k: d for k, d in desired_of(SAMPLES["server"].key, SERVER).items() if k.kind != "server"})
    with limited(bench, "compute", "instances"):
        error = refused(bench, SAMPLES["server"].key, SERVER)
    assert (error.terminal, "quota" in error.message.lower()) == (True, True)


def test_a_listing_of_many_pages_is_whole(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    names = {key("network", f"n{number}") for number in range(7)}
    world = bench.converge({name: Desired(name, NetworkSpec(), PLACE) for name in names})
    monkeypatch.setattr(listing, "PAGE", 2)
    before = len(bench.calls)
    found = fetch(bench.driver._connection, NETWORKS)
    assert {one["id"] for one in found} >= {world.observed[name].id for name in names}
    assert len({one["id"] for one in found}) == len(found)
    assert len(bench.calls) - before >= 4


def test_a_vlan_that_is_taken_is_tried_again(bench: Bench) -> None:
    admin = bench.may(SAMPLES["network"], "segmentation_id")
    admin.deploy(LAN, VLAN)
    error = refused(admin, WAN, VLAN)
    assert (error.terminal, "VLAN 321" in error.message) == (False, True)


def test_a_mac_address_that_is_taken_is_tried_again(bench: Bench) -> None:
    bench.deploy(ETH0, replace(PORT, mac="fa:16:3e:10:00:09"))
    error = refused(bench, ETH1, PortSpec(LAN, mac="fa:16:3e:10:00:09"))
    assert (error.terminal, error.message[:5]) == (False, "409: ")


def test_a_rule_names_an_address_group_that_exists(bench: Bench) -> None:
    name = f"offices-{bench.owner}"
    rule = canonical_rule(
        OPEN, "ingress", "IPv4", protocol="tcp", remote_address_group=key("existing-address-group", name)
    )
    desired = desired_of(rule_key(rule), rule)
    made = bench.send("POST", "network", "/v2.0/address-groups", {"address_group": {"name": name}})["address_group"]
    try:
        assert bench.converge(desired).observed[rule_key(rule)].spec == rule
        fresh = bench.driver_of(bench.owner).observe()
        assert not plan_of(desired, fresh).steps, (
            "an observation that was not reported of the group asks for it all the same"
        )
    finally:
        bench.converge({})
        bench.send("DELETE", "network", f"/v2.0/address-groups/{made['id']}")


DEFAULTS: dict[str, tuple[Key, Spec]] = {
    "network": (LAN, NetworkSpec()),
    "subnet": (LAN4, SubnetSpec(LAN, "10.8.0.0/24")),
    "IPv6 subnet": (key("subnet", "lan/ipv6"), SubnetSpec(LAN, "2001:db8:8::/64", ipv6_address_mode="slaac")),
    "port": (ETH0, PortSpec(LAN)),
    "server": (SAMPLES["server"].key, ServerSpec(SMALL, DEBIAN)),
}


def test_a_rule_for_all_ports_reads_back_as_one_without_ports(bench: Bench) -> None:
    rule = canonical_rule(OPEN, "ingress", "IPv4", protocol="udp", port_min=1, port_max=65535)
    bench.deploy(OPEN, SAMPLES["security-group"].spec)
    group = bench.observe().observed[OPEN].id
    body = {"security_group_id": group, "direction": "ingress", "ethertype": "IPv4", "protocol": "udp"}
    ports = {"port_range_min": 1, "port_range_max": 65535}
    bench.send("POST", "network", "/v2.0/security-group-rules", {"security_group_rule": body | ports})
    assert bench.observe().observed[rule_key(rule)].spec == rule


@pytest.mark.parametrize("case", DEFAULTS.values(), ids=DEFAULTS.keys())
def test_what_is_left_out_reads_back_as_no_difference(bench: Bench, case: tuple[Key, Spec]) -> None:
    desired, spec = case
    observed = bench.deploy(desired, spec)
    assert spec.settle(observed.spec) == observed.spec


@pytest.mark.parametrize("name", ["one.two", "one@two", "one/two"])
def test_a_keypair_s_name_has_letters_digits_and_few_signs(bench: Bench, name: str) -> None:
    bench.observe()
    body = {"keypair": {"name": f"{bench.owner}-{name}", "public_key": PUBLIC_KEYS[0]}}
    assert bench.out_of_band.request("POST", "compute", "/os-keypairs", body=body).status_code == 400
