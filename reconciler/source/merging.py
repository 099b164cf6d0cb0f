"""What a branch becomes when it is merged into another one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from reconciler.model import DEFAULT_LIMITS, InputLimits
from reconciler.source.commits import read_commit
from reconciler.source.errors import SourceError
from reconciler.source.git_process import Git
from reconciler.source.merge_trees import merge_tree, scratch
from reconciler.source.snapshot import Snapshot
from reconciler.source.verification import Verifier

_IDENTITY = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "Magi"), ("EMAIL", "magi@localhost"), ("DATE", "@0 +0000"))
}


@dataclass(frozen=True, slots=True)
class Merge:
    """The commit that merging ``head`` into ``base`` would make; both are commits.

    ``folder``: that of the documents in the repository, "" for all of it. ``brought``: the commits of
    ``head`` that ``base`` lacks, ``unverified``: those of them that no allowed signer vouches for, where only
    verified ones are taken. ``read_base`` reads ``base`` alone. ``read`` raises ConflictError, and SourceError where
    they have no history in common.
    """

    base: str
    head: str
    folder: str
    read: Callable[[], Snapshot] = field(repr=False)
    read_base: Callable[[], Snapshot] = field(repr=False)
    brought: frozenset[str] = frozenset()
    unverified: tuple[str, ...] = ()


@contextmanager
def merging(
    git: Git,
    base: str,
    tip: str,
    folder: str,
    verifier: Verifier | None,
    limits: InputLimits = DEFAULT_LIMITS,
) -> Iterator[Merge]:
    """The merge of the commit ``tip`` into another one, readable as long as the context lasts.

    Raises SourceError for a repository without its history.
    """
    if git.run("rev-parse", "--is-shallow-repository").decode().strip() == "true":
        raise SourceError(
            f"{git.label} is a shallow clone, so what a merge makes of it can't be reported",
            "clone it whole: fetch-depth: 0 for actions/checkout, GIT_DEPTH: 0 for GitLab CI",
        )
    with scratch(git) as apart:
        brought = apart.run("rev-list", tip, f"^{base}").decode().split()
        unverified = tuple(commit for commit in brought if verifier and not verifier.is_verified(apart, commit))
        yield Merge(
            base,
            tip,
            folder,
            lambda: read_commit(apart, _commit(apart, base, tip), folder, verifier, limits=limits),
            lambda: read_commit(apart, base, folder, verifier, limits=limits),
            frozenset(brought),
            unverified,
        )


def _commit(git: Git, base: str, head: str) -> str:
    """Makes the merge, with the subject of what is merged."""
    tree = merge_tree(git, base, head)
    subject = git.run("log", "--no-walk", "--no-patch", "--format=%s", head)
    making = replace(git, environment={**git.environment, **_IDENTITY})
    return making.run("commit-tree", tree, "-p", base, "-p", head, stdin=subject).decode().strip()
