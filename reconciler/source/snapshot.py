"""What a source holds at one moment: the files by path, each with its Git blob id. Made by the sources, read by all."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha1
from typing import Final, NamedTuple, Protocol

from reconciler.model import DEFAULT_LIMITS, Approval, Problem, file_bytes_hint
from reconciler.source.errors import SourceError, TooManyFilesError

MAX_WARNINGS: Final = 20

NAME_OF_IGNORE_FILE: Final = ".magiignore"


class SourceFile(NamedTuple):
    """One file: its path below the root with '/', the id of its content as Git has it, its size in bytes.

    The same blob id means the same content, so what is known of a blob need not be read again. It is "" for a file on
    disk that is too large to be read.
    """

    path: str
    blob: str
    size: int


@dataclass(frozen=True, slots=True)
class WorkTree:
    """How a directory on disk relates to the repository that it is part of."""

    commit: str
    subject: str
    changed: tuple[str, ...]
    """Paths below the directory whose content differs from the commit, or that only one of the two has."""


@dataclass(frozen=True, slots=True)
class Distrust:
    """Why a newer commit is not in force: the ``commit`` without a voucher, its ``author``, and the ``reason``."""

    commit: str
    author: str
    reason: str
    subject: str = ""
    authored_at: datetime | None = None

    def __str__(self) -> str:
        return f"commit {self.commit[:10]} of {self.author} is not verified: {self.reason}"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The files of one commit, or of a directory as it was at one moment.

    `distrust`: why it is not the newest commit, where only verified ones are taken.
    `approvals` reads what the newest commits consent to, this one included, also what does not count, with the reason.
    `changed_by` answers with the files that each of some signers changed lately, None where that can't be reported.
    `predecessors` answers with so many commits before this one, the newest first, along its first parents.
    `file_bytes`: larger files are listed with their size, and never read.
    `left_out`: what is there and is no file of the documents, each path with the reason; `ignored`: how many files
    ``.magiignore`` leaves out. `problems`: what is wrong with the files that say so.
    `shared`: the folder whose files are from a repository that others share; "" for none.
    `label` says where they come from, without credentials. `commit` is the commit (40 hexadecimal digits), None for
    a directory on disk; then `work_tree` shows the repository around it, if there is one.
    """

    label: str
    commit: str | None
    files: Mapping[str, SourceFile]
    reader: Callable[[Sequence[SourceFile]], dict[str, bytes]] = field(repr=False, compare=False)
    warnings: tuple[str, ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict, repr=False)
    ignored: int = 0
    problems: tuple[Problem, ...] = ()
    committed_at: datetime | None = None
    authored_at: datetime | None = None
    subject: str = ""
    work_tree: WorkTree | None = None
    distrust: Distrust | None = None
    predecessors: Callable[[int], Iterator["Snapshot"]] = field(default=lambda _: iter(()), repr=False, compare=False)
    approvals: Callable[[], frozenset[Approval]] = field(default=frozenset, repr=False, compare=False)
    changed_by: Callable[[Iterable[str]], Mapping[str, frozenset[str] | None]] = field(
        default=lambda _: {}, repr=False, compare=False
    )
    shared: str = ""
    file_bytes: int = field(default=DEFAULT_LIMITS.file_bytes, repr=False, compare=False)

    def read(self, paths: Iterable[str]) -> dict[str, bytes]:
        """The contents of some files by path; all are read at once.

        Raises KeyError for a path that is not among `files`, SourceError for one of more than `file_bytes`.
        """
        desired = [self.files[path] for path in dict.fromkeys(paths)]
        for file in desired:
            if file.size > self.file_bytes:
                message = f"{file.path} has {file.size:,} bytes; at most {self.file_bytes:,} can be read"
                raise SourceError(message, file_bytes_hint("make it smaller", self.file_bytes))
        return self.reader(desired) if desired else {}


class Source(Protocol):
    """Where documents come from."""

    @property
    def label(self) -> str:
        """Where they come from, for people; without credentials."""

    def fetch(self) -> Snapshot:
        """The newest state. Raises SourceError; earlier snapshots stay readable then."""

    def last_good(self) -> Snapshot | None:
        """What the last successful fetch found, of an earlier process too; None where nothing is kept. No network."""


def blob_id(content: bytes) -> str:
    """The id that Git gives to a content."""
    return sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def is_hidden(path: str) -> bool:
    """Whether a file, or a folder above it, begins with '.': meant for tools (.gitlab-ci.yml), not documents."""
    return path.startswith(".") or "/." in path


def readable_path(raw: bytes) -> str:
    """The path of a file as text; bytes that are not UTF-8 and control characters are shown as escapes."""
    return printable(raw.decode("utf-8", "backslashreplace"))


def printable(text: str) -> str:
    """A text with its control characters as escapes."""
    return text if text.isprintable() else "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)


def bounded(warnings: Sequence[str]) -> tuple[str, ...]:
    """The first warnings, and how many more there are."""
    if len(warnings) <= MAX_WARNINGS:
        return tuple(warnings)
    return (*warnings[:MAX_WARNINGS], f"and {len(warnings) - MAX_WARNINGS} more warnings")


def too_many_files(label: str, allowed: int) -> SourceError:
    return TooManyFilesError(
        f"{label}: more than {allowed:,} files",
        "is this the right folder? Give the folder of the documents, or raise limits.files",
    )
