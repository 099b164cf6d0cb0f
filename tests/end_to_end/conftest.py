"""A team's workplace: a Git server over HTTP, two simulated clouds, and the real `magi` process."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from reconciler.simulator import CloudSettings, Simulator
from tests.git_server import GitServer, serve_repositories
from tests.git_work import Work, new_work

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "desired-state-examples"
MAGI = [sys.executable, "-m", "reconciler.cli"]


@dataclass
class Finished:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Workplace:
    """Where a team works. ``url`` is that of their repository on the Git server."""

    folder: Path
    work: Work
    server: GitServer
    simulator: Simulator
    clouds_file: Path

    @property
    def url(self) -> str:
        return f"{self.server.url}/{self.work.bare.name}"

    def environment(self, extra: Mapping[str, str] | None = None) -> dict[str, str]:
        """That of a fresh account: nothing of the one that runs the tests."""
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "VIRTUAL_ENV") if name in os.environ}
        return {**kept, "HOME": str(self.folder / "home"), "COLUMNS": "120", **(extra or {})}

    def magi(self, *arguments: str, extra: Mapping[str, str] | None = None, stdin: str | None = None) -> Finished:
        """Runs the command to its end. Fails the test on a traceback: no user is to see one."""
        done = subprocess.run(
            [*MAGI, *arguments],
            cwd=self.folder,
            env=self.environment(extra),
            capture_output=True,
            text=True,
            input=stdin,
            timeout=90,
            check=False,
        )
        assert "Traceback" not in done.stderr + done.stdout
        return Finished(done.returncode, done.stdout, done.stderr)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Starts the command; the caller ends it."""
        return subprocess.Popen(
            [*MAGI, *arguments],
            cwd=self.folder,
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def copy_example(self, name: str, message: str = "First") -> str:
        """Makes an example the content of the repository, and commits it."""
        shutil.copytree(EXAMPLES / name, self.work.path, dirs_exist_ok=True)
        return self.work.commit({}, message)

    def edit(self, file: str, old: str, new: str, message: str = "Change") -> str:
        """Replaces text that is there once, and commits."""
        text = (self.work.path / file).read_text()
        assert text.count(old) == 1, f"{old!r} is {text.count(old)} times in {file}"
        return self.work.commit({file: text.replace(old, new)}, message)

    def writes(self) -> list[tuple[str, str, str]]:
        """What the clouds were asked to change since the requests were reset: cloud, method and route."""
        return [
            (entry["cloud"], entry["method"], entry["route"])
            for entry in self.simulator.requests()
            if entry["method"] != "GET" and not entry["route"].endswith("/auth/tokens")
        ]


@pytest.fixture
def workplace(tmp_path: Path) -> Iterator[Workplace]:
    (tmp_path / "home").mkdir()
    work = new_work(tmp_path / "git")
    settings = CloudSettings(build_seconds=0.1, delete_seconds=0.1)
    with serve_repositories(work.bare.parent) as server, Simulator({"paris": settings, "lyon": settings}) as simulator:
        clouds_file = simulator.write_clouds_file(tmp_path / "clouds.yaml")
        yield Workplace(tmp_path, work, server, simulator, clouds_file)
