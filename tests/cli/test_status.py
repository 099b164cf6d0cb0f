"""`magi status` against a daemon that a test makes up."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest

from reconciler.cli import exits
from reconciler.cli.main import run
from reconciler.events import events_of
from reconciler.model import Report, Result, SourceStatus
from reconciler.web import Server, make_app
from tests.metrics.reports import SOURCE, outcome, report, unknown
from tests.web.test_app import Shown

GOOD = SourceStatus("https://git.example/ns.git", revision="a1b2c3d4e5f6a7b8", subject="Scale out")
Serve = Callable[..., str]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts a daemon's web part with what it is to show; answers its URL."""
    servers: list[Server] = []

    def start(*reports: Report, source: SourceStatus = GOOD) -> str:
        shown = Shown(ready=bool(reports), source=source, passes=list(reports))
        for one in reports:
            shown.events.note(events_of(None, one))
        servers.append(Server(make_app(shown), "127.0.0.1", 0))
        servers[-1].start()
        return f"http://127.0.0.1:{servers[-1].port}"

    yield start
    for server in servers:
        server.stop()


def test_it_tells_of_the_repository_the_services_and_the_vims(serve: Serve, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["status", "--url", serve(report(["vcpe"]), unknown("lyon"))]) == exits.FINE
    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert lines[0] == "https://git.example/ns.git at a1b2c3d4e5 “Scale out”"
    assert [line.split() for line in lines if line.startswith("vcpe")] == [
        ["vcpe", "paris", "synced", "healthy", "4/4"],
        ["vcpe", "lyon", "unknown", "unknown", "0/0"],
    ]
    assert [line.split()[:3] for line in lines if line.startswith(("paris", "lyon"))] == [
        ["paris", "up", "4"],
        ["lyon", "unknown", "0"],
    ]
    assert lines[-1].endswith("gone")


def test_a_refused_commit_is_told_with_its_problems(serve: Serve, capsys: pytest.CaptureFixture[str]) -> None:
    run(["status", "--url", serve(report(["vcpe"]), source=SOURCE)])
    out = capsys.readouterr().out
    assert "Commit c3d4 is refused:\n  a.yaml:1:1: wrong\n" in out


def test_names_narrow_what_is_shown(serve: Serve, capsys: pytest.CaptureFixture[str]) -> None:
    url = serve(report(["vcpe", "edge"]), report(["vcpe"], vim="lyon"))
    run(["status", "--url", url, "--vim", "paris", "--service", "edge", "-o", "json"])
    found = json.loads(capsys.readouterr().out)
    assert [(one["name"], one["vim"]) for one in found["services"]] == [("edge", "paris")]
    assert [one["name"] for one in found["vims"]] == ["paris"]


@pytest.mark.parametrize(
    ("reports", "source", "code"),
    [
        ([report(["vcpe"])], GOOD, exits.FINE),
        ([unknown()], GOOD, exits.CHANGES),
        ([report(["vcpe"]), unknown("lyon")], GOOD, exits.CHANGES),
        ([report(["vcpe"])], SourceStatus("x", error="git is down"), exits.CHANGES),
        ([report(["vcpe"])], SOURCE, exits.CHANGES),
        ([], GOOD, exits.CHANGES),
    ],
    ids=["all is well", "unknown", "one of two", "Git is down", "a refused commit", "no pass yet"],
)
def test_check_is_for_scripts(serve: Serve, reports: list[Report], source: SourceStatus, code: int) -> None:
    url = serve(*reports, source=source)
    assert run(["status", "--url", url, "--check"]) == code
    assert run(["status", "--url", url]) == exits.FINE


def test_steps_that_are_left_are_counted(serve: Serve, capsys: pytest.CaptureFixture[str]) -> None:
    run(["status", "--url", serve(report(["vcpe"], outcome("a", result=Result.FAILED))), "-o", "json"])
    assert json.loads(capsys.readouterr().out)["vims"][0]["stepsLeft"] == 1


def test_without_a_daemon_it_says_how_to_start_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["status", "--url", "http://127.0.0.1:9"]) == exits.TARGET
    assert "no daemon answers at http://127.0.0.1:9" in capsys.readouterr().err


def test_something_else_on_that_port_is_no_daemon(serve: Serve, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["status", "--url", f"{serve()}/metrics"]) == exits.TARGET
    assert "no daemon answers at" in capsys.readouterr().err


def test_events_are_shown_the_newest_first(serve: Serve, capsys: pytest.CaptureFixture[str]) -> None:
    url = serve(report(["vcpe"]), unknown("lyon"))
    assert run(["status", "--url", url, "--events"]) == exits.FINE
    lines = capsys.readouterr().out.splitlines()
    table = [line.split() for line in lines[next(i for i, line in enumerate(lines) if "REASON" in line) + 1 :]]
    assert [line[3:7] for line in table] == [
        ["1", "lyon", "Unreachable", "gone"],
        ["1", "paris", "vcpe", "Healthy"],
        ["1", "paris", "vcpe", "Synced"],
    ]
    assert run(["status", "--url", url, "--events", "--vim", "paris", "-o", "json"]) == exits.FINE
    assert [event["reason"] for event in json.loads(capsys.readouterr().out)["events"]] == ["Healthy", "Synced"]
