"""What the daemon shows to machines."""

from __future__ import annotations

import json
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from reconciler.config import Address
from reconciler.model import ConfigError, RepositoryStatus, Result
from reconciler.reporting.pass_events import events_of
from reconciler.web import Server, make_app, serving
from reconciler.web.app import make_health_app
from reconciler.web.serving import Bounds
from tests.metrics.reports import outcome, report, unknown
from tests.waiting import PATIENCE, eventually
from tests.web.shown import Shown


def get(shown: Shown, path: str) -> tuple[int, str, str]:
    answer = make_app(shown).test_client().get(path)
    return answer.status_code, answer.mimetype or "", answer.text


def status(shown: Shown) -> Any:
    code, mimetype, text = get(shown, "/api/v1/status")
    assert (code, mimetype) == (200, "application/json")
    return json.loads(text)


def test_metrics_are_served_as_prometheus_reads_them() -> None:
    code, mimetype, text = get(Shown(passes=[report(["vcpe"])]), "/metrics")
    assert (code, mimetype) == (200, "text/plain")
    names = {family.name for family in text_string_to_metric_families(text)}
    assert {"magi_build_info", "magi_vim_up", "magi_service_synced"} <= names
    assert any(name.startswith("process_") for name in names)


def test_it_is_healthy_as_soon_as_it_runs_and_ready_after_the_first_passes() -> None:
    assert get(Shown(), "/healthz") == (200, "text/plain", "ok\n")
    assert get(Shown(), "/readyz") == (503, "text/plain", "not yet\n")
    assert get(Shown(ready=True), "/readyz") == (200, "text/plain", "ready\n")


def test_a_vim_that_was_not_observed_yet_makes_no_process_unready_that_was_ready_before() -> None:
    assert get(Shown(was_ready=True), "/readyz") == (200, "text/plain", "ready\n")
    assert json.loads(get(Shown(was_ready=True), "/api/v1/status")[2])["ready"] is False


def test_the_root_names_what_is_served_there() -> None:
    code, mimetype, text = get(Shown(passes=[report(["vcpe"])]), "/")
    assert (code, mimetype) == (200, "text/plain")
    paths = [line.split()[0] for line in text.splitlines() if line.startswith("/")]
    assert {"/healthz", "/readyz", "/metrics", "/api/v1/status", "/api/v1/openapi.json"} == set(paths)
    assert all(get(Shown(ready=True), path)[0] == 200 for path in paths)
    assert "vcpe" not in text


def test_the_root_of_each_listener_names_its_own_paths() -> None:
    health = make_health_app(Shown()).test_client().get("/").text
    api = make_app(Shown(), with_health=False).test_client().get("/").text
    assert ("/healthz" in health, "/api/" in health) == (True, False)
    assert ("/healthz" in api, "/api/" in api) == (False, True)


def test_before_the_first_commit_the_status_is_empty_and_whole() -> None:
    found = status(Shown(source=RepositoryStatus("https://git.example/ns.git")))
    assert found == {
        "ready": False,
        "repositories": [
            {
                "name": "default",
                "url": "https://git.example/ns.git",
                "commit": "",
                "subject": "",
                "committedAt": None,
                "fetchedAt": None,
                "error": "",
                "refused": "",
                "distrust": "",
                "problems": [],
                "warnings": [],
                "shard": None,
            }
        ],
        "vims": [],
        "services": [],
    }


def test_the_status_shows_the_repository_the_vims_and_the_services() -> None:
    found = status(Shown(passes=[report(["vcpe"], outcome("vcpe/eth0", result=Result.FAILED)), unknown("lyon")]))
    (repository,) = found["repositories"]
    assert repository["refused"] == "c3d4"
    assert repository["problems"] == ["a.yaml:1:1: wrong"]
    assert repository["fetchedAt"] == "2023-11-14T22:15:00Z"
    paris, lyon = found["vims"]
    assert (paris["name"], paris["up"], paris["error"], paris["resources"], paris["stepsLeft"]) == (
        "paris",
        True,
        "",
        4,
        1,
    )
    assert [one["name"] for one in paris["plan"]["resources"]] == ["vcpe/eth0"]
    assert (lyon["up"], lyon["error"], lyon["plan"]) == (False, "gone", None)
    assert [(one["name"], one["vim"], one["sync"], one["health"], one["ready"]) for one in found["services"]] == [
        ("vcpe", "paris", "synced", "healthy", 4),
        ("vcpe", "lyon", "unknown", "unknown", 0),
    ]


@pytest.mark.parametrize("path", ["/metrics", "/healthz", "/readyz", "/api/v1/status"])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_nothing_can_be_changed(path: str, method: str) -> None:
    answer = make_app(Shown()).test_client().open(path, method=method, data="x")
    assert answer.status_code == 405


def test_what_is_not_there_is_404() -> None:
    assert get(Shown(), "/api/v2/status")[0] == 404


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server(make_app(Shown(ready=True)), Address("127.0.0.1", 0))
    made.start()
    yield made
    made.stop()


def test_it_is_served_on_a_real_port_until_it_is_stopped(server: Server) -> None:
    url = f"http://127.0.0.1:{server.port}/readyz"
    with urllib.request.urlopen(url) as answer:
        assert answer.read() == b"ready\n"
    server.stop()
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(url, timeout=PATIENCE)


def test_a_port_that_is_taken_is_an_error_of_the_configuration(server: Server) -> None:
    with pytest.raises(ConfigError, match=rf"can't listen on 127\.0\.0\.1:{server.port}: Address already in use"):
        Server(make_app(Shown()), Address("127.0.0.1", server.port))


@pytest.mark.parametrize("host", ["localhost", "::1"])
def test_names_and_addresses_of_both_families_can_be_listened_on(host: str) -> None:
    made = Server(make_app(Shown()), Address(host))
    made.start()
    name = f"[{host}]" if ":" in host else host
    with urllib.request.urlopen(f"http://{name}:{made.port}/healthz") as answer:
        assert answer.status == 200
    made.stop()


def test_an_address_of_another_machine_is_an_error_of_the_configuration() -> None:
    with pytest.raises(ConfigError, match=r"can't listen on 192\.0\.2\.1:0"):
        Server(make_app(Shown()), Address("192.0.2.1"))


def test_events_are_reported_the_newest_first_and_by_service() -> None:
    shown = Shown()
    shown.events.note(events_of(None, report(["vcpe", "edge"])))
    shown.events.note(events_of(None, unknown("lyon")))
    events = json.loads(get(shown, "/api/v1/events")[2])["events"]
    assert [(event["vim"], event["service"], event["reason"]) for event in events] == [
        ("lyon", "", "Unreachable"),
        ("paris", "edge", "Healthy"),
        ("paris", "edge", "Synced"),
        ("paris", "vcpe", "Healthy"),
        ("paris", "vcpe", "Synced"),
    ]
    of_edge = json.loads(get(shown, "/api/v1/events?service=edge&vim=paris")[2])["events"]
    assert [event["reason"] for event in of_edge] == ["Healthy", "Synced"]


def half_sent(port: int) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), PATIENCE)
    connection.sendall(b"POST /hooks/git HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\na")
    return connection


def test_requests_that_are_half_sent_silence_no_one(server: Server) -> None:
    with ExitStack() as ending:
        for _ in range(130):
            ending.enter_context(half_sent(server.port))
        with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/healthz", timeout=PATIENCE) as answer:
            assert answer.status == 200


@pytest.mark.parametrize(
    "begin", [b"", b"GET /healthz HTTP/1.1\r\n", b"POST / HTTP/1.1\r\nContent-Length: 99999\r\n\r\n"]
)
def test_a_request_that_trickles_in_is_cut_off(monkeypatch: pytest.MonkeyPatch, begin: bytes) -> None:
    monkeypatch.setattr(serving, "_CLEANUP_SECONDS", 1)
    made = Server(make_app(Shown()), Address("127.0.0.1", 0), Bounds(seconds=1.0))
    made.start()
    with socket.create_connection(("127.0.0.1", made.port), PATIENCE) as connection, ExitStack() as ending:
        ending.callback(made.stop)
        connection.sendall(begin)
        connection.settimeout(0.05)

        def cut_off() -> bool:
            try:
                if begin:
                    connection.sendall(b"a")
                return not connection.recv(65536)
            except TimeoutError:
                return False
            except OSError:
                return True

        eventually(cut_off)
