"""The consents that commits give: trailers `Magi-Approve: DIGEST`, in the commit in force and those before it.

What counts is one window: the newest commits of the branch along its first parents, with all that these merged. A
revert within it withdraws what the commits that it names consent to; it is not undone by reverting the revert.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from reconciler.model import Approval
from reconciler.source.errors import SourceError
from reconciler.source.git_process import Git
from reconciler.source.plain_words import printable_part

TRAILER = "Magi-Approve"
REACH = 50
"""Commits of a branch, the newest first, whose trailers count, with those that they merged."""
MOST = 2000
_DIGEST = re.compile(r"[0-9a-f]{32}")
_ID = re.compile(r"[0-9a-f]{40,64}")
_MOST_BYTES = 64 * 1024 * 1024
_FIELDS = ("%H", "%P", "%an <%ae>", f"%(trailers:key={TRAILER},valueonly=true,unfold=true,separator=%x20)", "%B")
_REVERT = re.compile(
    r"\bThis reverts commit ([0-9a-f]{7,64})(?:,\s+reversing\s+changes\s+made\s+to\s+([0-9a-f]{7,64}))?"
)


class Signature(NamedTuple):
    """Who signed a commit, as the operator's keys name them; or what is ``wrong`` with the signature."""

    signer: str
    wrong: str = ""


class _Commit(NamedTuple):
    id: str
    parents: tuple[str, ...]
    author: str
    digests: tuple[str, ...]
    message: str


def approvals_of(
    git: Git, commit: str, signature_of: Callable[[Git, str], Signature] | None = None
) -> frozenset[Approval]:
    """What the newest commits consent to. What does not count says why: it is withdrawn, or no one vouches for it.

    ``signature_of``: who signed a commit, where it has to be signed.
    """
    window = {one.id: one for one in _window(git, commit)}
    withdrawn = _withdrawn(window)
    return frozenset(
        _approval(git, one, digest, withdrawn, signature_of) for one in window.values() for digest in one.digests
    )


def _approval(
    git: Git,
    commit: _Commit,
    digest: str,
    withdrawn: Mapping[str, str],
    signature_of: Callable[[Git, str], Signature] | None,
) -> Approval:
    signature = signature_of(git, commit.id) if signature_of else Signature("")
    refusal = f"commit {commit.id[:10]} gives it, and of that: {signature.wrong}" if signature.wrong else ""
    if commit.id in withdrawn:
        refusal = f"commit {withdrawn[commit.id][:10]} reverts it"
    return Approval(digest, "", commit.id, commit.author, signature.signer, refusal)


def _window(git: Git, commit: str) -> Iterator[_Commit]:
    """The commits that count. Those that follow on one come before it, so that none is listed without its reverts."""
    branch = git.run("rev-list", "--first-parent", f"--max-count={REACH + 1}", commit).decode().split()
    before = [f"^{branch[REACH]}"] if len(branch) > REACH else []
    # As it is in the objects, which Git reads up to the first NUL: a conversion of what an author wrote might make
    # some, and with them commits that no one made.
    listed = git.run(
        "log", "-z", "--topo-order", "--no-show-signature", "--no-patch", "--encoding=none", f"--max-count={MOST}",
        f"--format={'%x00'.join(_FIELDS)}", commit, *before, "--", most=_MOST_BYTES,
    )  # fmt: skip
    texts = listed.decode("utf-8", "replace").split("\0")
    for at in range(0, len(texts) - len(_FIELDS) + 1, len(_FIELDS)):
        ident, parents, author, values, message = texts[at : at + len(_FIELDS)]
        if not _ID.fullmatch(ident):
            raise SourceError(
                f"{git.label}: the commits before {commit[:12]} can't be read", "is the repository whole?"
            )
        yield _Commit(ident, tuple(parents.split()), printable_part(author), tuple(_DIGEST.findall(values)), message)


def _withdrawn(window: Mapping[str, _Commit]) -> dict[str, str]:
    """The commits that another one reverts, each with that. Of a merge it is what it merged, too."""
    found: dict[str, str] = {}
    for commit in window.values():
        for one, kept in _REVERT.findall(commit.message):
            for ident in _matching(window, one):
                gone = {ident}
                if kept:
                    gone |= _reachable(window, [ident]) - _reachable(window, _matching(window, kept))
                found |= dict.fromkeys(gone, commit.id)
    return found


def _matching(window: Mapping[str, _Commit], start: str) -> list[str]:
    return [ident for ident in window if ident.startswith(start)]


def _reachable(window: Mapping[str, _Commit], start: list[str]) -> set[str]:
    found: set[str] = set()
    pending = [*start]
    while pending:
        ident = pending.pop()
        if ident in window and ident not in found:
            found.add(ident)
            pending += window[ident].parents
    return found
