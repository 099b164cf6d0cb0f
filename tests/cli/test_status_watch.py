"""`magi status --watch` and `--wait`: lines, JSON lines, a terminal, and a daemon that goes and comes back."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from reconciler.cli import exits
from reconciler.cli.changes import Thing, changes, name_of, things_of, words
from reconciler.cli.main import run
from reconciler.config import Address
from reconciler.model import Health, Report, RepositoryStatus, ServiceStatus, Sync
from reconciler.web import Server, make_app
from tests.metrics.reports import report, unknown
from tests.ports import free_port
from tests.processes import ending
from tests.waiting import PATIENCE, eventually
from tests.web.shown import Shown

GOOD = RepositoryStatus("https://git.example/ns.git", commit="a1b2", subject="Scale out")
MAGI = (sys.executable, "-c", "from reconciler.cli import main; main()", "status")


class Scene:
    """A daemon that a test may change, stop and start."""

    def __init__(self) -> None:
        self.shown = Shown(ready=True, source=GOOD, passes=[report(["vcpe"])])
        self.server: Server | None = Server(make_app(self.shown), Address("127.0.0.1", free_port()))
        self.server.start()
        self.port = self.server.port
        self.url = f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        if self.server:
            self.server.stop()
        self.server = None

    def start(self) -> None:
        self.server = Server(make_app(self.shown), Address("127.0.0.1", self.port))
        self.server.start()


@pytest.fixture
def scene() -> Iterator[Scene]:
    made = Scene()
    yield made
    made.stop()


class Watching:
    """The command in a process, and the lines that it has printed."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.lines: list[str] = []
        self.process = process
        self._reading = threading.Thread(target=lambda: self.lines.extend(self.process.stdout or ()), daemon=True)
        self._reading.start()

    def end(self) -> int:
        """As Ctrl-C does."""
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(PATIENCE)
        self._reading.join(PATIENCE)
        assert self.process.stderr
        assert self.process.stderr.read().strip() == ""
        return code

    def output(self) -> list[str]:
        """Without the times."""
        return [re.sub(r"^\S+Z ", "", line.rstrip("\n")) for line in self.lines]


@contextmanager
def watching_at(url: str, *arguments: str) -> Iterator[Watching]:
    command = [*MAGI, "--url", url, "--watch", "--interval", "0.1", *arguments]
    with ending(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)) as process:
        yield Watching(process)


def degraded() -> Report:
    status = ServiceStatus("vcpe", "paris", Sync.SYNCED, Health.DEGRADED, 4, 3, message="fw-0 refuses")
    return replace(report(["vcpe"]), services=(status,))


def test_piped_it_prints_a_line_for_each_change_and_survives_the_daemon(scene: Scene) -> None:
    with watching_at(scene.url) as watching:
        eventually(lambda: len(watching.lines) == 3)
        scene.shown.passes = [degraded()]
        eventually(lambda: len(watching.lines) >= 4)
        scene.stop()
        eventually(lambda: "daemon: no daemon answers" in watching.lines[-1])
        scene.shown.passes = []
        scene.start()
        eventually(lambda: len(watching.lines) >= 8)
        assert watching.end() == exits.INTERRUPTED
        assert watching.output() == [
            "repository default: at a1b2 “Scale out”",
            "vim paris: up, 4 resources",
            "service vcpe on paris: synced, healthy, 4/4 ready",
            "service vcpe on paris: synced, degraded, 3/4 ready: fw-0 refuses",
            f"daemon: no daemon answers at {scene.url}: [Errno 111] Connection refused",
            "daemon: answers again",
            "vim paris: gone",
            "service vcpe on paris: gone",
        ]


def test_as_json_each_line_is_an_object_that_says_what_changed_and_what_it_is_now(scene: Scene) -> None:
    with watching_at(scene.url, "-o", "json", "--service", "vcpe") as watching:
        eventually(lambda: len(watching.lines) == 3)
        scene.shown.passes = [degraded()]
        eventually(lambda: len(watching.lines) >= 4)
        scene.stop()
        eventually(lambda: "daemon" in watching.lines[-1])
        watching.end()
        found = [json.loads(line) for line in watching.lines]
        assert {(one["type"], one["repository"], one["name"], one["vim"]) for one in found} == {
            ("repository", "default", "default", ""),
            ("vim", "default", "paris", ""),
            ("service", "default", "vcpe", "paris"),
            ("daemon", "", "magi", ""),
        }
        of_service = [one["now"] for one in found if one["type"] == "service"]
        assert [one["health"] for one in of_service] == ["healthy", "degraded"]
        assert {one["type"] for one in of_service[0]["conditions"]} >= {"Synced", "Healthy"}
        assert found[-1]["now"]["answers"] is False


def test_on_a_terminal_it_is_redrawn_in_place(scene: Scene) -> None:
    own, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "120", "LINES": "40"}
    command = [*MAGI, "--url", scene.url, "--watch", "--interval", "0.1"]
    with ending(subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment)) as process:
        os.close(theirs)
        seen = b""

        def sees(text: str) -> None:
            nonlocal seen
            while text.encode() not in seen:
                seen += os.read(own, 65536)

        sees("healthy")
        scene.shown.passes = [degraded()]
        sees("fw-0 refuses")
        scene.stop()
        sees("below is what it said last")
        seen = b""
        sees("fw-0 refuses")
        scene.start()
        seen = b""
        sees("every 0.1 s")
        process.send_signal(signal.SIGINT)
        sees("\x1b[?25h")  # the cursor is back
        assert process.wait(PATIENCE) == exits.INTERRUPTED
    os.close(own)
    assert b"\x1b[1A" in seen  # up, over what was there


def test_waiting_ends_when_all_is_well(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    scene.shown.passes = [degraded()]
    later = threading.Timer(0.5, lambda: setattr(scene.shown, "passes", [report(["vcpe"])]))
    later.start()
    assert run(["status", "--url", scene.url, "--wait", "--interval", "0.1", "--timeout", "20"]) == exits.FINE
    later.join()
    output = capsys.readouterr().out.splitlines()
    assert "degraded" in "".join(output)
    assert output[-1].endswith("service vcpe on paris: synced, healthy, 4/4 ready")


def test_waiting_ends_after_its_time_and_says_so(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    scene.shown.passes = [unknown()]
    assert run(["status", "--url", scene.url, "--wait", "--interval", "0.1", "--timeout", "0.3"]) == exits.CHANGES
    assert "not all is synced, healthy and accepted after 0.3 s" in capsys.readouterr().err


def test_waiting_for_a_refused_commit_ends_at_once(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    scene.shown.source = replace(GOOD, refused="c3d4e5")
    assert run(["status", "--url", scene.url, "--wait", "--commit", "c3d4"]) == exits.CHANGES
    assert "commit c3d4 is refused" in capsys.readouterr().err


def test_waiting_for_a_daemon_that_never_answers_is_an_error_of_its_own(scene: Scene) -> None:
    scene.stop()
    assert run(["status", "--url", scene.url, "--wait", "--interval", "0.1", "--timeout", "0.3"]) == exits.TARGET


def found(*services: dict[str, Any]) -> dict[str, Any]:
    return {"repositories": [], "vims": [], "services": list(services)}


def service(**fields: Any) -> dict[str, Any]:
    return {"repository": "default", "name": "vcpe", "vim": "paris", "sync": "synced", **fields}


def test_the_same_name_in_another_repository_or_on_another_vim_is_another_thing() -> None:
    things = things_of(found(service(), service(vim="lyon"), service(repository="other")))
    assert len(things) == 3
    assert [*changes(things, things)] == []
    assert [name_of(one, several=True) for one in things] == [
        "service vcpe on paris in default",
        "service vcpe on lyon in default",
        "service vcpe on paris in other",
    ]


def test_what_is_otherwise_at_each_observation_is_no_change() -> None:
    vims = [
        {"repository": "default", "name": "paris", "observedAt": at, "pass": at, "seconds": at, "plan": at}
        for at in (1, 2)
    ]
    before, now = ({**found(), "vims": [vim]} for vim in vims)
    assert [*changes(things_of(before), things_of(now))] == []


def test_what_goes_is_reported_with_nothing() -> None:
    thing = Thing("service", "default", "vcpe", "paris")
    assert [*changes({thing: "x"}, {})] == [(thing, None)]


def test_a_repository_in_trouble_is_reported_in_one_line() -> None:
    about = {"commit": "", "subject": "", "refused": "c3d4", "problems": ["a.yaml:1:1: wrong", "more"]}
    output = words("repository", {**about, "error": "git is down", "distrust": ""})
    assert output == "at no commit yet; commit c3d4 is refused: a.yaml:1:1: wrong; git is down"
