"""QoS managed policies: who may make them, what is theirs, and when they can go."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.model import Action, StepFailed, StepId
from reconciler.targets.openstack.kinds.qos_policy import QosPolicySpec
from reconciler.targets.openstack.kinds.qos_rule import qos_rule_key
from tests.conformance.bench import Bench, desired_of
from tests.conformance.samples import CAPPED, ETH0, LIMIT, MARK, PORT, SAMPLES
from tests.plan_of import plan_of


@pytest.fixture
def admin(bench: Bench) -> Bench:
    return bench.may(SAMPLES["qos-policy"])


def test_a_qos_policy_goes_when_no_port_has_it_any_more(admin: Bench) -> None:
    limited = replace(PORT, qos_policy=CAPPED)
    desired = desired_of(ETH0, limited) | desired_of(qos_rule_key(LIMIT), LIMIT)
    world = admin.converge(desired)
    assert list(world.observed[ETH0].spec.refs_of("qos_policy")) == [CAPPED]
    assert qos_rule_key(LIMIT) in admin.driver_of(admin.owner).observe({"port"}).observed, "found where it is used"
    with pytest.raises(StepFailed, match=r"^409: ") as failed:
        admin.delete(CAPPED)
    assert not failed.value.terminal
    assert CAPPED not in admin.converge(desired_of(ETH0, PORT)).observed


def test_a_rule_that_another_actor_adds_is_drift(admin: Bench) -> None:
    policy = admin.deploy(CAPPED, QosPolicySpec())
    path = f"/v2.0/qos/policies/{policy.id}/dscp_marking_rules"
    admin.send("POST", "network", path, {"dscp_marking_rule": {"dscp_mark": 10}})
    steps = plan_of(desired_of(CAPPED, QosPolicySpec()), admin.observe()).steps
    assert list(steps) == [StepId(Action.DELETE, qos_rule_key(MARK))]


def test_a_member_may_not_make_one_and_is_informed_so(bench: Bench) -> None:
    with pytest.raises(StepFailed, match=r"^403: ") as failed:
        bench.create(CAPPED, QosPolicySpec())
    assert failed.value.terminal
    assert (
        failed.value.hint == "the login may not do this: see docs/compatibility.md for what takes an admin by default"
    )
