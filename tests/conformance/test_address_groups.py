"""Address groups: addresses come and go one by one while rules name the group, and one that others name stays."""

from __future__ import annotations

import pytest

from reconciler.model import Action, Desired, FieldChange, Key, Spec, Step, StepFailed
from reconciler.targets.openstack.kinds.address_group import AddressGroupSpec
from reconciler.targets.openstack.kinds.security_group_rule import canonical_rule, rule_key
from tests.conformance.bench import Bench, DesiredState, desired_of
from tests.conformance.samples import OFFICES, OPEN, PLACE
from tests.plan_of import plan_of

RULE = canonical_rule(OPEN, "ingress", "IPv4", protocol="tcp", remote_address_group=OFFICES)
GROUPS = "/v2.0/address-groups"


def offices(*addresses: str) -> AddressGroupSpec:
    return AddressGroupSpec(tuple(sorted(addresses)))


def desired(spec: Spec) -> DesiredState:
    return desired_of(rule_key(RULE), RULE) | {OFFICES: Desired(OFFICES, spec, PLACE)}


def test_addresses_come_and_go_in_place_and_the_rule_that_names_the_group_stands(bench: Bench) -> None:
    before = bench.converge(desired(offices("10.20.0.0/16", "10.21.0.0/16"))).observed
    after = offices("10.21.0.0/16", "192.0.2.7/32")
    (step,) = plan_of(desired(after), bench.observe()).steps.values()
    assert (step.action, step.key) == (Action.UPDATE, OFFICES)
    bench.carry_out(step)
    assert bench.writes() == ["PUT", "PUT"]
    observed = bench.converge(desired(after)).observed
    assert observed[OFFICES].spec == after
    for key in (OFFICES, rule_key(RULE)):
        assert observed[key].id == before[key].id


def test_the_order_and_spelling_of_addresses_mean_nothing(bench: Bench) -> None:
    bench.converge(desired(offices("10.20.0.0/16")))
    there = bench.observe().observed[OFFICES]
    body = {"addresses": ["2001:0DB8:20:0::/48", "10.3.0.0/16"]}
    bench.send("PUT", "network", f"{GROUPS}/{there.id}/add_addresses", body)
    asked = desired(offices("10.20.0.0/16", "10.3.0.0/16", "2001:db8:20::/48"))
    assert not plan_of(asked, bench.observe()).steps


def test_an_address_that_someone_added_since_the_observation_is_left_to_the_next_one(bench: Bench) -> None:
    old = bench.converge(desired(offices("10.20.0.0/16"))).observed[OFFICES]
    bench.send("PUT", "network", f"{GROUPS}/{old.id}/add_addresses", {"addresses": ["10.30.0.0/16"]})
    after = offices("10.20.0.0/16", "10.30.0.0/16", "10.40.0.0/16")
    assert isinstance(old.spec, AddressGroupSpec)
    change = FieldChange("cidrs", old.spec.cidrs, after.cidrs)
    with pytest.raises(StepFailed) as failed:
        bench.carry_out(Step(Action.UPDATE, OFFICES, Desired(OFFICES, after, PLACE), old, (change,)))
    assert not failed.value.terminal
    assert bench.converge(desired(after)).observed[OFFICES].spec == after


def test_a_group_that_a_rule_of_another_actor_names_stays(bench: Bench) -> None:
    there = bench.deploy(OFFICES, offices("10.20.0.0/16"))
    theirs = bench.send("POST", "network", "/v2.0/security-groups", {"security_group": {"name": "theirs"}})
    group = theirs["security_group"]["id"]
    rule = {"security_group_id": group, "direction": "ingress", "remote_address_group_id": there.id}
    try:
        bench.send("POST", "network", "/v2.0/security-group-rules", {"security_group_rule": rule})
        assert "of another actor uses it" in bench.observe().observed[OFFICES].stays
        with pytest.raises(StepFailed, match="in use on one or more security group rules"):
            bench.delete(OFFICES)
    finally:
        bench.send("DELETE", "network", f"/v2.0/security-groups/{group}")
    assert bench.observe().observed[OFFICES].stays == ""


def test_rules_go_before_the_group_that_they_name(bench: Bench) -> None:
    bench.converge(desired(offices("10.20.0.0/16")))
    nothing: dict[Key, Desired] = {}
    assert bench.converge(nothing).observed == {}
