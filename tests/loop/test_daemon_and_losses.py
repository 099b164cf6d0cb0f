"""What is lost while nothing may be done about it is reported; what people mean uses up nothing of the objective."""

from __future__ import annotations

import pytest

from reconciler.model import Health, ServiceStatus
from tests.loop.follower import PARIS, VIM, Follower, service
from tests.simulator.callers import Caller
from tests.waiting import eventually

OF = {"service": "edge-paris", "vim": "paris"}
SUSPENDED = {
    "services/paris.yaml": service("paris")["services/paris.yaml"].replace("spec:\n", "spec:\n  suspend: true\n")
}
FROZEN = {
    "policy.yaml": "apiVersion: magi/v1alpha1\nkind: Policy\nmetadata: {name: all}\nspec: {freeze: {vims: [paris]}}\n"
}
SUSPENDED_VIM = {"vims/paris.yaml": VIM.format("paris").replace("cloud: paris", "cloud: paris, suspend: true")}


def lose_network(follower: Follower) -> None:
    """Someone removes the link, with its subnet, manually."""
    caller = Caller(f"{follower.simulator.url}/paris")
    for network in follower.networks():
        caller.network("DELETE", f"networks/{network['id']}")


def newest(follower: Follower) -> ServiceStatus:
    (report,) = follower.daemon.reports()
    (status,) = report.services
    return status


@pytest.mark.parametrize("still", [SUSPENDED, FROZEN, SUSPENDED_VIM], ids=["service", "freeze", "vim"])
def test_what_is_lost_while_git_has_magi_keep_still_is_missing_and_no_failure(
    follower: Follower, still: dict[str, str]
) -> None:
    follower.commit(PARIS)
    eventually(follower.synced)
    eventually(lambda: follower.value("magi_service_ready", **OF) == 1)
    commit = follower.commit(still)
    eventually(lambda: follower.daemon.reports()[0].commit == commit)
    assert newest(follower).health is Health.HEALTHY
    lose_network(follower)
    eventually(lambda: newest(follower).health is Health.MISSING)
    assert newest(follower).message.startswith("network edge-paris/lan is missing: ")
    assert follower.value("magi_service_ready", **OF) == 0
    assert follower.value("magi_service_desired", **OF) == 1
    assert follower.value("magi_service_synced", **OF) == 0
    assert follower.value("magi_service_failing", **OF) == 0


def test_what_the_vim_refuses_to_make_is_degraded_and_fails(follower: Follower) -> None:
    follower.fault(cloud="paris", service="network", method="POST", status=409)
    follower.commit(PARIS)
    eventually(lambda: follower.value("magi_service_failing", **OF) == 1)
    assert newest(follower).health is Health.DEGRADED
    assert follower.value("magi_service_ready", **OF) == 0
    assert follower.value("magi_service_desired", **OF) == 1
    follower.fault()
    eventually(follower.synced)
    eventually(lambda: follower.value("magi_service_failing", **OF) == 0)
    assert follower.value("magi_service_ready", **OF) == 1
