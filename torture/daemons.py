"""Magi itself, run as people run it: the daemon, and commands."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

PATIENCE = 300.0
AWAY = Path("/")
"""Where commands run: in a checkout, Python would take Magi from there."""

SETTINGS = """repository: {{url: {repository}, branch: main, interval: 1}}
drift: {{interval: 1, longest: 2}}
owner: torture
cloudsFile: {clouds}
listen: 127.0.0.1:0
cacheDir: {cache}
"""


@dataclass(frozen=True, slots=True)
class Magi:
    """Which Magi is put to the test. ``tree``: a checkout; None for the one that is installed."""

    tree: Path | None = None
    environment: dict[str, str] = field(default_factory=dict)

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "reconciler.cli", *arguments]

    def env(self) -> dict[str, str]:
        known = {name: value for name, value in os.environ.items() if not name.startswith(("MAGI_", "OS_"))}
        path = {"PYTHONPATH": str(self.tree)} if self.tree else {}
        return known | path | {"PYTHONUNBUFFERED": "1"} | self.environment

    def run(self, *arguments: str, timeout: float = PATIENCE) -> subprocess.CompletedProcess[str]:
        """A command to its end. Raises subprocess.TimeoutExpired."""
        return subprocess.run(
            self.command(*arguments),
            cwd=AWAY,
            env=self.env(),
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )


class Daemon:
    """`magi run` with settings of its own; its log goes on over its lives."""

    def __init__(self, magi: Magi, folder: Path, repository: Path, clouds: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._magi = magi
        self.log = folder / "magi.log"
        self._settings = folder / "magi.yaml"
        text = SETTINGS.format(repository=repository, clouds=clouds, cache=folder / "cache")
        self._settings.write_text(text, encoding="utf-8")
        self._process: subprocess.Popen[bytes] | None = None
        self._killed = False
        self.kills = 0
        self.ends: list[str] = []

    def start(self) -> None:
        """Does nothing while it runs."""
        self.log_end()
        if len(self.ends) > 3:
            raise OSError(f"{self.ends[-1]}, again and again; its log is {self.log}")
        if self._process is None:
            self._killed = False
            with self.log.open("ab") as out:
                command = self._magi.command("run", "--config", str(self._settings))
                self._process = subprocess.Popen(command, cwd=AWAY, env=self._magi.env(), stdout=out, stderr=out)

    def log_end(self) -> bool:
        """Whether it has ended. By itself is what it must not: `ends` says with what."""
        if self._process is None:
            return True
        code = self._process.poll()
        if code is None:
            return False
        if not self._killed:
            self.ends.append(f"the daemon ended by itself with {code}")
        self._process = None
        return True

    def kill(self) -> None:
        """SIGKILL, whatever it does at that moment."""
        process = self._process
        if process is not None and process.poll() is None:
            self._killed = True
            self.kills += 1
            process.send_signal(signal.SIGKILL)
            process.wait(30)

    def stop(self) -> None:
        process = self._process
        if process is not None and not self.log_end():
            self._killed = True
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(30)

    def crashes(self) -> list[str]:
        """What its log shows of unexpected errors."""
        return [
            f"its log, line {n}: {line}" for n, line in enumerate(self.lines(), 1) if line.startswith("Traceback (")
        ]

    def lines(self) -> list[str]:
        """Its log."""
        return self.log.read_text(encoding="utf-8", errors="replace").splitlines() if self.log.exists() else []


class Repository:
    """A Git repository on disk that daemons follow."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        self._git("init", "--quiet", "--initial-branch=main")

    def commit(self, files: dict[str, str], message: str) -> None:
        """The files, and no others, become the newest commit."""
        for path in self.folder.rglob("*.yaml"):
            if str(path.relative_to(self.folder)) not in files:
                path.unlink()
        for name, text in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        self._git("add", "--all")
        identity = ("-c", "user.name=Torture", "-c", "user.email=torture@example.net")
        self._git(*identity, "commit", "--quiet", "--allow-empty", "--message", message)

    def _git(self, *arguments: str) -> None:
        subprocess.run(["git", *arguments], cwd=self.folder, check=True, capture_output=True)


class Simulator:
    """`magi simulate` in a process of its own: of this checkout, whichever Magi is put to the test."""

    def __init__(self, names: Sequence[str], folder: Path) -> None:
        self.file = folder / "clouds.yaml"
        command = [
            sys.executable,
            "-m",
            "reconciler.cli",
            "simulate",
            "--vims",
            ",".join(names),
            "--build-seconds",
            "0.2",
        ]
        with (folder / "simulator.log").open("wb") as out:
            self._process = subprocess.Popen([*command, "--clouds-file", str(self.file)], stdout=out, stderr=out)
        until = time.monotonic() + PATIENCE
        while not self.file.exists():
            if self._process.poll() is not None or time.monotonic() > until:
                raise OSError(f"the simulator did not start: {(folder / 'simulator.log').read_text()}")
            time.sleep(0.05)

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(30)
