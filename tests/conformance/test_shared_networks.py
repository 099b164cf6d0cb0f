"""Networks that other projects may use: shared and taken back, with those alone that Git names."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from reconciler.model import Action, StepFailed
from reconciler.targets.openstack.kinds.network import RBAC_POLICIES, NetworkSpec
from reconciler.targets.openstack.kinds.rbac_policy import RbacPolicySpec, share_key
from tests.conformance.bench import Bench, DesiredState, desired_of
from tests.conformance.samples import LAN, OTHER_PARTNER, PARTNER
from tests.plan_of import plan_of


def shared_with(*projects: str) -> DesiredState:
    desired = desired_of(LAN, NetworkSpec())
    for project in projects:
        desired |= desired_of(share_key(LAN, project), RbacPolicySpec(LAN, project))
    return desired


def share(bench: Bench, network: str, project: str, action: str = "access_as_shared") -> str:
    body = {"object_type": "network", "object_id": network, "action": action, "target_tenant": project}
    made: str = bench.send("POST", "network", RBAC_POLICIES.path, {"rbac_policy": body})["rbac_policy"]["id"]
    return made


@pytest.mark.essential
def test_the_other_project_may_use_the_network_until_git_no_longer_shares_it(bench: Bench, other: Bench) -> None:
    partner = other.driver.project_id
    network = bench.converge(shared_with(partner)).observed[LAN].id
    assert other.send("GET", "network", f"/v2.0/networks/{network}")["network"]["shared"] is True
    bench.converge(shared_with())
    assert other.send("GET", "network", f"/v2.0/networks/{network}")["network"]["shared"] is False


def test_another_project_in_git_is_another_policy_and_the_new_one_comes_as_the_old_one_goes(bench: Bench) -> None:
    bench.converge(shared_with(PARTNER))
    steps = plan_of(shared_with(OTHER_PARTNER), bench.observe()).steps
    assert {*steps} == {(Action.DELETE, share_key(LAN, PARTNER)), (Action.CREATE, share_key(LAN, OTHER_PARTNER))}
    assert share_key(LAN, OTHER_PARTNER) in bench.converge(shared_with(OTHER_PARTNER)).observed


def test_whom_someone_let_in_manually_is_drift_also_for_who_knows_of_no_share(bench: Bench) -> None:
    network = bench.converge(shared_with()).observed[LAN].id
    share(bench, network, PARTNER)
    assert not plan_of(shared_with(), bench.driver.observe()).steps
    # As the first pass after a start is, and one every now and then: what a crash left behind is found by it.
    world = bench.driver.observe(complete=True)
    assert {*plan_of(shared_with(), world).steps} == {(Action.DELETE, share_key(LAN, PARTNER))}


def test_a_network_that_is_shared_with_its_own_project_is_shared_with_no_other_one(bench: Bench) -> None:
    """Neutron says that it is ``shared`` then, to who is of that project."""
    bench.observe()
    desired = shared_with(bench.driver.project_id)
    observed = bench.converge(desired).observed
    assert bench.send("GET", "network", f"/v2.0/networks/{observed[LAN].id}")["network"]["shared"] is True
    assert observed[LAN].spec == desired[LAN].spec
    bench.converge(shared_with())
    assert share_key(LAN, bench.driver.project_id) not in bench.driver.observe(complete=True).observed


def test_what_is_no_id_of_a_project_is_refused(bench: Bench) -> None:
    network = bench.converge(shared_with()).observed[LAN].id
    body = {"object_type": "network", "object_id": network, "action": "access_as_shared", "target_tenant": "partner"}
    answer = bench.out_of_band.request("POST", "network", RBAC_POLICIES.path, body={"rbac_policy": body})
    assert (answer.status_code, "is not a valid target project ID" in answer.text) == (400, True)


def test_one_that_is_gone_is_made_again(bench: Bench) -> None:
    old = bench.converge(shared_with(PARTNER)).observed[share_key(LAN, PARTNER)].id
    bench.send("DELETE", "network", f"{RBAC_POLICIES.path}/{old}")
    assert bench.converge(shared_with(PARTNER)).observed[share_key(LAN, PARTNER)].id != old


def test_what_others_share_with_whom_is_left_alone(bench: Bench) -> None:
    bench.converge(shared_with(PARTNER))
    theirs = bench.send("POST", "network", "/v2.0/networks", {"network": {"name": "theirs"}})["network"]["id"]
    try:
        policy = share(bench, theirs, PARTNER)
        assert not plan_of(shared_with(PARTNER), bench.driver.observe(complete=True)).steps
        bench.converge({})
        assert bench.send("GET", "network", f"{RBAC_POLICIES.path}/{policy}")["rbac_policy"]["object_id"] == theirs
    finally:
        bench.send("DELETE", "network", f"/v2.0/networks/{theirs}")


@pytest.fixture
def guest(bench: Bench, other: Bench) -> Iterator[str]:
    """The id of a port of another project on the network that is shared with it."""
    network = bench.converge(shared_with(other.driver.project_id)).observed[LAN].id
    port: str = other.send("POST", "network", "/v2.0/ports", {"port": {"network_id": network}})["port"]["id"]
    yield port
    other.send("DELETE", "network", f"/v2.0/ports/{port}")
    bench.converge({})


@pytest.mark.usefixtures("guest")
def test_who_has_ports_on_the_network_keeps_it_and_the_step_says_so(bench: Bench, other: Bench) -> None:
    observed = bench.observe().observed[share_key(LAN, other.driver.project_id)]
    with pytest.raises(StepFailed, match="because other objects depend on it") as failed:
        bench.delete(observed.key)
    assert not failed.value.terminal


def test_a_network_takes_its_policies_along(bench: Bench) -> None:
    bench.converge(shared_with(PARTNER, OTHER_PARTNER))
    assert bench.converge({}).observed == {}
    assert share_key(LAN, PARTNER) not in bench.driver.observe(complete=True).observed
