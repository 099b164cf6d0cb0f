"""Marks are text that anyone may write: what has one and is another project's is not managed, whatever it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from reconciler.model import Action, Desired, Key, TargetUnknown, World
from reconciler.targets.openstack.kinds import KINDS
from reconciler.targets.openstack.kinds.marks import description
from reconciler.targets.openstack.kinds.network import NetworkSpec
from reconciler.targets.openstack.kinds.users import SERVERS
from reconciler.targets.openstack.kinds.volume import VOLUMES
from reconciler.targets.openstack.observing.worlds import world_of
from reconciler.targets.rest import Listing
from tests.conformance.bench import Bench, desired_of
from tests.conformance.samples import DEBIAN, LAN, LAN4, NETWORK, SAMPLES, SMALL
from tests.plan_of import plan_of

STRANGER = "an id that is no project's"
BY_PART = {kind.name for kind in KINDS if kind.by_part}
WITHOUT_PROJECT = {kind.name for kind in KINDS if not kind.listing.project}


def samples(*, by_admin: bool) -> Mapping[Key, Desired]:
    return {
        key: desired
        for sample in SAMPLES.values()
        if sample.by_admin is by_admin
        for key, desired in desired_of(sample.key, sample.spec).items()
    }


def test_every_kind_says_whose_a_thing_is_or_why_no_one_else_could_have_made_it() -> None:
    assert {"keypair", "fitting-flavor"} == WITHOUT_PROJECT
    assert {name for name, sample in SAMPLES.items() if not sample.marked} == BY_PART


@pytest.mark.parametrize(
    "by_admin", [pytest.param(False, id="a member's", marks=pytest.mark.essential), pytest.param(True, id="an admin's")]
)
def test_of_all_kinds_nothing_is_managed_that_another_project_has(bench: Bench, other: Bench, by_admin: bool) -> None:
    """The same listings read by someone of another project, as if a cloud had shown them all of it."""
    maker = other if by_admin else bench
    desired = samples(by_admin=by_admin)
    managed = maker.converge(desired).observed
    found = maker.driver.survey()
    world = world_of(maker.target.name, maker.owner, STRANGER, found.items, found.lacking)
    assert world.observed == {}
    claimed = {one.key for one in world.foreign}
    assert claimed == {key for key in managed if key.kind not in BY_PART | WITHOUT_PROJECT}
    assert {one.project for one in world.foreign} == {maker.driver.project_id}
    ids = {one.id for one in managed.values() if one.key.kind not in WITHOUT_PROJECT}
    assert ids.isdisjoint(one for known in world.existing.values() for one in known)


def test_what_does_not_say_whose_it_is_is_never_taken_for_another_actor_s_and_made_again(bench: Bench) -> None:
    """A policy may hide it: of Cinder's volumes, which lists none but those of the login's project; else unmanaged."""
    managed = bench.converge(samples(by_admin=False)).observed
    found = bench.driver.survey()
    project = bench.driver.project_id

    def observe(hidden: Listing) -> World:
        items = {**found.items, hidden: [without(item, hidden.project) for item in found.items[hidden]]}
        return world_of(bench.target.name, bench.owner, project, items, found.lacking)

    hiding = {kind.listing for kind in KINDS if kind.name in {key.kind for key in managed} - WITHOUT_PROJECT - BY_PART}
    assert {VOLUMES, SERVERS} <= hiding
    for listing in hiding - {VOLUMES}:
        with pytest.raises(TargetUnknown, match=f"lack what the API promises .no '{listing.project}'"):
            observe(listing)
    world = observe(VOLUMES)
    assert (world.observed, world.foreign) == (managed, ())


def without(item: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {field: value for field, value in item.items() if field != name}


def test_an_admin_s_magi_leaves_alone_what_a_member_s_has_made_for_the_same_owner(bench: Bench, other: Bench) -> None:
    desired = samples(by_admin=False)
    managed = bench.converge(desired).observed
    world = other.observe()
    assert world.observed == {}
    assert {one.key.kind for one in world.foreign} >= {"network", "software-image"}
    assert plan_of({}, world).steps == {}
    steps = plan_of(desired_of(LAN4, SAMPLES["subnet"].spec), world).steps
    assert set(steps) == {(Action.CREATE, LAN), (Action.CREATE, LAN4)}
    other.converge(desired_of(LAN4, SAMPLES["subnet"].spec))
    other.converge({})
    assert bench.observe().observed.keys() == managed.keys()


@pytest.fixture
def given(bench: Bench, other: Bench) -> Iterator[str]:
    """The id of a network that another project has made, marked like one of Magi, and then shared with its project."""
    bench.observe()
    network = _made(other, "POST", "/v2.0/networks", {"network": {"name": LAN.name}})["network"]["id"]
    rbac = {
        "object_type": "network",
        "object_id": network,
        "action": "access_as_shared",
        "target_tenant": bench.driver.project_id,
    }
    try:
        _made(other, "POST", "/v2.0/rbac-policies", {"rbac_policy": rbac})
        mark = {"network": {"description": description(bench.owner, LAN.name)}}
        _made(other, "PUT", f"/v2.0/networks/{network}", mark)
        yield network
    finally:
        _made(other, "DELETE", f"/v2.0/networks/{network}")


def _made(who: Bench, method: str, path: str, body: Any = None) -> Any:
    return who.send(method, "network", path, body)


@pytest.mark.essential
def test_a_network_that_is_shared_with_us_with_the_owner_mark_blocks_nothing_and_is_reported(
    bench: Bench, given: str
) -> None:
    """It is older than that of Magi, which would be the duplicate."""
    desired = desired_of(LAN4, SAMPLES["subnet"].spec)
    world = bench.converge(desired)
    assert world.observed[LAN].id != given
    assert [(one.key, one.id) for one in world.foreign] == [(LAN, given)]
    assert plan_of(desired, world).foreign == world.foreign
    assert given not in {one for ids in world.existing.values() for one in ids}
    changed = desired_of(LAN4, SAMPLES["subnet"].spec) | {LAN: replace(desired[LAN], spec=replace(NETWORK, mtu=1300))}
    assert bench.converge(changed).observed[LAN].id == world.observed[LAN].id
    assert bench.converge({}).observed == {}
    shown = bench.send("GET", "network", f"/v2.0/networks/{given}")["network"]
    assert (shown["shared"], shown["mtu"] != 1300) == (True, True)


def test_by_name_the_own_one_is_meant_before_a_shared_one_and_of_two_alike_none(bench: Bench, other: Bench) -> None:
    name = f"twice-{bench.owner}"
    key = Key(bench.target.name, "existing-network", name)
    shared = [_made(other, "POST", "/v2.0/networks", {"network": {"name": name, "shared": True}}) for _ in range(2)]
    try:
        assert set(bench.observe().existing[key]) == {one["network"]["id"] for one in shared}
        own = _made(bench, "POST", "/v2.0/networks", {"network": {"name": name}})["network"]["id"]
        assert bench.observe().existing[key] == (own,)
        _made(bench, "DELETE", f"/v2.0/networks/{own}")
    finally:
        for one in shared:
            _made(other, "DELETE", f"/v2.0/networks/{one['network']['id']}")


def test_an_admin_does_not_mean_by_name_what_another_project_keeps_to_itself(bench: Bench, other: Bench) -> None:
    name = f"own-{bench.owner}"
    network = _made(bench, "POST", "/v2.0/networks", {"network": {"name": name}})["network"]["id"]
    try:
        assert Key(bench.target.name, "existing-network", name) not in other.observe().existing
        assert {SMALL, DEBIAN} <= other.observe().existing.keys()
    finally:
        _made(bench, "DELETE", f"/v2.0/networks/{network}")


def test_a_network_that_we_share_ourselves_is_still_managed(other: Bench) -> None:
    desired = desired_of(LAN, NetworkSpec(shared=True))
    world = other.converge(desired)
    assert (set(world.observed), world.foreign) == ({LAN}, ())
