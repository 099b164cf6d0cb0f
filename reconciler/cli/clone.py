"""A clone in which commands make commits: with Git as its user has set it up."""

from __future__ import annotations

import subprocess
from pathlib import Path

import click

from reconciler.model import ConfigError, MagiError

option = click.option(
    "--clone",
    type=click.Path(path_type=Path, file_okay=False),
    default=".",
    show_default="the current one",
    help="Folder of the documents, in a clone of their repository.",
)
branch = click.option("--branch", metavar="NAME", help="Branch that Magi follows; left out: the default one of origin.")
push = click.option("--push", is_flag=True, help="Also push the commit.")


def check(clone: Path, followed: str | None) -> None:
    """Raises ConfigError unless a commit would hold nothing else, on the branch that Magi follows."""
    try:
        git(clone, "rev-parse", "--show-toplevel")
    except MagiError:
        raise ConfigError(f"{clone} is in no work tree of Git", "name your clone with --clone") from None
    try:
        there = git(clone, "symbolic-ref", "--short", "HEAD")
    except MagiError:
        raise ConfigError("the clone is on no branch", "check out the one that Magi follows") from None
    try:
        followed = followed or git(clone, "rev-parse", "--abbrev-ref", "origin/HEAD").removeprefix("origin/")
    except MagiError:
        followed = there  # no one says which it is
    if there != followed:
        hint = f"check out {followed}, or name the one that Magi follows with --branch"
        raise ConfigError(f"the clone is on the branch '{there}', not on '{followed}'", hint)
    if git(clone, "diff", "--cached", "--name-only"):
        raise ConfigError("changes are staged, which the commit would take along", "commit or unstage them first")


def commit(clone: Path, message: str, *options: str) -> str:
    """Commits; answers the name of the commit, shortened."""
    git(clone, "commit", "--quiet", "--file=-", *options, stdin=message)
    return git(clone, "rev-parse", "HEAD")[:10]


def push_head(clone: Path) -> None:
    """Pushes the branch to where it is pushed to."""
    try:
        remote = git(clone, "config", f"branch.{git(clone, 'symbolic-ref', '--short', 'HEAD')}.remote")
    except MagiError:
        remote = "origin"
    git(clone, "push", "--quiet", remote, "HEAD")


def git(clone: Path, *arguments: str, stdin: str = "") -> str:
    """Git as its user has set it up: identity, signing, hooks. Raises ConfigError with what it says."""
    try:
        done = subprocess.run(
            ["git", "-C", str(clone), *arguments],
            input=stdin,
            capture_output=True,
            check=False,
            text=True,
        )
    except FileNotFoundError:
        raise ConfigError("git is not installed", "install it") from None
    if done.returncode:
        said = done.stderr.strip() or done.stdout.strip() or "no message"
        raise ConfigError(f"git {arguments[0]} failed: {said}", "nothing else was done")
    return done.stdout.strip()
