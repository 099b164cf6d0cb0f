"""What a project asks for at the same moment gets no more hosts and no more rows than there are."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from openstack_simulator import CloudSettings
from tests.simulator.callers import Answer, Caller, Clock

RULES, NETWORKS, PORTS = 10, 5, 7
BUILD = 3.0


@pytest.fixture
def settings() -> CloudSettings:
    quotas = {"security_group_rule": RULES, "network": NETWORKS, "port": PORTS}
    return CloudSettings(build_seconds=BUILD, delete_seconds=0.0, hosts=2, network_quotas=quotas)


def group_of(demo: Caller, policy: str, **values: Any) -> str:
    body = {"server_group": {"name": policy, "policy": policy, **values}}
    return str(demo.compute("POST", "os-server-groups", body)["server_group"]["id"])


def built(demo: Caller, clock: Clock, group: str, count: int) -> list[Any]:
    """Servers that are asked for before the first of them has a host."""
    servers = [demo.make_server(hints={"group": group}) for _ in range(count)]
    clock.forward(BUILD)
    return [demo.server(server) for server in servers]


def test_servers_that_are_to_be_apart_and_find_no_host_of_their_own_fail(demo: Caller, clock: Clock) -> None:
    servers = built(demo, clock, group_of(demo, "anti-affinity"), 3)
    assert [server["status"] for server in servers] == ["ACTIVE", "ACTIVE", "ERROR"]
    assert servers[0]["hostId"] != servers[1]["hostId"]
    assert "No valid host" in servers[2]["fault"]["message"]


def test_servers_that_are_rather_to_be_apart_share_the_hosts(demo: Caller, clock: Clock) -> None:
    servers = built(demo, clock, group_of(demo, "soft-anti-affinity"), 4)
    assert {server["status"] for server in servers} == {"ACTIVE"}
    assert sorted(Counter(server["hostId"] for server in servers).values()) == [2, 2]


def test_a_rule_says_how_many_of_a_group_a_host_takes(demo: Caller, clock: Clock) -> None:
    group = group_of(demo, "anti-affinity", rules={"max_server_per_host": 2})
    assert [server["status"] for server in built(demo, clock, group, 5)] == [*["ACTIVE"] * 4, "ERROR"]


def test_a_host_is_free_again_for_a_group_once_its_server_is_gone(demo: Caller, clock: Clock) -> None:
    group = group_of(demo, "anti-affinity")
    gone, _, failed = built(demo, clock, group, 3)
    for server in (gone, failed):
        demo.compute("DELETE", f"servers/{server['id']}")
    assert [server["status"] for server in built(demo, clock, group, 2)] == ["ACTIVE", "ERROR"]


def all_at_once(calls: list[Callable[[], Answer]]) -> Counter[tuple[int, str]]:
    """What came of them: the status, and the type of a refusal."""
    with ThreadPoolExecutor(len(calls)) as pool:
        answers = [future.result() for future in [pool.submit(call) for call in calls]]
    return Counter((one.status, one.body.get("NeutronError", {}).get("type", "")) for one in answers)


def test_parallel_creates_fill_a_quota_and_no_more(demo: Caller) -> None:
    def make() -> Answer:
        return demo.network("POST", "networks", {"network": {}})

    assert all_at_once([make] * 12) == {(201, ""): NETWORKS, (409, "OverQuota"): 12 - NETWORKS}
    assert len(demo.network("GET", f"networks?project_id={demo.project_id}")["networks"]) == NETWORKS


def test_many_ports_in_one_request_are_all_made_or_none(demo: Caller) -> None:
    network = demo.make("network")["id"]

    def make() -> Answer:
        return demo.network("POST", "ports", {"ports": [{"network_id": network}] * 3})

    assert all_at_once([make] * 4) == {(201, ""): PORTS // 3, (409, "OverQuota"): 4 - PORTS // 3}
    assert len(demo.network("GET", "ports")["ports"]) == PORTS // 3 * 3


def test_the_rules_that_groups_start_with_count_whoever_makes_them(demo: Caller) -> None:
    """The default group has four, each other one two."""
    group = demo.make("security_group", name="first")["id"]

    def rule(port: int) -> Callable[[], Answer]:
        values = {"security_group_id": group, "direction": "ingress", "protocol": "tcp"}
        body = {"security_group_rule": {**values, "port_range_min": port, "port_range_max": port}}
        return lambda: demo.network("POST", "security-group-rules", body)

    def another() -> Answer:
        return demo.network("POST", "security-groups", {"security_group": {"name": "other"}})

    found = all_at_once([call for port in range(1, 7) for call in (rule(port), another)])
    assert {kind for status, kind in found if status == 409} == {"OverQuota"}
    rules = demo.network("GET", "security-group-rules")["security_group_rules"]
    assert len(rules) == RULES
