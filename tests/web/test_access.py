"""Who is answered: hosts, tokens, and sockets that this machine alone reaches."""

from __future__ import annotations

import socket
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from reconciler.cli.opening import access_of
from reconciler.config import Address, ApiConfig, Config, RepositoryConfig
from reconciler.model import ConfigError
from reconciler.web import Access, Server, make_app, openapi_document
from reconciler.web.access import Tokens, read_tokens
from reconciler.web.hooks import Hook
from tests.waiting import PATIENCE
from tests.web.described import check
from tests.web.shown import Shown

HOSTS = frozenset({"magi.example", "::1"})
TOKEN, OTHER = "a" * 32, "b" * 40
STATUS = "/api/v1/status"


def client(hosts: frozenset[str] | None = None, tokens: Callable[[], Tokens] | None = None) -> FlaskClient:
    return make_app(Shown(ready=True), Hook(lambda: "secret"), Access(hosts, tokens)).test_client()


def bearing(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.parametrize("host", ["magi.example", "MAGI.example:9464", "[::1]:80", "magi.example."])
def test_a_host_that_is_listed_is_answered(host: str) -> None:
    assert client(HOSTS).get(STATUS, headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    ("host", "code"), [("evil.example", 421), ("10.0.0.7:9464", 421), ("", 400), ("a b", 400), ("magi.example@x", 400)]
)
def test_another_host_gets_a_short_answer_that_names_the_setting(host: str, code: int) -> None:
    answer = client(HOSTS).get(STATUS, headers={"Host": host})
    assert (answer.status_code, answer.mimetype) == (code, "application/json")
    check({"$ref": "#/components/schemas/Error"}, answer.json)
    assert "allowedHosts" in answer.text
    answer = client(HOSTS).post("/hooks/git", data="x", headers={"Host": host, "X-Gitlab-Token": "secret"})
    assert (answer.status_code, answer.mimetype) == (code, "text/plain")
    assert "allowedHosts" in answer.text


def test_the_root_needs_no_token_and_is_answered_under_the_names_of_the_daemon_alone() -> None:
    asked = client(HOSTS, lambda: read_tokens(TOKEN, "x"))
    assert asked.get("/", headers={"Host": "magi.example"}).status_code == 200
    assert asked.get("/", headers={"Host": "evil.example"}).status_code == 421


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_health_and_metrics_are_answered_under_any_name_and_without_a_token(path: str) -> None:
    asked = client(HOSTS, lambda: read_tokens(TOKEN, "x"))
    assert asked.get(path, headers={"Host": "10.244.0.7:9464"}).status_code == 200


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        (bearing(TOKEN), 200),
        (bearing(OTHER), 200),
        ({"Authorization": f"bearer  {TOKEN}"}, 200),
        ({}, 401),
        (bearing(TOKEN[1:]), 401),
        (bearing(TOKEN + "a"), 401),
        (bearing("ü" * 32), 401),
        ({"Authorization": TOKEN}, 401),
        ({"Authorization": f"Basic {TOKEN}"}, 401),
    ],
)
@pytest.mark.parametrize("path", [STATUS, "/api/v1/openapi.json"])
def test_the_api_is_for_those_who_have_a_token(headers: dict[str, str], code: int, path: str) -> None:
    answer = client(None, lambda: read_tokens(f"{TOKEN}\n{OTHER}", "x")).get(path, headers=headers)
    assert answer.status_code == code
    assert ("WWW-Authenticate" in answer.headers) == (code == 401)
    if code == 401:
        check({"$ref": "#/components/schemas/Error"}, answer.json)


def test_without_a_token_no_one_learns_what_there_is_below_the_api() -> None:
    asked = client(None, lambda: read_tokens(TOKEN, "x"))
    assert {asked.get(path).status_code for path in ("/api", "/api/v1/nothing", f"{STATUS}?vmi=x")} == {401}


@pytest.mark.parametrize("path", list(openapi_document()["paths"]))
def test_that_a_token_is_needed_and_a_host_is_another_is_described(path: str) -> None:
    [(method, operation)] = openapi_document()["paths"][path].items()
    described = operation["responses"]
    asked = client(HOSTS, lambda: read_tokens(TOKEN, "x"))
    hosts = ("magi.example", "evil.example")
    codes = [asked.open(path, method=method.upper(), headers={"Host": host}).status_code for host in hosts]
    assert codes == [401, 421]
    assert {"401", "421"} <= described.keys()
    (scheme,) = openapi_document()["components"]["securitySchemes"].values()
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")


def test_webhooks_have_their_own_signature_and_need_no_token() -> None:
    asked = client(None, lambda: read_tokens(TOKEN, "x"))
    assert asked.post("/hooks/git", data="x", headers={"X-Gitlab-Token": "secret"}).status_code == 202
    assert asked.post("/hooks/git", data="x", headers=bearing(TOKEN)).status_code == 401


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "has no token"),
        ("# none\n\n", "has no token"),
        (f"# one\n{'c' * 31}\n", "line 2 has 31 characters, and needs 32"),
        (f"{'c' * 20} {'d' * 20}\n", "line 1 is no bearer token"),
        (f"{TOKEN}\n{'ü' * 40}\n", "line 2 is no bearer token"),
    ],
)
def test_a_file_without_good_tokens_is_refused_and_shows_none(text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words) as failed:
        read_tokens(text, "api.tokensFile x")
    assert "cc" not in str(failed.value)


def test_tokens_are_read_with_comments_around_them() -> None:
    assert len(read_tokens(f"# of the dashboard\n{TOKEN}\n\n  {OTHER}  \r\n", "x")) == 2


def test_a_file_of_tokens_that_changes_counts_from_then_on(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = tmp_path / "tokens"
    file.write_text(TOKEN)
    config = Config(RepositoryConfig("u"), api=ApiConfig(file))
    asked = make_app(Shown(), access=access_of(config)).test_client()

    def codes() -> list[int]:
        return [asked.get(STATUS, headers=bearing(token)).status_code for token in (TOKEN, OTHER)]

    assert codes() == [200, 401]
    file.write_text(f"{OTHER}\n")
    assert codes() == [401, 200]
    file.write_text("short")
    assert codes() == [401, 401]
    assert "needs 32" in str([vars(one) for one in caplog.records])
    file.unlink()
    assert codes() == [401, 401]
    file.write_text(f"{TOKEN}\n{OTHER}")
    assert codes() == [200, 200]


def test_without_tokens_no_one_beyond_this_machine_is_answered_unless_the_operator_says_so() -> None:
    away = Config(RepositoryConfig("u"), listen="192.0.2.1:80")
    answer = make_app(Shown(), access=access_of(away)).test_client().get(STATUS, headers={"Host": "192.0.2.1"})
    assert answer.status_code == 401
    assert "api.tokensFile, or api.anonymous: all" in answer.text
    asked = Config(RepositoryConfig("u"), listen="192.0.2.1:80", api=ApiConfig(anonymous="all"))
    answer = make_app(Shown(), access=access_of(asked)).test_client().get(STATUS, headers={"Host": "192.0.2.1"})
    assert answer.status_code == 200


def over(file: Path) -> bytes:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(PATIENCE)
        connection.connect(str(file))
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        return connection.makefile("rb").read()


def test_a_unix_socket_is_for_the_user_and_the_group_of_the_daemon(tmp_path: Path) -> None:
    file = tmp_path / "magi.sock"
    server = Server(make_app(Shown()), Address(socket_file=file))
    server.start()
    assert stat.S_IMODE(file.stat().st_mode) == 0o660
    assert over(file).startswith(b"HTTP/1.1 200 OK")
    with pytest.raises(ConfigError, match="Address already in use"):
        Server(make_app(Shown()), Address(socket_file=file))
    assert over(file).endswith(b"ok\n")
    server.stop()
    assert not file.exists()


def test_a_unix_socket_that_a_dead_daemon_left_is_replaced_and_any_other_file_kept(tmp_path: Path) -> None:
    file = tmp_path / "magi.sock"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(file))
    server = Server(make_app(Shown()), Address(socket_file=file))
    server.start()
    assert over(file).endswith(b"ok\n")
    server.stop()
    file.write_text("precious")
    with pytest.raises(ConfigError, match=rf"can't listen on unix:{file}: Address already in use"):
        Server(make_app(Shown()), Address(socket_file=file))
    assert file.read_text() == "precious"
