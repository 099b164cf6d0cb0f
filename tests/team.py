"""A team at work: a repository on a Git server, clouds, and the real `magi` process."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests import launching
from tests.git_server import GitServer
from tests.git_work import Work
from tests.waiting import PATIENCE

EXAMPLES = Path(__file__).parents[1] / "desired-state-examples"
MAGI = [sys.executable, "-m", "reconciler.cli"]

IDENTITY = {f"GIT_{who}_{what}": "a@example.net" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


@dataclass
class Finished:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Team:
    """A team with a repository on a Git server, at ``url``. ``owner`` marks what is theirs; "" leaves it unsaid."""

    folder: Path
    work: Work
    server: GitServer
    clouds_file: Path
    owner: str = "magi"
    patience: float = PATIENCE

    @property
    def url(self) -> str:
        return f"{self.server.url}/{self.work.bare.name}"

    def environment(self, extra: Mapping[str, str] | None = None) -> dict[str, str]:
        """That of a fresh account: nothing of the one that runs the tests."""
        owner = {"MAGI_OWNER": self.owner} if self.owner else {}
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "VIRTUAL_ENV") if name in os.environ}
        return {**kept, "HOME": str(self.folder / "home"), "COLUMNS": "120", **owner, **(extra or {})}

    def magi(self, *arguments: str, extra: Mapping[str, str] | None = None, stdin: str = "") -> Finished:
        """Runs the command to its end. Fails the test on a traceback: no user is to see one."""
        code, out, err = launching.run(arguments, self.folder, self.environment(extra), stdin, self.patience)
        assert "Traceback" not in err + out
        return Finished(code, out, err)

    def approve(self, *arguments: str) -> Finished:
        """`magi approve` in the clone, by someone who has given Git a name."""
        clouds = ("--clouds-file", str(self.clouds_file))
        return self.magi("approve", "--clone", str(self.work.path), *clouds, *arguments, extra=IDENTITY)

    def start(self, *arguments: str, extra: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
        """Starts the command; the caller ends it."""
        return subprocess.Popen(
            [*MAGI, *arguments],
            cwd=self.folder,
            env=self.environment(extra),
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
