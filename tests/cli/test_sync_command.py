"""magi sync: asks a daemon over HTTP, and shows what it does."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
from werkzeug.serving import make_server

from reconciler.cli import exits
from reconciler.cli.main import run
from reconciler.web import make_app
from tests.metrics.reports import report
from tests.web.shown import Shown


@pytest.fixture
def url() -> Iterator[str]:
    daemon = Shown(passes=[report("paris"), replace(report("paris"), target="lyon")])
    server = make_server("127.0.0.1", 0, make_app(daemon))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join(30)


def test_it_says_what_is_fetched_and_observed(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["sync", "--url", url]) == exits.FINE
    assert capsys.readouterr().out == "Fetches default; observes paris, lyon.\n"
    assert run(["sync", "--url", url, "--vim", "lyon", "-o", "json"]) == exits.FINE
    assert json.loads(capsys.readouterr().out)["vims"] == [{"repository": "default", "name": "lyon"}]


def test_what_the_daemon_refuses_is_shown(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["sync", "--url", url, "--vim", "lion"]) == exits.TARGET
    assert "there is no VIM 'lion'" in capsys.readouterr().err


def test_where_no_daemon_answers_that_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["sync", "--url", "http://127.0.0.1:1"]) == exits.TARGET
    assert "no daemon answers at http://127.0.0.1:1" in capsys.readouterr().err
