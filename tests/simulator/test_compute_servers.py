"""The life of a server, on a clock that only the test moves."""

import base64
from typing import Any

import pytest

from openstack_simulator import CloudSettings
from tests.simulator.callers import Caller, Clock


@pytest.fixture
def network(demo: Caller) -> Any:
    network = demo.make("network", name="lan")
    demo.make("subnet", network_id=network["id"], ip_version=4, cidr="10.0.0.0/24")
    return network


def state(demo: Caller, server_id: str) -> tuple[str, str | None]:
    server = demo.server(server_id)
    return server["status"], server["OS-EXT-STS:task_state"]


def act(demo: Caller, server_id: str, name: str, arguments: Any = None, version: str = "2.96") -> Any:
    return demo.compute("POST", f"servers/{server_id}/action", {name: arguments}, version)


def refused(demo: Caller, **values: Any) -> tuple[int, str]:
    image = demo.call("GET", "image/v2/images?name=cirros-0.6")["images"][0]["id"]
    body = {"name": "s", "flavorRef": "1", "imageRef": image, "networks": "none", **values}
    answer = demo.compute("POST", "servers", {"server": body})
    (error,) = answer.body.values()
    return answer.status, error["message"]


def test_a_server_is_built_step_by_step(demo: Caller, clock: Clock) -> None:
    server = demo.make_server()
    seen = [state(demo, server)]
    for _ in range(3):
        clock.forward(1.0)
        seen.append(state(demo, server))
    assert seen == [("BUILD", "scheduling"), ("BUILD", "networking"), ("BUILD", "spawning"), ("ACTIVE", None)]


def test_a_deleted_server_is_seen_for_a_while_and_then_gone(demo: Caller, clock: Clock) -> None:
    server = demo.make_server()
    clock.forward(3.0)
    assert demo.compute("DELETE", f"servers/{server}").status == 204
    assert state(demo, server) == ("ACTIVE", "deleting")
    assert demo.compute("DELETE", f"servers/{server}").status == 204
    clock.forward(2.0)
    assert demo.compute("GET", f"servers/{server}").status == 404
    assert demo.compute("DELETE", f"servers/{server}").status == 404


def test_a_delete_during_the_build_stops_the_build(demo: Caller, clock: Clock) -> None:
    server = demo.make_server()
    demo.compute("DELETE", f"servers/{server}")
    clock.forward(1.9)
    assert state(demo, server) == ("BUILD", "deleting")
    clock.forward(0.1)
    assert demo.compute("GET", f"servers/{server}").status == 404


def test_ports_are_bound_at_once_and_active_with_the_server(demo: Caller, clock: Clock, network: Any) -> None:
    port = demo.make("port", network_id=network["id"])
    server = demo.make_server(networks=[{"port": port["id"]}])
    bound = demo.network("GET", f"ports/{port['id']}")["port"]
    assert (bound["device_id"], bound["device_owner"], bound["status"]) == (server, "compute:nova", "DOWN")
    clock.forward(3.0)
    assert demo.network("GET", f"ports/{port['id']}")["port"]["status"] == "ACTIVE"
    (address,) = demo.server(server)["addresses"]["lan"]
    assert address["addr"] == port["fixed_ips"][0]["ip_address"]
    assert address["OS-EXT-IPS-MAC:mac_addr"] == port["mac_address"]


def test_a_port_of_one_server_is_refused_to_another(demo: Caller, network: Any) -> None:
    port = demo.make("port", network_id=network["id"])
    demo.make_server(networks=[{"port": port["id"]}])
    assert refused(demo, networks=[{"port": port["id"]}]) == (409, f"Port {port['id']} is still in use.")


def test_ports_made_before_survive_their_server_and_novas_own_do_not(demo: Caller, clock: Clock, network: Any) -> None:
    port = demo.make("port", network_id=network["id"])
    server = demo.make_server(networks=[{"port": port["id"]}, {"uuid": network["id"]}])
    assert len(demo.network("GET", f"ports?device_id={server}")["ports"]) == 2
    demo.compute("DELETE", f"servers/{server}")
    clock.forward(2.0)
    (left,) = demo.network("GET", "ports")["ports"]
    assert (left["id"], left["device_id"], left["device_owner"]) == (port["id"], "", "")


def test_a_network_without_a_free_address_makes_an_error(demo: Caller, clock: Clock) -> None:
    network = demo.make("network", name="full")
    demo.make("subnet", network_id=network["id"], ip_version=4, cidr="10.0.0.0/30")
    demo.make("port", network_id=network["id"])
    server = demo.make_server(networks=[{"uuid": network["id"]}])
    clock.forward(3.0)
    shown = demo.server(server)
    assert shown["status"] == "ERROR"
    assert "Failed to allocate the network(s)" in shown["fault"]["message"]


def test_a_server_marked_to_fail_ends_in_error(demo: Caller, clock: Clock) -> None:
    server = demo.make_server(metadata={"simulator:fail": "build"})
    assert state(demo, server) == ("BUILD", "scheduling")
    clock.forward(3.0)
    shown = demo.server(server)
    assert shown["status"] == "ERROR"
    assert shown["fault"]["message"].startswith("No valid host was found.")


class TestAnImageThatFails:
    @pytest.fixture
    def settings(self) -> CloudSettings:
        return CloudSettings(fail_image="cirros-0.6", build_seconds=0.0)

    def test_makes_every_server_of_it_fail(self, demo: Caller) -> None:
        assert demo.server(demo.make_server())["status"] == "ERROR"


class TestAntiAffinity:
    @pytest.fixture
    def settings(self) -> CloudSettings:
        return CloudSettings(hosts=2, build_seconds=0.0)

    def test_holds_as_long_as_there_are_hosts(self, demo: Caller) -> None:
        group = {"name": "apart", "policy": "anti-affinity"}
        group_id = demo.compute("POST", "os-server-groups", {"server_group": group})["server_group"]["id"]
        servers = [demo.server(demo.make_server(hints={"group": group_id})) for _ in range(3)]
        assert [server["status"] for server in servers] == ["ACTIVE", "ACTIVE", "ERROR"]
        assert servers[0]["hostId"] != servers[1]["hostId"]
        shown = demo.compute("GET", f"os-server-groups/{group_id}")["server_group"]
        assert shown["members"] == [server["id"] for server in servers]


@pytest.mark.parametrize(
    ("values", "status", "message"),
    [
        ({"imageRef": "00000000-0000-4000-8000-000000000000"}, 400, "Can not find requested image"),
        ({"flavorRef": "huge"}, 400, "Flavor huge could not be found."),
        ({"key_name": "absent"}, 400, "Invalid key_name provided."),
        ({"availability_zone": "moon"}, 400, "The requested availability zone is not available"),
        (
            {"networks": [{"uuid": "00000000-0000-4000-8000-000000000000"}]},
            400,
            "Network 00000000-0000-4000-8000-000000000000 could not be found.",
        ),
        (
            {"networks": [{"port": "00000000-0000-4000-8000-000000000000"}]},
            400,
            "Port id 00000000-0000-4000-8000-000000000000 could not be found.",
        ),
    ],
)
def test_a_server_of_things_that_are_not_there_is_refused(
    demo: Caller, values: dict[str, Any], status: int, message: str
) -> None:
    assert refused(demo, **values) == (status, message)


@pytest.mark.parametrize(
    "values",
    [
        {"colour": "red"},
        {"name": ""},
        {"metadata": {"number": 1}},
        {"tags": ["a,b"]},
        {"user_data": "x"},
        {"user_data": base64.b64encode(b"x" * 65535).decode()},
        {"networks": "some"},
    ],
)
def test_a_body_of_the_wrong_shape_is_refused(demo: Caller, values: dict[str, Any]) -> None:
    status, message = refused(demo, **values)
    assert status == 400
    assert message.startswith("Invalid input for field/attribute ")


class TestQuotas:
    @pytest.fixture
    def settings(self) -> CloudSettings:
        return CloudSettings(compute_quotas={"instances": 1})

    def test_one_server_too_many_is_refused(self, demo: Caller, admin: Caller) -> None:
        demo.make_server()
        message = "Quota exceeded for instances: Requested 1, but already used 1 of 1 instances"
        assert refused(demo) == (403, message)
        admin.compute("PUT", f"os-quota-sets/{demo.project_id}", {"quota_set": {"instances": 2}})
        demo.make_server()
        detail = demo.compute("GET", f"os-quota-sets/{demo.project_id}/detail")["quota_set"]["instances"]
        assert detail == {"limit": 2, "in_use": 2, "reserved": 0}


def test_stop_and_start(demo: Caller, clock: Clock) -> None:
    server = demo.make_server()
    assert act(demo, server, "os-stop").status == 409
    clock.forward(3.0)
    assert act(demo, server, "os-stop").status == 202
    assert state(demo, server) == ("ACTIVE", "powering-off")
    clock.forward(1.0)
    assert state(demo, server) == ("SHUTOFF", None)
    again = act(demo, server, "os-stop")
    message = f"Cannot 'stop' instance {server} while it is in vm_state stopped"
    assert again["conflictingRequest"]["message"] == message
    assert act(demo, server, "os-start").status == 202
    clock.forward(1.0)
    assert state(demo, server) == ("ACTIVE", None)


def test_a_resize_waits_to_be_confirmed_or_reverted(demo: Caller, clock: Clock) -> None:
    server = demo.make_server()
    clock.forward(3.0)
    for flavor, answer, name in (("2", "revertResize", "m1.tiny"), ("3", "confirmResize", "m1.medium")):
        assert act(demo, server, "resize", {"flavorRef": flavor}).status == 202
        assert state(demo, server) == ("RESIZE", "resize_prep")
        clock.forward(1.0)
        assert state(demo, server) == ("VERIFY_RESIZE", None)
        assert act(demo, server, answer).status in (202, 204)
        clock.forward(1.0)
        assert demo.server(server)["flavor"]["original_name"] == name
        assert state(demo, server) == ("ACTIVE", None)


def test_a_rebuild_takes_a_new_image_and_keeps_the_id(demo: Caller, clock: Clock) -> None:
    server = demo.make_server()
    clock.forward(3.0)
    image = demo.call("GET", "image/v2/images?name=debian-12")["images"][0]["id"]
    answer = act(demo, server, "rebuild", {"imageRef": image, "metadata": {"a": "b"}})
    assert (answer.status, answer["server"]["status"]) == (202, "REBUILD")
    clock.forward(1.0)
    shown = demo.server(server)
    assert (shown["status"], shown["image"]["id"], shown["metadata"]) == ("ACTIVE", image, {"a": "b"})


def test_a_locked_server_is_left_alone(demo: Caller, clock: Clock) -> None:
    server = demo.make_server()
    clock.forward(3.0)
    assert act(demo, server, "lock").status == 202
    assert act(demo, server, "os-stop").status == 409
    assert demo.compute("DELETE", f"servers/{server}").status == 409
    assert act(demo, server, "unlock").status == 202
    assert demo.compute("DELETE", f"servers/{server}").status == 204


def test_metadata_is_merged_replaced_and_removed_by_key(demo: Caller, clock: Clock) -> None:
    path = f"servers/{demo.make_server(metadata={'a': '1'})}/metadata"
    assert demo.compute("POST", path, {"metadata": {"b": "2"}}).status == 409, "not while it is built"
    clock.forward(3.0)
    assert demo.compute("POST", path, {"metadata": {"b": "2"}})["metadata"] == {"a": "1", "b": "2"}
    assert demo.compute("PUT", path, {"metadata": {"c": "3"}})["metadata"] == {"c": "3"}
    assert demo.compute("PUT", f"{path}/d", {"meta": {"d": "4"}})["meta"] == {"d": "4"}
    assert demo.compute("DELETE", f"{path}/c").status == 204
    assert demo.compute("GET", path)["metadata"] == {"d": "4"}
    assert demo.compute("DELETE", f"{path}/c").status == 404


def test_an_interface_is_attached_and_detached(demo: Caller, clock: Clock, network: Any) -> None:
    server = demo.make_server()
    clock.forward(3.0)
    port = demo.make("port", network_id=network["id"])
    path = f"servers/{server}/os-interface"
    attached = demo.compute("POST", path, {"interfaceAttachment": {"port_id": port["id"]}})
    assert attached["interfaceAttachment"]["port_state"] == "ACTIVE"
    made = demo.compute("POST", path, {"interfaceAttachment": {"net_id": network["id"]}})
    assert len(demo.compute("GET", path)["interfaceAttachments"]) == 2
    for port_id in (port["id"], made["interfaceAttachment"]["port_id"]):
        assert demo.compute("DELETE", f"{path}/{port_id}").status == 202
    assert [one["id"] for one in demo.network("GET", "ports")["ports"]] == [port["id"]]


def test_servers_are_listed_by_name_status_and_tag_in_pages(demo: Caller, clock: Clock) -> None:
    for number in range(3):
        demo.make_server(name=f"web-{number}", tags=[f"t{number}"])
        clock.forward(1.0)
    first = demo.compute("GET", "servers?limit=2&name=^web-")
    assert [server["name"] for server in first["servers"]] == ["web-2", "web-1"]
    path = first["servers_links"][0]["href"].removeprefix(f"{demo.url}/compute/v2.1/")
    second = demo.compute("GET", path)
    assert [server["name"] for server in second["servers"]] == ["web-0"]
    assert "servers_links" not in second.body
    assert [one["name"] for one in demo.compute("GET", "servers?status=ACTIVE")["servers"]] == ["web-0"]
    assert [one["name"] for one in demo.compute("GET", "servers?tags=t1")["servers"]] == ["web-1"]


def test_a_member_sees_its_own_servers_and_an_admin_all_when_asked(demo: Caller, admin: Caller) -> None:
    server = demo.make_server()
    assert admin.compute("GET", "servers")["servers"] == []
    assert [one["id"] for one in admin.compute("GET", "servers?all_tenants=1")["servers"]] == [server]
    assert demo.compute("GET", "servers?all_tenants=1").status == 403
