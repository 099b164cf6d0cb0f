"""Documents from a directory on disk, as they are now. For `magi validate` and `magi plan` in a work tree."""

import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from reconciler.model import DEFAULT_LIMITS, Approval, InputLimits
from reconciler.source.approvals import approvals_of
from reconciler.source.commits import read_commit, resolve_here
from reconciler.source.errors import NotARepositoryError, SourceError
from reconciler.source.repository import Repository
from reconciler.source.snapshot import (
    Snapshot,
    SourceFile,
    WorkTree,
    blob_id,
    bounded,
    readable_path,
    too_many_files,
)

ALL_FILES_FACTOR: Final = 8
"""How many times ``limits.bytes`` all files of a directory may have, not only those with YAML: all are held."""


class Directory:
    """A directory on disk. Hidden files and folders are skipped; links are followed where they stay inside."""

    def __init__(self, path: Path, repository: Repository | None = None, limits: InputLimits = DEFAULT_LIMITS) -> None:
        self._limits = limits
        self.path = path
        self.label = str(path)
        self.repository = repository

    def last_good(self) -> None:
        """Nothing is kept: the directory is on this machine."""

    def fetch(self) -> Snapshot:
        """The files as they are now, with their contents, so that what is read later is what was listed.

        Raises SourceError where a file cannot be read: what is unreadable must not pass for absent.
        """
        root = self.path.resolve()
        if not root.is_dir():
            raise NotARepositoryError(f"{self.label}: there is no such directory")
        files: dict[str, SourceFile] = {}
        contents: dict[str, bytes] = {}
        warnings: list[str] = []
        links: set[str] = set()
        most = self._limits.file_bytes
        total, allowed = 0, ALL_FILES_FACTOR * self._limits.bytes
        for file, is_link, size in _walk(root, warnings):
            path = readable_path(os.fsencode(file.relative_to(root)))
            content = _content(root, file, most) if size <= most else None
            if content is not None and len(content) <= most:
                contents[path] = content
                files[path] = SourceFile(path, blob_id(content), len(content))
                total += len(content)
            else:
                files[path] = SourceFile(path, "", max(size, most + 1))
            if is_link:
                links.add(path)
            if len(files) > self._limits.files:
                raise too_many_files(self.label, self._limits.files)
            if total > allowed:
                hint = f"is this the right directory? Else raise limits.bytes: that is {ALL_FILES_FACTOR} times as much"
                raise SourceError(f"{self.label}: more than {allowed:,} bytes in all files", hint)

        def read(wanted: Sequence[SourceFile]) -> dict[str, bytes]:
            return {file.path: contents[file.path] for file in wanted}

        return Snapshot(
            label=self.label,
            revision=None,
            files=dict(sorted(files.items())),
            reader=read,
            file_bytes=most,
            warnings=bounded(sorted(warnings)),
            approvals=self._approvals,
            work_tree=self._work_tree({path: file for path, file in files.items() if path not in links}),
        )

    def _approvals(self) -> frozenset[Approval]:
        """The consents of the commit that the work tree stands on, and of those before it."""
        if self.repository is None:
            return frozenset()
        git = self.repository.git
        try:
            head = resolve_here(git, "HEAD")
            return approvals_of(git, head) if head else frozenset()
        except SourceError:
            return frozenset()

    def _work_tree(self, files: dict[str, SourceFile]) -> WorkTree | None:
        """The commit that the work tree stands on, and what differs; None without repository or commit."""
        if self.repository is None:
            return None
        git = self.repository.git
        try:
            head = resolve_here(git, "HEAD")
            committed = read_commit(git, head, self.repository.folder, limits=self._limits) if head else None
        except SourceError:
            return None  # not committed yet, or a broken repository: the files are good all the same
        if committed is None or committed.revision is None:
            return None
        changed = {
            path
            for path in files.keys() | committed.files.keys()
            if _differ(files.get(path), committed.files.get(path))
        }
        return WorkTree(committed.revision, committed.subject, tuple(sorted(changed)))


def _differ(here: SourceFile | None, there: SourceFile | None) -> bool:
    if here is None or there is None:
        return here is not there
    return here.size != there.size or (here.blob != there.blob and bool(here.blob))


def _walk(root: Path, warnings: list[str]) -> Iterator[tuple[Path, bool, int]]:
    """Every regular file below the root, whether a link leads there, and its size."""
    pending: list[tuple[Path, bool, tuple[Path, ...]]] = [(root, False, (root,))]
    while pending:
        folder, through_link, above = pending.pop()
        try:
            entries = sorted(folder.iterdir())
        except OSError as error:
            raise _unreadable(root, folder, error) from None
        for entry in entries:
            if entry.name.startswith("."):
                continue
            is_link = entry.is_symlink()
            shown = readable_path(os.fsencode(entry.relative_to(root)))
            real = Path(os.path.realpath(entry)) if is_link else entry
            if is_link and root not in real.parents:
                warnings.append(f"{shown} is a symbolic link that leads outside and is ignored")
                continue
            try:
                about = real.stat()
            except OSError as error:
                if not is_link:
                    raise _unreadable(root, entry, error) from None
                warnings.append(f"{shown} is a symbolic link that leads nowhere and is ignored")
                continue
            if stat.S_ISREG(about.st_mode):
                yield entry, through_link or is_link, about.st_size
            elif stat.S_ISDIR(about.st_mode):
                if is_link and any(real == parent or real in parent.parents for parent in above):
                    warnings.append(f"{shown} is a symbolic link to a folder above it and is ignored")
                else:
                    pending.append((entry, through_link or is_link, (*above, real)))


def _content(root: Path, file: Path, most: int) -> bytes:
    try:
        # Not blocking: what was a file when listed may be a pipe by now.
        with os.fdopen(os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as opened:
            return opened.read(most + 1)
    except OSError as error:
        raise _unreadable(root, file, error) from None


def _unreadable(root: Path, file: Path, error: OSError) -> SourceError:
    shown = readable_path(os.fsencode(file.relative_to(root)))
    return SourceError(f"{shown} in {root} cannot be read: {error.strerror}", "check its permissions")
