"""Where values are in a file: marks beside the data, packed into integers so that they cost little.

A mark is one position: the line from 1 in the high bits, the column from 0 in the low 22. The entry of a mapping
holds the mark of its key above that of its value, in one integer; a container adds the marks of its children. Where a
document was merged from several files, the number of another file than its own is above both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

COLUMN_BITS = 22  # a file has at most MAX_FILE_BYTES, 4 MiB, so a line has as well
MARK_BITS = 46
FILE_BITS = 2 * MARK_BITS

_ONE_MARK = (1 << MARK_BITS) - 1

Path = Sequence[str | int]
"""Keys and indexes that lead from the root of a document to a value."""

Children = dict[str, "Entry"] | list["Entry"]
Entry = int | tuple[int, Children]
"""Marks of one value: key and value packed, and the children of a container."""


def unpack(mark: int) -> tuple[int, int]:
    """Line and column of a mark, both from 1, as people and editors count."""
    return mark >> COLUMN_BITS, (mark & ((1 << COLUMN_BITS) - 1)) + 1


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """Which document of which file something is from, and where each value of that document is.

    ``index``: of the document within its file, from 0. ``others``: the files that parts of it were merged in from.
    """

    file: str
    index: int
    marks: Entry
    others: tuple[str, ...] = ()

    def place(self, path: Path = (), *, key: bool = False) -> tuple[int, int]:
        """Line and column as `locate` has them, in whichever file they are."""
        return self.locate(path, key=key)[1:]

    def locate(self, path: Path = (), *, key: bool = False) -> tuple[str, int, int]:
        """File, line and column, these from 1, of the value at a path, or of its key.

        Where the path leads to nothing, the place of the last part of it that is there.
        """
        entry = self.marks
        for part in path:
            if isinstance(entry, int):
                break
            children: Any = entry[1]
            try:
                entry = children[part]
            except (KeyError, IndexError, TypeError):
                break  # TypeError: a key in a list
        marks = entry[0] if isinstance(entry, tuple) else entry
        number = marks >> FILE_BITS
        file = self.others[number - 1] if number else self.file
        key_mark = marks >> MARK_BITS & _ONE_MARK
        return file, *unpack(key_mark if key and key_mark else marks & _ONE_MARK)

    def within(self, path: Path) -> Source:
        """The source of a document that is in this one, at a path that is there."""
        entry = self.marks
        for part in path:
            children: Any = entry[1] if isinstance(entry, tuple) else {}
            entry = children[part]
        return Source(self.file, self.index, entry, self.others)


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """One YAML document of a file as plain data, with the place of everything in it.

    ``sound`` is False where the loader had to complain: the data is incomplete then, and only good for recognising
    which document it is.
    """

    source: Source
    data: Any
    sound: bool

    @property
    def file(self) -> str:
        return self.source.file

    def place(self, path: Path = (), *, key: bool = False) -> tuple[int, int]:
        """As `Source.place`."""
        return self.source.place(path, key=key)

    def locate(self, path: Path = (), *, key: bool = False) -> tuple[str, int, int]:
        """As `Source.locate`."""
        return self.source.locate(path, key=key)
