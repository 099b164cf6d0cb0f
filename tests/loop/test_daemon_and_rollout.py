"""A set of services goes out over several VIMs, each with a loop of its own: none runs ahead of its wave."""

from __future__ import annotations

from reconciler.model import ServiceStatus
from tests.loop.follower import Follower, service, vim
from tests.waiting import eventually

SET = """\
apiVersion: magi/v1alpha1
kind: NetworkServiceSet
metadata: {{name: edge}}
spec:
  generator: {{vims: {{}}}}
  rollout: {{canary: ["{1}-lyon"], waveSize: 1}}
  template:
    metadata: {{name: "{1}-{{{{ vim.name }}}}"}}
    spec:
      vim: "{{{{ vim.name }}}}"
      virtualLinks: [{{name: lan, cidr: 10.1.0.0/24, mtu: {0}}}]
"""
ROWS = """\
apiVersion: magi/v1alpha1
kind: NetworkServiceSet
metadata: {{name: rows}}
spec:
  generator: {{list: [{0}]}}
  rollout: {{}}
  template:
    metadata: {{name: "{{{{ row.name }}}}"}}
    spec:
      vim: "{{{{ row.vim }}}}"
      virtualLinks: [{{name: lan, cidr: 10.1.0.0/24, mtu: {1}}}]
"""
VIMS = vim("paris") | vim("lyon")


def fleet(mtu: int, prefix: str = "edge") -> dict[str, str]:
    return {"services/fleet.yaml": SET.format(mtu, prefix)}


def reported(follower: Follower, vim: str) -> ServiceStatus | None:
    """What the newest pass over a VIM for the commit in force said of its member."""
    commit = follower.daemon.repositories()[0].commit
    found = (report for report in follower.daemon.reports() if (report.target, report.commit) == (vim, commit))
    return next((service for report in found for service in report.services), None)


def rows(*vims: str, mtu: int = 1400) -> dict[str, str]:
    """A set with a member on each of these VIMs, row-0 and so on."""
    made = ", ".join(f"{{name: row-{number}, vim: {vim}}}" for number, vim in enumerate(vims))
    return {"services/rows.yaml": ROWS.format(made, mtu)}


def names(follower: Follower, vim: str) -> list[str]:
    """The services whose network exists."""
    return sorted(network["name"].partition("/")[0] for network in follower.networks(vim))


def said(follower: Follower, vim: str, service: str) -> str:
    """What the newest pass over a VIM for the commit in force says of a service."""
    commit = follower.daemon.repositories()[0].commit
    found = (report for report in follower.daemon.reports() if (report.target, report.commit) == (vim, commit))
    return next((status.message for report in found for status in report.services if status.name == service), "")


def stays(follower: Follower, service: str) -> bool:
    """Whether a service on paris that left Git waits for the members of the set."""
    return said(follower, "paris", service).startswith("no service is removed before the rollout is through: ")


def waits(follower: Follower) -> bool:
    status = reported(follower, "paris")
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


def test_a_canary_on_a_vim_that_is_not_known_blocks_the_others(follower: Follower) -> None:
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


def test_a_renamed_set_keeps_its_old_members_until_all_new_ones_are_well(follower: Follower) -> None:
    follower.commit(VIMS | fleet(1400))
    eventually(lambda: all_synced(follower))
    follower.fault(cloud="lyon", method="POST", route="/v2.0/networks", status=503)
    follower.commit(fleet(1400, "site"))
    eventually(lambda: stays(follower, "edge-paris"))
    assert (names(follower, "lyon"), names(follower, "paris")) == (["edge-lyon"], ["edge-paris"])

    follower.daemon.stop()
    again = Follower(follower.work, follower.simulator, follower.clouds_file, follower.folder, follower.ending)
    again.daemon.follow()
    eventually(lambda: stays(again, "edge-paris"))
    assert (names(again, "lyon"), names(again, "paris")) == (["edge-lyon"], ["edge-paris"])

    again.fault()
    eventually(lambda: all_synced(again))
    assert (names(again, "lyon"), names(again, "paris")) == (["site-lyon"], ["site-paris"])
    written = [
        entry["method"]
        for entry in again.simulator.log()
        if entry["route"].startswith("/v2.0/networks") and entry["method"] != "GET" and entry["status"] < 300
    ]
    assert written[-4:] == ["POST", "POST", "DELETE", "DELETE"]


def test_a_set_that_is_gone_as_a_whole_stays_until_that_is_approved(follower: Follower) -> None:
    follower.commit(VIMS | fleet(1400, "site") | service("paris"))
    eventually(lambda: all_synced(follower))
    follower.remove("services/fleet.yaml")
    eventually(lambda: all("maxRemovedPercent: 50" in said(follower, vim, f"site-{vim}") for vim in ("lyon", "paris")))
    assert names(follower, "lyon") == ["site-lyon"]


def test_a_row_that_is_taken_away_goes_when_all_is_well(follower: Follower) -> None:
    follower.commit(VIMS | rows("lyon", "paris", "paris"))
    eventually(lambda: all_synced(follower))
    follower.fault(cloud="lyon", method="PUT", status=503)
    follower.commit(rows("lyon", "paris", mtu=1300))
    eventually(lambda: stays(follower, "row-2"))
    assert names(follower, "paris") == ["row-1", "row-2"]
    follower.fault()
    eventually(lambda: all_synced(follower))
    assert names(follower, "paris") == ["row-1"]
    follower.commit(rows("lyon"))
    eventually(lambda: all_synced(follower))
    assert names(follower, "paris") == []


def test_a_vim_that_does_not_answer_keeps_no_service_on_another_one(follower: Follower) -> None:
    follower.fault(cloud="lyon", drop="before")
    follower.commit(
        VIMS | service("paris") | {"other.yaml": service("paris")["services/paris.yaml"].replace("edge", "b")}
    )
    eventually(lambda: names(follower, "paris") == ["b-paris", "edge-paris"])
    follower.daemon.stop()
    again = Follower(follower.work, follower.simulator, follower.clouds_file, follower.folder, follower.ending)
    again.remove("other.yaml")
    eventually(lambda: names(again, "paris") == ["edge-paris"])
