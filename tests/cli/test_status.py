"""`magi status` against a daemon that a test makes up."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reconciler.cli import exits
from reconciler.cli.main import run
from reconciler.config import Address
from reconciler.model import MemberShare, PassProgress, Phase, Report, RepositoryStatus, Result, Shares
from reconciler.reporting.pass_events import events_of
from reconciler.reporting.shared_reports import SharedReport
from reconciler.web import Access, Server, make_app
from reconciler.web.access import read_tokens
from tests.drivers.lying import Handler, lying
from tests.metrics.reports import SOURCE, outcome, report, unknown
from tests.web.shown import Shown

GOOD = RepositoryStatus("https://git.example/ns.git", commit="a1b2c3d4e5f6a7b8", subject="Scale out")
Serve = Callable[..., str]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts a daemon's web part with what it is to show; answers its URL."""
    servers: list[Server] = []

    def start(
        *reports: Report,
        source: RepositoryStatus = GOOD,
        others: tuple[RepositoryStatus, ...] = (),
        shared: tuple[SharedReport, ...] = (),
        running: PassProgress | None = None,
    ) -> str:
        shown = Shown(ready=bool(reports), source=source, passes=list(reports), others=others, shared=list(shared))
        if running is not None:
            shown.running = {("default", "paris"): running}
        for one in reports:
            shown.events.note(events_of(None, one))
        servers.append(Server(make_app(shown), Address("127.0.0.1", 0)))
        servers[-1].start()
        return f"http://127.0.0.1:{servers[-1].port}"

    yield start
    for server in servers:
        server.stop()


def test_it_shows_the_repository_the_services_and_the_vims(serve: Serve, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["status", "--url", serve(report(["vcpe"]), unknown("lyon"))]) == exits.FINE
    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert lines[0] == "https://git.example/ns.git at a1b2c3d4e5 “Scale out”"
    assert [line.split() for line in lines if line.startswith("vcpe")] == [
        ["vcpe", "paris", "synced", "healthy", "4/4"],
        ["vcpe", "lyon", "unknown", "unknown", "?/0"],
    ]
    assert [line.split()[:3] for line in lines if line.startswith(("paris", "lyon"))] == [
        ["paris", "up", "4"],
        ["lyon", "unknown", "0"],
    ]
    assert lines[-1].endswith("gone")


def test_vims_that_no_daemon_serves_are_named_and_not_well(serve: Serve, capsys: pytest.CaptureFixture[str]) -> None:
    shared = replace(GOOD, shares=Shares(("paris",), ("rome", "turin"), ("lab",), ("bergen", "oslo")))
    url = serve(report(["vcpe"]), source=shared)
    assert run(["status", "--url", url, "--check"]) == exits.CHANGES
    lines = capsys.readouterr().out.splitlines()
    assert lines[1:4] == [
        "Serves 1 of 3 VIMs that a shard selector chooses",
        "No daemon serves (no shard selector chooses them): lab",
        "Not served (several shard selectors choose them): bergen, oslo",
    ]
    well = replace(GOOD, shares=Shares(("paris",), ("rome", "turin")))
    assert run(["status", "--url", serve(report(["vcpe"]), source=well), "--check"]) == exits.FINE


def test_the_members_of_a_group_are_shown_with_what_each_serves(
    serve: Serve, capsys: pytest.CaptureFixture[str]
) -> None:
    fleet = tuple(f"vim-{number:02}" for number in range(12))
    members = (MemberShare("a-1", ("paris",), is_self=True), MemberShare("b-2", fleet), MemberShare("c-3", ()))
    shared = replace(GOOD, shares=Shares(("paris",), fleet), members=members)
    reports = tuple(SharedReport("b-2", GOOD.name, name, GOOD.commit, 1.0, 0.5) for name in fleet)
    url = serve(report(["vcpe"]), source=shared, shared=reports)
    assert run(["status", "--url", url, "--check"]) == exits.FINE
    lines = capsys.readouterr().out.splitlines()
    assert lines[1:5] == [
        "Serves 1 of 13 VIMs that its group shares",
        "  member a-1 (this one): 1 VIMs: paris",
        f"  member b-2: 12 VIMs: {', '.join(fleet[:10])} and 2 more",
        "  member c-3: 0 VIMs",
    ]
    vims = [line.split()[:3] for line in lines if line.startswith(("paris", "vim-0"))]
    assert vims[:2] == [["paris", "a-1", "up"], ["vim-00", "b-2", "up"]]
    silent = serve(report(["vcpe"]), source=shared, shared=reports[1:])
    assert run(["status", "--url", silent, "--check"]) == exits.CHANGES
    assert "Not known yet (their members report nothing): vim-00" in capsys.readouterr().out
    cut = replace(shared, members_error="no answer")
    assert run(["status", "--url", serve(report(["vcpe"]), source=cut, shared=reports), "--check"]) == exits.CHANGES
    assert "as etcd can't be asked: no answer" in capsys.readouterr().out


def test_a_refused_commit_is_reported_with_its_problems(serve: Serve, capsys: pytest.CaptureFixture[str]) -> None:
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
        ([report(["vcpe"])], RepositoryStatus("x", error="git is down"), exits.CHANGES),
        ([report(["vcpe"])], SOURCE, exits.CHANGES),
        ([], GOOD, exits.CHANGES),
    ],
    ids=["all is well", "unknown", "one of two", "Git is down", "a refused commit", "no pass yet"],
)
def test_check_is_for_scripts(serve: Serve, reports: list[Report], source: RepositoryStatus, code: int) -> None:
    url = serve(*reports, source=source)
    assert run(["status", "--url", url, "--check"]) == code
    assert run(["status", "--url", url]) == exits.FINE


def test_steps_that_are_left_are_counted(serve: Serve, capsys: pytest.CaptureFixture[str]) -> None:
    run(["status", "--url", serve(report(["vcpe"], outcome("a", result=Result.FAILED))), "-o", "json"])
    assert json.loads(capsys.readouterr().out)["vims"][0]["stepsLeft"] == 1


def test_one_service_is_shown_with_its_conditions_its_vims_and_what_happened_to_it(
    serve: Serve, capsys: pytest.CaptureFixture[str]
) -> None:
    url = serve(report(["vcpe", "edge"]), report(["edge"], vim="oslo"), unknown("lyon"))
    assert run(["status", "--url", url, "--service", "vcpe"]) == exits.FINE
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    output = {(line[0], line[1], line[2]) for line in lines if len(line) > 3 and line[0] in {"paris", "lyon"}}
    assert {
        ("paris", "Synced", "True"),
        ("paris", "Healthy", "True"),
        ("paris", "Blocked", "False"),
        ("lyon", "Synced", "Unknown"),
        ("lyon", "unknown", "0"),
    } <= output
    reasons = [
        line[line.index("vcpe") + 1]
        for line in lines
        if line[1:3] != ["paris", "synced"] and "ago)" in line[:4] and "vcpe" in line
    ]
    assert reasons == ["Healthy", "Synced"]
    assert not any("oslo" in line for line in lines)


def test_each_repository_is_shown_with_what_is_its_own(serve: Serve, capsys: pytest.CaptureFixture[str]) -> None:
    others = (replace(GOOD, url="https://git.example/core.git", name="core"),)
    url = serve(report(["edge"]), replace(report(["edge", "amf"]), repository="core"), others=others)
    assert run(["status", "--url", url]) == exits.FINE
    first, core = capsys.readouterr().out.split("https://git.example/core.git")
    assert ("edge" in first, "amf" in first) == (True, False)
    assert ("edge" in core, "amf" in core, "paris  up" in core) == (True, True, True)
    run(["status", "--url", url, "--repository", "core", "-o", "json"])
    found = json.loads(capsys.readouterr().out)
    assert {one["repository"] for one in found["services"]} == {"core"}
    assert [one["name"] for one in found["repositories"]] == ["core"]
    assert run(["status", "--url", url, "--service", "amf", "--check"]) == exits.FINE


def test_one_service_is_well_whatever_else_is_unhealthy(serve: Serve) -> None:
    url = serve(report(["edge"]), unknown("lyon"))
    assert run(["status", "--url", url, "--service", "edge", "--check"]) == exits.FINE
    assert run(["status", "--url", url, "--check"]) == exits.CHANGES


@pytest.mark.parametrize("check", [[], ["--check"], ["--check", "-o", "json"]], ids=" ".join)
@pytest.mark.parametrize(
    ("option", "output"),
    [
        (["--service", "edg"], "the daemon knows no network service 'edg'; did you mean 'edge'?"),
        (["--vim", "oslo"], "the daemon knows no VIM 'oslo'; there are: paris"),
        (["--vim", "paris", "--vim", "oslo"], "the daemon knows no VIM 'oslo'; there are: paris"),
        (["--repository", "other"], "the daemon knows no repository 'other'; there are: default"),
    ],
)
def test_a_name_that_the_daemon_does_not_know_is_an_error_that_lists_those_it_knows(
    serve: Serve, capsys: pytest.CaptureFixture[str], option: list[str], output: str, check: list[str]
) -> None:
    assert run(["status", "--url", serve(report(["edge"])), *check, *option]) == exits.USAGE
    out, err = capsys.readouterr()
    assert out == ""
    assert output in " ".join(err.split())


def test_a_service_that_is_deployed_elsewhere_is_known_and_not_well_there(serve: Serve) -> None:
    url = serve(report(["edge"]), report(["core"], vim="lyon"))
    assert run(["status", "--url", url, "--check", "--service", "edge", "--vim", "lyon"]) == exits.CHANGES


def test_a_check_of_a_commit_is_passed_when_it_is_in_force_and_every_vim_was_observed_for_it(serve: Serve) -> None:
    source = replace(GOOD, commit="a1b2")
    url = serve(report(["vcpe"]), source=source)
    assert run(["status", "--url", url, "--check", "--commit", "a1"]) == exits.FINE
    assert run(["status", "--url", url, "--check", "--commit", "c3"]) == exits.CHANGES
    late = serve(report(["vcpe"]), replace(report(["vcpe"], vim="lyon"), commit="0000"), source=source)
    assert run(["status", "--url", late, "--check", "--commit", "a1b2"]) == exits.CHANGES


def test_what_is_no_hash_of_a_commit_is_refused_and_not_waited_for(
    serve: Serve, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("HEAD", "main", "a" * 65):
        assert run(["status", "--url", serve(), "--wait", "--commit", name]) == exits.USAGE
    run(["status", "--url", serve(), "--wait", "--commit", "HEAD"])
    assert "'HEAD' is no hash of a commit, nor its first digits: give $(git rev-parse HEAD)" in capsys.readouterr().err


@pytest.mark.parametrize("options", [["--check", "--watch"], ["--check", "--wait"], ["--commit", "a1b2"]])
def test_options_that_do_not_go_together_are_refused(options: list[str]) -> None:
    assert run(["status", *options]) == exits.USAGE


def test_without_a_daemon_it_says_how_to_start_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["status", "--url", "http://127.0.0.1:9"]) == exits.TARGET
    assert "no daemon answers at http://127.0.0.1:9" in capsys.readouterr().err


def test_something_else_on_that_port_is_no_daemon(serve: Serve, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["status", "--url", f"{serve()}/metrics"]) == exits.TARGET
    assert "no daemon answers at" in capsys.readouterr().err


def test_a_pass_that_runs_is_shown_with_how_far_it_is(serve: Serve, capsys: pytest.CaptureFixture[str]) -> None:
    url = serve(report(["vcpe"]), running=PassProgress(time.time() - 14.0, Phase.APPLYING, 3, 12))
    assert run(["status", "--url", url]) == exits.FINE
    assert re.search(r"^paris .* applying 3 of 12, began \d+ s ago$", capsys.readouterr().out, re.MULTILINE)
    assert run(["status", "--url", url, "-o", "json"]) == exits.FINE
    (vim,) = json.loads(capsys.readouterr().out)["vims"]
    assert {name: vim["pass"][name] for name in ("phase", "done", "steps")} == {
        "phase": "applying",
        "done": 3,
        "steps": 12,
    }
    url = serve(report(["vcpe"]), running=PassProgress(time.time()))
    assert run(["status", "--url", url]) == exits.FINE
    assert re.search(r"^paris .* observing, began", capsys.readouterr().out, re.MULTILINE)


def test_events_are_shown_the_newest_first(serve: Serve, capsys: pytest.CaptureFixture[str]) -> None:
    url = serve(report(["vcpe"]), unknown("lyon"))
    assert run(["status", "--url", url, "--events"]) == exits.FINE
    lines = capsys.readouterr().out.splitlines()
    table = [line.split() for line in lines[next(i for i, line in enumerate(lines) if "REASON" in line) + 1 :]]
    assert [line[4:8] for line in table] == [
        ["1", "lyon", "Unreachable", "gone"],
        ["1", "paris", "vcpe", "Healthy"],
        ["1", "paris", "vcpe", "Synced"],
    ]
    assert run(["status", "--url", url, "--events", "--vim", "paris", "-o", "json"]) == exits.FINE
    assert [event["reason"] for event in json.loads(capsys.readouterr().out)["events"]] == ["Healthy", "Synced"]


TOKEN = "t" * 32


@pytest.fixture
def guarded() -> Iterator[Server]:
    """A daemon that asks for a token."""
    access = Access(tokens=lambda: read_tokens(TOKEN, "x"))
    server = Server(make_app(Shown(ready=True, source=GOOD), access=access), Address("127.0.0.1"))
    server.start()
    yield server
    server.stop()


def test_a_token_is_sent_from_a_file(
    guarded: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = ["status", "--url", f"http://{guarded.address}"]
    (tmp_path / "token").write_text(f"# of the dashboard\n{TOKEN}\n")
    assert run(ask) == exits.CONFIG
    output = capsys.readouterr().err
    assert "refuses: a token is needed" in output
    assert "--token-file or MAGI_API_TOKEN_FILE" in output
    assert run([*ask, "--token-file", str(tmp_path / "token")]) == exits.FINE
    monkeypatch.setenv("MAGI_API_TOKEN_FILE", str(tmp_path / "token"))
    assert run(ask) == exits.FINE
    (tmp_path / "token").write_text("other")
    assert run(ask) == exits.CONFIG


@pytest.mark.parametrize("text", [None, "", "# none\n", "ü"])
def test_a_file_without_a_token_is_reported(guarded: Server, tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "token").write_text(text, encoding="utf-8")
    code = run(["status", "--url", f"http://{guarded.address}", "--token-file", str(tmp_path / "token")])
    assert code == exits.CONFIG


def test_a_token_does_not_go_over_a_network_in_plain(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "token").write_text(TOKEN)
    code = run(["status", "--url", "http://192.0.2.1:9464", "--token-file", str(tmp_path / "token")])
    assert code == exits.CONFIG
    assert "a token would go to http://192.0.2.1:9464 unencrypted" in capsys.readouterr().err


def test_a_daemon_on_a_unix_socket_is_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "magi.sock"
    server = Server(make_app(Shown(ready=True, source=GOOD)), Address(socket_file=file))
    server.start()
    assert run(["status", "--url", f"unix:{file}"]) == exits.FINE
    assert "Scale out" in capsys.readouterr().out
    server.stop()
    assert run(["status", "--url", f"unix:{file}"]) == exits.TARGET
    assert "no daemon answers" in capsys.readouterr().err


def test_a_redirect_is_not_followed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked: list[str] = []

    def app(environ: Any, start_response: Any) -> list[bytes]:
        asked.append(environ["PATH_INFO"])
        start_response("302 Found", [("Location", "/elsewhere")])
        return [b""]

    server = Server(app, Address("127.0.0.1"))
    server.start()
    (tmp_path / "token").write_text(TOKEN)
    code = run(["status", "--url", f"http://{server.address}", "--token-file", str(tmp_path / "token")])
    server.stop()
    assert code == exits.TARGET
    assert "redirects to /elsewhere" in capsys.readouterr().err
    assert asked == ["/api/v1/status"]


@pytest.mark.parametrize(("status", "output"), [(200, "is not a Magi daemon"), (500, "refuses: 500")])
def test_an_answer_that_is_nested_too_deeply_is_reported(
    status: int, output: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def answering(handler: Handler) -> None:
        body = b"[" * 100_000  # deeper than any supported Python parses
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    with lying(answering) as (url, _):
        assert run(["status", "--url", url]) != exits.FINE
    assert output in capsys.readouterr().err
