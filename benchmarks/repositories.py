"""A Git repository on disk, for the daemons of benchmarks."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

from benchmarks.clouds import write


def new_repository(folder: Path) -> Path:
    folder.mkdir()
    _git(folder, "init", "-q", "-b", "main")
    return folder


def commit(repository: Path, files: Mapping[str, str], message: str) -> None:
    write(repository, files)
    _git(repository, "add", "-A")
    _git(repository, "-c", "user.name=B", "-c", "user.email=b@example.net", "commit", "-q", "-m", message)


def _git(repository: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=repository, check=True)
