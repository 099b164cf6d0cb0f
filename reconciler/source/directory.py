"""Documents from a directory on disk, as they are now. For `magi validate` and `magi plan` in a work tree."""

import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from reconciler.model import DEFAULT_LIMITS, Approval, InputLimits
from reconciler.source.approvals import approvals_of
from reconciler.source.belonging import Entry, EntryType, belonging
from reconciler.source.commits import read_commit, resolve_here
from reconciler.source.errors import NotARepositoryError, SourceError
from reconciler.source.ignore_files import MAX_BYTES, places_above
from reconciler.source.repository import Repository
from reconciler.source.snapshot import (
    NAME_OF_IGNORE_FILE,
    Snapshot,
    SourceFile,
    WorkTree,
    blob_id,
    bounded,
    readable_path,
    too_many_files,
)
from reconciler.source.tracked import Tracked, pointers, tracked

ALL_FILES_FACTOR: Final = 8
"""How many times ``limits.bytes`` all files of a directory may have, not only those with YAML: all are held.

And how many times ``limits.files`` it may have of entries, with what is left out."""


class Directory:
    """A directory on disk, without what is hidden.

    In a work tree it is what a commit of all of it would be: what Git ignores is left out, and links and submodules
    are no files. Elsewhere, as in a mounted ConfigMap, links are followed where they stay inside.
    """

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
        warnings: list[str] = []
        tree = self._tracked(warnings)
        in_work_tree = self.repository is not None and not (tree and tree.whole)
        places: dict[str, Path] = {}
        entries: list[Entry] = []
        for place, entry in _walk(root, tree, warnings, follow=not in_work_tree):
            places[entry.file.path] = place
            entries.append(entry)
            if len(entries) > ALL_FILES_FACTOR * self._limits.files:
                raise too_many_files(self.label, self._limits.files)
        folder = self.repository.folder if in_work_tree and self.repository else ""
        found = belonging(
            entries,
            folder,
            self._ignore_files_above(folder),
            lambda desired: {file.path: _content(root, places[file.path], MAX_BYTES) for file in desired},
        )
        if len(found.files) > self._limits.files:
            raise too_many_files(self.label, self._limits.files)
        kept = pointers(tree, found.files) if tree and in_work_tree else {}
        files, contents = self._contents(root, found.files, places, kept)

        def read(desired: Sequence[SourceFile]) -> dict[str, bytes]:
            return {file.path: contents[file.path] for file in desired}

        return Snapshot(
            label=self.label,
            commit=None,
            files=files,
            reader=read,
            file_bytes=self._limits.file_bytes,
            warnings=bounded(sorted((*warnings, *found.warnings))),
            left_out=found.left_out,
            ignored=found.ignored,
            problems=tuple(found.problems),
            approvals=self._approvals,
            work_tree=self._work_tree(files),
        )

    def _contents(
        self,
        root: Path,
        listed: Mapping[str, SourceFile],
        places: Mapping[str, Path],
        kept: Mapping[str, tuple[SourceFile, bytes]],
    ) -> tuple[dict[str, SourceFile], dict[str, bytes]]:
        """The files with their contents, except those that are too large. ``kept``: what the commit holds of some."""
        most, allowed = self._limits.file_bytes, ALL_FILES_FACTOR * self._limits.bytes
        files: dict[str, SourceFile] = {}
        contents: dict[str, bytes] = {}
        total = 0
        for path, file in listed.items():
            if path in kept:
                files[path], contents[path] = kept[path]
                continue
            content = _content(root, places[path], most) if file.size <= most else None
            if content is None or len(content) > most:
                files[path] = SourceFile(path, "", max(file.size, most + 1))
                continue
            contents[path] = content
            files[path] = SourceFile(path, blob_id(content), len(content))
            total += len(content)
            if total > allowed:
                hint = f"is this the right directory? Else raise limits.bytes: that is {ALL_FILES_FACTOR} times as much"
                raise SourceError(f"{self.label}: more than {allowed:,} bytes in all files", hint)
        return files, contents

    def _tracked(self, warnings: list[str]) -> Tracked | None:
        """What Git says of the work tree; None where it is in none, or Git does not know."""
        if self.repository is None:
            return None
        try:
            return tracked(self.repository)
        except SourceError as error:
            warnings.append(f"what Git ignores is not known, and so not left out: {error}")
            return None

    def _ignore_files_above(self, folder: str) -> dict[str, bytes]:
        """The ignore files between the root of the work tree and the folder, by their paths; a link is none."""
        found: dict[str, bytes] = {}
        root = self.repository.work_tree if self.repository else None
        if root is None:
            return found
        for path in places_above(folder):
            file = root / path
            if file.is_file() and not file.is_symlink():
                found[path] = _content(root, file, MAX_BYTES)
        return found

    def _approvals(self) -> frozenset[Approval]:
        """The consents of the commit of the work tree, and of those before it."""
        if self.repository is None:
            return frozenset()
        git = self.repository.git
        try:
            head = resolve_here(git, "HEAD")
            return approvals_of(git, head) if head else frozenset()
        except SourceError:
            return frozenset()

    def _work_tree(self, files: dict[str, SourceFile]) -> WorkTree | None:
        """The commit of the work tree, and what differs; None without repository or commit."""
        if self.repository is None:
            return None
        git = self.repository.git
        try:
            head = resolve_here(git, "HEAD")
            committed = read_commit(git, head, self.repository.folder, limits=self._limits) if head else None
        except SourceError:
            return None  # not committed yet, or a broken repository: the files are good all the same
        if committed is None or committed.commit is None:
            return None
        changed = {
            path
            for path in files.keys() | committed.files.keys()
            if _differ(files.get(path), committed.files.get(path))
        }
        return WorkTree(committed.commit, committed.subject, tuple(sorted(changed)))


def _differ(here: SourceFile | None, there: SourceFile | None) -> bool:
    if here is None or there is None:
        return here is not there
    return here.size != there.size or (here.blob != there.blob and bool(here.blob))


def _walk(root: Path, tree: Tracked | None, warnings: list[str], *, follow: bool) -> Iterator[tuple[Path, Entry]]:
    """Every entry below the root that may be one of a commit. ``follow``: links count as what they lead to."""
    pending: list[tuple[Path, tuple[Path, ...]]] = [(root, (root,))]
    while pending:
        folder, above = pending.pop()
        try:
            listed = sorted(folder.iterdir())
        except OSError as error:
            raise _unreadable(root, folder, error) from None
        for place in listed:
            path = readable_path(os.fsencode(place.relative_to(root)))
            if (place.name.startswith(".") and place.name != NAME_OF_IGNORE_FILE) or (
                tree and not follow and path in tree.ignored
            ):
                continue
            is_link = place.is_symlink()
            if is_link and not follow:
                yield place, Entry(SourceFile(path, "", 0), EntryType.LINK)
                continue
            real = _real(root, place, path, warnings) if is_link else place
            if real is None:
                continue
            try:
                about = real.stat()
            except OSError as error:
                raise _unreadable(root, place, error) from None
            if stat.S_ISREG(about.st_mode):
                yield place, Entry(SourceFile(path, "", about.st_size))
            elif stat.S_ISDIR(about.st_mode):
                if not follow and (path in (tree.submodules if tree else ()) or (place / ".git").exists()):
                    yield place, Entry(SourceFile(path, "", 0), EntryType.SUBMODULE)
                elif is_link and any(real == parent or real in parent.parents for parent in above):
                    warnings.append(f"{path} is a symbolic link to a folder above it and is ignored")
                else:
                    pending.append((place, (*above, real)))


def _real(root: Path, link: Path, path: str, warnings: list[str]) -> Path | None:
    """Where a link leads; None, with a warning, where that is nowhere or outside."""
    real = Path(os.path.realpath(link))
    if root not in real.parents:
        warnings.append(f"{path} is a symbolic link that leads outside and is ignored")
    elif not real.exists():
        warnings.append(f"{path} is a symbolic link that leads nowhere and is ignored")
    else:
        return real
    return None


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
