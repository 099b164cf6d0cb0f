"""What Magi does on a cloud without an extension of Neutron: one test for each row of the table."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.model import (
    Action,
    BlockReason,
    Desired,
    FieldChange,
    Step,
    StepFailed,
    StepId,
    TargetUnknown,
)
from reconciler.model.findings import Grade
from reconciler.targets.openstack.kinds.floating_ip import FloatingIpSpec
from reconciler.targets.openstack.kinds.network import NETWORKS, NetworkSpec
from reconciler.targets.openstack.kinds.port import AddressPair, PortSpec
from reconciler.targets.openstack.kinds.qos_rule import qos_rule_key
from reconciler.targets.openstack.kinds.router import RouterSpec
from reconciler.targets.openstack.kinds.security_group import SecurityGroupSpec
from reconciler.targets.openstack.kinds.security_group_rule import canonical_rule, rule_key
from reconciler.targets.openstack.kinds.subnet import SUBNETS
from reconciler.targets.openstack.session import listing
from reconciler.targets.openstack.session.listing import fetch
from tests.compatibility.lab import Lab, observation_error, refused, row, says_it_lacks, whole
from tests.conformance.bench import desired_of
from tests.conformance.samples import (
    ETH0,
    ETH1,
    GOLD,
    LAN,
    LAN4,
    LIMIT,
    NETWORK,
    OPEN,
    PLACE,
    PUBLIC,
    SAMPLES,
    SERVER,
    SHUT,
    VLAN,
    WAN,
    key,
)
from tests.plan_of import plan_of

SERVER_KEY = SAMPLES["server"].key


# --------------------------------------------------------------------------- extensions that are needed


@row("network", "router")
@row("network", "security-group")
@pytest.mark.parametrize("extension", ["router", "security-group"])
def test_without_a_collection_the_vim_is_unknown(lab: Lab, extension: str) -> None:
    lab.lacks(extension)
    error = observation_error(lab)
    assert isinstance(error, TargetUnknown)
    assert "answered 404" in error.message
    assert error.hint == "`magi doctor` shows what the cloud lacks"
    found = lab.doctor()["network", extension]
    assert isinstance(found.error, TargetUnknown)


@row("network", "standard-attr-description")
def test_without_descriptions_nothing_is_made(lab: Lab) -> None:
    lab.lacks("standard-attr-description")
    error = refused(lab, LAN, NetworkSpec())
    assert says_it_lacks(error, "standard-attr-description")
    assert lab.bench.observe().observed == {}


# --------------------------------------------------------------------------- extensions that are used


@row("network", "external-net")
def test_without_external_networks_only_what_needs_one_is_not_made(lab: Lab) -> None:
    lab.lacks("external-net")
    desired = whole()
    plan = plan_of(desired, lab.bench.observe())
    gateway, floating = SAMPLES["router"].key, SAMPLES["floating-ip"].key
    assert plan.steps[StepId(Action.CREATE, gateway)].blocked is BlockReason.MISSING
    assert plan.steps[StepId(Action.CREATE, floating)].blocked is BlockReason.MISSING
    inside = whole(router=RouterSpec())
    lab.settles({key: one for key, one in inside.items() if key != floating})


@row("network", "provider")
def test_without_provider_networks_only_those_are_not_made(lab: Lab) -> None:
    lab.lacks("provider")
    lab.settles(whole())
    assert says_it_lacks(refused(lab, WAN, VLAN), "provider")


@row("network", "dns-integration")
def test_without_dns_only_links_with_a_domain_are_not_made(lab: Lab) -> None:
    lab.lacks("dns-integration")
    lab.settles(whole())
    assert says_it_lacks(refused(lab, WAN, NetworkSpec(dns_domain="lan.example.net.")), "dns-integration")


@row("network", "binding")
def test_without_port_bindings_only_virtual_cards_are_made(lab: Lab) -> None:
    lab.lacks("binding")
    lab.settles(whole())
    assert says_it_lacks(refused(lab, ETH1, PortSpec(LAN, vnic_type="direct")), "binding")


@row("network", "address-group")
@row("network", "security-groups-remote-address-group")
@pytest.mark.parametrize("extension", ["address-group", "security-groups-remote-address-group"])
def test_without_address_groups_only_rules_that_name_one_are_not_made(lab: Lab, extension: str) -> None:
    lab.bench.send("POST", "network", "/v2.0/address-groups", {"address_group": {"name": "offices"}})
    lab.lacks(extension)
    desired = whole()
    group = desired.pop(SAMPLES["address-group"].key) if extension == "address-group" else None
    lab.settles(desired)
    rule = canonical_rule(OPEN, "ingress", "IPv4", remote_address_group=key("existing-address-group", "offices"))
    desired = whole() | {rule_key(rule): Desired(rule_key(rule), rule, PLACE)}
    world = lab.bench.driver.observe({"existing-address-group"})
    steps = plan_of(desired, world).steps
    step = steps[StepId(Action.CREATE, rule_key(rule))]
    if group:
        assert steps[StepId(Action.CREATE, group.key)].blocked is BlockReason.MISSING
        assert step.blocked is BlockReason.MISSING
        assert "/v2.0/address-groups" in step.reason
    else:
        assert says_it_lacks(refused(lab, rule_key(rule), rule), extension)


@row("network", "sfc")
@row("network", "flow_classifier")
@pytest.mark.parametrize("extension", ["sfc", "flow_classifier"])
def test_without_service_chains_only_these_are_not_made(lab: Lab, extension: str) -> None:
    lab.lacks(extension)
    lacking = {"flow-classifier"} if extension == "flow_classifier" else {"port-pair", "port-pair-group"}
    desired = whole()
    plain = {one: declared for one, declared in desired.items() if one.kind not in {*lacking, "port-chain"}}
    plain = {
        one: declared for one, declared in plain.items() if not lacking & {ref.kind for ref in declared.spec.refs()}
    }
    lab.settles(plain)
    steps = plan_of(desired, lab.bench.driver.observe({*lacking, "port-chain"})).steps
    for kind in (*lacking, "port-chain"):
        step = steps[StepId(Action.CREATE, SAMPLES[kind].key)]
        assert step.blocked is BlockReason.MISSING
        assert "/v2.0/sfc/" in step.reason


@row("network", "rbac-policies")
def test_without_rbac_policies_links_are_made_and_shared_with_none(lab: Lab) -> None:
    lab.lacks("rbac-policies")
    desired = whole()
    share = desired.pop(SAMPLES["rbac-policy"].key)
    lab.settles(desired)
    (step,) = plan_of(whole(), lab.bench.driver.observe({"rbac-policy"})).steps.values()
    assert (step.key, step.blocked) == (share.key, BlockReason.MISSING)
    assert "/v2.0/rbac-policies" in step.reason


@row("network", "trunk")
def test_without_trunks_only_those_are_not_made(lab: Lab) -> None:
    lab.lacks("trunk", "trunk-details")
    desired = whole()
    trunk = desired.pop(SAMPLES["trunk"].key)
    lab.settles(desired)
    with pytest.raises(StepFailed, match="404"):
        lab.bench.create(trunk.key, trunk.spec)


@row("network", "trunk-details")
def test_without_the_details_of_trunks_none_is_seen_and_none_is_there_twice(lab: Lab) -> None:
    lab.lacks("trunk-details")
    desired = whole()
    trunk = desired.pop(SAMPLES["trunk"].key)
    lab.settles(desired)
    lab.bench.create(trunk.key, trunk.spec)
    assert trunk.key not in lab.bench.observe().observed
    with pytest.raises(StepFailed, match="409"):
        lab.bench.create(trunk.key, trunk.spec)


@row("network", "qos")
def test_without_qos_only_what_names_a_policy_is_not_made(lab: Lab) -> None:
    lab.lacks("qos")
    lab.settles(whole())
    port = key("port", "fw/fw-1/eth0")
    desired = whole() | {port: Desired(port, PortSpec(LAN, qos_policy=GOLD), PLACE)}
    step = plan_of(desired, lab.bench.driver.observe({"existing-qos-policy"})).steps[StepId(Action.CREATE, port)]
    assert step.blocked is BlockReason.MISSING
    assert "/v2.0/qos/policies" in step.reason


@row("network", "qos-bw-limit-direction")
def test_without_directions_of_bandwidth_limits_only_ingress_is_not_limited(lab: Lab) -> None:
    lab.lacks("qos-bw-limit-direction")
    admin = lab.bench.may(SAMPLES["qos-policy"])
    lab_of_admin = replace(lab, bench=admin)
    lab_of_admin.settles(desired_of(qos_rule_key(LIMIT), LIMIT))
    inward = replace(LIMIT, direction="ingress")
    assert says_it_lacks(refused(lab_of_admin, qos_rule_key(inward), inward), "qos-bw-limit-direction")


@row("network", "qos-fip")
def test_without_qos_of_floating_ips_only_those_that_name_a_policy_are_not_made(lab: Lab) -> None:
    lab.lacks("qos-fip")
    lab.settles(whole())
    lab.bench.driver.observe({"existing-qos-policy"})
    floating = FloatingIpSpec(PUBLIC, qos_policy=GOLD)
    assert says_it_lacks(refused(lab, key("floating-ip", "other"), floating), "qos-fip")


@row("network", "ext-gw-mode")
def test_without_a_gateway_mode_only_routers_that_name_one_are_not_made(lab: Lab) -> None:
    lab.lacks("ext-gw-mode")
    lab.settles(whole())
    assert "enable_snat" in refused(lab, key("router", "other"), RouterSpec(PUBLIC, snat=False)).message


@row("network", "extraroute")
def test_without_extra_routes_only_those_are_not_made(lab: Lab) -> None:
    lab.lacks("extraroute")
    desired = whole()
    routes = desired.pop(SAMPLES["router-routes"].key)
    lab.settles(desired)
    assert says_it_lacks(refused(lab, routes.key, routes.spec), "extraroute")


@row("network", "port-security")
def test_without_port_security_only_what_needs_it_off_is_not_made(lab: Lab) -> None:
    lab.lacks("port-security")
    lab.settles(whole())
    lab.bench.create(WAN, NetworkSpec())
    assert lab.vim.served("POST", "/v2.0/networks") == [400, 201, 201], "asked once, and left out from then on"
    assert says_it_lacks(refused(lab, key("network", "open"), NetworkSpec(port_security=False)), "port-security")
    assert says_it_lacks(refused(lab, ETH1, PortSpec(LAN, port_security=False)), "port-security")


def test_where_port_security_is_off_by_default_it_is_still_switched_on(lab: Lab) -> None:
    """This is why defaults are written: a port takes that of its network."""
    lab.settles(whole(network=replace(NETWORK, port_security=False)))
    observed = lab.bench.observe().observed[ETH0].spec
    assert isinstance(observed, PortSpec)
    assert observed.port_security
    assert lab.vim.served("PUT", "/v2.0/ports/{id}") == []


@row("network", "allowed-address-pairs")
def test_without_address_pairs_only_what_needs_them_is_not_made(lab: Lab) -> None:
    lab.lacks("allowed-address-pairs")
    lab.settles(whole())
    pairs = (AddressPair("10.8.0.200"),)
    assert says_it_lacks(refused(lab, ETH1, PortSpec(LAN, allowed_address_pairs=pairs)), "allowed-address-pairs")


@row("network", "stateful-security-group")
def test_without_stateless_groups_only_those_are_not_made(lab: Lab) -> None:
    lab.lacks("stateful-security-group")
    lab.settles(whole())
    assert says_it_lacks(refused(lab, SHUT, SecurityGroupSpec(stateful=False)), "stateful-security-group")


@row("network", "net-mtu")
@row("network", "net-mtu-writable")
@pytest.mark.parametrize("extensions", [("net-mtu", "net-mtu-writable"), ("net-mtu-writable",)], ids=" and ".join)
def test_without_a_writable_mtu_only_links_that_name_one_are_not_made(lab: Lab, extensions: tuple[str, ...]) -> None:
    lab.lacks(*extensions)
    there = lab.settles(whole(network=NetworkSpec())).observed[LAN]
    assert says_it_lacks(refused(lab, WAN, NetworkSpec(mtu=1300)), "net-mtu-writable")
    step = Step(
        Action.UPDATE, LAN, Desired(LAN, NetworkSpec(mtu=1300), PLACE), there, (FieldChange("mtu", None, 1300),)
    )
    with pytest.raises(StepFailed) as failed:
        lab.bench.carry_out(step)
    assert says_it_lacks(failed.value, "net-mtu-writable")


@row("network", "ip_allocation")
def test_without_ip_allocation_nova_takes_no_interface_on_a_link_without_a_subnet(lab: Lab) -> None:
    bare = desired_of(SERVER_KEY, replace(SERVER, ports=(ETH0,)))
    del bare[LAN4]
    bare |= {
        LAN: Desired(LAN, NetworkSpec(port_security=False), PLACE),
        ETH0: Desired(ETH0, PortSpec(LAN, (), port_security=False), PLACE),
    }
    lab.settles(bare)
    lab.bench.converge({})
    lab.lacks("ip_allocation")
    world = lab.settles({key: desired for key, desired in bare.items() if key != SERVER_KEY})
    with pytest.raises(StepFailed, match="requires a FixedIP") as failed:
        lab.bench.create(SERVER_KEY, bare[SERVER_KEY].spec)
    assert failed.value.terminal
    found = world.observed[ETH0].spec
    desired = bare[ETH0].spec
    assert isinstance(found, PortSpec)
    assert isinstance(desired, PortSpec)
    assert found == desired.settle(found)
    lab.bench.converge({})
    lab.settles(whole())


@row("network", "standard-attr-revisions")
@row("network", "revision-if-match")
@pytest.mark.parametrize(
    "extensions", [("standard-attr-revisions", "revision-if-match"), ("revision-if-match",)], ids=" and ".join
)
def test_without_revisions_the_last_write_wins(lab: Lab, extensions: tuple[str, ...]) -> None:
    lab.lacks(*extensions)
    old = lab.settles(whole()).observed[LAN]
    assert (old.revision_number is None) == ("standard-attr-revisions" in extensions)
    lab.bench.send("PUT", "network", f"/v2.0/networks/{old.id}", {"network": {"admin_state_up": False}})
    desired = Desired(LAN, NETWORK, PLACE)
    lab.bench.carry_out(Step(Action.UPDATE, LAN, desired, old, (FieldChange("admin_state_up", False, True),)))
    assert lab.bench.observe().observed[LAN].spec == NETWORK


@row("network", "standard-attr-timestamp")
def test_without_times_of_two_with_one_mark_that_with_the_lower_id_stays(lab: Lab) -> None:
    lab.lacks("standard-attr-timestamp")
    for _ in range(2):
        lab.bench.create(WAN, NetworkSpec())
    world = lab.bench.observe()
    assert world.observed[WAN].id == min(one.id for one in world.observed.values())
    lab.settles({WAN: Desired(WAN, NetworkSpec(), PLACE)})


@row("network", "pagination")
def test_without_pages_a_listing_is_one_answer(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    lab.lacks("pagination")
    monkeypatch.setattr(listing, "PAGE", 2)
    lab.settles(whole())
    before = len(lab.vim.served("GET", "/v2.0/networks"))
    found = fetch(lab.vim.connection(), NETWORKS)
    assert len(found) > 2
    assert len(lab.vim.served("GET", "/v2.0/networks")) == before + 1


@row("network", "project-id")
def test_without_project_ids_what_is_managed_is_known_by_its_mark(lab: Lab) -> None:
    lab.lacks("project-id")
    own = lab.settles(whole()).observed
    listed = {one["id"] for one in fetch(lab.vim.connection("paris-admin"), SUBNETS)}
    assert {one.id for key, one in own.items() if key.kind == "subnet"} <= listed
    assert lab.bench.driver_of("another").observe().observed == {}


@row("network", "quotas")
def test_without_quotas_the_doctor_shows_no_limits(lab: Lab) -> None:
    lab.lacks("quotas", "quota_details")
    assert lab.doctor()["network", "quota"].message == "can't be reported: the network service reports no limits"
    lab.settles(whole())


@row("network", "quota_details")
def test_without_quota_details_the_doctor_shows_limits_alone(lab: Lab) -> None:
    lab.vim.settings(network_quotas={"network": 20})
    assert "network 0/20" in lab.doctor()["network", "quota"].message
    lab.lacks("quota_details")
    assert "network 20," in lab.doctor()["network", "quota"].message
    lab.settles(whole())


@row("network", "standard-attr-tag")
@row("network", "sorting")
@pytest.mark.parametrize("extension", ["standard-attr-tag", "sorting"])
def test_without_what_is_not_used_nothing_changes(lab: Lab, extension: str) -> None:
    lab.lacks(extension)
    lab.settles(whole())
    assert {one.verdict for one in lab.doctor().values()} == {Grade.FINE}
