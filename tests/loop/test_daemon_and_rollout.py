"""A set of services goes out over several VIMs, each with a loop of its own: none runs ahead of its wave."""

from __future__ import annotations

from reconciler.model import ServiceStatus
from tests.loop.follower import Follower, vim
from tests.waiting import eventually

SET = """\
apiVersion: magi/v1alpha1
kind: NetworkServiceSet
metadata: {{name: edge}}
spec:
  generator: {{vims: {{}}}}
  rollout: {{canary: [edge-lyon]}}
  template:
    metadata: {{name: "edge-{{{{ vim.name }}}}"}}
    spec:
      vim: "{{{{ vim.name }}}}"
      virtualLinks: [{{name: lan, cidr: 10.1.0.0/24, mtu: {0}}}]
"""
VIMS = vim("paris") | vim("lyon")


def fleet(mtu: int) -> dict[str, str]:
    return {"services/fleet.yaml": SET.format(mtu)}


def told(follower: Follower, vim: str) -> ServiceStatus | None:
    """What the newest pass over a VIM for the commit in force said of its member."""
    revision = follower.daemon.repositories()[0].revision
    found = (report for report in follower.daemon.reports() if (report.target, report.revision) == (vim, revision))
    return next((service for report in found for service in report.services), None)


def waits(follower: Follower) -> bool:
    status = told(follower, "paris")
    return status is not None and status.message.startswith("waits for wave 1 of 2 of set edge: edge-lyon is ")


def all_synced(follower: Follower) -> bool:
    return follower.synced("lyon") and follower.synced("paris")


def test_a_change_reaches_another_vim_only_when_the_canary_is_well(follower: Follower) -> None:
    follower.commit(VIMS | fleet(1400))
    eventually(lambda: all_synced(follower))
    assert (follower.mtus("lyon"), follower.mtus("paris")) == ([1400], [1400])

    follower.fault(cloud="lyon", method="PUT", status=503)
    follower.commit(fleet(1300))
    eventually(lambda: waits(follower))
    assert (follower.mtus("lyon"), follower.mtus("paris")) == ([1400], [1400])

    follower.fault()
    eventually(lambda: all_synced(follower))
    assert (follower.mtus("lyon"), follower.mtus("paris")) == ([1300], [1300])


def test_a_canary_on_a_vim_that_is_not_known_holds_the_others(follower: Follower) -> None:
    follower.fault(cloud="lyon", drop="before")
    follower.commit(VIMS | fleet(1400))
    eventually(lambda: waits(follower))
    assert follower.networks("paris") == []
    follower.fault()
    eventually(lambda: all_synced(follower))
    assert follower.mtus("paris") == [1400]


def test_a_commit_that_takes_the_change_back_frees_those_that_waited(follower: Follower) -> None:
    follower.commit(VIMS | fleet(1400))
    eventually(lambda: all_synced(follower))
    follower.fault(cloud="lyon", method="PUT", status=400)
    follower.commit(fleet(1300))
    eventually(lambda: waits(follower))
    follower.commit(fleet(1400))
    eventually(lambda: all_synced(follower))
    assert (follower.mtus("lyon"), follower.mtus("paris")) == ([1400], [1400])
