"""What a cloud reports of a plan before it is run: quotas, addresses, zones, images, segments, extensions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reconciler.model import Action, BlockReason, Desired, Key, Place, Plan, PreflightResult, Spec, Step
from reconciler.targets.openstack.kinds.floating_ip import FloatingIpSpec
from reconciler.targets.openstack.kinds.keypair import KeypairSpec
from reconciler.targets.openstack.kinds.network import NetworkSpec
from reconciler.targets.openstack.kinds.port import PortSpec
from reconciler.targets.openstack.kinds.security_group import SecurityGroupSpec
from reconciler.targets.openstack.kinds.server import ServerSpec
from reconciler.targets.openstack.kinds.subnet import Pool, SubnetSpec
from reconciler.targets.openstack.kinds.volume import VolumeSpec
from reconciler.targets.openstack.preflight.asked import Asked
from tests.conformance.samples import PUBLIC_KEYS
from tests.drivers.clouds import Vim
from tests.plan_of import plan_of

LAN, RANGE = Key("paris", "network", "svc/lan"), Key("paris", "subnet", "svc/lan")
FLAVOR, IMAGE, PUBLIC = (
    Key("paris", kind, name)
    for kind, name in (("flavor", "m1.small"), ("image", "debian-12"), ("existing-network", "public"))
)
SERVER = ServerSpec(flavor=FLAVOR, image=IMAGE)


def seen(
    vim: Vim, desired: dict[Key, Spec], cloud: str = "paris", existing: dict[Key, Spec] | None = None
) -> PreflightResult:
    """The pre-flight findings for the plan that creates all that is desired, beside what exists."""
    driver = vim.driver(cloud)
    for key, spec in (existing or {}).items():
        there = driver.observe()
        ids = {found: one.id for found, one in there.observed.items()}
        ids |= {found: names[0] for found, names in there.existing.items()}
        driver.carry_out(Step(Action.CREATE, key, Desired(key, spec, Place("a.yaml", 1))), ids)
    world = driver.observe({"volume"})
    everything = (existing or {}) | desired
    plan = plan_of({key: Desired(key, spec, Place("a.yaml", 1)) for key, spec in everything.items()}, world)
    return replace(driver.preflight(plan, world), durations=None)


def reasons(preflight: PreflightResult) -> list[str]:
    return [obstacle.reason for obstacle in preflight.obstacles]


def servers(count: int, spec: ServerSpec = SERVER) -> dict[Key, Spec]:
    return {Key("paris", "server", f"svc/vm-{number}"): spec for number in range(count)}


def ports(count: int) -> dict[Key, Spec]:
    return {Key("paris", "port", f"svc/vm-{number}/eth0"): PortSpec(network=LAN) for number in range(count)}


def test_a_plan_that_fits_has_no_obstacles(vim: Vim) -> None:
    desired = {LAN: NetworkSpec(), RANGE: SubnetSpec(network=LAN, cidr="10.0.0.0/24"), **ports(3), **servers(3)}
    assert seen(vim, desired) == PreflightResult()


def test_nothing_is_asked_about_a_plan_without_steps(vim: Vim) -> None:
    driver = vim.driver()
    world = driver.observe()
    vim.calls.clear()
    assert driver.preflight(Plan("paris", {}, {}), world) == PreflightResult()
    assert not vim.calls


def test_preflight_checks_write_nothing(vim: Vim) -> None:
    seen(vim, {LAN: NetworkSpec(), **servers(2), Key("paris", "volume", "svc/v"): VolumeSpec(size=1)})
    assert {method for service, method, _ in vim.counted() if service != "identity"} == {"GET"}


@pytest.mark.parametrize(
    ("quota", "reason"),
    [
        ({"instances": 2}, "quota of instances: 3 more are needed, 0 of 2 are used"),
        ({"cores": 2}, "quota of cores: 3 more are needed, 0 of 2 are used"),
        ({"ram": 4096}, "quota of ram (MiB): 6144 more are needed, 0 of 4096 are used"),
    ],
)
def test_a_quota_of_nova_that_is_too_small_is_reported_with_the_numbers(
    vim: Vim, quota: dict[str, int], reason: str
) -> None:
    vim.settings(compute_quotas=quota)
    found = seen(vim, servers(3))
    assert reasons(found) == [reason]
    assert len(found.obstacles[0].keys) == 3


def test_what_exists_counts_and_what_goes_gives_back(vim: Vim) -> None:
    vim.settings(network_quotas={"network": 2})
    names = [Key("paris", "network", f"svc/{name}") for name in ("a", "b", "c")]
    existing: dict[Key, Spec] = dict.fromkeys(names[:2], NetworkSpec())
    assert reasons(seen(vim, {names[2]: NetworkSpec()}, existing=existing)) == [
        "quota of network: 1 more is needed, 2 of 2 are used"
    ]
    driver = vim.driver()
    world = driver.observe()
    desired = {key: Desired(key, NetworkSpec(), Place("a.yaml", 1)) for key in names[1:]}
    assert reasons(driver.preflight(plan_of(desired, world), world)) == []


def test_the_rules_that_neutron_makes_in_each_new_group_count(vim: Vim) -> None:
    vim.settings(network_quotas={"security_group_rule": 7})
    groups: dict[Key, Spec] = {Key("paris", "security-group", f"svc/{name}"): SecurityGroupSpec() for name in "ab"}
    found = seen(vim, groups)
    assert reasons(found) == ["quota of security_group_rule: 4 more are needed, 4 of 7 are used"]
    assert set(found.obstacles[0].keys) == groups.keys()
    assert reasons(seen(vim, dict(list(groups.items())[:1]))) == []


def test_a_quota_of_cinder_that_is_too_small_is_reported_with_the_numbers(vim: Vim) -> None:
    vim.settings(volume_quotas={"volumes": 10, "gigabytes": 100})
    volumes: dict[Key, Spec] = {Key("paris", "volume", f"svc/{name}"): VolumeSpec(size=60) for name in "ab"}
    assert reasons(seen(vim, volumes)) == ["quota of gigabytes: 120 more are needed, 0 of 100 are used"]


def test_what_is_blocked_counts_for_nothing(vim: Vim) -> None:
    vim.settings(compute_quotas={"instances": 0})
    driver = vim.driver()
    world = driver.observe()
    desired = {key: Desired(key, spec, Place("a.yaml", 1)) for key, spec in servers(1).items()}
    plan = plan_of(desired, world)
    blocked = {step_id: replace(step, blocked=BlockReason.FROZEN) for step_id, step in plan.steps.items()}
    assert reasons(driver.preflight(replace(plan, steps=blocked), world)) == []


def test_a_new_subnet_that_is_too_small_for_its_ports_is_reported(vim: Vim) -> None:
    desired = {LAN: NetworkSpec(), RANGE: SubnetSpec(network=LAN, cidr="10.0.0.0/29"), **ports(6)}
    assert reasons(seen(vim, desired)) == [
        "network svc/lan (10.0.0.0/29) has 5 of 5 IPv4 addresses free, 6 more are needed"
    ]


def test_a_gateway_outside_of_a_new_subnet_takes_none_of_its_addresses(vim: Vim) -> None:
    subnet = SubnetSpec(network=LAN, cidr="10.0.0.0/29", gateway="10.0.1.1")
    assert reasons(seen(vim, {LAN: NetworkSpec(), RANGE: subnet, **ports(6)})) == []
    assert reasons(seen(vim, {LAN: NetworkSpec(), RANGE: subnet, **ports(7)})) == [
        "network svc/lan (10.0.0.0/29) has 6 of 6 IPv4 addresses free, 7 more are needed"
    ]


def test_the_addresses_that_an_existing_subnet_has_left_are_counted(vim: Vim) -> None:
    pools = (Pool("10.0.0.10", "10.0.0.12"),)
    existing = {
        LAN: NetworkSpec(),
        RANGE: SubnetSpec(network=LAN, cidr="10.0.0.0/24", allocation_pools=pools, dhcp=False),
        **ports(2),
    }
    assert reasons(seen(vim, ports(4), existing=existing)) == [
        "network svc/lan (10.0.0.0/24) has 1 of 3 IPv4 addresses free, 2 more are needed"
    ]


def test_who_may_not_ask_for_the_addresses_outside_is_informed_so(vim: Vim) -> None:
    floating: dict[Key, Spec] = {Key("paris", "floating-ip", "svc/out"): FloatingIpSpec(external_network=PUBLIC)}
    found = seen(vim, floating)
    assert not found.obstacles
    assert found.unknown == ("free addresses of networks of others (clouds report them to an admin alone by default)",)


def test_a_zone_that_is_not_there_is_reported_with_those_that_are(vim: Vim) -> None:
    desired = servers(1, replace(SERVER, availability_zone="az-9"))
    volume = Key("paris", "volume", "svc/v")
    assert reasons(seen(vim, desired | {volume: VolumeSpec(size=1, availability_zone="az-9")})) == [
        "the compute service has no availability zone 'az-9' (there are: nova)",
        "the block-storage service has no availability zone 'az-9' (there are: nova)",
    ]


def test_an_extension_that_the_cloud_lacks_is_reported(vim: Vim) -> None:
    vim.settings(disabled_extensions=["dns-integration", "trunk"])
    assert reasons(seen(vim, {LAN: NetworkSpec(dns_domain="lan.example.")})) == [
        "the cloud lacks the Neutron extension dns-integration"
    ]


def test_a_microversion_that_nova_lacks_is_reported(vim: Vim) -> None:
    vim.settings(max_microversion="2.79")
    assert reasons(seen(vim, servers(1, replace(SERVER, hostname="fw")))) == [
        "Nova has microversion 2.79, and 2.90 is needed"
    ]


def test_a_service_that_does_not_show_keeps_nothing_from_being_asked_of_another(vim: Vim) -> None:
    vim.settings(network_quotas={"network": 0}, volume_quotas={"volumes": 0})
    vim.fault(method="GET", route="/v2.1/limits", status=403)
    found = seen(vim, {LAN: NetworkSpec(), Key("paris", "volume", "svc/v"): VolumeSpec(size=1), **servers(1)})
    assert reasons(found) == [
        "quota of network: 1 more is needed, 0 of 0 are used",
        "quota of volumes: 1 more is needed, 0 of 0 are used",
    ]
    assert found.unknown == ("quotas: the compute service answered 403",)


def test_limits_without_their_use_are_reported_as_not_checked(vim: Vim) -> None:
    vim.settings(network_quotas={"network": 5}, disabled_extensions=["quota_details"])
    found = seen(vim, {LAN: NetworkSpec()})
    assert not found.obstacles
    assert found.unknown == ("quotas of network: the cloud does not report how much of them is used",)


def test_key_pairs_are_counted_though_nova_does_not_show_how_many_there_are(vim: Vim) -> None:
    vim.settings(compute_quotas={"key_pairs": 1})
    vim.caller().compute("POST", "os-keypairs", {"keypair": {"name": "mine", "public_key": PUBLIC_KEYS[0]}})
    pair = Key("paris", "keypair", "svc/login")
    assert reasons(seen(vim, {pair: KeypairSpec(public_key=PUBLIC_KEYS[0])})) == [
        "quota of key pairs: 1 more is needed, 1 of 1 are used"
    ]


def test_a_cloud_that_is_gone_leaves_all_unknown_and_raises_nothing(vim: Vim) -> None:
    driver = vim.driver()
    world = driver.observe()
    vim.fault(drop="before")
    desired = {key: Desired(key, spec, Place("a.yaml", 1)) for key, spec in ({LAN: NetworkSpec()} | servers(1)).items()}
    found = driver.preflight(plan_of(desired, world), world)
    assert not found.obstacles
    assert found.unknown


def test_what_a_cloud_does_not_answer_is_unknown_and_fails_nothing(vim: Vim) -> None:
    driver = vim.driver()
    world = driver.observe()
    desired = {key: Desired(key, spec, Place("a.yaml", 1)) for key, spec in servers(1).items()}
    vim.fault(method="GET", route="/v2.1/limits", status=500)
    found = driver.preflight(plan_of(desired, world), world)
    assert found.unknown == ("quotas: the compute service answered 500",)


@pytest.mark.parametrize("garbage", [None, 5, "x", [5], [None], {"a": None}, {"absolute": [], "ram": "x"}, [{}]])
def test_an_answer_that_is_not_as_its_api_has_it_leaves_a_check_unknown(
    vim: Vim, monkeypatch: pytest.MonkeyPatch, garbage: Any
) -> None:
    monkeypatch.setattr(Asked, "get", lambda *_: garbage)
    monkeypatch.setattr(Asked, "items", lambda *_: garbage)
    found = seen(vim, servers(2) | ports(2))
    assert found.unknown


def test_an_admin_is_informed_when_the_pool_outside_has_too_few(vim: Vim) -> None:
    floating = {
        Key("paris", "floating-ip", f"svc/out-{number}"): FloatingIpSpec(external_network=PUBLIC)
        for number in range(300)
    }
    found = seen(vim, dict(floating), "paris-admin")
    assert [reason.partition(" has ")[0] for reason in reasons(found)] == ["network 'public'"]
    assert reasons(found)[0].endswith("300 more are needed")


def test_an_image_that_is_too_large_for_the_flavor_is_reported(vim: Vim) -> None:
    admin = vim.connection("paris-admin")
    image = admin.request("GET", "image", "/v2/images", params={"name": "debian-12"}).json()["images"][0]
    change = [{"op": "replace", "path": "/min_ram", "value": 4096}]
    media = "application/openstack-images-v2.1-json-patch"
    assert admin.request("PATCH", "image", f"/v2/images/{image['id']}", body=change, media=media).status_code == 200
    assert reasons(seen(vim, servers(1))) == ["image 'debian-12' needs 4096 MiB of memory, the flavor has 2048"]


def test_a_segment_that_another_network_has_is_reported(vim: Vim) -> None:
    attributes = {"network_type": "vlan", "physical_network": "physnet1", "segmentation_id": 100}
    body = {"network": {"name": "lab", **{f"provider:{name}": value for name, value in attributes.items()}}}
    assert vim.connection("paris-admin").request("POST", "network", "/v2.0/networks", body=body).status_code == 201
    vlan = NetworkSpec(network_type="vlan", physical_network="physnet1", segmentation_id=100)
    found = seen(vim, {LAN: vlan}, "paris-admin")
    assert reasons(found) == ["segment vlan 100 of physnet1 is taken by network 'lab'"]


def test_how_long_steps_take_is_what_existing_servers_took(vim: Vim) -> None:
    driver = vim.driver()
    world = driver.observe()
    desired = {key: Desired(key, spec, Place("a.yaml", 1)) for key, spec in servers(2).items()}
    unknown = driver.preflight(plan_of(desired, world), world).durations
    assert unknown is not None
    assert unknown.builds == {}
    assert unknown.call > 0
    seen(vim, {}, existing=servers(1))
    world = driver.observe()
    vim.calls.clear()
    known = driver.preflight(plan_of(desired, world), world).durations
    # Also when the ports of those servers were made, which no refusal may hide.
    asked = [call.status for call in vim.calls if "/v2.0/ports" in call.url]
    assert asked
    assert set(asked) == {200}
    assert known is not None
    assert known.builds.keys() == {"create"}
    assert known.builds["create"] >= 0
    assert known.spacing is not None
