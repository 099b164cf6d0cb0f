"""Repositories for tests, made with the git command as people make them."""

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ENVIRONMENT = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_AUTHOR_NAME": "A",
    "GIT_AUTHOR_EMAIL": "a@example.net",
    "GIT_AUTHOR_DATE": "2026-01-02T03:04:05Z",
    "GIT_COMMITTER_NAME": "A",
    "GIT_COMMITTER_EMAIL": "a@example.net",
    "GIT_COMMITTER_DATE": "2026-01-02T03:04:05Z",
    "PATH": "/usr/local/bin:/usr/bin:/bin",
}


@dataclass(frozen=True)
class Work:
    """A work tree that commits are made in, and pushed from to `bare`."""

    path: Path
    bare: Path

    def git(self, *arguments: str, at: str = ENVIRONMENT["GIT_COMMITTER_DATE"]) -> str:
        environment = ENVIRONMENT | {"GIT_COMMITTER_DATE": at}
        done = subprocess.run(
            ["git", *arguments], cwd=self.path, env=environment, capture_output=True, check=True, text=True
        )
        return done.stdout.strip()

    def write(self, files: Mapping[str, str | bytes]) -> None:
        for name, content in files.items():
            file = self.path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content if isinstance(content, bytes) else content.encode())

    def commit(
        self, files: Mapping[str, str | bytes], message: str = "change", at: str = ENVIRONMENT["GIT_COMMITTER_DATE"]
    ) -> str:
        """Commits and pushes the files on top of what is there; returns the commit. ``at``: when it is committed."""
        self.write(files)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message, at=at)
        self.push()
        return self.git("rev-parse", "HEAD")

    def push(self, *arguments: str) -> None:
        self.git("push", "-q", "--force", *(arguments or ("origin", "HEAD")))


def new_work(folder: Path) -> Work:
    """An empty repository `folder`/work with the branch main, and its bare twin `folder`/served/edge.git."""
    made = Work(folder / "work", folder / "served" / "edge.git")
    for path, options in ((made.path, []), (made.bare, ["--bare"])):
        path.mkdir(parents=True)
        subprocess.run(["git", "init", "-q", "-b", "main", *options], cwd=path, env=ENVIRONMENT, check=True)
    made.git("remote", "add", "origin", str(made.bare))
    return made
