"""magi history: passes and commits of a daemon over HTTP, mixed by time."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
from werkzeug.serving import make_server

from reconciler.cli import exits
from reconciler.cli.main import run
from reconciler.model import Report, Result, TargetUnknown
from reconciler.reporting.chronicle import Chronicle, Commit
from reconciler.web import make_app
from tests.metrics.reports import outcome, report, unknown
from tests.web.described import ask
from tests.web.shown import Shown

NOW = 1_700_000_000.0
CHANGED = replace(report(["vcpe"], outcome("vcpe/a"), outcome("vcpe/b", result=Result.FAILED)), started=NOW + 10)


def shown(*passes: Report) -> Shown:
    moments = iter([NOW, NOW + 30])
    daemon = Shown(chronicle=Chronicle(clock=lambda: next(moments)))
    daemon.chronicle.taken("default", Commit("a1b2", "Add vcpe"), ["paris", "lyon"])
    daemon.chronicle.refused("default", Commit("c3d4", "Typo"), ["a.yaml:1:1: wrong", "a.yaml:2:1: wrong"])
    for one in passes:
        daemon.journal.passed(None, one)
    return daemon


@pytest.fixture
def daemon() -> Shown:
    return shown(CHANGED, *(replace(unknown("lyon"), started=NOW + 15 + n) for n in range(5)))


@pytest.fixture
def url(daemon: Shown) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, make_app(daemon))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join(30)


def lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Without the heading, and with single spaces."""
    return [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()[1:]]


def test_passes_and_commits_are_mixed_by_time_the_newest_first(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["history", "--url", url]) == exits.FINE
    refused, unreachable, changed, taken = lines(capsys)
    assert refused.endswith("c3d4 commit refused a.yaml:1:1: wrong and 1 more")
    assert unreachable.startswith("2023-11-14T22:13:39Z (")
    assert unreachable.endswith("lyon a1b2 unknown 5 times: gone")
    assert "paris a1b2 incomplete 1 create, 1 create failed vcpe create port" in changed
    assert taken.endswith("a1b2 commit progressing Add vcpe")


def test_a_service_has_its_passes_and_the_commits_of_these(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["history", "vcpe", "--url", url]) == exits.FINE
    assert [line.split()[4:7] for line in lines(capsys)] == [
        ["c3d4", "commit", "refused"],
        ["paris", "a1b2", "incomplete"],
        ["a1b2", "commit", "progressing"],
    ]
    assert run(["history", "nothing", "--url", url]) == exits.FINE
    assert len(lines(capsys)) == 1  # a refused commit is about all of them


def test_it_is_narrowed_by_vim_and_to_commits_and_to_a_number(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    run(["history", "--url", url, "--vim", "lyon", "--vim", "oslo", "-o", "json"])
    found = json.loads(capsys.readouterr().out)
    assert [(one["vim"], one["times"]) for one in found["passes"]] == [("lyon", 5)]
    assert [one["commit"] for one in found["commits"]] == ["c3d4", "a1b2"]
    run(["history", "--url", url, "--vim", "oslo", "-o", "json"])
    assert [one["outcome"] for one in json.loads(capsys.readouterr().out)["commits"]] == ["refused"]
    run(["history", "--url", url, "--commits", "-o", "json"])
    assert list(json.loads(capsys.readouterr().out)) == ["commits"]
    run(["history", "--url", url, "--limit", "1", "-o", "json"])
    assert [len(one) for one in json.loads(capsys.readouterr().out).values()] == [1, 1]


def test_where_nothing_is_remembered_that_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    server = make_server("127.0.0.1", 0, make_app(Shown()))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        assert run(["history", "--url", f"http://127.0.0.1:{server.server_port}"]) == exits.FINE
    finally:
        server.shutdown()
        thread.join(30)
    assert capsys.readouterr().out == "Nothing yet, of what the daemon remembers.\n"


def test_what_a_cloud_says_does_nothing_to_a_terminal(
    daemon: Shown, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    daemon.journal.passed(None, replace(unknown(), error=TargetUnknown("\x1b[2Jgone\nlyon synced")))
    run(["history", "--url", url])
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "\nlyon" not in out


def test_a_daemon_that_is_away_or_none_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["history", "--url", "http://127.0.0.1:1"]) == exits.TARGET
    assert "no daemon answers at http://127.0.0.1:1" in capsys.readouterr().err


def test_the_api_describes_passes_and_pages_them(daemon: Shown) -> None:
    app = make_app(daemon)
    found = ask(app, "/api/v1/passes")
    assert (found["total"], [one["result"] for one in found["passes"]]) == (2, ["unknown", "incomplete"])
    assert found["passes"][0]["lastAt"] == "2023-11-14T22:13:39Z"
    assert [one["vim"] for one in ask(app, "/api/v1/passes?limit=1&offset=1")["passes"]] == ["paris"]
    assert ask(app, "/api/v1/passes?service=vcpe&vim=paris&repository=default")["total"] == 1
    assert ask(app, "/api/v1/passes?outcome=failed", 400)["error"] == "unknown parameter 'outcome'"
