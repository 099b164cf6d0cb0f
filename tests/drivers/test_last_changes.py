"""When, and by whom, a resource was last changed, where a cloud reports it."""

from __future__ import annotations

import time

from reconciler.model import Action, Desired, Key, Observed, Place, Step
from reconciler.targets.openstack.kinds.network import NetworkSpec
from reconciler.targets.openstack.kinds.server import ServerSpec
from reconciler.targets.openstack.kinds.volume import VolumeSpec
from reconciler.targets.openstack.observing.history import THIS_LOGIN
from tests.drivers.clouds import Vim

LAN, VM, DATA = (Key("paris", kind, "svc/a") for kind in ("network", "server", "volume"))
SPECS = {
    LAN: NetworkSpec(),
    VM: ServerSpec(Key("paris", "flavor", "m1.small"), Key("paris", "image", "debian-12")),
    DATA: VolumeSpec(size=1),
}


def existing(vim: Vim) -> dict[Key, Observed]:
    driver = vim.driver()
    ids = {key: found[0] for key, found in driver.observe().existing.items()}
    for key, spec in SPECS.items():
        driver.carry_out(Step(Action.CREATE, key, Desired(key, spec, Place("a.yaml", 1))), ids)
    return dict(driver.observe({"volume"}).observed)


def test_each_type_of_resource_shows_when_it_was_last_changed(vim: Vim) -> None:
    there = existing(vim)
    found = vim.driver().trace(there.values())
    assert found.keys() == SPECS.keys()
    assert all(abs(trace.at - time.time()) < 3600 for trace in found.values())
    assert found[VM][1:] == (THIS_LOGIN, "create")
    assert found[LAN][1:] == ("", "revision_number 1")
    assert found[DATA][1:] == ("", "")


def test_what_another_user_did_shows_more_than_what_this_login_did_since(vim: Vim) -> None:
    there = existing(vim)
    admin, member = vim.connection("paris-admin"), vim.connection()
    route = f"/servers/{there[VM].id}/action"
    assert admin.request("POST", "compute", route, body={"os-stop": None}).status_code == 202
    assert member.request("POST", "compute", route, body={"os-start": None}).status_code == 202
    trace = vim.driver().trace([there[VM]])[VM]
    assert (trace.who, trace.what) == (f"user {admin.login().user_id}", "stop")


def test_what_the_cloud_does_not_show_is_left_out(vim: Vim) -> None:
    there = existing(vim)
    vim.fault(method="GET", route="/v2.1/servers/{id}/os-instance-actions", status=403)
    vim.fault(method="GET", route="/v2.0/networks/{id}", status=500)
    assert LAN not in vim.driver().trace([there[LAN]])
