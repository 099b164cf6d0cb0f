"""A secret that is not available: nothing is made without it, nothing is rebuilt because of it, the rest goes on."""

from __future__ import annotations

from dataclasses import replace

from reconciler.model import (
    ApiBudget,
    BlockReason,
    Catalog,
    Circumstances,
    Consent,
    Desired,
    Health,
    Impact,
    Key,
    Observed,
    Opaque,
    Permission,
    Place,
    Plan,
    Policy,
    ServiceInfo,
    State,
    Sync,
    Target,
    World,
)
from reconciler.reporting.status import services_of
from reconciler.review import plan_json, plans_text
from reconciler.targets.openstack.kinds.server import ServerSpec
from tests.plan_of import plan_of

PLACE = Place("service.yaml", 1)
FW = Key("paris", "server", "vcpe/fw/fw-0")
SMALL, LARGE = Key("paris", "flavor", "small"), Key("paris", "flavor", "large")
DEBIAN, UBUNTU = Key("paris", "image", "debian"), Key("paris", "image", "ubuntu")
REASON = "its user data needs secret 'password': environment variable MAGI_SECRET_A is not set"
THERE = ServerSpec(SMALL, DEBIAN, user_data=Opaque.of("password: hunter2"), operate="started")
DESIRED = replace(THERE, user_data=Opaque.unknown(REASON))
ALLOWED = Policy(consent=Consent(Permission.ALLOW, Permission.ALLOW))
EXISTING = {one: (one.name,) for one in (SMALL, LARGE, DEBIAN, UBUNTU)}


def world(there: ServerSpec | None = THERE, state: State = State.READY) -> World:
    observed = {FW: Observed(FW, there, "s-1", state, name=FW.name)} if there else {}
    return World("paris", observed, EXISTING)


def plan(desired: ServerSpec, there: ServerSpec | None = THERE, circumstances: Circumstances | None = None) -> Plan:
    return plan_of({FW: Desired(FW, desired, PLACE)}, world(there), ALLOWED, circumstances=circumstances or QUIET)


QUIET = Circumstances()


def test_what_exists_is_left_as_it_is_and_reported_as_uncompared() -> None:
    found = plan(DESIRED)
    assert not found.steps
    assert found.uncompared == {FW: REASON}


def test_a_server_without_user_data_is_left_as_well() -> None:
    assert not plan(DESIRED, replace(THERE, user_data=None)).steps


def test_nothing_is_made_without_the_secret() -> None:
    (step,) = plan(DESIRED, None).steps.values()
    assert (step.blocked, step.reason) == (BlockReason.MISSING, REASON)
    assert plan(DESIRED, None).uncompared == {}


def test_a_rebuild_and_a_replacement_wait_for_the_secret() -> None:
    for desired in (replace(DESIRED, image=UBUNTU), replace(DESIRED, config_drive=True)):
        assert {(step.blocked, step.reason) for step in plan(desired).steps.values()} == {(BlockReason.MISSING, REASON)}


def test_healing_waits_for_the_secret_where_it_writes_user_data() -> None:
    def blocked(healing_action: Impact) -> set[BlockReason | None]:
        unhealthy = Circumstances(unready={FW: "no answer"}, healing_actions={FW: healing_action})
        return {step.blocked for step in plan(DESIRED, circumstances=unhealthy).steps.values()}

    assert blocked(Impact.REBUILD) == blocked(Impact.REPLACE) == {BlockReason.MISSING}
    assert blocked(Impact.REBOOT) == {None}


def test_other_changes_go_on() -> None:
    (step,) = plan(replace(DESIRED, flavor=LARGE, metadata=(("role", "fw"),))).steps.values()
    assert step.blocked is None
    assert {change.field for change in step.changes} == {"flavor", "metadata"}


def test_the_same_secret_again_is_no_change_and_another_one_a_rebuild() -> None:
    assert not plan(THERE).steps
    (step,) = plan(replace(THERE, user_data=Opaque.of("password: other"))).steps.values()
    assert step.impact is Impact.REBUILD


def test_the_plan_says_what_it_could_not_compare() -> None:
    found = plan(DESIRED)
    assert [line.text for line in plans_text([found])] == [
        "network service vcpe",
        "  VIM paris",
        f"    not compared: server vcpe/fw/fw-0: {REASON}",
    ]
    assert plan_json(found)["notCompared"] == [{"kind": "server", "name": "vcpe/fw/fw-0", "reason": REASON}]


def test_the_sync_of_its_service_is_not_known() -> None:
    paris = Target("paris", "openstack", "paris", (), (), ApiBudget(), PLACE)
    desired = {"paris": {FW: Desired(FW, DESIRED, PLACE)}}
    catalog = Catalog({"paris": paris}, desired, {"vcpe": ServiceInfo("vcpe", PLACE, ("paris",))})
    (status,) = services_of(catalog, world(), plan(DESIRED), ())
    assert (status.sync, status.health) == (Sync.UNKNOWN, Health.HEALTHY)
    assert status.message == f"server vcpe/fw/fw-0 is not compared: {REASON}"
