"""A small client that speaks to the simulator like any HTTP client, and a clock that stands still."""

import json
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import Any

from openstack_simulator import PASSWORD, Simulator
from openstack_simulator.cloud import Cloud
from tests.waiting import PATIENCE


@dataclass
class Clock:
    """Time that only a test moves."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += seconds


def everything_falls_due(cloud: Cloud) -> None:
    """What the cloud is building, deleting or changing is done with the next request."""
    with cloud.lock:
        cloud._due[:] = [(cloud.now(), count, action) for _, count, action in cloud._due]


@dataclass(frozen=True)
class Answer:
    """What came back: status, decoded body, headers by lower-case name."""

    status: int
    body: Any
    headers: dict[str, str]

    def __getitem__(self, name: str) -> Any:
        return self.body[name]


def send(method: str, url: str, body: Any = None, headers: dict[str, str] | None = None) -> Answer:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, headers or {}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as response:
            return _answer(response.status, response.read(), dict(response.headers))
    except urllib.error.HTTPError as error:
        with error:
            return _answer(error.code, error.read(), dict(error.headers))


def _answer(status: int, data: bytes, headers: dict[str, str]) -> Answer:
    try:
        body = json.loads(data) if data else None
    except ValueError:
        body = data.decode()
    return Answer(status, body, {name.lower(): value for name, value in headers.items()})


def password_of(user: str, project: str | None) -> dict[str, Any]:
    proof = {"user": {"name": user, "domain": {"id": "default"}, "password": PASSWORD}}
    auth: dict[str, Any] = {"identity": {"methods": ["password"], "password": proof}}
    if project:
        auth["scope"] = {"project": {"name": project, "domain": {"name": "Default"}}}
    return {"auth": auth}


@dataclass
class Caller:
    """A logged-in user of one cloud; `compute` speaks a chosen microversion."""

    url: str
    user: str = "demo"
    project: str = "demo"
    token: str = field(init=False)
    project_id: str = field(init=False)
    user_id: str = field(init=False)

    def __post_init__(self) -> None:
        answer = send("POST", f"{self.url}/identity/v3/auth/tokens", password_of(self.user, self.project))
        self.token = answer.headers["x-subject-token"]
        self.project_id = answer["token"]["project"]["id"]
        self.user_id = answer["token"]["user"]["id"]

    def network(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        return self.call(method, f"network/v2.0/{path}", body, **headers)

    def compute(self, method: str, path: str, body: Any = None, version: str = "2.96") -> Answer:
        headers = {"OpenStack-API-Version": f"compute {version}"}
        return send(method, f"{self.url}/compute/v2.1/{path}", body, {"X-Auth-Token": self.token, **headers})

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return send(method, f"{self.url}/{path}", body, {"X-Auth-Token": self.token, **named})

    def make(self, singular: str, **values: Any) -> Any:
        """A resource of Neutron, made; the test fails when it is refused."""
        path = f"{singular.replace('_', '-')}s"
        answer = self.network("POST", path, {singular: values})
        assert answer.status == 201, answer.body
        return answer[singular]

    def make_server(self, **values: Any) -> str:
        """The id of a server of the smallest flavor, without a NIC unless the test says so."""
        image = self.call("GET", "image/v2/images?name=cirros-0.6")["images"][0]["id"]
        hints = values.pop("hints", None)
        server = {"name": "server", "flavorRef": "1", "imageRef": image, "networks": "none", **values}
        answer = self.compute("POST", "servers", {"server": server, **({"os:scheduler_hints": hints} if hints else {})})
        assert answer.status == 202, answer.body
        return str(answer["server"]["id"])

    def server(self, server_id: str) -> Any:
        return self.compute("GET", f"servers/{server_id}")["server"]


@dataclass
class World:
    """One simulated cloud with a clock that stands still, its user and its admin."""

    simulator: Simulator
    clock: Clock
    demo: Caller
    admin: Caller
