"""Probes, against real servers on loopback."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from reconciler.model import Desired, Key, Observed, Place, Probe, Spec, State, World
from reconciler.outside.probing import ask, ask_all
from reconciler.targets.openstack.kinds.floating_ip import FloatingIpSpec
from reconciler.targets.openstack.kinds.port import FixedIp, PortSpec
from tests.ports import free_port

PORT = Key("paris", "port", "svc/fw/fw-0/eth0")
SERVER = Key("paris", "server", "svc/fw/fw-0")
NETWORK = Key("paris", "network", "svc/lan")
PUBLIC = Key("paris", "existing-network", "public")


class Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response({"/fine": 204, "/moved": 302}.get(self.path, 503))
        self.send_header("Location", "/fine")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def web() -> Iterator[int]:
    server = HTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


@contextmanager
def mute() -> Iterator[int]:
    """A port that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def test_a_port_that_takes_connections_passes(web: int) -> None:
    assert ask(Probe("tcp", PORT, web), "127.0.0.1") == ""


def test_a_port_that_takes_none_is_reported() -> None:
    port = free_port()
    assert ask(Probe("tcp", PORT, port), "127.0.0.1") == f"tcp 127.0.0.1:{port}: Connection refused"


@pytest.mark.parametrize(("path", "wrong"), [("/fine", ""), ("/moved", ""), ("/", "status 503 for /")])
def test_a_web_server_has_to_answer_well(web: int, path: str, wrong: str) -> None:
    said = ask(Probe("http", PORT, web, path), "127.0.0.1")
    assert said == (f"http 127.0.0.1:{web}: {wrong}" if wrong else "")


def test_an_answer_that_does_not_come_is_aborted_in_time() -> None:
    with mute() as port:
        said = ask(Probe("http", PORT, port, "/", timeout=0.2), "127.0.0.1")
    assert said == f"http 127.0.0.1:{port}: no answer within 0.2 s"


def test_a_ping_is_answered_or_the_right_to_send_one_is_missed() -> None:
    said = ask(Probe("ping", PORT), "127.0.0.1")
    assert said == "" or said.startswith("ping 127.0.0.1: ")


def world(*addresses: str, floating: str = "", state: State = State.READY) -> World:
    spec = PortSpec(NETWORK, fixed_ips=tuple(FixedIp(None, address) for address in addresses))
    observed = {
        PORT: Observed(PORT, spec, "p-1"),
        SERVER: Observed(SERVER, Spec(), "s-1", state),
    }
    if floating:
        key = Key("paris", "floating-ip", "svc/out/fw-0")
        observed[key] = Observed(key, FloatingIpSpec(PUBLIC, PORT), "f-1", address=floating)
    return World("paris", observed, {})


def desired(probe: Probe | None) -> dict[Key, Desired]:
    return {SERVER: Desired(SERVER, Spec(), Place("a.yaml", 1), probe=probe)}


@pytest.mark.parametrize(
    ("there", "asked"),
    [
        (world("127.0.0.2"), "127.0.0.2"),
        (world("::1", "127.0.0.2"), "127.0.0.2"),
        (world("127.0.0.2", floating="127.0.0.3"), "127.0.0.3"),
    ],
    ids=["the address of the port", "IPv4 before IPv6", "the floating IP before both"],
)
def test_the_address_that_leads_there_is_asked(there: World, asked: str) -> None:
    port = free_port()
    assert ask_all(desired(Probe("tcp", PORT, port)), there) == {SERVER: f"tcp {asked}:{port}: Connection refused"}


def test_an_interface_without_an_address_is_reported() -> None:
    (said,) = ask_all(desired(Probe("tcp", PORT, 22)), world()).values()
    assert said == "interface svc/fw/fw-0/eth0 has no address to ask"


def test_only_what_is_ready_and_has_a_probe_is_asked() -> None:
    assert ask_all(desired(None), world("127.0.0.2")) == {}
    assert ask_all(desired(Probe("tcp", PORT, 22)), world("127.0.0.2", state=State.BUILDING)) == {}
