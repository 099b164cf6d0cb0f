"""Reads a pinned commit out of a repository without checking it out: no work tree, so no links, filters or hooks."""

import difflib
import re
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress

from reconciler.model import DEFAULT_LIMITS, InputLimits
from reconciler.source.approvals import approvals_of
from reconciler.source.belonging import Entry, EntryType, belonging
from reconciler.source.changes import changed_by
from reconciler.source.commit_object import parse
from reconciler.source.errors import ForbiddenUrlError, RevisionNotFoundError, SourceError
from reconciler.source.git_process import Git, GitFailedError, TooMuchError
from reconciler.source.ignore_files import MAX_BYTES, places_above, too_large
from reconciler.source.snapshot import Snapshot, SourceFile, bounded, printable, too_many_files
from reconciler.source.verification import Verifier

REMOTE_HEAD = "refs/magi/head"
"""Where a mirror keeps what HEAD means at the server."""

# What Git takes for the name of a branch or tag, and how far back from it.
_REVISION = re.compile(r"[^\W-][^\x00-\x20\x7f~^:?*\[\]\\]{0,254}(?:[~^][0-9]{0,4}){0,3}")
_LONGEST_EXPRESSION = 1000
_COMMIT = re.compile(r"[0-9a-f]{40}")
_HEXADECIMAL = re.compile(r"[0-9a-fA-F]{4,40}")
_MAX_COMMIT = 4 * 1024 * 1024
_LEAST_LISTING = 64 * 1024 * 1024
_LISTING_PER_FILE = 640
"""Bytes that the paths of a commit are listed in: far more than those of as many files as are allowed."""
_ENTRY_TYPES = {"120000": EntryType.LINK, "160000": EntryType.SUBMODULE}


def check_revision(revision: str) -> str:
    """The revision itself, if it can be a branch, tag or commit and nothing else; raises ForbiddenUrlError."""
    odd = ("..", "//", "@{", "/.", ".lock/")
    if (
        not _REVISION.fullmatch(revision)
        or not revision.isprintable()
        or any(part in revision for part in odd)
        or revision.endswith((".lock", "/", "."))
    ):
        raise ForbiddenUrlError(f"{revision!r} cannot be a revision", "give a branch, a tag or a commit")
    return revision


def check_expression(revision: str) -> str:
    """The revision itself, if git may be asked what it means; raises ForbiddenUrlError."""
    if not revision or revision.startswith("-") or not revision.isprintable() or len(revision) > _LONGEST_EXPRESSION:
        raise ForbiddenUrlError(f"{revision!r} cannot be a revision", "give a branch, a tag or a commit")
    return revision


def resolve(git: Git, revision: str, *, prefixes: Sequence[str] = ("refs/heads/", "refs/tags/")) -> str | None:
    """The commit that a revision means at a server, 40 hexadecimal digits; None if there is none.

    ``git`` is that of a mirror. Branches go before tags.
    """
    check_revision(revision)
    candidates = [prefix + revision for prefix in prefixes]
    name = re.split("[~^]", revision)[0]
    if name == "HEAD":
        candidates.append(REMOTE_HEAD + revision.removeprefix(name))
    elif revision.startswith("refs/") or _HEXADECIMAL.fullmatch(name):
        candidates.append(revision)
    return next(filter(None, (_commit_of(git, candidate) for candidate in candidates)), None)


def resolve_here(git: Git, revision: str) -> str | None:
    """The commit that Git means by a revision in a repository on this machine; else a branch that it has of origin.

    40 hexadecimal digits; None if there is none.
    """
    check_expression(revision)
    return _commit_of(git, revision) or _commit_of(git, f"refs/remotes/origin/{revision}")


def _commit_of(git: Git, expression: str) -> str | None:
    try:
        found = git.run("rev-parse", "--verify", "--quiet", "--end-of-options", expression).decode().strip()
        # An annotated tag is an object of its own, which leads to a commit.
        commit = git.run("rev-parse", "--verify", "--quiet", "--end-of-options", found + "^{commit}").decode().strip()
    except GitFailedError:
        return None
    return commit if _COMMIT.fullmatch(commit) else None


def revision_not_found(git: Git, revision: str) -> RevisionNotFoundError:
    """The error for a revision that `resolve` does not know, with the names that are close to it."""
    listed = git.run("for-each-ref", "--format=%(refname:strip=2)", "refs/heads", "refs/tags", "refs/remotes")
    names = sorted(set(listed.decode("utf-8", "replace").splitlines()))
    near = difflib.get_close_matches(revision, names, n=3) or names[:5]
    hint = f"there are {', '.join(near)}" if near else "the repository has no branches"
    return RevisionNotFoundError(f"{git.label}: there is no branch, tag or commit {revision!r}", hint)


class Entries:
    """Reads what `git ls-tree -r -z --long` lists, of one commit after the other; one thread at a time.

    Most of a commit is as in the one before: the lines that both have are read once.
    """

    def __init__(self) -> None:
        self._known: dict[str, Entry] = {}

    def read(self, listing: bytes) -> Collection[Entry]:
        known = self._known
        lines = listing.decode("utf-8", "backslashreplace").split("\0")[:-1]
        self._known = {line: known.get(line) or _entry(line) for line in lines}
        return self._known.values()


def _entry(line: str) -> Entry:
    about, _, path = line.partition("\t")
    mode, _, blob, size = about.split()
    entry_type = _ENTRY_TYPES.get(mode, EntryType.FILE)
    length = 0 if entry_type is EntryType.SUBMODULE else int(size)
    return Entry(SourceFile(printable(path), blob, length), entry_type)


def read_commit(
    git: Git,
    commit: str,
    folder: str = "",
    verifier: Verifier | None = None,
    *,
    limits: InputLimits = DEFAULT_LIMITS,
    entries: Entries | None = None,
) -> Snapshot:
    """The files of a commit, of one folder of it if given; contents are read when asked for.

    ``verifier``: who says which commits before it may be taken, and which of them may approve something.
    ``entries``: what the commit before was read by.

    Raises RevisionNotFoundError where the commit has no such folder, SourceError where there is too much of it.
    """
    try:
        head = parse(git.run("cat-file", "commit", commit, most=_MAX_COMMIT))
    except TooMuchError:
        raise SourceError(
            f"{git.label}: commit {commit[:12]} has a message of more than {_MAX_COMMIT:,} bytes", "write a shorter one"
        ) from None
    tree = f"{commit}:{folder}" if folder else commit
    try:
        most = max(_LEAST_LISTING, limits.files * _LISTING_PER_FILE)
        listing = git.run("ls-tree", "-r", "-z", "--long", "--full-tree", tree, most=most)
    except TooMuchError:
        raise too_many_files(git.label, limits.files) from None
    except GitFailedError as error:
        if folder and ("Not a valid object name" in error.stderr or "not a tree object" in error.stderr):
            raise RevisionNotFoundError(f"{git.label}: commit {commit[:12]} has no folder {folder!r}") from None
        raise
    found = belonging(
        (entries or Entries()).read(listing),
        folder,
        _ignore_files_above(git, commit, folder),
        lambda desired: read_blobs(git, desired),
    )
    if len(found.files) > limits.files:
        raise too_many_files(git.label, limits.files)
    return Snapshot(
        label=git.label,
        commit=commit,
        files=found.files,
        reader=lambda desired: read_blobs(git, desired),
        file_bytes=limits.file_bytes,
        warnings=bounded(found.warnings),
        left_out=found.left_out,
        ignored=found.ignored,
        problems=tuple(found.problems),
        committed_at=head.committed_at,
        authored_at=head.authored_at,
        subject=head.subject,
        predecessors=lambda most: _predecessors(git, commit, folder, most, verifier, limits),
        approvals=lambda: approvals_of(git, commit, verifier.signature_of if verifier else None),
        changed_by=lambda signers: changed_by(git, commit, folder, signers, verifier) if verifier else {},
    )


def _ignore_files_above(git: Git, commit: str, folder: str) -> dict[str, bytes]:
    """The contents of the ignore files above a folder by their paths; a link is none."""
    places = places_above(folder)
    if not places:
        return {}
    entries = Entries().read(git.run("ls-tree", "-z", "--long", "--full-tree", commit, "--", *places))
    files = [entry.file for entry in entries if entry.type is EntryType.FILE]
    small = read_blobs(git, [file for file in files if file.size <= MAX_BYTES])
    return {file.path: small.get(file.path, too_large()) for file in files}


def _predecessors(
    git: Git, commit: str, folder: str, most: int, verifier: Verifier | None, limits: InputLimits
) -> Iterator[Snapshot]:
    """The commits before one, as the branch had them; those without the folder, or not verified, are passed over."""
    commits = git.run("rev-list", "--first-parent", f"--max-count={most + 1}", commit).decode().split()
    for earlier in commits[1:]:
        if verifier and not verifier.is_verified(git, earlier):
            continue
        with suppress(RevisionNotFoundError):
            yield read_commit(git, earlier, folder, verifier, limits=limits)


def read_blobs(git: Git, files: Sequence[SourceFile]) -> dict[str, bytes]:
    """The contents of some files by path, through one git process; those of one blob are read once."""
    by_blob = {file.blob: file for file in files}
    if not by_blob:
        return {}
    output = git.run("cat-file", "--batch", "--buffer", stdin="".join(f"{blob}\n" for blob in by_blob).encode())
    contents: dict[str, bytes] = {}
    position = 0
    for file in by_blob.values():
        end = output.index(b"\n", position)
        header = output[position:end].split()
        if len(header) != 3 or header[0].decode() != file.blob:
            raise SourceError(f"{git.label}: the content of {file.path} is missing in the repository", "fetch it again")
        size = int(header[2])
        contents[file.blob] = output[end + 1 : end + 1 + size]
        position = end + 1 + size + 1
    return {file.path: contents[file.blob] for file in files}


def folder_path(text: str) -> str:
    """A folder inside a repository as Git writes it: 'a/b', '' for the root. Raises ForbiddenUrlError."""
    parts = [part for part in text.split("/") if part not in ("", ".")]
    if ".." in parts or not text.isprintable():
        raise ForbiddenUrlError(f"{text!r} is not a folder inside the repository")
    return "/".join(parts)
