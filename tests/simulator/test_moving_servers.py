"""Servers that leave their host, by themselves or because an admin has them leave."""

import pytest

from openstack_simulator import CloudSettings
from tests.simulator.callers import Caller, Clock

PATIENCE = 60.0


@pytest.fixture
def settings() -> CloudSettings:
    return CloudSettings(build_seconds=0.0, action_seconds=1.0, hosts=2, offload_seconds=PATIENCE)


def act(caller: Caller, server: str, name: str) -> int:
    return caller.compute("POST", f"servers/{server}/action", {name: None}).status


def host_of(admin: Caller, server: str) -> str | None:
    found: str | None = admin.server(server)["OS-EXT-SRV-ATTR:host"]
    return found


def test_a_migrated_server_is_on_another_host_and_waits_for_its_confirmation(
    demo: Caller, admin: Caller, clock: Clock
) -> None:
    server = demo.make_server()
    before = host_of(admin, server)
    assert act(admin, server, "migrate") == 202
    assert demo.server(server)["status"] == "RESIZE"
    clock.forward(1.0)
    assert demo.server(server)["status"] == "VERIFY_RESIZE"
    assert act(demo, server, "confirmResize") == 204
    assert demo.server(server)["status"] == "ACTIVE"
    assert host_of(admin, server) not in (None, before)


def test_a_server_is_migrated_alive(demo: Caller, admin: Caller, clock: Clock) -> None:
    server = demo.make_server()
    before = host_of(admin, server)
    assert act(demo, server, "os-migrateLive") == 403
    assert act(admin, server, "os-migrateLive") == 202
    assert demo.server(server)["status"] == "MIGRATING"
    clock.forward(1.0)
    assert demo.server(server)["status"] == "ACTIVE"
    assert host_of(admin, server) not in (None, before)


def test_a_shelved_server_leaves_its_host_after_a_while_and_finds_one_again(
    demo: Caller, admin: Caller, clock: Clock
) -> None:
    server = demo.make_server()
    assert act(demo, server, "shelve") == 202
    clock.forward(1.0)
    assert (demo.server(server)["status"], host_of(admin, server) is None) == ("SHELVED", False)
    clock.forward(PATIENCE + 1.0)
    assert (demo.server(server)["status"], host_of(admin, server) is None) == ("SHELVED_OFFLOADED", True)
    assert act(demo, server, "unshelve") == 202
    clock.forward(1.0)
    assert (demo.server(server)["status"], host_of(admin, server) is None) == ("ACTIVE", False)
