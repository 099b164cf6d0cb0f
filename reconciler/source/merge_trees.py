"""What Git makes of two commits by itself, without a checkout: no work tree, no hooks, filters or merge drivers."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from reconciler.source.errors import ConflictError, SourceError
from reconciler.source.git_process import Git, GitFailedError
from reconciler.source.snapshot import readable_path

_CONFLICT = 1
_USAGE = 129
_MOST_FILES = 5


@contextmanager
def scratch(git: Git) -> Iterator[Git]:
    """An empty repository that reads the objects of another one, and is gone afterwards.

    None of the settings of the other one are in force in it, and nothing is left in that.
    """
    objects = git.run("rev-parse", "--path-format=absolute", "--git-path", "objects").decode().strip()
    with tempfile.TemporaryDirectory(prefix="magi-") as folder:
        environment = {**git.environment, "GIT_ALTERNATE_OBJECT_DIRECTORIES": objects}
        made = replace(git, git_dir=Path(folder), environment=environment)
        made.run("init", "--quiet", "--bare", "--template=")
        yield made


def merge_tree(git: Git, base: str, head: str) -> str:
    """The tree of the merge of two commits, as an object in ``git``.

    Raises ConflictError, and SourceError where they have no history in common.
    """
    try:
        return (
            git.run("merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", base, head).decode().strip("\0")
        )
    except GitFailedError as error:
        if error.status == _CONFLICT:
            raise _conflict(base, head, error.output) from None
        if "unrelated histories" in error.stderr:
            raise SourceError(
                f"{git.label}: {base[:10]} and {head[:10]} have no history in common", "are these the right commits?"
            ) from None
        if error.status == _USAGE:
            raise SourceError("this Git is too old to merge without a checkout", "install Git 2.38 or newer") from None
        raise


def _conflict(base: str, head: str, output: bytes) -> ConflictError:
    names = [readable_path(name) for name in output.split(b"\0")[1:] if name]
    more = f" and {len(names) - _MOST_FILES} more" if len(names) > _MOST_FILES else ""
    return ConflictError(
        f"{head[:10]} conflicts with {base[:10]} in {', '.join(names[:_MOST_FILES])}{more}",
        "bring the branch up to date, and solve the conflicts",
    )
