"""What Git says of the files of a work tree: what it ignores, which folders are submodules, what it keeps elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from reconciler.model import is_lfs_pointer
from reconciler.source.commits import read_blobs
from reconciler.source.git_process import Git
from reconciler.source.repository import Repository
from reconciler.source.snapshot import SourceFile, readable_path

_SUBMODULE = b"160000"
_MAX_POINTER = 1024
"""Bytes that a pointer of Git LFS has at most, by its specification."""


@dataclass(frozen=True, slots=True)
class Tracked:
    """All paths are from the folder of the documents on. ``whole``: Git ignores the folder itself.

    ``ignored``: files, and folders as a whole, that no commit would take. ``blobs``: what the index holds of each file.
    """

    git: Git = field(repr=False)
    folder: str
    ignored: frozenset[str]
    submodules: frozenset[str]
    blobs: dict[str, str] = field(repr=False)
    whole: bool = False


def tracked(repository: Repository) -> Tracked:
    """What Git says of the folder of a work tree. Raises SourceError."""
    git, folder = replace(repository.git, work_tree=repository.work_tree), repository.folder
    place = ("--", f":(top,literal){folder}") if folder else ()
    within = f"{folder}/" if folder else ""
    # Read-only, and none of both runs a filter or a hook.
    staged = git.run("ls-files", "-z", "--stage", *place).split(b"\0")[:-1]
    others = git.run("ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--directory", *place)
    submodules: set[str] = set()
    blobs: dict[str, str] = {}
    for line in staged:
        about, _, raw = line.partition(b"\t")
        mode, blob, _ = about.split()
        path = readable_path(raw).removeprefix(within)
        if mode == _SUBMODULE:
            submodules.add(path)
        else:
            blobs[path] = blob.decode()
    ignored = {readable_path(raw) for raw in others.split(b"\0")[:-1]}
    whole = bool(folder) and any(within.startswith(path) for path in ignored if path.endswith("/"))
    below = frozenset(path.removeprefix(within).removesuffix("/") for path in ignored)
    return Tracked(git, folder, below, frozenset(submodules), blobs, whole)


def pointers(tree: Tracked, files: Iterable[str]) -> dict[str, tuple[SourceFile, bytes]]:
    """What the commit holds of those files that Git LFS keeps elsewhere, and that are in the work tree whole.

    Of a file that is not added yet no one knows whether Git LFS will take it: it is what it is on disk.
    """
    within = f"{tree.folder}/" if tree.folder else ""
    asked = {within + path: path for path in files if path in tree.blobs}
    if not asked:
        return {}
    output = tree.git.run("check-attr", "-z", "--stdin", "filter", stdin="".join(f"{one}\0" for one in asked).encode())
    parts = output.split(b"\0")
    filters = zip(parts[::3], parts[2::3], strict=False)
    kept = [asked[path.decode()] for path, value in filters if value == b"lfs"]
    found: dict[str, tuple[SourceFile, bytes]] = {}
    sizes = _sizes(tree.git, [tree.blobs[path] for path in kept])
    small = [
        SourceFile(path, tree.blobs[path], size) for path in kept if (size := sizes[tree.blobs[path]]) <= _MAX_POINTER
    ]
    for path, content in read_blobs(tree.git, small).items():
        if is_lfs_pointer(content):
            found[path] = SourceFile(path, tree.blobs[path], len(content)), content
    return found


def _sizes(git: Git, blobs: Iterable[str]) -> dict[str, int]:
    asked = "".join(f"{blob}\n" for blob in dict.fromkeys(blobs))
    if not asked:
        return {}
    output = git.run("cat-file", "--batch-check=%(objectname) %(objectsize)", stdin=asked.encode()).decode()
    return {blob: int(size) for blob, _, size in (line.partition(" ") for line in output.splitlines())}
