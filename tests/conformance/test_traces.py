"""Who did what to a resource, as the cloud remembers it."""

from __future__ import annotations

import time

from reconciler.model import Key
from reconciler.targets.openstack.kinds.server import ServerSpec
from reconciler.targets.openstack.observing.history import THIS_LOGIN
from tests.conformance.bench import Bench
from tests.conformance.samples import DEBIAN, LAN, NETWORK, SMALL, TARGET

VM = Key(TARGET, "server", "fw/fw-7")


def test_the_cloud_shows_the_last_action_on_a_server_and_its_user(bench: Bench) -> None:
    there = bench.deploy(VM, ServerSpec(SMALL, DEBIAN))
    made = bench.driver.trace([there])[VM]
    assert (made.who, made.what) == (THIS_LOGIN, "create")
    assert abs(made.at - time.time()) < 3600
    bench.send("POST", "compute", f"/servers/{there.id}/action", {"os-stop": None})
    assert bench.driver.trace([there])[VM].what == "stop"


def test_the_cloud_shows_when_a_network_was_changed(bench: Bench) -> None:
    there = bench.deploy(LAN, NETWORK)
    before = bench.driver.trace([there])[LAN]
    bench.send("PUT", "network", f"/v2.0/networks/{there.id}", {"network": {"name": "mine"}})
    after = bench.driver.trace([there])[LAN]
    assert after.at >= before.at
    assert (before.what, after.what) == (
        f"revision_number {there.revision_number}",
        f"revision_number {(there.revision_number or 0) + 1}",
    )
