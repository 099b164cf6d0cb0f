"""Which files each of some signers changed lately: what shows who approves from who changed it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from posixpath import basename, relpath

from reconciler.source.approvals import MOST, REACH
from reconciler.source.git_process import Git, TooMuchError
from reconciler.source.snapshot import NAME_OF_IGNORE_FILE, is_hidden, readable_path
from reconciler.source.verification import Verifier

_MOST_BYTES = 64 * 1024 * 1024


def changed_by(
    git: Git, commit: str, folder: str, signers: Iterable[str], verifier: Verifier
) -> Mapping[str, frozenset[str] | None]:
    """For each signer the files of a folder that they changed; None where the history is too long to find out.

    It goes back to the newest 50 commits that others signed, so that unmanaged own commits make their changes old.
    What no one vouches for may be of anyone. A merge is what its first parent lacked, and its signer's; an unsigned
    one that adds nothing to verified commits is unmanaged.
    """
    parents = dict(
        line.partition(" ")[::2]
        for line in git.run("rev-list", "--topo-order", "--parents", f"--max-count={MOST}", commit)
        .decode()
        .splitlines()
    )
    return {signer: _changed(git, parents, folder, signer, verifier) for signer in signers}


def _changed(
    git: Git, parents: Mapping[str, str], folder: str, signer: str, verifier: Verifier
) -> frozenset[str] | None:
    own: list[str] = []
    others = 0
    for ident in parents:
        signature = verifier.signature_of(git, ident)
        if signature.wrong and len(parents[ident].split()) > 1 and verifier.is_verified(git, ident):
            continue
        if signature.wrong or signature.signer == signer:
            own.append(ident)
            continue
        others += 1
        if others == REACH:
            break
    else:
        if len(parents) == MOST:
            return None
    try:
        return frozenset(_files(git, own, parents, folder))
    except TooMuchError:
        return None


def _files(git: Git, commits: Sequence[str], parents: Mapping[str, str], folder: str) -> Iterable[str]:
    asked = "".join(
        f"{ident} {first}".rstrip() + "\n" for ident in commits for first in [parents[ident].partition(" ")[0]]
    )
    arguments = ("--stdin", "--root", "-r", "-z", "--raw", "--no-renames")
    output = git.run("diff-tree", *arguments, stdin=asked.encode(), most=_MOST_BYTES).split(b"\0")
    within = f"{folder}/" if folder else ""
    for at, one in enumerate(output[:-1]):
        # What is said of a file begins with ':', and its path follows; the rest are commits.
        if one.startswith(b":"):
            path = readable_path(output[at + 1])
            if path.startswith(within) and not is_hidden(path.removeprefix(within)):
                yield path.removeprefix(within)
            elif _leaves_out(path, within):
                yield relpath(path, folder or ".")


def _leaves_out(path: str, within: str) -> bool:
    """Whether a file can leave documents of a folder out, and so change services whose own files stay as they are."""
    place = path.removesuffix(NAME_OF_IGNORE_FILE)
    return basename(path) == NAME_OF_IGNORE_FILE and (place.startswith(within) or within.startswith(place))
