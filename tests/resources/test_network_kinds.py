"""What ports, rules, floating IPs, router interfaces and subnets think of by themselves."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reconciler.model import Action, Key, StepId
from reconciler.targets.openstack.kinds.floating_ip import FloatingIpSpec
from reconciler.targets.openstack.kinds.marks import described_key, description, fixed_key, fixed_name
from reconciler.targets.openstack.kinds.port import PORTS, FixedIp, PortKind, PortSpec
from reconciler.targets.openstack.kinds.router_interface import RouterInterfaceKind, interface_key
from reconciler.targets.openstack.kinds.security_group_rule import canonical_rule, rule_key
from reconciler.targets.openstack.kinds.subnet import SubnetSpec
from reconciler.targets.rest import Index
from tests.conformance.bench import Bench, desired_of
from tests.conformance.samples import ETH0, GATEWAY, INTERFACE, LAN, LAN4, LAN4B, OPEN, PROJECT, PUBLIC, SAMPLES, key
from tests.plan_of import plan_of

A, B = FixedIp(LAN4, "10.8.0.20"), FixedIp(LAN4B, "10.9.0.20")


def settled(*desired: FixedIp, there: tuple[FixedIp, ...]) -> tuple[FixedIp, ...] | None:
    return PortSpec(LAN, fixed_ips=desired).settle(PortSpec(LAN, fixed_ips=there)).fixed_ips


def test_addresses_that_are_left_to_the_cloud_are_those_that_it_gave() -> None:
    assert PortSpec(LAN).settle(PortSpec(LAN, fixed_ips=(A, B))).fixed_ips == (A, B)
    assert settled(FixedIp(LAN4, None), there=(A,)) == (A,)
    assert settled(FixedIp(None, "10.8.0.20"), there=(A,)) == (A,)


def test_an_open_wish_does_not_take_the_address_that_another_names() -> None:
    other = FixedIp(LAN4, "10.8.0.19")
    assert settled(FixedIp(LAN4, None), A, there=(other, A)) == (other, A)
    assert settled(FixedIp(None, None), FixedIp(LAN4B, None), there=(A, B)) == (A, B)


@pytest.mark.parametrize(
    ("desired", "there"),
    [
        ((FixedIp(LAN4, "10.8.0.21"),), (A,)),
        ((FixedIp(LAN4B, None),), (A,)),
        ((FixedIp(LAN4, None), FixedIp(LAN4B, None)), (A,)),
        ((FixedIp(LAN4, None),), (A, B)),
        ((), (A,)),
    ],
    ids=["another address", "another subnet", "one too few", "one too many", "none desired"],
)
def test_addresses_that_do_not_fit_differ(desired: tuple[FixedIp, ...], there: tuple[FixedIp, ...]) -> None:
    assert settled(*desired, there=there) != there


def test_an_address_that_slaac_adds_in_a_subnet_that_git_names_fits(bench: Bench) -> None:
    six = key("subnet", "lan/ipv6")
    subnet = SubnetSpec(LAN, "2001:db8::/64", ipv6_address_mode="slaac")
    spec = PortSpec(LAN, fixed_ips=(FixedIp(LAN4, None), FixedIp(six, None)))
    desired = desired_of(ETH0, spec, PortSpec(LAN))
    desired[six] = replace(desired[ETH0], key=six, spec=subnet)
    world = bench.converge(desired_of(key("network", "wan"), SAMPLES["network"].spec) | desired)
    observed = world.observed[ETH0].spec
    assert isinstance(observed, PortSpec)
    assert observed.fixed_ips is not None
    assert {ip.subnet for ip in observed.fixed_ips} == {LAN4, six}


def test_an_address_in_a_subnet_that_is_not_managed_has_no_reference() -> None:
    item = {
        "network_id": "n",
        "mac_address": "fa:16:3e:00:00:01",
        "admin_state_up": True,
        "fixed_ips": [{"subnet_id": "theirs", "ip_address": "192.0.2.1"}],
        "allowed_address_pairs": [{"ip_address": "192.0.2.9", "mac_address": "fa:16:3e:00:00:01"}],
    }
    spec = PortKind().read(item, Index("paris", "test", PROJECT, {}, {"n": LAN}))
    assert spec.fixed_ips == (FixedIp(None, "192.0.2.1"),)
    assert [str(pair) for pair in spec.allowed_address_pairs] == ["192.0.2.9"]


def rule(**fields: Any) -> Any:
    return canonical_rule(OPEN, "ingress", "IPv4", **fields)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"protocol": "6"}, {"protocol": "tcp"}),
        ({"protocol": 17}, {"protocol": "UDP"}),
        ({"protocol": "icmpv6"}, {"protocol": "58"}),
        ({"protocol": "any"}, {"protocol": None}),
        ({"protocol": 0}, {}),
        ({"remote_cidr": "0.0.0.0/0"}, {}),
        ({"remote_cidr": "::/0"}, {}),
    ],
)
def test_rules_with_one_meaning_have_one_form_and_one_name(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert rule(**one) == rule(**other)
    assert rule_key(rule(**one)) == rule_key(rule(**other))


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({}, "ingress-ipv4-any"),
        ({"protocol": "tcp", "port_min": 22, "port_max": 22}, "ingress-ipv4-tcp-22"),
        ({"protocol": "tcp", "port_min": 80, "port_max": 90}, "ingress-ipv4-tcp-80-90"),
        ({"protocol": "icmp", "port_min": 8}, "ingress-ipv4-icmp-8"),
        ({"remote_cidr": "10.0.0.0/8"}, "ingress-ipv4-any-from-10.0.0.0/8"),
        ({"remote_group": OPEN}, "ingress-ipv4-any-from-svc/fw/open"),
    ],
)
def test_a_rule_is_named_by_what_it_lets_through(fields: dict[str, Any], name: str) -> None:
    assert rule_key(rule(**fields)) == Key("paris", "security-group-rule", f"svc/fw/open/{name}")


def test_rules_that_differ_have_different_names() -> None:
    rules = [
        rule(protocol="tcp"),
        rule(protocol="tcp", port_min=1, port_max=2),
        rule(protocol="tcp", port_min=1),
        rule(protocol="udp"),
        canonical_rule(OPEN, "egress", "IPv4", protocol="tcp"),
        canonical_rule(OPEN, "ingress", "IPv6", protocol="tcp"),
        rule(protocol="tcp", remote_cidr="10.0.0.0/8"),
    ]
    assert len({rule_key(one) for one in rules}) == len(rules)


def test_a_rule_made_manually_in_a_group_of_magi_is_drift(bench: Bench) -> None:
    sample = SAMPLES["security-group-rule"]
    desired = desired_of(sample.key, sample.spec)
    group = bench.converge(desired).observed[OPEN]
    body = {"security_group_id": group.id, "direction": "ingress", "ethertype": "IPv4", "protocol": "udp"}
    bench.send("POST", "network", "/v2.0/security-group-rules", {"security_group_rule": body})
    extra = Key("paris", "security-group-rule", "svc/fw/open/ingress-ipv4-udp")
    assert set(plan_of(desired, bench.observe()).steps) == {StepId(Action.DELETE, extra)}


def test_the_interface_of_a_router_and_subnet_of_one_service_is_managed_and_no_other() -> None:
    kind = RouterInterfaceKind()
    theirs = Key("paris", "subnet", "other/lan/ipv4")
    index = Index("paris", "test", PROJECT, {PORTS: []}, {"r": GATEWAY, "s": LAN4, "t": theirs})

    def found(router: str, subnet: str) -> Key | None:
        return kind.identify({"id": "p", "router_id": router, "subnet_id": subnet}, index)

    assert found("r", "s") == INTERFACE == interface_key(GATEWAY, LAN4)
    assert INTERFACE.name == "svc/gateway/lan/ipv4"
    assert (found("r", "t"), found("r", "u"), found("q", "s")) == (None, None, None)


def test_an_interface_with_two_addresses_in_one_subnet_is_one(bench: Bench) -> None:
    sample = SAMPLES["router-interface"]
    desired = desired_of(sample.key, sample.spec)
    observed = bench.converge(desired).observed
    ips = [{"subnet_id": observed[LAN4].id, "ip_address": address} for address in ("10.8.0.1", "10.8.0.9")]
    bench.send("PUT", "network", f"/v2.0/ports/{observed[INTERFACE].id}", {"port": {"fixed_ips": ips}})
    assert not plan_of(desired, bench.observe()).steps


def test_a_floating_ip_whose_port_was_deleted_manually_gets_it_back_and_keeps_its_address(bench: Bench) -> None:
    sample = SAMPLES["floating-ip"]
    desired = desired_of(sample.key, sample.spec)
    world = bench.converge(desired)
    bench.send("DELETE", "network", f"/v2.0/ports/{world.observed[ETH0].id}")
    assert set(plan_of(desired, bench.observe()).steps) == {
        StepId(Action.CREATE, ETH0),
        StepId(Action.UPDATE, sample.key),
    }
    assert bench.converge(desired).observed[sample.key].id == world.observed[sample.key].id


def test_a_floating_ip_without_a_router_goes_no_way() -> None:
    assert FloatingIpSpec(PUBLIC, ETH0).settle(FloatingIpSpec(PUBLIC)).via is None
    assert FloatingIpSpec(PUBLIC, ETH0, INTERFACE).settle(FloatingIpSpec(PUBLIC, ETH0)).via == INTERFACE


def test_marks_are_read_back_by_their_owner_alone() -> None:
    assert described_key(description("ops", "svc/lan"), "ops") == "svc/lan"
    assert described_key(description("ops", "svc/lan"), "op") is None
    assert described_key("magi:ops", "ops") is None
    assert described_key("a managed network", "ops") is None
    assert fixed_key(fixed_name("ops", "svc/fw/login"), "ops") == "svc/fw/login"
    assert fixed_key(fixed_name("ops-2", "svc/fw/login"), "ops") is None
    assert fixed_key("login", "ops") is None
