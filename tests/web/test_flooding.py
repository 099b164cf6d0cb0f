"""What many connections, and slow ones, can't do: silence the daemon for others, above all its health and metrics."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

from reconciler.config import Address, Config, RepositoryConfig
from reconciler.model import ConfigError
from reconciler.web import Access, Listeners, Server, make_app, serving
from reconciler.web.serving import Bounds, client_of
from tests.ports import free_port
from tests.waiting import PATIENCE, eventually
from tests.web.shown import Shown

HERE, THERE = "127.0.0.1", "127.0.0.2"
"""Two clients."""


@contextmanager
def served(app: Any, bounds: Bounds) -> Iterator[Server]:
    server = Server(app, Address(HERE), bounds)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def connected(port: int, client: str = HERE) -> socket.socket:
    return socket.create_connection((HERE, port), PATIENCE, (client, 0))


def half_sent(port: int, client: str = HERE) -> socket.socket:
    connection = connected(port, client)
    connection.sendall(b"POST /hooks/git HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\na")
    return connection


def code(port: int, path: str, client: str = HERE) -> int:
    with ExitStack() as ending:
        asking = http.client.HTTPConnection(HERE, port, PATIENCE, (client, 0))
        ending.callback(asking.close)
        asking.request("GET", path)
        return asking.getresponse().status


def is_ended(connection: socket.socket) -> bool:
    connection.settimeout(0.05)
    try:
        return not connection.recv(65536)
    except TimeoutError:
        return False
    except OSError:
        return True


Open = Callable[..., Listeners]


@pytest.fixture
def listeners() -> Iterator[Open]:
    opened: list[Listeners] = []

    def start(before: Listeners | None = None, **settings: Any) -> Listeners:
        config = Config(RepositoryConfig("u"), **{"listen": f"{HERE}:0", **settings})
        opened.append(Listeners.open(Shown(ready=True), config, None, Access(), before))
        return opened[-1]

    yield start
    for one in opened:
        one.stop()


def test_who_has_its_share_loses_the_oldest_and_is_still_answered(caplog: pytest.LogCaptureFixture) -> None:
    with served(make_app(Shown()), Bounds(20, 5)) as server, ExitStack() as ending:
        other = ending.enter_context(half_sent(server.port, THERE))
        mine = [ending.enter_context(half_sent(server.port)) for _ in range(5)]
        assert code(server.port, "/healthz") == 200
        eventually(lambda: is_ended(mine[0]))
        assert not is_ended(other)
        for _ in range(20):
            ending.enter_context(half_sent(server.port))
        assert code(server.port, "/healthz") == 200
        assert not is_ended(other)
    (reported,) = [one for one in caplog.records if "connectionsPerClient" in one.message]
    assert vars(reported)["client"] == HERE


def test_when_all_are_taken_who_has_the_most_loses_one(caplog: pytest.LogCaptureFixture) -> None:
    with served(make_app(Shown()), Bounds(10, 8)) as server, ExitStack() as ending:
        for _ in range(8):
            ending.enter_context(half_sent(server.port))
        few = [ending.enter_context(half_sent(server.port, THERE)) for _ in range(2)]
        assert code(server.port, "/healthz", "127.0.0.3") == 200
        assert [is_ended(one) for one in few] == [False, False]
    assert "see connections and metricsListen" in caplog.text


def test_health_and_metrics_have_bounds_of_their_own(listeners: Open, caplog: pytest.LogCaptureFixture) -> None:
    both = listeners(metrics_listen=f"{HERE}:0", metrics_connections=4, metrics_connections_per_client=2)
    assert both.health is not None
    with ExitStack() as ending:
        mine = [ending.enter_context(half_sent(both.health.port)) for _ in range(3)]
        eventually(lambda: is_ended(mine[0]))
        assert not is_ended(mine[2])
    assert caplog.messages == [
        "too many connections: the oldest of this client are ended; see metricsConnectionsPerClient"
    ]


def test_who_takes_in_nothing_of_an_answer_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "_CLEANUP_SECONDS", 1)

    def app(_: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", [])
        return [b"x" * 20_000_000, b"y" * 20_000_000]

    with served(app, Bounds(seconds=1.0)) as server, ExitStack() as ending:
        # More than there are threads, which wait until some of it is taken in.
        for _ in range(6):
            deaf = ending.enter_context(connected(server.port))
            deaf.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        eventually(lambda: len(server._server.active_channels) == 6)
        eventually(lambda: not server._server.active_channels)


@pytest.mark.parametrize(
    ("address", "client"),
    [
        (("192.0.2.1", 4711), "192.0.2.1"),
        (("2001:db8:1:2:3::4", 4711, 0, 0), "2001:db8:1:2::/64"),
        (("fe80::1%eth0", 4711, 0, 2), "fe80::/64"),
        (("::ffff:192.0.2.1", 4711, 0, 0), "192.0.2.1"),
        (("localhost", None), None),
    ],
)
def test_a_client_is_an_address_or_the_network_that_one_has_to_itself(address: Any, client: str | None) -> None:
    assert client_of(address) == client


def test_health_and_metrics_are_answered_whatever_is_done_to_the_rest(listeners: Open) -> None:
    both = listeners(metrics_listen=f"{HERE}:0", connections=100)
    assert both.health is not None
    with ExitStack() as ending:
        # Twice as many as are answered at once, from several clients.
        for number in range(200):
            ending.enter_context(half_sent(both.api.port, f"127.0.0.{number % 5 + 1}"))
        for path in ("/healthz", "/readyz", "/metrics"):
            assert code(both.health.port, path) == 200


def test_health_and_metrics_are_at_one_address_and_the_api_at_the_other(listeners: Open) -> None:
    both = listeners(metrics_listen=f"{HERE}:0")
    assert both.health is not None
    codes = {
        path: (code(both.api.port, path), code(both.health.port, path))
        for path in ("/healthz", "/readyz", "/metrics", "/api/v1/status")
    }
    assert codes == {
        "/healthz": (404, 200),
        "/readyz": (404, 200),
        "/metrics": (404, 200),
        "/api/v1/status": (200, 404),
    }
    assert both.about() == {"listen": f"{HERE}:{both.api.port}", "metrics": f"{HERE}:{both.health.port}"}


def test_listeners_follow_the_settings_and_stay_where_these_do(listeners: Open) -> None:
    one = listeners()
    assert code(one.api.port, "/metrics") == 200
    both = listeners(one, metrics_listen=f"{HERE}:0")
    assert both.api is one.api
    assert both.health is not None
    assert (code(both.api.port, "/metrics"), code(both.health.port, "/metrics")) == (404, 200)
    own = {"connections": 7, "connections_per_client": 3}
    of_health = {"metrics_connections": 5, "metrics_connections_per_client": 4}
    same = listeners(both, metrics_listen=f"{HERE}:0", request_timeout=2.5, **own, **of_health)
    assert (same.api, same.health) == (both.api, both.health)
    assert same.health is not None
    assert [one._bounds for one in (same.api, same.health)] == [Bounds(7, 3, 2.5), Bounds(5, 4, 2.5)]
    again = listeners(same)
    assert (again.api, again.health) == (one.api, None)
    assert code(again.api.port, "/metrics") == 200
    with pytest.raises(ConnectionRefusedError):
        connected(both.health.port)


def test_an_address_for_metrics_that_is_taken_changes_nothing(listeners: Open) -> None:
    one = listeners()
    other = free_port()
    with pytest.raises(ConfigError, match="set 'metricsListen' to a free address") as failed:
        listeners(one, listen=f"{HERE}:{other}", metrics_listen=f"{HERE}:{one.api.port}")
    assert str(one.api.port) in failed.value.message
    assert code(one.api.port, "/metrics") == 200
    with pytest.raises(ConnectionRefusedError):
        connected(other)
