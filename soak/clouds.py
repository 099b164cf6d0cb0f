"""The clouds: a simulator in a process of its own, so that what it holds is not counted as Magi's."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnContext
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from typing import Any

from openstack_simulator import PASSWORD, CloudSettings, Simulator
from soak.clock import HandClock

CLOUDS = ("paris", "lyon")
_PATIENCE = 60.0
_BUILDING = CloudSettings(build_seconds=3.0, delete_seconds=1.0, action_seconds=2.0)


class Clouds:
    """``file``: a clouds.yaml that reaches them."""

    def __init__(self, url: str, file: Path) -> None:
        self.url = url
        self.file = file

    def faults(self, *rules: dict[str, Any]) -> None:
        """From now on these, and no others."""
        _send("PUT", f"{self.url}/_simulator/faults", list(rules))

    def forget_requests(self) -> None:
        """What was served is not kept any longer."""
        _send("DELETE", f"{self.url}/_simulator/requests")

    def out_of_band(self, cloud: str) -> OutOfBand:
        """Someone who is logged in at a cloud, in the project that Magi works in."""
        return OutOfBand(f"{self.url}/{cloud}")


class OutOfBand:
    """Changes what exists, past Git."""

    def __init__(self, url: str) -> None:
        self._url = url
        proof = {"user": {"name": "admin", "domain": {"id": "default"}, "password": PASSWORD}}
        scope = {"project": {"name": "demo", "domain": {"id": "default"}}}
        auth = {"auth": {"identity": {"methods": ["password"], "password": proof}, "scope": scope}}
        self._token = _send("POST", f"{url}/identity/v3/auth/tokens", auth)[1]["X-Subject-Token"]

    def networks(self) -> list[dict[str, Any]]:
        """Those that have a mark of Magi."""
        found = self._ask("GET", "network/v2.0/networks")["networks"]
        return [one for one in found if one["description"].startswith("magi:")]

    def change_mtu(self, network: str, mtu: int) -> None:
        self._ask("PUT", f"network/v2.0/networks/{network}", {"network": {"mtu": mtu}})

    def servers(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._ask("GET", "compute/v2.1/servers/detail")["servers"]
        return found

    def break_server(self, server: str) -> None:
        """Has it in ERROR."""
        self._ask("POST", f"compute/v2.1/servers/{server}/action", {"os-resetState": {"state": "error"}})

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        return _send(method, f"{self._url}/{path}", body, {"X-Auth-Token": self._token})[0]


@contextmanager
def simulated(folder: Path, context: SpawnContext, clock: HandClock) -> Iterator[Clouds]:
    """The clouds, whose time is that of the clock."""
    file = folder / "clouds.yaml"
    own, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(clock.moment, str(file), theirs), daemon=True)
    process.start()
    theirs.close()
    try:
        if not own.poll(_PATIENCE):
            raise TimeoutError(f"the simulator has not started in {_PATIENCE:g} s")
        yield Clouds(own.recv(), file)
    finally:
        own.close()
        process.join(_PATIENCE)


def _serve(moment: Synchronized[float], file: str, parent: Connection) -> None:
    """In the other process: serves until the parent closes its end."""
    with Simulator(dict.fromkeys(CLOUDS, _BUILDING), clock=lambda: moment.value, seed=1) as simulator:
        simulator.write_clouds_file(file)
        parent.send(simulator.url)
        try:
            parent.recv()
        except EOFError:
            return


def _send(method: str, url: str, body: Any = None, headers: dict[str, str] | None = None) -> tuple[Any, Any]:
    """The body of the answer and its headers; raises HTTPError for a refusal."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json", **(headers or {})}, method=method)
    with urllib.request.urlopen(request, timeout=_PATIENCE) as answer:
        text = answer.read()
        return json.loads(text) if text else None, answer.headers
