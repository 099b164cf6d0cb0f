"""POST /api/v1/sync: who may ask for it, how often, and what it makes the daemon do."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from reconciler.web import sync
from reconciler.web.api import add_api
from reconciler.web.limiting import BURST, Limit
from reconciler.web.sync import add_sync
from tests.metrics.reports import report
from tests.web.shown import Shown


@pytest.fixture
def now() -> list[float]:
    return [0.0]


@pytest.fixture
def daemon() -> Shown:
    return Shown(passes=[report("paris"), replace(report("paris"), target="lyon")])


@pytest.fixture
def client(daemon: Shown, now: list[float]) -> FlaskClient:
    app = Flask("test")
    add_api(app, daemon)
    add_sync(app, daemon, Limit(lambda: now[0]))
    return app.test_client()


def test_the_daemon_does_what_is_asked_and_answers_what_that_is(client: FlaskClient, daemon: Shown) -> None:
    answer = client.post(f"{sync.PATH}?vim=paris&service=vcpe", json={})
    assert answer.status_code == 202
    assert answer.json == {
        "repositories": ["default"],
        "vims": [{"repository": "default", "name": "paris"}],
        "elsewhere": [],
    }
    assert daemon.synced == [(None, "paris", "vcpe")]


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_what_a_page_of_the_web_can_send_is_refused(kind: str, client: FlaskClient, daemon: Shown) -> None:
    answer = client.post(sync.PATH, data=b"{}", headers={"Content-Type": kind} if kind else {})
    assert answer.status_code == 415
    assert daemon.synced == []


def test_a_large_body_is_refused_unread(client: FlaskClient) -> None:
    assert client.post(sync.PATH, data=b"x" * 2000, content_type="application/json").status_code == 415
    assert client.post(sync.PATH, json={"vim": "paris"}).status_code == 400


def test_it_may_be_asked_for_so_often_and_no_more(client: FlaskClient, now: list[float]) -> None:
    codes = [client.post(sync.PATH, json={}).status_code for _ in range(int(BURST) + 1)]
    assert codes == [202] * int(BURST) + [429]
    refused = client.post(sync.PATH, json={})
    assert refused.headers["Retry-After"] == "1"
    now[0] += 1.0
    assert client.post(sync.PATH, json={}).status_code == 202


def test_a_misspelt_name_is_refused_with_what_was_meant(client: FlaskClient) -> None:
    answer = client.post(f"{sync.PATH}?vim=pari", json={})
    assert (answer.status_code, answer.json) == (
        404,
        {"error": "there is no VIM 'pari'", "hint": "did you mean 'paris'?"},
    )
    assert client.post(f"{sync.PATH}?repository=other", json={}).status_code == 404
    assert client.post(f"{sync.PATH}?vmi=paris", json={}).status_code == 400


def test_reading_it_is_no_sync(client: FlaskClient, daemon: Shown) -> None:
    assert client.get(sync.PATH).status_code == 405
    assert daemon.synced == []
