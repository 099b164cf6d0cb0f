"""Which files of a tree belong to the documents: decided here for a directory on disk as for a commit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from operator import attrgetter
from posixpath import basename
from typing import NamedTuple

from reconciler.model import Problem
from reconciler.source.ignore_files import MAX_BYTES, MAX_FILES, IgnoreRules, ignore_rules, too_large
from reconciler.source.snapshot import NAME_OF_IGNORE_FILE, SourceFile, is_hidden


class EntryType(Enum):
    """What an entry of a tree is; the value says why it is no file of the documents."""

    FILE = ""
    LINK = "a symbolic link"
    SUBMODULE = "a submodule"


_HINTS = {
    EntryType.LINK: "put the file itself there",
    EntryType.SUBMODULE: "Magi reads one repository: copy the documents into it, or follow the other one by itself",
}


class Entry(NamedTuple):
    """One entry of a tree: of a submodule its folder, of all else what lies in folders."""

    file: SourceFile
    type: EntryType = EntryType.FILE


@dataclass(frozen=True, slots=True)
class Belonging:
    """``left_out``: what is there and does not belong, each path with the reason.

    ``ignored``: how many files ``.magiignore`` leaves out.
    """

    files: Mapping[str, SourceFile]
    left_out: Mapping[str, str]
    ignored: int
    warnings: Sequence[str]
    problems: Sequence[Problem]


def belonging(
    entries: Iterable[Entry],
    folder: str,
    above: Mapping[str, bytes],
    read: Callable[[Sequence[SourceFile]], Mapping[str, bytes]],
) -> Belonging:
    """What of the entries belongs to the documents.

    Hidden files are meant for tools, and no word is lost on them. Links and submodules lead to what the commit does not
    hold. What ``.magiignore`` names is left out before anything is said of it.

    ``folder``: that of the documents in its repository, "" for the root. ``above``: the ignore files above it, by their
    paths in the repository. ``read`` reads those among the entries.
    """
    listed = sorted(entries, key=attrgetter("file.path"))
    problems: list[Problem] = []
    rules = _rules(listed, folder, above, read, problems)
    within = f"{folder}/" if folder else ""
    files: dict[str, SourceFile] = {}
    left_out: dict[str, str] = {}
    warnings: list[str] = []
    ignored = 0
    for entry in listed:
        file, entry_type = entry
        path = file.path
        if is_hidden(path):
            continue
        full = within + path
        if rules.leave_out_folder(full) if entry_type is EntryType.SUBMODULE else rules.leave_out(full):
            left_out[path] = f"{NAME_OF_IGNORE_FILE} leaves {path} out"
            ignored += entry_type is EntryType.FILE
        elif entry_type is EntryType.FILE:
            files[path] = file
        else:
            left_out[path] = f"{path} is {entry_type.value}: {_HINTS[entry_type]}"
            warnings.append(f"{path} is {entry_type.value} and is ignored: {_HINTS[entry_type]}")
    if rules.exhausted:
        message = f"its patterns and the {len(listed):,} files of the repository are too many to be compared"
        problems.append(
            Problem(NAME_OF_IGNORE_FILE, 1, 1, message, "use fewer patterns: name folders instead of files")
        )
    return Belonging(files, left_out, ignored, warnings, problems)


def _rules(
    listed: Iterable[Entry],
    folder: str,
    above: Mapping[str, bytes],
    read: Callable[[Sequence[SourceFile]], Mapping[str, bytes]],
    problems: list[Problem],
) -> IgnoreRules:
    within = f"{folder}/" if folder else ""
    contents = dict(above)
    found = [entry for entry in listed if _is_ignore_file(entry.file.path)]
    for entry in found:
        path, size = entry.file.path, entry.file.size
        if entry.type is not EntryType.FILE:
            problems.append(Problem(path, 1, 1, f"the file is {entry.type.value}", _HINTS[entry.type]))
        elif size > MAX_BYTES:
            contents[within + path] = too_large()
    small = [entry.file for entry in found if entry.type is EntryType.FILE and entry.file.size <= MAX_BYTES]
    if len(small) <= MAX_FILES:
        contents |= {within + path: content for path, content in (read(small) if small else {}).items()}
    else:
        contents |= {within + file.path: b"" for file in small}  # too many, whatever they hold
    return ignore_rules(contents, folder, problems)


def _is_ignore_file(path: str) -> bool:
    if not path.endswith(NAME_OF_IGNORE_FILE):
        return False
    return basename(path) == NAME_OF_IGNORE_FILE and not is_hidden(path[: -len(NAME_OF_IGNORE_FILE)])
