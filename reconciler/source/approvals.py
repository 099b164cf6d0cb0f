"""The consents that commits give: trailers `Magi-Approve: DIGEST`, in the commit in force and those before it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from reconciler.source.git_process import Git

TRAILER = "Magi-Approve"
REACH = 50
"""Commits of a branch, the newest first, whose trailers count, with those that they merged."""
MOST = 2000
_DIGEST = re.compile(r"[0-9a-f]{32}")
_FORMAT = f"--format=%H %(trailers:key={TRAILER},valueonly=true,unfold=true,separator=%x20)"


def approvals_of(git: Git, commit: str, is_trusted: Callable[[Git, str], bool] | None = None) -> frozenset[str]:
    """The digests that the newest commits consent to, as far as ``is_trusted`` has the commit that says so."""
    found = ((one, digests) for one, digests in _trailers(git, commit) if digests)
    return frozenset(digest for one, digests in found if not is_trusted or is_trusted(git, one) for digest in digests)


def _trailers(git: Git, commit: str) -> Iterator[tuple[str, list[str]]]:
    branch = git.run("rev-list", "--first-parent", f"--max-count={REACH + 1}", commit).decode().split()
    before = [f"^{branch[REACH]}"] if len(branch) > REACH else []
    listed = git.run("rev-list", f"--max-count={MOST}", _FORMAT, commit, *before).decode("utf-8", "replace")
    for line in listed.splitlines():
        if not line.startswith("commit "):
            one, _, values = line.partition(" ")
            yield one, _DIGEST.findall(values)
