"""Answers that go beyond every bound, and those that lead elsewhere."""

from __future__ import annotations

import gzip
import json
import ssl
from pathlib import Path
from typing import Any

import pytest
import requests

from reconciler.model import ApiBudget, TargetUnknown
from reconciler.targets.openstack.kinds.network import NETWORKS
from reconciler.targets.openstack.session.answers import TooDeep, require_shallow
from reconciler.targets.openstack.session.errors import said
from reconciler.targets.openstack.session.listing import fetch
from reconciler.targets.rest import Request
from tests.drivers.clouds import OTHERS, Vim
from tests.drivers.lying import (
    Answering,
    Handler,
    endless,
    lying,
    trickling,
    trickling_headers,
    trickling_unchunked,
)
from tests.drivers.test_errors import answer

SMALL = 100_000
DEPTH = ApiBudget().max_depth


def failure(vim: Vim, answering: Answering, **budget: float) -> TargetUnknown:
    """What is said of a network service that answers so."""
    with lying(answering) as (url, _):
        vim.entry(lambda entry: entry.update(network_endpoint_override=url))
        connection = vim.connection(budget=ApiBudget(max_answer_bytes=SMALL, **budget))  # type: ignore[arg-type]
        with pytest.raises(TargetUnknown) as failed:
            fetch(connection, NETWORKS, sleep=lambda _: None)
    return failed.value


def test_an_endless_answer_is_cut_off(vim: Vim) -> None:
    error = failure(vim, endless)
    assert "answered more than 100,000 bytes" in error.message
    assert "spec.api.maxAnswerBytes" in error.hint


def test_a_small_answer_that_unpacks_to_a_large_one_is_cut_off(vim: Vim) -> None:
    body = gzip.compress(b'{"networks": [' + b" " * 50_000_000 + b"]}")
    error = failure(vim, lambda handler: handler.whole(body, Content_Encoding="gzip"))
    assert "answered more than 100,000 bytes" in error.message


@pytest.mark.parametrize("answering", [trickling, trickling_unchunked, trickling_headers])
def test_an_answer_that_trickles_is_cut_off(vim: Vim, answering: Answering) -> None:
    error = failure(vim, answering, total_timeout=0.5)
    assert "took longer than 0.5 seconds" in error.message
    assert "spec.api.totalTimeout" in error.hint


def test_a_connection_that_was_used_is_used_again_whatever_time_was_left(vim: Vim) -> None:
    connection = vim.connection(budget=ApiBudget(total_timeout=60.0, timeout=90.0))
    for _ in range(3):
        assert len(fetch(connection, NETWORKS)) == OTHERS
    adapter: Any = connection._session.session.get_adapter("http://")
    pools = adapter.poolmanager.pools
    assert sum(pools[key].num_connections for key in pools.keys()) == 1  # noqa: SIM118  no mapping
    assert {one.sock.gettimeout() for key in pools.keys() for one in pools[key].pool.queue if one} == {90.0}  # noqa: SIM118


@pytest.mark.parametrize("levels", [500_000, 1000, DEPTH])
def test_an_answer_that_is_nested_too_deep_is_unusable(vim: Vim, levels: int) -> None:
    body = b'{"networks": ' + b"[" * levels + b"]" * levels + b"}"
    with lying(lambda handler: handler.whole(body)) as (url, _):
        vim.entry(lambda entry: entry.update(network_endpoint_override=url))
        with pytest.raises(TargetUnknown, match=f"nested more than {DEPTH} levels deep") as failed:
            fetch(vim.connection(), NETWORKS)
    assert "spec.api.maxDepth" in failed.value.hint


def test_an_answer_may_be_as_deep_as_its_vim_says(vim: Vim) -> None:
    body = b'{"networks": [], "more": ' + b"[" * 100 + b"]" * 100 + b"}"
    with lying(lambda handler: handler.whole(body)) as (url, _):
        vim.entry(lambda entry: entry.update(network_endpoint_override=url))
        assert fetch(vim.connection(budget=ApiBudget(max_depth=101)), NETWORKS) == []
        with pytest.raises(TargetUnknown, match="nested more than 100 levels deep"):
            fetch(vim.connection(budget=ApiBudget(max_depth=100)), NETWORKS)


def test_a_login_that_is_nested_too_deep_is_unusable(vim: Vim) -> None:
    def deep(handler: Handler) -> None:
        handler.whole(b"[" * 500_000 + b"]" * 500_000)

    with lying(deep) as (url, _):
        vim.entry(lambda entry: entry["auth"].update(auth_url=f"{url}/v3"))
        with pytest.raises(TargetUnknown, match="Invalid response from server"):
            vim.driver().observe()


def test_what_is_just_not_too_deep_is_taken() -> None:
    require_shallow(json.loads("[" * 64 + "]" * 64), 64)
    with pytest.raises(TooDeep):
        require_shallow(json.loads('{"a": ' * 64 + "[]" + "}" * 64), 64)


def test_a_long_error_reply_is_not_searched_whole() -> None:
    assert said(answer(500, "<" * 5_000_000)).startswith("<<<")


def test_pages_without_end_are_cut_off(vim: Vim) -> None:
    def answering(handler: Handler) -> None:
        count = int(handler.path.rpartition("marker=")[2]) if "marker=" in handler.path else 0
        link = {"rel": "next", "href": f"http://x/networks?marker={count + 1}"}
        handler.whole(json.dumps({"networks": [{"id": "a" * 40}] * 1000, "networks_links": [link]}).encode())

    with lying(answering) as (url, asked):
        vim.entry(lambda entry: entry.update(network_endpoint_override=url))
        connection = vim.connection(budget=ApiBudget(max_answer_bytes=SMALL, requests_per_second=1e6))
        with pytest.raises(TargetUnknown, match=r"has more than 1,600,000 bytes on \d+ pages") as failed:
            fetch(connection, NETWORKS)
    assert "spec.api.maxAnswerBytes" in failed.value.hint
    assert len(asked) < 40


@pytest.mark.parametrize(
    "bad",
    ["x/../../identity/v3/users", "..", ".", "", "a?b", "a#b", "a%2fb", "\x1b[2J", "a\n", "a b", "a" * 65, 7, ["x"]],
)
def test_an_id_that_is_none_makes_the_list_unusable(vim: Vim, bad: object) -> None:
    body = json.dumps({"networks": [{"id": bad, "name": "x"}]}).encode()
    error = failure(vim, lambda handler: handler.whole(body))
    assert "/v2.0/networks lists the id" in error.message
    assert "which is no id of the network service" in error.message
    assert "\x1b" not in str(error)


def test_ids_are_one_part_of_a_url_whatever_is_in_them(vim: Vim) -> None:
    driver = vim.driver()
    driver.observe()
    vim.simulator.reset_requests()
    request = Request("DELETE", "network", "/v2.0/networks/{id}/x/{part}", "../a?b", "c#d/e", done=frozenset({404}))
    driver._send(request)
    assert vim.calls[-1].url.endswith("/v2.0/networks/..%2Fa%3Fb/x/c%23d%2Fe")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_another_origin_gets_no_token(vim: Vim, status: int) -> None:
    with lying(lambda handler: handler.whole(b"{}")) as (thief, stolen):

        def answering(handler: Handler) -> None:
            handler.send_response(status)
            handler.send_header("Location", f"{thief}/stolen")
            handler.send_header("Content-Length", "0")
            handler.end_headers()

        error = failure(vim, answering)
        assert stolen == []
    assert f"redirects to {thief}, which is not followed" in error.message


def test_a_login_that_is_redirected_to_another_origin_gets_no_password(vim: Vim) -> None:
    with lying(lambda handler: handler.whole(b"{}")) as (thief, stolen):

        def answering(handler: Handler) -> None:
            handler.send_response(307)
            handler.send_header("Location", f"{thief}/login")
            handler.send_header("Content-Length", "0")
            handler.end_headers()

        with lying(answering) as (url, _):
            vim.entry(lambda entry: entry["auth"].update(auth_url=f"{url}/v3"))
            with pytest.raises(TargetUnknown, match="which is not followed"):
                vim.driver().observe()
        assert stolen == []


def test_a_redirect_within_the_origin_is_followed(vim: Vim) -> None:
    def answering(handler: Handler) -> None:
        if handler.path.startswith("/v2.0/"):
            handler.send_response(302)
            handler.send_header("Location", "/other/networks")
            handler.send_header("Content-Length", "0")
            handler.end_headers()
        else:
            handler.whole(b'{"networks": [{"id": "n-1"}]}')

    with lying(answering) as (url, asked):
        vim.entry(lambda entry: entry.update(network_endpoint_override=url))
        assert fetch(vim.connection(), NETWORKS) == [{"id": "n-1"}]
    assert [path.partition("?")[0] for path, _, _ in asked] == ["/v2.0/networks", "/other/networks"]


def test_the_token_of_an_https_login_goes_to_no_http_endpoint_of_the_catalog(
    vim: Vim, tls: tuple[ssl.SSLContext, Path]
) -> None:
    """But where the operator names it in clouds.yaml."""
    context, certificate = tls
    login = f"{vim.simulator.url}/paris/identity"

    def answering(handler: Handler) -> None:
        sent = handler.asked[-1][2]
        answered = requests.post(login + handler.path, data=sent, timeout=60)
        handler.send_response(answered.status_code)
        for name in ("X-Subject-Token", "Content-Type", "Content-Length"):
            handler.send_header(name, answered.headers[name])
        handler.end_headers()
        handler.wfile.write(answered.content)

    def over_https(entry: dict[str, Any]) -> None:
        entry["auth"].update(auth_url=f"{url}/v3")
        entry["cacert"] = str(certificate)

    with lying(answering, context) as (url, _):
        vim.entry(over_https)
        vim.simulator.reset_requests()
        with pytest.raises(TargetUnknown, match=r"the catalog says http://.*the token is not sent there") as caught:
            vim.driver().observe()
        assert "_endpoint_override" in caught.value.hint
        assert {call.service for call in vim.calls} == {"identity"}
        endpoints = {service: f"{vim.simulator.url}/paris/{service}" for service in ("network", "compute", "image")}
        vim.entry(lambda entry: entry.update({f"{name}_endpoint_override": at for name, at in endpoints.items()}))
        assert vim.driver().observe().observed == {}
