"""A sync asked of the daemon: which VIMs are observed now, and that what waits is tried again."""

from __future__ import annotations

from reconciler.config import DriftConfig
from tests.loop.follower import LYON, PARIS, Follower
from tests.waiting import eventually


def at_rest(follower: Follower) -> dict[str, float]:
    """Lets both VIMs be observed, and not again for an hour; when each was."""
    follower.commit(PARIS | LYON)
    eventually(lambda: follower.synced("paris") and follower.synced("lyon"))
    for loop in follower.daemon._observations.loops():
        loop.drift = DriftConfig(interval=3600.0, longest=3600.0)
    assert follower.daemon.settle(60)
    follower.daemon.sync()
    eventually(lambda: follower.daemon.settle(1) and all(loop.report for loop in follower.daemon._observations.loops()))
    return started(follower)


def started(follower: Follower) -> dict[str, float]:
    return {report.target: report.started for report in follower.daemon.reports()}


def test_a_vim_is_observed_now_and_no_other(follower: Follower) -> None:
    before = at_rest(follower)
    found = follower.daemon.sync(vim="paris")
    assert (found.repositories, found.vims, found.elsewhere) == (("default",), (("default", "paris"),), ())
    eventually(lambda: started(follower)["paris"] > before["paris"])
    assert started(follower)["lyon"] == before["lyon"]


def test_a_service_means_the_vims_that_it_is_on(follower: Follower) -> None:
    before = at_rest(follower)
    assert follower.daemon.sync(service="edge-lyon").vims == (("default", "lyon"),)
    eventually(lambda: started(follower)["lyon"] > before["lyon"])
    assert follower.daemon.sync(vim="paris", service="edge-lyon").vims == ()


def test_a_name_that_nothing_has_changes_nothing_and_is_answered_with_those_there_are(follower: Follower) -> None:
    before = at_rest(follower)
    found = follower.daemon.sync(vim="pari")
    assert (found.repositories, found.vims, found.known) == ((), (), ("lyon", "paris"))
    assert follower.daemon.sync(service="edge").known == ("edge-lyon", "edge-paris")
    assert follower.daemon.settle(60)
    assert started(follower) == before


def test_what_waits_after_failures_is_tried_again_at_once(follower: Follower) -> None:
    at_rest(follower)
    follower.fault(cloud="paris", drop="before")
    follower.daemon.sync(vim="paris")
    eventually(lambda: follower.error("paris") != "")
    follower.fault()
    follower.daemon.sync()
    eventually(lambda: follower.error("paris") == "")
