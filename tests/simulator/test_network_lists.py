"""Lists of Neutron: filters, tags, sorting, fields, pages."""

from typing import Any

import pytest

from openstack_simulator import CloudSettings
from tests.simulator.callers import Caller


@pytest.fixture
def network(demo: Caller) -> Any:
    return demo.make("network", name="lan")


@pytest.fixture
def five_ports(demo: Caller, network: Any) -> list[Any]:
    ports = [{"network_id": network["id"], "name": f"p{number}"} for number in range(5)]
    return list(demo.network("POST", "ports", {"ports": ports})["ports"])


def names(demo: Caller, query: str) -> list[str]:
    return sorted(port["name"] for port in demo.network("GET", f"ports?{query}")["ports"])


@pytest.mark.usefixtures("five_ports")
def test_a_filter_may_be_repeated(demo: Caller) -> None:
    assert names(demo, "name=p1&name=p3&name=absent") == ["p1", "p3"]


@pytest.mark.usefixtures("five_ports")
def test_filters_compare_booleans_and_lists(demo: Caller, network: Any) -> None:
    group = demo.network("GET", "security-groups?name=default")["security_groups"][0]["id"]
    assert len(names(demo, f"security_groups={group}&admin_state_up=true&network_id={network['id']}")) == 5
    assert names(demo, "admin_state_up=false") == []


def test_ports_are_found_by_address(demo: Caller, network: Any) -> None:
    subnet = demo.make("subnet", network_id=network["id"], ip_version=4, cidr="10.0.0.0/24")
    address = {"subnet_id": subnet["id"], "ip_address": "10.0.0.77"}
    demo.make("port", network_id=network["id"], name="fixed", fixed_ips=[address])
    assert names(demo, "fixed_ips=ip_address=10.0.0.77") == ["fixed"]
    assert names(demo, f"fixed_ips=subnet_id={subnet['id']}") == ["fixed"]
    assert names(demo, "fixed_ips=ip_address=10.0.0.78") == []


def test_fields_narrow_the_answer(demo: Caller, five_ports: list[Any]) -> None:
    answer = demo.network("GET", "ports?name=p0&fields=id&fields=name")
    assert answer["ports"] == [{"id": five_ports[0]["id"], "name": "p0"}]


@pytest.mark.usefixtures("five_ports")
def test_lists_are_sorted_as_asked(demo: Caller) -> None:
    ports = demo.network("GET", "ports?sort_key=name&sort_dir=desc")["ports"]
    assert [port["name"] for port in ports] == ["p4", "p3", "p2", "p1", "p0"]
    assert demo.network("GET", "ports?sort_key=nonsense&sort_dir=asc").status == 400


def follow(demo: Caller, path: str) -> list[list[str]]:
    """The names on each page, along the links."""
    pages = []
    while path:
        answer = demo.call("GET", path)
        pages.append([port["name"] for port in answer["ports"]])
        links = {link["rel"]: link["href"] for link in answer.body.get("ports_links", [])}
        path = links.get("next", "").removeprefix(f"{demo.url}/")
    return pages


@pytest.mark.usefixtures("five_ports")
def test_pages_link_to_the_next_one_until_one_is_not_full(demo: Caller) -> None:
    pages = follow(demo, "network/v2.0/ports?limit=2&sort_key=name&sort_dir=asc")
    assert pages == [["p0", "p1"], ["p2", "p3"], ["p4"]]


@pytest.mark.usefixtures("five_ports")
def test_pages_go_back_too(demo: Caller) -> None:
    ports = demo.network("GET", "ports?sort_key=name&sort_dir=asc")["ports"]
    query = f"limit=2&sort_key=name&sort_dir=asc&page_reverse=True&marker={ports[4]['id']}"
    assert [port["name"] for port in demo.network("GET", f"ports?{query}")["ports"]] == ["p2", "p3"]


@pytest.mark.usefixtures("five_ports")
def test_an_unknown_marker_is_not_found(demo: Caller) -> None:
    answer = demo.network("GET", "ports?limit=2&marker=00000000-0000-4000-8000-000000000000")
    assert (answer.status, answer["NeutronError"]["type"]) == (404, "PortNotFound")


class TestAServerSidePageLimit:
    @pytest.fixture
    def settings(self) -> CloudSettings:
        return CloudSettings(page_limit=3)

    @pytest.mark.usefixtures("five_ports")
    def test_cuts_a_list_that_asked_for_no_pages(self, demo: Caller) -> None:
        assert [len(page) for page in follow(demo, "network/v2.0/ports")] == [3, 2]


def test_tags_filter_lists(demo: Caller, five_ports: list[Any]) -> None:
    for port, tags in zip(five_ports, (["a"], ["a", "b"], ["b"], [], ["c"]), strict=True):
        assert demo.network("PUT", f"ports/{port['id']}/tags", {"tags": tags}).status == 200
    assert names(demo, "tags=a,b") == ["p1"]
    assert names(demo, "tags-any=a,c") == ["p0", "p1", "p4"]
    assert names(demo, "not-tags=a,b") == ["p0", "p2", "p3", "p4"]
    assert names(demo, "not-tags-any=a,b") == ["p3", "p4"]


def test_tags_are_added_and_removed_one_by_one(demo: Caller, network: Any) -> None:
    path = f"networks/{network['id']}/tags"
    assert demo.network("PUT", f"{path}/gold").status == 201
    assert demo.network("GET", f"{path}/gold").status == 204
    assert demo.network("GET", path)["tags"] == ["gold"]
    assert demo.network("DELETE", f"{path}/gold").status == 204
    missing = demo.network("DELETE", f"{path}/gold")
    assert (missing.status, missing["NeutronError"]["type"]) == (404, "TagNotFound")


def test_the_fifty_first_tag_is_refused(demo: Caller, network: Any) -> None:
    tags = [f"t{number}" for number in range(51)]
    assert demo.network("PUT", f"networks/{network['id']}/tags", {"tags": tags}).status == 400


def test_a_member_sees_its_own_shared_and_external_networks(demo: Caller, admin: Caller) -> None:
    demo.make("network", name="mine")
    admin.make("network", name="theirs")
    visible = {network["name"] for network in demo.network("GET", "networks")["networks"]}
    assert visible == {"mine", "mgmt-net", "carrier-net", "public"}
    assert {network["name"] for network in admin.network("GET", "networks")["networks"]} == visible | {"theirs"}


def test_thousands_of_ports_can_be_paged_through(demo: Caller, network: Any) -> None:
    for _ in range(4):
        ports = [{"network_id": network["id"], "name": "x"} for _ in range(500)]
        assert demo.network("POST", "ports", {"ports": ports}).status == 201
    pages = follow(demo, "network/v2.0/ports?limit=500&fields=id&fields=name")
    assert [len(page) for page in pages] == [500, 500, 500, 500, 0]
