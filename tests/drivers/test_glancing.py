"""Between two observations: whether what is being built still is, for as few requests as may be."""

from __future__ import annotations

import pytest

from reconciler.model import Action, Desired, Key, Observed, Place, Spec, State, Step, World
from reconciler.targets.openstack.driver import OpenStackDriver
from reconciler.targets.openstack.kinds.server import ServerSpec
from reconciler.targets.openstack.kinds.volume import VOLUMES, VolumeSpec
from reconciler.targets.openstack.observing.glancing import stirs, watched
from tests.drivers.clouds import Vim
from tests.simulator.callers import everything_falls_due
from tests.waiting import eventually

SERVER = Key("paris", "server", "svc/fw/fw-0")
VOLUME = Key("paris", "volume", "svc/fw/fw-0/data")
IMAGE, FLAVOR = Key("paris", "image", "debian-12"), Key("paris", "flavor", "m1.small")


def make(vim: Vim, key: Key, spec: Spec, **settings: float) -> None:
    vim.settings(**settings)
    driver = vim.driver()
    world = driver.observe({"volume"})
    ids = {key: found[0] for key, found in world.existing.items()}
    driver.carry_out(Step(Action.CREATE, key, Desired(key, spec, Place("a.yaml", 1))), ids)


def server(vim: Vim, seconds: float) -> None:
    make(vim, SERVER, ServerSpec(FLAVOR, IMAGE), build_seconds=seconds)


def later_stirs(vim: Vim, driver: OpenStackDriver) -> bool:
    """Whether it stirs once what the cloud is at is done; to be asked again, since a build has parts."""
    everything_falls_due(vim.simulator.clouds["paris"])
    return driver.stirs()


def glances(vim: Vim) -> list[tuple[str, str]]:
    return [(one["method"], one["route"]) for one in vim.simulator.log()]


def test_where_nothing_moves_nothing_is_asked_and_nothing_stirs(vim: Vim) -> None:
    driver = vim.driver()
    driver.observe()
    vim.simulator.reset_requests()
    assert not driver.stirs()
    assert glances(vim) == []


def test_while_a_server_builds_one_request_says_so(vim: Vim) -> None:
    server(vim, 3600)
    driver = vim.driver()
    assert driver.observe().observed[SERVER].state is State.BUILDING
    vim.simulator.reset_requests()
    for _ in range(3):
        assert not driver.stirs()
    assert glances(vim) == [("GET", "/v2.1/servers/detail")] * 3


def test_only_what_changed_since_the_observation_is_asked_for(vim: Vim) -> None:
    server(vim, 3600)
    driver = vim.driver()
    driver.observe()
    (listing,) = driver._watched
    (watched,) = driver._watched.values()
    assert (listing.since, watched.may_be_narrowed) == ("changes-since", True)
    assert watched.newest.startswith("20")


def test_a_server_that_is_built_stirs(vim: Vim) -> None:
    server(vim, 3600)
    driver = vim.driver()
    assert driver.observe().observed[SERVER].state is State.BUILDING
    eventually(lambda: later_stirs(vim, driver))
    assert driver.observe().observed[SERVER].state is State.READY
    assert not driver.stirs()


def test_a_server_that_is_gone_stirs(vim: Vim) -> None:
    server(vim, 0)
    driver = vim.driver()
    eventually(lambda: driver.observe().observed[SERVER].ready)
    vim.settings(delete_seconds=3600)
    observed = driver.observe().observed[SERVER]
    driver.carry_out(Step(Action.DELETE, SERVER, observed=observed), {})
    assert driver.observe().observed[SERVER].state is State.DELETING
    assert not driver.stirs()
    eventually(lambda: later_stirs(vim, driver))
    assert SERVER not in driver.observe().observed


def test_a_volume_that_is_made_stirs(vim: Vim) -> None:
    make(vim, VOLUME, VolumeSpec(1), action_seconds=3600)
    driver = vim.driver()
    assert driver.observe({"volume"}).observed[VOLUME].state is State.BUILDING
    eventually(lambda: later_stirs(vim, driver))
    assert driver.observe({"volume"}).observed[VOLUME].state is State.READY


@pytest.mark.parametrize("fault", [{"status": 503}, {"drop": "before"}, {"status": 404}])
def test_where_the_cloud_does_not_show_an_observation_is_worth_it(vim: Vim, fault: dict[str, object]) -> None:
    server(vim, 3600)
    driver = vim.driver()
    driver.observe()
    vim.fault(service="compute", **fault)
    assert driver.stirs()


def test_what_is_not_as_the_api_has_it_stirs(vim: Vim, monkeypatch: pytest.MonkeyPatch) -> None:
    volume = Observed(VOLUME, VolumeSpec(1), "1", State.BUILDING)
    # An item of another actor may be odd, too.
    watching = watched(World("paris", {VOLUME: volume}, {}), {VOLUMES: [{"updated": 5}, {"updated": "2030-01-01"}]})
    monkeypatch.setattr("reconciler.targets.openstack.observing.glancing.fetch", lambda *_: [{"id": "1", "status": 7}])
    assert stirs(vim.connection(), watching)
