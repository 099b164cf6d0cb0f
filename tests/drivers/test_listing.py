"""All pages or an error: what a cloud may do to a list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import pytest
import requests

from reconciler.model import ApiBudget, ConfigError, TargetUnknown
from reconciler.targets.openstack.kinds.existing import IMAGES
from reconciler.targets.openstack.kinds.keypair import KEYPAIRS
from reconciler.targets.openstack.kinds.network import NETWORKS
from reconciler.targets.openstack.kinds.server_group import SERVER_GROUPS
from reconciler.targets.openstack.kinds.users import SERVERS
from reconciler.targets.openstack.session.connection import Connection
from reconciler.targets.openstack.session.listing import PAGE, fetch
from reconciler.targets.rest import Listing, by_next, by_offset
from tests.drivers.clouds import OTHERS, Vim
from tests.drivers.test_errors import answer

THINGS = Listing("network", "/v2.0/things", "things", project="")
NEXT = Listing("image", "/v2/things", "things", page=by_next, project="")
OFFSET = Listing("compute", "/things", "things", page=by_offset, project="")
GROUPS_ROUTE = "/v2.1/os-server-groups"


@dataclass
class Answers:
    """A connection that answers from a table by the parameters it is asked with, and remembers those."""

    answers: Mapping[str, Any]
    asked: list[dict[str, Any]] = field(default_factory=list)
    target: Any = field(default_factory=lambda: SimpleNamespace(name="paris", budget=ApiBudget()))

    def project_id(self) -> str:
        return "p-1"

    def request(self, method: str, service: str, path: str, *, params: dict[str, Any]) -> requests.Response:
        self.asked.append(params)
        found = self.answers[params.get("marker") or params.get("offset") or ""]
        return found if isinstance(found, requests.Response) else answer(200, found)


def fetched(listing: Listing, answers: Mapping[str, Any]) -> tuple[list[Any], list[dict[str, Any]]]:
    connection = Answers(answers)
    items = fetch(cast("Connection", connection), listing, sleep=lambda _: None)
    return items, connection.asked


def linked(*items: int, marker: str = "") -> dict[str, Any]:
    links = [{"rel": "previous", "href": "http://inside/x?marker=0"}]
    if marker:
        links.append({"rel": "next", "href": f"http://inside:9696/v2.0/things?limit=1000&marker={marker}"})
    return {"things": list(items), "things_links": links}


def test_links_are_followed_by_their_query_alone() -> None:
    items, asked = fetched(THINGS, {"": linked(1, 2, marker="2"), "2": linked(3, marker="3"), "3": linked(4)})
    assert items == [1, 2, 3, 4]
    assert asked == [{"limit": "1000"}, *({"limit": "1000", "marker": marker} for marker in "23")]


def test_a_next_path_is_followed() -> None:
    items, asked = fetched(NEXT, {"": {"things": [1], "next": "/v2/things?marker=1"}, "1": {"things": [2]}})
    assert (items, asked[1]) == ([1, 2], {"marker": "1"})


def test_an_offset_goes_on_until_a_page_is_clearly_the_last() -> None:
    items, asked = fetched(OFFSET, {"": {"things": [0] * 200}, "200": {"things": [0] * 200}, "400": {"things": [0]}})
    assert len(items) == 401
    assert [params.get("offset") for params in asked] == [None, "200", "400"]


def test_only_the_own_project_is_asked_for_where_others_may_be_seen() -> None:
    _, asked = fetched(Listing("network", "/v2.0/things", "things", own_project=True, project=""), {"": linked(1)})
    assert asked == [{"limit": "1000", "project_id": "p-1"}]


def test_pages_that_lead_in_a_circle_are_an_error() -> None:
    with pytest.raises(TargetUnknown, match="lead in a circle"):
        fetched(THINGS, {"": linked(1, marker="1"), "1": linked(2, marker="1")})


def test_a_list_may_have_as_many_pages_as_its_vim_says() -> None:
    pages = {"": linked(1, marker="1"), "1": linked(2, marker="2"), "2": linked(3)}
    target = SimpleNamespace(name="paris", budget=ApiBudget(max_pages=3))
    assert fetch(cast("Connection", Answers(pages, target=target)), THINGS) == [1, 2, 3]
    target = SimpleNamespace(name="paris", budget=ApiBudget(max_pages=2))
    with pytest.raises(TargetUnknown, match="has more than 2 pages") as failed:
        fetch(cast("Connection", Answers(pages, target=target)), THINGS)
    assert "spec.api.maxPages" in failed.value.hint


@pytest.mark.parametrize(
    "body",
    ["<html>", "", "[]", {"other": []}, {"things": None}, {"things": {"a": 1}}, '{"things": [1, 2'],
    ids=["html", "nothing", "a list", "another collection", "null", "an object", "cut off"],
)
def test_what_is_not_the_api_is_an_error(body: Any) -> None:
    with pytest.raises(TargetUnknown, match="answered something that is not its API"):
        fetched(THINGS, {"": answer(200, body)})


@pytest.mark.parametrize("links", [5, [5], [[]], {"rel": "next"}, [{"rel": "next"}], [{"rel": "next", "href": 5}]])
def test_links_that_are_none_are_an_error(links: Any) -> None:
    with pytest.raises(TargetUnknown, match=r"/v2\.0/things does not report its next page as its API does"):
        fetched(THINGS, {"": {"things": [], "things_links": links}})


@pytest.mark.parametrize("link", [5, ["/v2/things?marker=1"], {"a": 1}, "http://[::1/v2/things?marker=1"])
def test_a_next_path_that_is_none_is_an_error(link: Any) -> None:
    with pytest.raises(TargetUnknown, match="/v2/things does not report its next page as its API does"):
        fetched(NEXT, {"": {"things": [], "next": link}})


def test_half_of_a_surrogate_pair_is_an_error_and_a_whole_one_is_none() -> None:
    with pytest.raises(TargetUnknown, match=r"text that is no Unicode \('\\ud83d'\)"):
        fetched(THINGS, {"": answer(200, r'{"things": [{"name": "\ud83d"}]}')})
    items, _ = fetched(THINGS, {"": answer(200, r'{"things": [{"name": "\ud83d\ude00"}]}')})
    assert items == [{"name": "\U0001f600"}]


def test_garbage_on_a_later_page_is_an_error_and_no_short_list() -> None:
    with pytest.raises(TargetUnknown):
        fetched(THINGS, {"": linked(1, marker="1"), "1": answer(200, "<html>")})


def test_a_long_wish_to_wait_is_left_to_the_next_observation() -> None:
    connection = Answers({"": answer(503, "busy", Retry_After="60")})
    with pytest.raises(TargetUnknown, match="answered 503"):
        fetch(cast("Connection", connection), THINGS, sleep=lambda _: None)
    assert len(connection.asked) == 1


def test_a_cloud_that_caps_pages_below_what_is_asked_is_read_whole(vim: Vim) -> None:
    vim.settings(page_limit=3)
    caller = vim.caller()
    for number in range(8):
        caller.make("network", name=f"n{number}")
        caller.make_server()
        caller.compute("POST", "os-keypairs", {"keypair": {"name": f"k{number}"}}, version="2.1")
    connection = vim.connection()
    assert Counter(item["name"] for item in fetch(connection, NETWORKS)).most_common(1)[0][1] == 1
    assert len(fetch(connection, NETWORKS)) == 8 + OTHERS
    assert len(fetch(connection, SERVERS)) == 8
    assert len(fetch(connection, KEYPAIRS)) == 8
    assert len(fetch(connection, IMAGES)) == 4


def test_hundreds_of_server_groups_are_read_page_by_page(vim: Vim) -> None:
    vim.settings(page_limit=100)
    caller = vim.caller()
    for number in range(130):
        body = {"server_group": {"name": f"g{number}", "policy": "affinity"}}
        assert caller.compute("POST", "os-server-groups", body).status == 200
    assert len({group["id"] for group in fetch(vim.connection(), SERVER_GROUPS)}) == 130
    assert PAGE > 130


@pytest.mark.parametrize("status", [500, 502, 503, 504, 429])
def test_an_observation_asks_again_when_a_fault_may_pass(vim: Vim, status: int) -> None:
    vim.fault(route="/v2.0/networks$", status=status, times=2)
    assert len(fetch(vim.connection(), NETWORKS, sleep=lambda _: None)) == OTHERS
    assert vim.served("GET", "/v2.0/networks") == [status, status, 200]


def test_an_observation_aborts_after_three_tries(vim: Vim) -> None:
    vim.fault(route="/v2.0/networks$", status=500)
    with pytest.raises(TargetUnknown, match=r"/v2\.0/networks answered 500: This is a fault"):
        fetch(vim.connection(), NETWORKS, sleep=lambda _: None)
    assert len(vim.served("GET", "/v2.0/networks")) == 3


def test_an_observation_asks_again_when_the_connection_is_lost(vim: Vim) -> None:
    vim.fault(route="/v2.0/networks$", drop="before", times=2)
    assert len(fetch(vim.connection(), NETWORKS, sleep=lambda _: None)) == OTHERS


def test_what_is_forbidden_or_not_there_is_asked_once(vim: Vim) -> None:
    for status, kind in ((403, ConfigError), (404, TargetUnknown)):
        vim.simulator.reset_requests()
        vim.fault(route="/v2.0/networks$", status=status)
        with pytest.raises(kind):
            fetch(vim.connection(), NETWORKS, sleep=lambda _: None)
        assert vim.served("GET", "/v2.0/networks") == [status]


def test_the_next_page_is_asked_with_every_value_of_a_parameter() -> None:
    """A filter that lost one of two values would say that what the other one names is not there."""
    first = linked(1, marker="1")
    first["things_links"][-1]["href"] += "&device_id=a&device_id=b"
    connection = Answers({"": first, "1": linked(2)})
    assert fetch(cast("Connection", connection), THINGS, {"device_id": ["a", "b"]}, sleep=lambda _: None) == [1, 2]
    assert [asked["device_id"] for asked in connection.asked] == [["a", "b"], ["a", "b"]]
