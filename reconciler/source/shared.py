"""Files of a second repository beside the documents: descriptors and templates that teams share, at one revision."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from reconciler.source.errors import SourceError
from reconciler.source.snapshot import Snapshot, Source, SourceFile, bounded

FOLDER: Final = "shared-descriptors"
"""The folder that the files of the second repository are in, for documents and in errors."""


class WithShared:
    """A source whose snapshots also have the files of another one.

    That one is fetched once: it is pinned to a revision, and who moves a tag moves nothing here before a restart.
    """

    def __init__(self, own: Source, shared: Source) -> None:
        self._own = own
        self._shared = shared
        self._kept: Snapshot | None = None

    @property
    def label(self) -> str:
        return self._own.label

    def fetch(self) -> Snapshot:
        """Raises SourceError where either can't be had."""
        snapshot = self._own.fetch()
        return joined(snapshot, self._of_shared())

    def last_good(self) -> Snapshot | None:
        """Only with the files of the other one, which are kept as its own are."""
        snapshot = self._own.last_good()
        shared = self._kept or self._shared.last_good()
        return joined(snapshot, shared) if snapshot and shared else None

    def _of_shared(self) -> Snapshot:
        if self._kept is None:
            try:
                self._kept = self._shared.fetch()
            except SourceError as error:
                raise SourceError(f"shared descriptors: {error.message}", error.hint) from error
        return self._kept


def joined(own: Snapshot, shared: Snapshot) -> Snapshot:
    """A snapshot with the files of another one in `FOLDER`. What it says of itself stays its own.

    Raises SourceError where it has such a folder already.
    """
    within = f"{FOLDER}/"
    if any(path.startswith(within) for path in own.files):
        hint = "rename it: the files of the shared repository are there"
        raise SourceError(f"{own.label}: there is a folder '{FOLDER}' in the repository", hint)
    paths = {f"{within}{path}": file for path, file in shared.files.items()}

    def read(files: Sequence[SourceFile]) -> dict[str, bytes]:
        others = [file for file in files if file.path in paths]
        mine = [file for file in files if file.path not in paths]
        found = own.reader(mine) if mine else {}
        if others:
            contents = shared.reader([paths[file.path] for file in others])
            found |= {f"{within}{path}": content for path, content in contents.items()}
        return found

    def predecessors(most: int) -> Iterator[Snapshot]:
        return (joined(one, shared) for one in own.predecessors(most))

    files = {path: SourceFile(path, file.blob, file.size) for path, file in paths.items()}
    return replace(
        own,
        files={**own.files, **files},
        reader=read,
        warnings=bounded([*own.warnings, *(f"{within}{text}" for text in shared.warnings)]),
        left_out={**own.left_out, **{f"{within}{path}": reason for path, reason in shared.left_out.items()}},
        problems=(*own.problems, *(replace(one, file=f"{within}{one.file}") for one in shared.problems)),
        predecessors=predecessors,
        shared=FOLDER,
    )
