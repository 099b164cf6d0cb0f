"""What tests and benchmarks can see and do behind the cloud's back: counts, log, faults, settings, clouds.yaml."""

import http.client
import stat
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from openstack_simulator import CloudSettings, Simulator
from tests.simulator.callers import Caller, Clock, World, send


@pytest.fixture
def fault(world: World) -> Iterator[Any]:
    url = f"{world.simulator.url}/_simulator/faults"

    def order(**rule: Any) -> None:
        assert send("PUT", url, [rule]).status == 204

    yield order
    assert send("DELETE", url).status == 204


def test_the_root_answers_when_the_clouds_are_ready(world: World) -> None:
    answer = send("GET", world.simulator.url)
    assert answer["clouds"]["paris"] == {"state": "ready", "auth_url": "/paris/identity/v3"}


def test_requests_are_counted_by_route(world: World, clock: Clock) -> None:
    network = world.demo.make("network", name="n")
    send("DELETE", f"{world.simulator.url}/_simulator/requests")
    world.demo.network("GET", f"networks/{network['id']}")
    world.demo.network("GET", "networks/absent")
    (count,) = send("GET", f"{world.simulator.url}/_simulator/requests").body
    route = {"cloud": "paris", "service": "network", "method": "GET", "route": "/v2.0/networks/{id}"}
    assert count == {**route, "count": 2, "errors": 1, "seconds": 0.0}
    log = send("GET", f"{world.simulator.url}/_simulator/log").body
    assert log[0] == {**route, "status": 200, "start": clock.now, "end": clock.now, "origin": world.simulator.url}
    assert [served["status"] for served in log] == [200, 404]


def test_a_status_fault_strikes_so_often_and_no_more(demo: Caller, fault: Any) -> None:
    fault(service="network", method="POST", route="networks$", status=503, times=2)
    body = {"network": {"name": "n"}}
    assert [demo.network("POST", "networks", body).status for _ in range(3)] == [503, 503, 201]
    assert len(demo.network("GET", "networks?name=n")["networks"]) == 1


def test_garbage_is_no_json(demo: Caller, fault: Any) -> None:
    fault(route="networks", garbage=True, times=1)
    answer = demo.network("GET", "networks")
    assert (answer.status, answer.body) == (200, "<html><body>The gateway had a bad day")


@pytest.mark.parametrize(("when", "made"), [("before", 0), ("after", 1)])
def test_a_dropped_connection_loses_the_work_or_only_the_answer(demo: Caller, fault: Any, when: str, made: int) -> None:
    fault(method="POST", drop=when, times=1)
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        demo.network("POST", "networks", {"network": {"name": "n"}})
    assert len(demo.network("GET", "networks?name=n")["networks"]) == made


def test_a_seeded_probability_repeats_itself(demo: Caller, fault: Any) -> None:
    runs = []
    for _ in range(2):
        fault(status=500, probability=0.5, seed=7)
        runs.append([demo.network("GET", "networks").status for _ in range(8)])
    assert runs[0] == runs[1]
    assert set(runs[0]) == {200, 500}


def test_a_fault_with_an_unknown_field_is_refused(world: World) -> None:
    answer = send("PUT", f"{world.simulator.url}/_simulator/faults", [{"kolor": 1}])
    assert answer.status == 400


def test_settings_change_while_the_cloud_runs(world: World) -> None:
    url = f"{world.simulator.url}/_simulator/clouds/paris/settings"
    changed = send("PUT", url, {"build_seconds": 0, "disabled_extensions": ["quotas"]})
    assert changed["build_seconds"] == 0
    assert world.demo.server(world.demo.make_server())["status"] == "ACTIVE"
    assert world.demo.network("GET", f"quotas/{world.demo.project_id}").status == 404
    assert send("PUT", url, {"colour": "red"}).status == 400


def test_clouds_are_strangers_to_each_other() -> None:
    with Simulator(["paris", "lyon"]) as simulator:
        paris, lyon = Caller(f"{simulator.url}/paris"), Caller(f"{simulator.url}/lyon")
        paris.make("network", name="only-here")
        assert lyon.network("GET", "networks?name=only-here")["networks"] == []
        assert Caller(f"{simulator.url}/lyon").network("GET", "networks").status == 200
        assert paris.token != lyon.token


def test_a_seed_makes_ids_repeatable() -> None:
    ids = []
    for _ in range(2):
        simulator = Simulator(["paris"], seed=42)
        ids.append([network["id"] for network in simulator.clouds["paris"].network.networks])
        simulator.stop()
    assert ids[0] == ids[1]


def test_the_clouds_file_is_private_complete_and_replaced_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "clouds.yaml"
    path.write_text("clouds: {old: {}}")
    with Simulator({"paris": CloudSettings()}) as simulator:
        assert simulator.write_clouds_file(path) == path
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert path.read_text().startswith("# Written by `magi simulate`")
        assert [one.name for one in tmp_path.iterdir()] == ["clouds.yaml"]
        clouds = yaml.safe_load(path.read_text())["clouds"]
    assert list(clouds) == ["paris", "paris-admin", "paris-appcred"]
    assert clouds["paris"]["auth"]["auth_url"] == f"{simulator.url}/paris/identity/v3"
    assert clouds["paris-appcred"]["auth_type"] == "v3applicationcredential"


def test_many_callers_at_once_get_addresses_of_their_own(demo: Caller) -> None:
    network = demo.make("network", name="n")
    demo.make("subnet", network_id=network["id"], ip_version=4, cidr="10.0.0.0/24")
    made: list[str] = []

    def work() -> None:
        ports = [demo.make("port", network_id=network["id"]) for _ in range(3)]
        made.extend(port["fixed_ips"][0]["ip_address"] for port in ports)

    threads = [threading.Thread(target=work) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 48


def test_a_simulator_that_was_stopped_starts_again_where_it_was_with_what_existed(world: World) -> None:
    network = world.demo.make("network", name="n")
    url = world.simulator.url
    world.simulator.stop()
    with pytest.raises(OSError, match="refused"):
        send("GET", url)
    world.simulator.start()
    assert world.simulator.url == url
    assert world.demo.network("GET", f"networks/{network['id']}")["network"]["name"] == "n"
