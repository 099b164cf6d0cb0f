"""Webhooks: whose are heard, and that they cause a fetch from Git and nothing else."""

from __future__ import annotations

import hashlib
import hmac
import logging
from collections.abc import Mapping

import pytest
from prometheus_client import CollectorRegistry

from reconciler.web import make_app
from reconciler.web.hooks import COMPLAIN_EVERY, MAX_BYTES, Complaints, Hook, Result
from reconciler.web.limiting import BURST
from tests.web.shown import Shown

SECRET = "correct horse"
BODY = b'{"ref": "refs/heads/main"}'


def signature(body: bytes = BODY, secret: str = SECRET, way: str = "sha256") -> str:
    return hmac.new(secret.encode(), body, way).hexdigest()


def github(body: bytes = BODY) -> Mapping[str, str]:
    return {"X-Hub-Signature-256": f"sha256={signature(body)}"}


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(
    "headers",
    [
        github(),
        {"X-Hub-Signature": f"sha256={signature()}"},
        {"X-Gitea-Signature": signature()},
        {"X-Forgejo-Signature": signature()},
        {"X-Gitlab-Token": SECRET},
        # Gitea and Forgejo send GitHub's header too.
        {"X-Gitea-Signature": signature(), **github()},
    ],
    ids=["GitHub", "Bitbucket", "Gitea", "Forgejo", "GitLab", "Gitea as it is"],
)
def test_a_delivery_of_each_forge_is_accepted(headers: Mapping[str, str]) -> None:
    assert Hook(lambda: SECRET).judge(headers, BODY).result is Result.ACCEPTED


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Hub-Signature-256": ""},
        {"X-Hub-Signature-256": "sha256="},
        {"X-Hub-Signature-256": signature()},
        {"X-Hub-Signature-256": f"sha256={signature(secret='wrong')}"},
        {"X-Hub-Signature-256": f"sha256={signature(b'other')}"},
        {"X-Hub-Signature": f"sha1={signature(way='sha1')}"},
        {"X-Gitea-Signature": f"sha256={signature()}"},
        {"X-Gitlab-Token": ""},
        {"X-Gitlab-Token": "correct horsf"},
        {"X-Gitlab-Token": "\u00fc"},
        {"X-Gitea-Signature": "\u00fc" * 64},
        # One that is wrong is not saved by one that is right.
        {"X-Gitlab-Token": "wrong", **github()},
    ],
)
def test_what_is_not_signed_with_the_secret_is_refused(headers: Mapping[str, str]) -> None:
    assert Hook(lambda: SECRET).judge(headers, BODY).result is Result.REFUSED


def test_a_delivery_that_is_sent_again_is_not_heeded_again() -> None:
    hook = Hook(lambda: SECRET)
    results = [hook.judge(github(), BODY).result for _ in range(3)]
    assert results == [Result.ACCEPTED, Result.REPEATED, Result.REPEATED]
    assert hook.judge({"X-Gitlab-Token": SECRET}, BODY).result is Result.REPEATED


def test_too_many_at_once_are_put_off_and_heard_later() -> None:
    clock = Clock()
    hook = Hook(lambda: SECRET, clock)
    bodies = [str(number).encode() for number in range(int(BURST) + 1)]
    verdicts = [hook.judge(github(body), body) for body in bodies]
    assert [one.result for one in verdicts] == [Result.ACCEPTED] * int(BURST) + [Result.LIMITED]
    assert verdicts[-1].retry_after == 1.0
    clock.now = 1.0
    assert hook.judge(github(bodies[-1]), bodies[-1]).result is Result.ACCEPTED


def test_refused_ones_take_nothing_away_from_others() -> None:
    hook = Hook(lambda: SECRET, Clock())
    for number in range(100):
        hook.judge({}, str(number).encode())
    assert hook.judge(github(), BODY).result is Result.ACCEPTED


def post(shown: Shown, body: bytes, headers: Mapping[str, str], hook: Hook | None) -> tuple[int, str]:
    answer = make_app(shown, hook).test_client().post("/hooks/git", data=body, headers=dict(headers))
    return answer.status_code, answer.text


def test_a_delivery_has_git_fetched_whatever_it_says() -> None:
    for body in (BODY, b"", b"\xff", b'{"ref": "refs/heads/evil", "repository": {"clone_url": "https://evil"}}'):
        shown = Shown()
        assert post(shown, body, github(body), Hook(lambda: SECRET)) == (202, "accepted\n")
        assert shown.fetches == 1


def test_what_is_refused_repeated_or_too_large_fetches_nothing_and_is_counted() -> None:
    shown, hook = Shown(), Hook(lambda: SECRET)
    registry = CollectorRegistry()
    registry.register(shown.metrics)
    assert post(shown, BODY, {}, hook)[0] == 401
    large = b"x" * (MAX_BYTES + 1)
    assert post(shown, large, github(large), hook)[0] == 413
    assert shown.fetches == 0
    assert post(shown, BODY, github(), hook)[0] == 202
    assert post(shown, BODY, github(), hook)[0] == 200
    assert shown.fetches == 1
    counted = {
        result: registry.get_sample_value("magi_webhooks_total", {"result": result})
        for result in ("accepted", "repeated", "refused")
    }
    assert counted == {"accepted": 1, "repeated": 1, "refused": 2}


def test_a_limited_one_is_informed_when_to_come_again() -> None:
    shown, hook = Shown(), Hook(lambda: SECRET, Clock())
    client = make_app(shown, hook).test_client()
    bodies = [str(number).encode() for number in range(int(BURST) + 1)]
    answers = [client.post("/hooks/git", data=body, headers=dict(github(body))) for body in bodies]
    assert (answers[-1].status_code, answers[-1].headers["Retry-After"]) == (429, "1")
    assert shown.fetches == BURST


def test_without_a_secret_there_is_no_webhook() -> None:
    shown = Shown()
    assert post(shown, BODY, github(), None)[0] == 404
    assert make_app(shown, Hook(lambda: SECRET)).test_client().get("/hooks/git").status_code == 405


def test_the_signature_is_that_of_rfc_2104() -> None:
    """A known answer, so that a mistake here and there at once would be seen (RFC 4231, test case 2)."""
    expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    assert hmac.new(b"Jefe", b"what do ya want for nothing?", hashlib.sha256).hexdigest() == expected
    hook = Hook(lambda: "Jefe")
    assert hook.judge({"X-Gitea-Signature": expected}, b"what do ya want for nothing?").result is Result.ACCEPTED


@pytest.mark.parametrize(
    ("headers", "secret", "reason"),
    [
        ({}, SECRET, "no signature"),
        ({"X-Hub-Signature-256": f"sha256={signature(secret='wrong')}"}, SECRET, "wrong signature"),
        ({"X-Gitlab-Token": "guess"}, SECRET, "wrong token"),
        (github(), "", "the secret can't be read"),
    ],
)
def test_a_refused_delivery_is_logged_with_the_reason_and_the_peer(
    headers: Mapping[str, str], secret: str, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    client = make_app(Shown(), Hook(lambda: secret)).test_client()
    assert client.post("/hooks/git", data=BODY, headers=dict(headers)).status_code == 401
    (line,) = caplog.records
    assert (line.levelno, line.getMessage()) == (logging.WARNING, "webhook refused")
    assert (line.__dict__["reason"], line.__dict__["peer"]) == (reason, "127.0.0.1")
    assert "guess" not in str(line.__dict__)


def test_too_large_too_many_and_an_unknown_repository_are_logged_too(caplog: pytest.LogCaptureFixture) -> None:
    client = make_app(Shown(), Hook(lambda: SECRET, Clock())).test_client()
    assert client.post("/hooks/git", data=bytes(MAX_BYTES + 1)).status_code == 413
    assert client.post("/hooks/git/nowhere", data=BODY, headers=dict(github())).status_code == 404
    for number in range(int(BURST)):
        body = str(number).encode()
        client.post("/hooks/git", data=body, headers=dict(github(body)))
    found = [(line.__dict__["reason"], line.__dict__.get("repository")) for line in caplog.records]
    assert found == [("too large", None), ("no such repository", "nowhere"), ("too many deliveries", None)]


def test_a_flood_of_refused_deliveries_is_a_line_a_minute_for_each_reason(caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    complaints = Complaints(clock)
    for _ in range(1000):
        complaints.refused("wrong token", "192.0.2.1")
        complaints.refused("no signature", "192.0.2.1")
    assert [line.__dict__["reason"] for line in caplog.records] == ["wrong token", "no signature"]
    clock.now = COMPLAIN_EVERY
    complaints.refused("wrong token", "192.0.2.2")
    last = caplog.records[-1].__dict__
    assert (len(caplog.records), last["peer"], last["unlogged"]) == (3, "192.0.2.2", 999)
