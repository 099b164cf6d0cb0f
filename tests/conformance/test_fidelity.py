"""What else Neutron, Keystone and Nova take and refuse, and in which words: the simulator is held to that as well."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import requests

from reconciler.targets.openstack.kinds.subnet import SubnetSpec
from reconciler.targets.openstack.session.connection import Connection
from tests.conformance.bench import Bench, desired_of
from tests.conformance.quotas import admin_of, limited
from tests.conformance.samples import ETH0, GATEWAY as ROUTER, LAN, LAN4, NETWORK, OPEN, PORT, SAMPLES, SERVER
from tests.waiting import PATIENCE

SINGLE = {
    "network": ("network", "/v2.0/networks", "network"),
    "subnet": ("network", "/v2.0/subnets", "subnet"),
    "port": ("network", "/v2.0/ports", "port"),
    "router": ("network", "/v2.0/routers", "router"),
    "security-group": ("network", "/v2.0/security-groups", "security_group"),
    "server": ("compute", "/servers", "server"),
}


@pytest.fixture
def admin(bench: Bench) -> Iterator[Connection]:
    connection = admin_of(bench)
    yield connection
    connection.close()


def tried(connection: Connection, path: str, name: str, values: Any, method: str = "POST") -> tuple[int, Any]:
    """What Neutron answers: the status, and the resource or the type of the refusal."""
    answer = connection.request(method, "network", path, body={name: values})
    body = answer.json()
    return answer.status_code, body["NeutronError"]["type"] if "NeutronError" in body else body[name]


def a_rule(bench: Bench, **values: Any) -> tuple[int, Any]:
    """A rule of an existing group."""
    group = bench.observe().observed[OPEN].id
    desired = {"security_group_id": group, "direction": "ingress", **values}
    return tried(bench.out_of_band, "/v2.0/security-group-rules", "security_group_rule", desired)


IPV6_ONLY = (
    "icmpv6",
    "ipv6-icmp",
    "58",
    "ipv6-encap",
    "41",
    "ipv6-frag",
    "44",
    "ipv6-nonxt",
    "ipv6-opts",
    "ipv6-route",
)


@pytest.mark.parametrize("protocol", IPV6_ONLY)
def test_a_protocol_of_ipv6_is_refused_in_a_rule_for_ipv4(bench: Bench, protocol: str) -> None:
    bench.deploy(OPEN, SAMPLES["security-group"].spec)
    refused = (400, "SecurityGroupEthertypeConflictWithProtocol")
    assert a_rule(bench, ethertype="IPv4", protocol=protocol) == refused
    status, _ = a_rule(bench, ethertype="IPv6", protocol=protocol)
    assert status == 201


@pytest.mark.parametrize(
    ("protocol", "kept"),
    [("icmp", "ipv6-icmp"), ("icmpv6", "ipv6-icmp"), ("1", "58"), ("58", "58"), ("ICMP", "ipv6-icmp")],
)
def test_icmp_for_ipv6_is_kept_as_that_of_ipv6_and_there_once(bench: Bench, protocol: str, kept: str) -> None:
    bench.deploy(OPEN, SAMPLES["security-group"].spec)
    status, rule = a_rule(bench, ethertype="IPv6", protocol=protocol)
    assert (status, rule["protocol"]) == (201, kept)
    assert a_rule(bench, ethertype="IPv6", protocol="ipv6-icmp") == (409, "SecurityGroupRuleExists")


BAD_RULES = {
    "ports of a protocol without": ({"protocol": "hopopt", "port_range_min": 1}, "SecurityGroupInvalidProtocolForPort"),
    "port 0": ({"protocol": "tcp", "port_range_min": 0, "port_range_max": 9}, "SecurityGroupInvalidPortValue"),
    "ports of no protocol": ({"port_range_min": 1, "port_range_max": 9}, "SecurityGroupProtocolRequiredWithPorts"),
    "ports the wrong way": (
        {"protocol": "17", "port_range_min": 9, "port_range_max": 1},
        "SecurityGroupInvalidPortRange",
    ),
    "an ICMP code alone": ({"protocol": "1", "port_range_max": 0}, "SecurityGroupMissingIcmpType"),
    "an ICMP type that is none": ({"protocol": "icmp", "port_range_min": 256}, "SecurityGroupInvalidIcmpValue"),
    "no protocol": ({"protocol": "icmpv7"}, "SecurityGroupRuleInvalidProtocol"),
    "a number that is none": ({"protocol": "256"}, "SecurityGroupRuleInvalidProtocol"),
}


@pytest.mark.parametrize("case", BAD_RULES.values(), ids=BAD_RULES.keys())
def test_a_rule_that_makes_no_sense_is_refused_by_name(bench: Bench, case: tuple[dict[str, Any], str]) -> None:
    values, kind = case
    bench.deploy(OPEN, SAMPLES["security-group"].spec)
    assert a_rule(bench, ethertype="IPv4", **values) == (400, kind)


def a_subnet(bench: Bench, cidr: str, **values: Any) -> tuple[int, Any]:
    """A subnet of an existing network."""
    desired = {
        "network_id": bench.observe().observed[LAN].id,
        "ip_version": 6 if ":" in cidr else 4,
        "cidr": cidr,
        "enable_dhcp": False,
        **values,
    }
    return tried(bench.out_of_band, "/v2.0/subnets", "subnet", desired)


@pytest.mark.parametrize("cidr", ["192.0.2.0/31", "192.0.2.0/32", "2001:db8:7::/127", "2001:db8:7::/128"])
def test_a_subnet_of_one_or_two_addresses_has_no_dhcp(bench: Bench, cidr: str) -> None:
    bench.deploy(LAN, NETWORK)
    assert a_subnet(bench, cidr, enable_dhcp=True, gateway_ip=None) == (400, "InvalidInput")
    status, made = a_subnet(bench, cidr, gateway_ip=None)
    assert status == 201
    path = f"/v2.0/subnets/{made['id']}"
    assert tried(bench.out_of_band, path, "subnet", {"enable_dhcp": True}, "PUT") == (400, "InvalidInput")


NARROW: dict[str, tuple[str, dict[str, Any], Any, list[tuple[str, str]]]] = {
    "a /31 without a gateway": ("192.0.2.0/31", {"gateway_ip": None}, None, [("192.0.2.0", "192.0.2.1")]),
    "a /32 without a gateway": ("192.0.2.0/32", {"gateway_ip": None}, None, [("192.0.2.0", "192.0.2.0")]),
    "a /32, whose gateway is outside": ("192.0.2.0/32", {}, "192.0.2.1", [("192.0.2.0", "192.0.2.0")]),
    "a /127 without a gateway": ("2001:db8::/127", {"gateway_ip": None}, None, [("2001:db8::1", "2001:db8::1")]),
    "a /127, whose gateway is the first": ("2001:db8::/127", {}, "2001:db8::", [("2001:db8::1", "2001:db8::1")]),
    "a /128, whose gateway is all": ("2001:db8::/128", {}, "2001:db8::", [("2001:db8::", "2001:db8::")]),
    "a /30": ("192.0.2.0/30", {}, "192.0.2.1", [("192.0.2.2", "192.0.2.2")]),
}


@pytest.mark.parametrize("case", NARROW.values(), ids=NARROW.keys())
def test_a_narrow_subnet_gets_a_gateway_and_pools(bench: Bench, case: tuple[str, Any, Any, Any]) -> None:
    cidr, values, gateway, pools = case
    bench.deploy(LAN, NETWORK)
    status, made = a_subnet(bench, cidr, **values)
    assert (status, made["gateway_ip"]) == (201, gateway)
    assert [(pool["start"], pool["end"]) for pool in made["allocation_pools"]] == pools


OUTSIDE = {"IPv4": ("10.9.0.0/24", "10.8.1.1"), "link-local": ("2001:db8:7::/64", "fe80::1")}


@pytest.mark.parametrize(("cidr", "gateway"), OUTSIDE.values(), ids=OUTSIDE.keys())
def test_a_gateway_outside_of_its_subnet_is_kept_and_no_router_gets_it(bench: Bench, cidr: str, gateway: str) -> None:
    key = LAN4._replace(name=f"{LAN.name}/outside")
    spec = SubnetSpec(LAN, cidr, gateway=gateway)
    found = bench.deploy(key, spec)  # until nothing is left to do
    assert isinstance(found.spec, SubnetSpec)
    assert found.spec.gateway == gateway
    bench.converge({**desired_of(key, spec), **desired_of(ROUTER, SAMPLES["router"].spec)})
    router = bench.observe().observed[ROUTER].id
    path = f"/v2.0/routers/{router}/add_router_interface"
    answer = bench.out_of_band.request("PUT", "network", path, body={"subnet_id": found.id})
    assert (answer.status_code, answer.json()["NeutronError"]["type"]) == (400, "InvalidIpForSubnet")


WITHOUT_GATEWAY: dict[str, tuple[str, dict[str, Any], int, str]] = {
    "a /31 that is to have one": ("192.0.2.0/31", {}, 409, "IpamValueInvalid"),
    "the last of a /31": ("192.0.2.0/31", {"gateway_ip": "192.0.2.1"}, 400, "InvalidInput"),
    "the only one of a /32": ("192.0.2.0/32", {"gateway_ip": "192.0.2.0"}, 400, "InvalidInput"),
    "the network's own": ("192.0.2.0/24", {"gateway_ip": "192.0.2.0"}, 400, "InvalidInput"),
    "the broadcast address": ("192.0.2.0/24", {"gateway_ip": "192.0.2.255"}, 400, "InvalidInput"),
    "one of the other version": ("192.0.2.0/24", {"gateway_ip": "2001:db8::1"}, 400, "InvalidInput"),
}


@pytest.mark.parametrize("case", WITHOUT_GATEWAY.values(), ids=WITHOUT_GATEWAY.keys())
def test_an_address_that_is_no_host_s_is_no_gateway(bench: Bench, case: tuple[str, Any, int, str]) -> None:
    cidr, values, status, kind = case
    bench.deploy(LAN, NETWORK)
    assert a_subnet(bench, cidr, **values) == (status, kind)


def test_a_port_of_a_subnet_of_two_addresses_may_ask_for_the_second(bench: Bench) -> None:
    bench.deploy(LAN, NETWORK)
    _, subnet = a_subnet(bench, "192.0.2.0/31", gateway_ip=None)

    def a_port(address: str) -> tuple[int, Any]:
        fixed = [{"subnet_id": subnet["id"], "ip_address": address}]
        return tried(bench.out_of_band, "/v2.0/ports", "port", {"network_id": subnet["network_id"], "fixed_ips": fixed})

    assert a_port("192.0.2.0") == (400, "InvalidIpForSubnet")
    status, port = a_port("192.0.2.1")
    assert status == 201
    bench.send("DELETE", "network", f"/v2.0/ports/{port['id']}")


def test_an_address_of_a_floating_ip_is_taken(bench: Bench, admin: Connection) -> None:
    floating = SAMPLES["floating-ip"]
    bench.deploy(floating.key, floating.spec)
    found = bench.driver.observe().observed[floating.key].id
    there = bench.send("GET", "network", f"/v2.0/floatingips/{found}")["floatingip"]
    outside, address = there["floating_network_id"], there["floating_ip_address"]
    port = {"network_id": outside, "fixed_ips": [{"ip_address": address}]}
    again = {"floating_network_id": outside, "floating_ip_address": address}
    gateway = {"network_id": outside, "external_fixed_ips": [{"ip_address": address}]}
    taken = (409, "IpAddressAlreadyAllocated")
    assert tried(admin, "/v2.0/ports", "port", port) == taken
    assert tried(admin, "/v2.0/floatingips", "floatingip", again) == taken
    assert tried(admin, "/v2.0/routers", "router", {"external_gateway_info": gateway}) == taken
    member = bench.out_of_band
    no = (403, "PolicyNotAuthorized")
    assert tried(member, "/v2.0/ports", "port", port) == no
    assert tried(member, "/v2.0/floatingips", "floatingip", again) == no
    assert tried(member, "/v2.0/routers", "router", {"external_gateway_info": gateway}) == no


def test_an_address_of_a_router_s_gateway_is_taken(bench: Bench, admin: Connection) -> None:
    router = SAMPLES["router"]
    made = bench.deploy(router.key, router.spec)
    info = bench.send("GET", "network", f"/v2.0/routers/{made.id}")["router"]["external_gateway_info"]
    (address, *_) = [one["ip_address"] for one in info["external_fixed_ips"] if ":" not in one["ip_address"]]
    desired = {"floating_network_id": info["network_id"], "floating_ip_address": address}
    assert tried(admin, "/v2.0/floatingips", "floatingip", desired) == (409, "IpAddressAlreadyAllocated")


PATHS = {
    "network": ("/v2.0/nonsense", "/v2.0/networks/one/two/three"),
    "compute": ("/nonsense", "/servers/one/nonsense/three"),
    "identity": ("/v2.0", "/v2.0/tokens", "/v3/nonsense", "/nonsense"),
}


@pytest.mark.parametrize(("service", "path"), [(name, path) for name, paths in PATHS.items() for path in paths])
def test_a_path_that_there_is_not_is_not_found(bench: Bench, service: str, path: str) -> None:
    """Keystone says so to anyone, as who logs in has no token yet; the others want to know first who asks."""
    login = bench.out_of_band.login()
    if service == "identity":
        base = login.service_catalog.url_for(service_type=service, interface="public").rstrip("/").removesuffix("/v3")
    else:
        base = bench.out_of_band.endpoint(service).removesuffix("/v2.0")
    url = base + path
    assert requests.get(url, headers={"X-Auth-Token": login.auth_token}, timeout=PATIENCE).status_code == 404
    status = requests.get(url, timeout=PATIENCE).status_code
    assert status == (404 if service == "identity" else 401)


QUOTED: dict[str, tuple[str, str, int]] = {
    "network": ("/v2.0/networks", "network", 1),
    "security_group_rule": ("/v2.0/security-groups", "security_group", 2),
}


@pytest.mark.alone
@pytest.mark.parametrize("resource", QUOTED)
def test_a_quota_is_used_up_to_the_last_and_not_beyond(bench: Bench, resource: str) -> None:
    """The rules that a new security group has from the start count as well."""
    path, name, each = QUOTED[resource]
    bench.deploy(LAN, NETWORK)
    made = []
    try:
        with limited(bench, "network", resource, more=2 * each + each // 2):
            for _ in range(2):
                status, one = tried(bench.out_of_band, path, name, {})
                made.append(one["id"])
                assert status == 201
            assert tried(bench.out_of_band, path, name, {}) == (409, "OverQuota")
    finally:
        for one in made:
            bench.send("DELETE", "network", f"{path}/{one}")


@pytest.fixture
def stranger(bench: Bench) -> Bench:
    """Another project of the same cloud."""
    target = replace(bench.target, entry=f"{bench.target.entry}-admin")
    made = Bench(target, bench.clouds, f"{bench.owner}-stranger", bench.wait, bench.ending, bench.images)
    bench.ending.callback(made.converge, {})
    return made


def test_what_belongs_to_another_project_is_not_there_for_a_member(bench: Bench, stranger: Bench) -> None:
    router = SAMPLES["router"]
    theirs = stranger.converge(desired_of(SAMPLES["server"].key, SERVER) | desired_of(router.key, router.spec)).observed
    desired = {key.kind: found for key, found in theirs.items()}
    for kind, (service, path, name) in SINGLE.items():
        url = f"{path}/{desired[kind].id}"
        assert bench.out_of_band.request("GET", service, url).status_code == 404, kind
        assert bench.out_of_band.request("PUT", service, url, body={name: {"name": "mine"}}).status_code == 404, kind
        assert bench.out_of_band.request("DELETE", service, url).status_code == 404, kind


def test_a_port_that_says_it_is_a_server_s_is_freed_by_its_owner_and_deleted(bench: Bench) -> None:
    there = bench.deploy(ETH0, PORT)
    path = f"/v2.0/ports/{there.id}"
    used = {"device_id": "a server that is no more", "device_owner": "compute:nova"}
    status, port = tried(bench.out_of_band, path, "port", used, "PUT")
    assert (status, {name: port[name] for name in used}) == (200, used)
    free = {"device_id": "", "device_owner": ""}
    status, port = tried(bench.out_of_band, path, "port", free, "PUT")
    assert (status, {name: port[name] for name in free}) == (200, free)
    bench.send("DELETE", "network", path)
