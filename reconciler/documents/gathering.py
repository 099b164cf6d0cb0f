"""The files of a commit that belong to the documents, read once: what a later commit leaves alone is kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from posixpath import dirname

from reconciler.documents.overlaying import Layered, Overlaying, environment_of
from reconciler.documents.reading.files import Files
from reconciler.documents.reading.loader import too_large
from reconciler.documents.reading.spots import Problems
from reconciler.documents.words import (
    NetworkServiceTemplate,
    Overlay,
    VnfDescriptor,
    Written,
    WrittenFile,
    read_file,
)
from reconciler.model import DEFAULT_LIMITS, DocumentsError, InputLimits, Problem

SUFFIXES = (".yaml", ".yml")


class Gathering:
    """Reads commits, one after the other. Keeps what was made from files by their content ids. One thread at a time."""

    def __init__(self, limits: InputLimits = DEFAULT_LIMITS, *, skip_foreign: bool = False, overlay: str = "") -> None:
        """``overlay``: the folder of the environment that is meant, where a repository has several."""
        self._limits = limits
        self._skip_foreign = skip_foreign
        self._overlay = overlay.strip("/")
        self._overlaying = Overlaying(limits)
        self._read: dict[tuple[str, str], WrittenFile] = {}

    def gather(self, commit: Files, problems: Problems) -> tuple[list[WrittenFile], Layered, int]:
        """The files that belong to the documents, what is in them as overlays have it, and the bytes of all YAML files.

        Raises DocumentsError when they are too many or too large.
        """
        yaml = {path: file for path, file in commit.files.items() if path.endswith(SUFFIXES)}
        size = self._required_size(file.size for file in yaml.values())
        files, layered = self._written(commit, {path: file.blob for path, file in yaml.items()}, problems)
        if not self._overlay:
            problems.add(*(_not_chosen(one) for one in layered.documents if isinstance(one, Overlay)))
        problems.add(*_not_to_be_shared(layered.documents, commit.shared))
        return files, layered, size

    def named_by_broken(self) -> list[tuple[str, str]]:
        """The files that broken YAML seems to name, each with the file that it is in."""
        return [(path, name) for (path, _), file in self._read.items() for name in file.named]

    def _required_size(self, sizes: Iterable[int]) -> int:
        """The bytes of all YAML files, those of a file as often as it is there under another name.

        Raises DocumentsError when there are too many. What is too large by itself is reported on its own.
        """
        most = self._limits.file_bytes
        size = sum([size for size in sizes if size <= most])
        if size > self._limits.bytes:
            message = f"the YAML files have {size:,} bytes; at most {self._limits.bytes:,} are allowed"
            hint = "name the folder of the documents, divide the repository, or raise limits.bytes"
            raise DocumentsError([Problem(".", 1, 1, message, hint)])
        return size

    def _written(
        self, commit: Files, blobs: Mapping[str, str], problems: Problems
    ) -> tuple[list[WrittenFile], Layered]:
        """The files that belong to the documents, and what is in them, as overlays have it."""
        before = self._read
        if not self._overlay:
            files = self._files(commit, list(blobs.items()), before)
            return files, Layered(tuple(document for file in files for document in file.documents))
        # What others share belongs to every environment.
        asked = {path: blob for path, blob in blobs.items() if is_within(commit.shared, path)}
        shared = self._files(commit, list(asked.items()), before)

        def read(folder: str) -> Sequence[WrittenFile]:
            within = {path: blob for path, blob in blobs.items() if path.startswith(f"{folder}/")}
            asked.update(within)
            self._files(commit, list(asked.items()), before | self._read)
            return [self._read[one] for one in within.items()]

        folders = {folder for path in blobs for folder in _folders_above(path)}
        environment = environment_of(self._overlay, read, folders)
        layered = self._overlaying.documents(environment, commit.read, problems)
        more = tuple(document for file in shared for document in file.documents)
        return [*environment.all_files(), *shared], layered._replace(documents=(*layered.documents, *more))

    def _files(
        self, commit: Files, desired: Sequence[tuple[str, str]], before: Mapping[tuple[str, str], WrittenFile]
    ) -> list[WrittenFile]:
        """Each file of these, by path and content id. Raises DocumentsError when they hold too many documents."""
        new = [path for path, blob in desired if (path, blob) not in before]
        small = [path for path in new if commit.files[path].size <= self._limits.file_bytes]
        contents = commit.read(small) if small else {}
        read = self._read = {
            key: before[key] if key in before else self._file(key[0], commit, contents) for key in desired
        }
        count = sum(len(file.documents) + len(file.refused) for file in read.values())
        if count > self._limits.documents:
            message = f"there are {count:,} documents; at most {self._limits.documents:,} are allowed"
            hint = "name the folder of the documents, divide the repository, or raise limits.documents"
            raise DocumentsError([Problem(".", 1, 1, message, hint)])
        return list(read.values())

    def _file(self, path: str, commit: Files, contents: Mapping[str, bytes]) -> WrittenFile:
        if path in contents:
            return read_file(contents[path], path, self._limits, skip_foreign=self._skip_foreign)
        return WrittenFile((), (too_large(path, commit.files[path].size, self._limits.file_bytes),))


def is_within(folder: str, path: str) -> bool:
    return bool(folder) and path.startswith(f"{folder}/")


def _not_to_be_shared(documents: Iterable[Written], folder: str) -> Iterator[Problem]:
    """Documents among those that others share that would do something by themselves."""
    for document in documents if folder else ():
        if is_within(folder, document.spot.file) and not isinstance(document, (VnfDescriptor, NetworkServiceTemplate)):
            message = f"a {document.kind} in the repository of shared descriptors"
            hint = "it may hold VnfDescriptors and NetworkServiceTemplates: name their folder with descriptors.path"
            yield document.metadata.at("name").problem(message, hint)


def _not_chosen(overlay: Overlay) -> Problem:
    folder = dirname(overlay.spot.file)
    does = f"'--overlay {folder}' does, and the setting repository.overlay"
    # The folder of one at the root would hold all that there is, the documents of every environment.
    hint = does if folder else "put it into a folder of its own, beside that of its bases"
    return overlay.metadata.at("name").problem("the repository has overlays, and nothing says which is meant", hint)


def _folders_above(path: str) -> Iterator[str]:
    while path := dirname(path):
        yield path
