"""Host names of servers, which an observation can't read: what the cloud is sent, and what it is not asked again."""

from __future__ import annotations

from dataclasses import replace

from reconciler.model import Action, StepId
from reconciler.targets.openstack.kinds.server import HOSTNAME_MICROVERSION
from tests.conformance.bench import Bench, desired_of
from tests.conformance.samples import SAMPLES, SERVER
from tests.plan_of import plan_of

FW = SAMPLES["server"].key
NAMED = replace(SERVER, hostname="edge-0")


def hostname(bench: Bench) -> str:
    """What the instance reads of its name, as anyone of the project may read it."""
    path = f"/servers/{bench.observe().observed[FW].id}"
    answer = bench.out_of_band.request("GET", "compute", path, microversion=HOSTNAME_MICROVERSION)
    return str(answer.json()["server"]["OS-EXT-SRV-ATTR:hostname"])


def test_a_server_has_the_host_name_that_it_was_made_with(bench: Bench) -> None:
    bench.deploy(FW, NAMED)
    assert hostname(bench) == "edge-0"
    painted = replace(NAMED, metadata=(("colour", "red"),))
    bench.converge(desired_of(FW, painted))
    assert not plan_of(desired_of(FW, painted), bench.observe()).steps, "its mark stays when other metadata is written"
    assert hostname(bench) == "edge-0"


def test_without_a_host_name_the_cloud_makes_one(bench: Bench) -> None:
    bench.deploy(FW, SERVER)
    assert hostname(bench)
    plan = plan_of(desired_of(FW, NAMED), bench.observe())
    assert plan.steps.keys() >= {StepId(Action.DELETE, FW), StepId(Action.CREATE, FW)}
