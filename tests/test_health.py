"""What is reported of a service whose server stands still."""

from __future__ import annotations

from reconciler.model import (
    Action,
    ApiBudget,
    Catalog,
    Desired,
    Health,
    Key,
    Observed,
    Outcome,
    Place,
    Plan,
    Result,
    ServiceInfo,
    State,
    Step,
    Target,
    World,
)
from reconciler.reporting.status import services_of
from reconciler.targets.openstack.kinds.flavor import FlavorSpec
from reconciler.targets.openstack.kinds.server import ServerSpec

PLACE = Place("service.yaml", 1)
FW = Key("paris", "server", "vcpe/fw/fw-0")


def health(declared: str | None) -> Health:
    spec = ServerSpec(Key("paris", "flavor", "m1.small"), Key("paris", "image", "debian-12"), operate=declared)
    paris = Target("paris", "openstack", "paris", (), (), ApiBudget(), PLACE)
    desired = {"paris": {FW: Desired(FW, spec, PLACE)}}
    catalog = Catalog({"paris": paris}, desired, {"vcpe": ServiceInfo("vcpe", PLACE, ("paris",))})
    world = World("paris", {FW: Observed(FW, spec, "1", State.STOPPED, detail="SHUTOFF")}, {})
    (status,) = services_of(catalog, world, Plan("paris", {}, {}), ())
    return status.health


def test_a_server_that_stopped_by_itself_is_a_fault() -> None:
    assert health(None) is Health.DEGRADED


def test_a_server_that_is_desired_to_be_stopped_is_healthy() -> None:
    assert health("stopped") is Health.HEALTHY


def test_what_is_left_of_a_service_and_what_is_built_for_it_is_reported_with_it() -> None:
    spec = ServerSpec(Key("paris", "flavor", "m1.small"), Key("paris", "image", "debian-12"))
    paris = Target("paris", "openstack", "paris", (), (), ApiBudget(), PLACE)
    shared = Key("paris", "flavor", "m1.small")
    desired = {"paris": {FW: Desired(FW, spec, PLACE), shared: Desired(shared, FlavorSpec(1, 1, 1), PLACE)}}
    services = {"vcpe": ServiceInfo("vcpe", PLACE, ("paris",), suspended=True)}
    world = World("paris", {FW: Observed(FW, spec, "1", State.BUILDING)}, {})
    step = Step(Action.CREATE, shared)
    outcomes = (Outcome(step, Result.FAILED, "no"),)
    (status,) = services_of(
        Catalog({"paris": paris}, desired, services), world, Plan("paris", {step.id: step}, {}), outcomes
    )
    assert (status.building, status.suspended, status.left) == (True, True, outcomes)
