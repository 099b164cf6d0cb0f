"""What the driver adds to a listing and to a request: belief, patience, and never sending a write twice."""

from __future__ import annotations

from typing import Any, cast

import pytest

from reconciler.applying import apply
from reconciler.model import (
    Action,
    ConfigError,
    Desired,
    Key,
    Observed,
    Place,
    Plan,
    Result,
    Spec,
    Step,
    StepFailed,
    TargetUnknown,
)
from reconciler.targets.openstack.kinds.existing import IMAGES
from reconciler.targets.openstack.kinds.network import NETWORKS, NetworkSpec
from reconciler.targets.openstack.kinds.port import PORTS
from reconciler.targets.openstack.kinds.security_group import SecurityGroupSpec
from reconciler.targets.openstack.kinds.security_group_rule import SecurityGroupRuleSpec, rule_key
from reconciler.targets.openstack.kinds.volume import VolumeSpec
from reconciler.targets.openstack.observing.worlds import LISTINGS, missing_of, world_of
from reconciler.targets.openstack.session.listing import Marks, NotOffered, Pages
from reconciler.targets.rest import Listing
from tests.conformance.samples import PROJECT
from tests.drivers.clouds import OTHERS, Vim
from tests.plan_of import plan_of

LAN = Key("paris", "network", "svc/lan")
MANY = 120


def create(key: Key = LAN, spec: Spec | None = None) -> Step:
    return Step(Action.CREATE, key, Desired(key, spec or NetworkSpec(), Place("a.yaml", 1)))


def fill(vim: Vim, count: int = MANY) -> None:
    caller = vim.caller()
    for number in range(count):
        caller.make("network", name=f"svc/n{number}", description=f"magi:test svc/n{number}")


def empty(vim: Vim, count: int = MANY) -> None:
    caller = vim.caller()
    for network in caller.network("GET", "networks?shared=false&router:external=false")["networks"][:count]:
        assert caller.network("DELETE", f"networks/{network['id']}").status == 204


def test_a_create_answers_with_the_new_id(vim: Vim) -> None:
    driver = vim.driver()
    done = driver.carry_out(create(), {})
    assert driver.observe().observed[LAN].id == done.id


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_write_that_failed_is_never_sent_again(vim: Vim, status: int) -> None:
    vim.fault(method="POST", service="network", status=status)
    with pytest.raises(StepFailed) as failed:
        vim.driver().carry_out(create(), {})
    assert not failed.value.terminal
    assert vim.served("POST", "/v2.0/networks") == [status]


@pytest.mark.parametrize(("when", "made"), [("before", 0), ("after", 1)])
def test_a_write_whose_answer_is_lost_is_never_sent_again(vim: Vim, when: str, made: int) -> None:
    vim.fault(method="POST", service="network", drop=when)
    with pytest.raises(StepFailed, match="no answer"):
        vim.driver().carry_out(create(), {})
    assert vim.served("POST", "/v2.0/networks") == [0]
    vim.fault()
    assert len(vim.driver().observe().observed) == made


def test_a_reply_that_is_not_the_api_fails_the_step(vim: Vim) -> None:
    vim.fault(method="POST", service="network", garbage=True)
    with pytest.raises(StepFailed, match="is not what its API promises"):
        vim.driver().carry_out(create(), {})


def test_one_list_that_fails_makes_the_whole_target_unknown(vim: Vim) -> None:
    fill(vim, 2)
    for service in ("network", "compute", "image"):
        vim.fault(service=service, method="GET", status=500)
        with pytest.raises(TargetUnknown, match="can't be observed"):
            vim.driver().observe()


def test_a_service_that_may_not_be_listed_is_an_error_of_the_configuration(vim: Vim) -> None:
    vim.fault(service="image", status=403)
    with pytest.raises(ConfigError, match="VIM paris forbids listing /v2/images"):
        vim.driver().observe()


@pytest.mark.parametrize(
    "item", [{"id": "1", "project_id": PROJECT}, {"name": "n"}, None, {"id": "1", "description": 7}]
)
def test_an_item_that_lacks_what_the_api_promises_makes_the_target_unknown(item: Any) -> None:
    with pytest.raises(TargetUnknown, match="its answers lack what the API promises"):
        world_of("paris", "test", PROJECT, {listing: [item] if listing is NETWORKS else [] for listing in LISTINGS})


@pytest.mark.parametrize(
    ("field", "value", "reported"),
    [
        ("mtu", [1500], "mtu of network 1 is [1500]"),
        ("mtu", True, "mtu of network 1 is True"),
        ("mtu", 10.5, "mtu of network 1 is 10.5"),
        ("dns_domain", {"a": 1}, "dns_domain of network 1 is {'a': 1}"),
        ("admin_state_up", "yes", "admin_state_up of network 1 is 'yes'"),
        ("revision_number", "3", "revision_number of network 1 is '3'"),
        ("name", 5, "name of network 1 is 5"),
        ("qos_policy_id", [], None),
        ("mtu", None, None),
    ],
)
def test_a_field_of_another_type_than_the_api_promises_makes_the_target_unknown(
    field: str, value: Any, reported: str | None
) -> None:
    item = {"id": "1", "description": "magi:test svc/lan", "admin_state_up": True, "name": "n", "project_id": PROJECT}
    items = {listing: [item | {field: value}] if listing is NETWORKS else [] for listing in LISTINGS}
    if reported is None:
        assert list(world_of("paris", "test", PROJECT, items).observed) == [LAN]
        return
    with pytest.raises(TargetUnknown) as failed:
        world_of("paris", "test", PROJECT, items)
    assert f"its answers lack what the API promises ({reported})" in failed.value.message


def test_a_port_without_a_network_makes_the_target_unknown() -> None:
    port: dict[str, Any] = {
        "id": "1",
        "description": "magi:test svc/eth0",
        "project_id": PROJECT,
        "device_owner": "",
        "device_id": "",
    }
    port |= {"network_id": None, "fixed_ips": [], "mac_address": "", "admin_state_up": True, "name": ""}
    with pytest.raises(TargetUnknown, match="no existing-network where there must be one"):
        world_of("paris", "test", PROJECT, {listing: [port] if listing is PORTS else [] for listing in LISTINGS})


def test_a_name_that_is_no_id_makes_the_target_unknown() -> None:
    port = {"id": "1", "project_id": PROJECT, "network_id": 7, "device_owner": "", "device_id": "", "fixed_ips": []}
    with pytest.raises(TargetUnknown, match="port 1 names 7 as an id"):
        missing_of("paris", {PORTS: [port], NETWORKS: []})


def test_an_image_without_a_name_is_left_out_of_what_can_be_named() -> None:
    fields = {"status": "active", "visibility": "public", "owner": "someone"}
    images = [{"id": "1", "name": None, **fields}, {"id": "2", "name": "debian", **fields}]
    world = world_of("paris", "test", PROJECT, {listing: images if listing is IMAGES else [] for listing in LISTINGS})
    assert world.existing == {Key("paris", "image", "debian"): ("2",)}
    desired = Key("paris", "volume", "svc/root")
    missing = Desired(desired, VolumeSpec(1, image=Key("paris", "image", "nowhere")), Place("service.yaml", 1))
    (step,) = plan_of({desired: missing}, world).steps.values()
    assert "there are: debian" in step.reason


def test_an_item_that_is_on_two_pages_is_one() -> None:
    fields = {"admin_state_up": True, "mtu": 1500, "name": "n", "project_id": PROJECT}
    own = {"id": "1", "description": "magi:test svc/lan", **fields}
    theirs = {"id": "2", "description": "", **fields}
    world = world_of(
        "paris", "test", PROJECT, {listing: [own, theirs] * 2 if listing is NETWORKS else [] for listing in LISTINGS}
    )
    assert list(world.observed) == [LAN]
    assert world.existing == {Key("paris", "existing-network", "n"): ("2",)}


def test_a_name_that_is_there_twice_keeps_both_ids() -> None:
    fields = {"admin_state_up": True, "name": "n", "description": "", "project_id": PROJECT}
    items = [{"id": number, **fields} for number in "12"]
    world = world_of("paris", "test", PROJECT, {listing: items if listing is NETWORKS else [] for listing in LISTINGS})
    assert world.existing[Key("paris", "existing-network", "n")] == ("1", "2")


@pytest.mark.parametrize("left", [0, 30], ids=["an empty list", "a cut list"])
def test_what_is_suddenly_gone_is_believed_at_the_third_observation(vim: Vim, left: int) -> None:
    fill(vim)
    driver = vim.driver()
    assert len(driver.observe().observed) == MANY
    empty(vim, MANY - left)
    for _ in range(2):
        with pytest.raises(TargetUnknown, match=f"lists {left} of {MANY} networks that existed there"):
            driver.observe()
    assert len(driver.observe().observed) == left
    assert len(driver.observe().observed) == left


@pytest.mark.parametrize("count", [1, 20, MANY])
def test_one_empty_answer_is_asked_again_before_anything_is_believed(
    vim: Vim, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(vim, count)
    driver = vim.driver()
    driver.observe()
    answers: list[Any] = []
    pages = driver._pages

    def empty_once(listing: Listing, before: Marks) -> Pages | NotOffered:
        found = pages(listing, before)
        if listing is not NETWORKS:
            return found
        answers.append(found if answers else Pages(listing, "paris", (), ()))
        return cast("Pages | NotOffered", answers[-1])

    monkeypatch.setattr(driver, "_pages", empty_once)
    assert len(driver.observe().observed) == count
    assert [len(one.items()) for one in answers] == [0, count + OTHERS]
    driver.observe()
    assert len(answers) == 3, "nothing is asked twice where nothing is gone"


def test_what_is_back_at_the_next_observation_was_never_gone(vim: Vim) -> None:
    fill(vim)
    driver = vim.driver()
    driver.observe()
    networks = vim.simulator.clouds["paris"].network.networks
    hidden = [dict(network) for network in networks if network["description"].startswith("magi:")]
    for network in hidden:
        networks.put({**network, "description": ""})
    with pytest.raises(TargetUnknown):
        driver.observe()
    for network in hidden:
        networks.put(network)
    assert len(driver.observe().observed) == MANY


def test_what_was_deleted_by_us_is_not_missed(vim: Vim) -> None:
    fill(vim)
    driver = vim.driver()
    for key, observed in driver.observe().observed.items():
        driver.carry_out(Step(Action.DELETE, key, observed=observed), {})
    assert driver.observe().observed == {}


def test_a_few_that_are_gone_are_believed_at_once(vim: Vim) -> None:
    fill(vim, 20)
    driver = vim.driver()
    driver.observe()
    empty(vim, 20)
    assert driver.observe().observed == {}


def test_a_refusal_is_reported_in_the_cloud_s_words(vim: Vim) -> None:
    vim.settings(network_quotas={"network": 0})
    with pytest.raises(StepFailed, match=r"409: Quota exceeded .* \(raise the quota or ask for less\)") as failed:
        vim.driver().carry_out(create(), {})
    assert failed.value.terminal


def test_a_cloud_without_stateless_groups_is_not_asked_for_stateful_ones(vim: Vim) -> None:
    vim.settings(disabled_extensions=["stateful-security-group"])
    key = Key("paris", "security-group", "svc/fw")
    driver = vim.driver()
    driver.carry_out(create(key, SecurityGroupSpec()), {})
    assert driver.observe().observed[key].spec == SecurityGroupSpec()
    with pytest.raises(StepFailed, match="stateful"):
        driver.carry_out(create(Key("paris", "security-group", "svc/fx"), SecurityGroupSpec(stateful=False)), {})


def test_deleting_what_is_gone_is_a_claim_of_the_cloud_that_an_observation_has_to_confirm(vim: Vim) -> None:
    gone = Observed(LAN, NetworkSpec(), "00000000-0000-0000-0000-000000000000")
    step, driver = Step(Action.DELETE, LAN, observed=gone), vim.driver()
    done = driver.carry_out(step, {})
    assert done.claim.startswith("404: Network 00000000-0000-0000-0000-000000000000 could not be found")
    with pytest.raises(StepFailed, match=r"refuses it as done already \(404: .*\), which no observation shows"):
        driver.carry_out(step, {})
    assert driver.carry_out(step, {}).claim, "every second one is a failure, which is tried less and less often"
    assert driver.observe().observed == {}
    assert driver.carry_out(step, {}).claim
    assert vim.served("DELETE", "/v2.0/networks/{id}") == [404, 404, 404, 404]


def test_a_claim_keeps_back_what_waits_for_it_until_the_next_observation(vim: Vim) -> None:
    gone = Observed(LAN, NetworkSpec(), "00000000-0000-0000-0000-000000000000")
    first, then = Step(Action.DELETE, LAN, observed=gone), create(Key("paris", "network", "svc/new"))
    plan = Plan("paris", {first.id: first, then.id: then}, {first.id: frozenset(), then.id: frozenset({first.id})})
    outcomes = {one.step.id: one for one in apply(plan, vim.driver().observe(), vim.driver(), workers=1)}
    assert (outcomes[first.id].result, outcomes[first.id].again) == (Result.PENDING, True)
    assert "the next observation shows" in outcomes[first.id].reason
    assert outcomes[then.id].result is Result.SKIPPED


def test_a_conflict_for_want_of_quota_is_never_taken_for_something_that_is_there(vim: Vim) -> None:
    driver, group = vim.driver(), Key("paris", "security-group", "svc/fw")
    driver.carry_out(create(group, SecurityGroupSpec()), {})
    ids = {group: driver.observe().observed[group].id}
    rule = SecurityGroupRuleSpec(group, "ingress", "IPv4", "tcp", 22, 22)
    step = create(rule_key(rule), rule)
    vim.settings(network_quotas={"security_group_rule": 0})
    with pytest.raises(StepFailed, match="409: Quota exceeded"):
        driver.carry_out(step, ids)
    vim.settings(network_quotas={})
    assert driver.carry_out(step, ids).id
    assert driver.carry_out(step, ids).claim.startswith("409: Security group rule already exists")
