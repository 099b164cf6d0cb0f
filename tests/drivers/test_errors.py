"""What a refusal means, and How it is found."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests
from keystoneauth1 import exceptions as ks

from reconciler.model import ConfigError, TargetUnknown
from reconciler.targets.openstack.session.errors import said, step_failed, step_without_answer, target_unknown


def answer(status: int, body: Any = "", **headers: str) -> requests.Response:
    response = requests.Response()
    response.status_code = status
    response._content = (body if isinstance(body, str) else json.dumps(body)).encode()
    response.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
    return response


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"error": {"code": 401, "title": "Unauthorized", "message": "wrong"}}, "wrong"),
        ({"NeutronError": {"type": "IpAddressInUse", "message": "in use", "detail": ""}}, "in use"),
        ({"badRequest": {"code": 400, "message": "Invalid image"}}, "Invalid image"),
        ({"message": "from a proxy"}, "from a proxy"),
        ({"detail": "rate limited"}, "rate limited"),
        ({"code": 1, "why": ["x"]}, '{"code": 1, "why": ["x"]}'),
        (["a", "b"], '["a", "b"]'),
        ("<html><h1>403  Forbidden</h1>\n<br />\nAccess was denied\n</html>", "403 Forbidden Access was denied"),
        ("", "no words"),
    ],
    ids=["keystone", "neutron", "nova", "message", "one text", "unknown object", "list", "glance", "nothing"],
)
def test_the_words_of_each_service_are_found(body: Any, words: str) -> None:
    assert said(answer(400, body)) == words


def test_long_words_are_cut() -> None:
    assert len(said(answer(500, "x" * 5000))) == 300


@pytest.mark.parametrize("status", [401, 404, 408, 409, 412, 413, 425, 429, 500, 502, 503, 504])
def test_what_may_pass_is_tried_again(status: int) -> None:
    assert not step_failed(answer(status, "no")).terminal


@pytest.mark.parametrize(("status", "words"), [(400, "no"), (403, "no"), (405, "no"), (409, "Quota exceeded for port")])
def test_what_only_people_can_fix_is_not_tried_again(status: int, words: str) -> None:
    assert step_failed(answer(status, words)).terminal


@pytest.mark.parametrize(
    ("status", "words", "rejected"),
    [
        (400, "Invalid input for field", True),
        (403, "Policy doesn't allow it to be performed.", True),
        (403, "Quota exceeded for cores", False),
        (403, "Maximum number of ports exceeded", False),
        (409, "No more IP addresses available on network", False),
        (413, "VolumeLimitExceeded: Maximum number of volumes allowed (10) exceeded for quota 'volumes'.", False),
        (503, "no", False),
    ],
)
def test_a_request_that_is_wrong_or_forbidden_is_distinguished_from_one_that_finds_no_room(
    status: int, words: str, rejected: bool
) -> None:
    assert step_failed(answer(status, words)).rejected is rejected


def test_a_quota_says_what_to_do() -> None:
    for status in (403, 409, 413):
        error = step_failed(answer(status, {"forbidden": {"message": "Quota exceeded for cores"}}))
        assert str(error) == f"{status}: Quota exceeded for cores (raise the quota or ask for less)"


@pytest.mark.parametrize(("header", "seconds"), [("7", 7.0), ("Wed, 21 Oct 2026 07:28:00 GMT", None), ("", None)])
def test_the_time_that_a_cloud_asks_for_is_kept(header: str, seconds: float | None) -> None:
    assert step_failed(answer(429, "slow", Retry_After=header)).retry_after == seconds


def test_a_lost_reply_is_tried_again() -> None:
    error = step_without_answer(ks.ConnectFailure("Unable to reach it\nmore"))
    assert (str(error), error.terminal, error.lost) == ("no answer: Unable to reach it", False, True)


@pytest.mark.parametrize(
    ("cause", "kind", "words"),
    [
        (answer(403, "no"), ConfigError, "VIM paris forbids listing ports: no"),
        (answer(404, "no"), TargetUnknown, "VIM paris can't be observed: ports answered 404: no"),
        (answer(500, "no"), TargetUnknown, "VIM paris can't be observed: ports answered 500: no"),
        (ks.Unauthorized("bad password"), ConfigError, "VIM paris: login failed: bad password"),
        (ks.NotFound("no such project"), ConfigError, "VIM paris: login failed: no such project"),
        (ks.EndpointNotFound("none"), ConfigError, "VIM paris: none"),
        (ks.SSLError("self-signed"), ConfigError, "VIM paris: self-signed"),
        (ks.ConnectFailure("refused"), TargetUnknown, "VIM paris can't be reached: refused"),
        (ks.ConnectTimeout("slow"), TargetUnknown, "VIM paris can't be reached: slow"),
        (ks.InternalServerError("500"), TargetUnknown, "VIM paris can't be reached: 500"),
    ],
)
def test_a_failed_observation_is_the_cloud_s_fault_or_that_of_the_configuration(
    cause: Exception | requests.Response, kind: type[Exception], words: str
) -> None:
    error = target_unknown("paris", "ports", cause)
    assert type(error) is kind
    assert error.message.startswith(words)
    assert error.hint


def test_no_address_in_memory_gets_into_a_message() -> None:
    text = "Unable to establish connection: <urllib3.connection.HTTPConnection object at 0x7f1>: refused"
    assert "0x7f1" not in str(target_unknown("paris", "ports", ks.ConnectFailure(text)))
