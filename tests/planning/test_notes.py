"""Notes: what a plan says of resources that it does nothing about."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reconciler.model import Circumstances, Desired, Impact, Key, Note, Observed, Place, Plan, State, World
from reconciler.review import plan_json, plans_text
from reconciler.targets.openstack.kinds.image import CURRENT, SUPERSEDED
from reconciler.targets.openstack.kinds.server import ServerSpec
from tests.plan_of import plan_of

FW = Key("paris", "server", "vcpe/fw/fw-0")
SMALL, LARGE, DEBIAN = Key("paris", "flavor", "small"), Key("paris", "flavor", "large"), Key("paris", "image", "debian")
SPEC = ServerSpec(SMALL, DEBIAN, operate="started", image_version=CURRENT, image_id="i-1")
DESIRED = ServerSpec(SMALL, DEBIAN)
OLDER = replace(SPEC, image_version=SUPERSEDED)
QUIET = Circumstances()
KEPT = Note("keeps its image 'debian': the name means a newer one now", degraded=False)


def planned(
    there: ServerSpec = SPEC, desired: ServerSpec = DESIRED, circumstances: Circumstances = QUIET, **observed: Any
) -> Plan:
    found = replace(Observed(FW, there, "s-1", name=FW.name), **observed)
    world = World("paris", {FW: found}, {DEBIAN: ("i-2",), LARGE: ("l",)})
    return plan_of({FW: Desired(FW, desired, Place("s.yaml", 1))}, world, circumstances=circumstances)


def test_what_works_has_none() -> None:
    assert planned().notes == {}


@pytest.mark.parametrize(
    ("observed", "circumstances", "text"),
    [
        ({"state": State.ERROR, "detail": "No valid host"}, QUIET, "is in state error: No valid host"),
        ({"state": State.STOPPED, "detail": "SHUTOFF"}, QUIET, "is in state stopped: SHUTOFF"),
        ({}, Circumstances(unready={FW: "connection refused"}), "fails its probe: connection refused"),
    ],
)
def test_what_is_unhealthy_is_reported_though_there_is_nothing_to_do(
    observed: dict[str, Any], circumstances: Circumstances, text: str
) -> None:
    plan = planned(circumstances=circumstances, **observed)
    assert not plan.steps
    assert plan.notes == {FW: Note(text, degraded=True)}
    lines = [line.text for line in plans_text([plan])]
    assert f"    server vcpe/fw/fw-0 {text}" in lines
    assert not any("nothing to do" in line for line in lines)
    assert plan_json(plan)["notes"] == [{"kind": "server", "name": FW.name, "note": text, "degraded": True}]


def test_what_git_has_stopped_does_not_ail() -> None:
    stopped = replace(SPEC, operate="stopped")
    assert planned(stopped, replace(DESIRED, operate="stopped"), state=State.STOPPED).notes == {}


def test_what_is_only_starting_does_not_ail() -> None:
    assert planned(circumstances=Circumstances(unready={FW: "-"}, starting=frozenset({FW}))).notes == {}


def test_of_what_is_changed_the_plan_says_enough() -> None:
    plan = planned(desired=replace(DESIRED, flavor=LARGE), state=State.STOPPED)
    assert [step.impact for step in plan.steps.values()] == [Impact.RESIZE]
    assert plan.notes == {}


def test_a_newer_image_is_reported_as_long_as_the_server_keeps_its_own() -> None:
    assert planned(OLDER, superseded="image 'debian'").notes == {FW: KEPT}
    assert planned(OLDER, replace(DESIRED, metadata=(("a", "b"),)), superseded="image 'debian'").notes == {FW: KEPT}
    assert planned(OLDER, replace(DESIRED, image_version=CURRENT), superseded="image 'debian'").notes == {}


def test_a_flavor_that_is_gone_is_only_missed_where_it_is_needed() -> None:
    """The flavor 'small' is in none of the listings."""
    (step,) = planned(desired=replace(DESIRED, metadata=(("a", "b"),))).steps.values()
    assert step.blocked is None
    (step,) = planned(replace(SPEC, flavor=LARGE)).steps.values()
    assert step.reason.startswith("flavor 'small' does not exist on VIM paris")
