"""YAML into plain data that remembers where each value is. Called for each file of a commit.

PyYAML's constructors recurse (deep nesting crashes the interpreter), let the last of two equal keys win and read
YAML 1.1. This loader takes libyaml's events instead, which neither recurse nor construct, and keeps to a subset:

- mappings with text keys, sequences and scalars; no anchors, aliases, tags or merge keys;
- scalars of the YAML 1.2 core schema: only `true` and `false` are booleans; `no`, `on`, `12:30`, `1_000` are text;
- a number with leading zeros (`010`) is text: octal to YAML 1.1, decimal to 1.2, and an identifier to people;
- a number without a fraction is an integer however it is written (`1500.0`, `1e3`), as JSON Schema has it;
- numbers are finite and fit into 64 bits; others have to be quoted.

What is wrong with a file is returned as Problems, not raised, so that those of all files can be shown at once.
"""

import re
from dataclasses import dataclass
from sys import intern
from typing import Any, Final, NoReturn

import yaml

from reconciler.documents.reading.errors import explain, place_of
from reconciler.documents.reading.marks import COLUMN_BITS, MARK_BITS, Document, Source, unpack
from reconciler.documents.reading.scalars import FIRST_CHARACTERS, UnusableNumberError, plain_value
from reconciler.model import (
    DEFAULT_LIMITS,
    LFS_HINT,
    MAX_FILE_BYTES,
    InputLimits,
    Problem,
    file_bytes_hint,
    is_lfs_pointer,
)

MAX_PROBLEMS: Final = 100
"""Problems reported of one file: after so many the rest is not worth reading."""

_NAMED_FILE = re.compile(r"""\bfile:[ \t]*["']?([^\s"',\]}]{1,255})""")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Loaded:
    """What one file holds: its documents without the empty ones, and what is wrong with it, sorted by place."""

    documents: tuple[Document, ...] = ()
    problems: tuple[Problem, ...] = ()
    broken: Document | None = None
    """What was read of the document that is broken YAML; never sound."""
    named: frozenset[str] = frozenset()
    """Files that a file which could not be read to its end seems to name: relative to it, as written."""


def load(data: bytes, file: str, limits: InputLimits = DEFAULT_LIMITS) -> Loaded:
    """The documents of one file of at most MAX_FILE_BYTES; `file` is its name in Problems.

    Problems here mean that some documents are unsound or missing: see `Document.sound`.
    """
    if len(data) > MAX_FILE_BYTES:
        return Loaded(problems=(too_large(file, len(data), MAX_FILE_BYTES),))
    if is_lfs_pointer(data):
        return Loaded(problems=(Problem(file, 1, 1, "the file is a pointer of Git LFS, not the document", LFS_HINT),))
    text = _decode(data, file)
    if isinstance(text, Problem):
        return Loaded(problems=(text,))
    reader = _Reader(file, limits)
    parser = yaml.CSafeLoader(text)
    try:
        reader.read(parser)
    except yaml.YAMLError as error:
        reader.problems.append(explain(error, file, text))
    except _StopReadingError:
        pass  # the reader has noted why
    else:
        return Loaded(tuple(reader.documents), tuple(sorted(reader.problems)))
    finally:
        parser.dispose()
    named = frozenset(match[1] for match in _NAMED_FILE.finditer(text))
    return Loaded(tuple(reader.documents), tuple(sorted(reader.problems)), reader.begun(), named)


def too_large(file: str, size: int, allowed: int) -> Problem:
    """What is to be said of a file of more bytes than are allowed, which need not be read for that."""
    message = f"the file has {size:,} bytes; at most {allowed:,} are allowed"
    return Problem(file, 1, 1, message, file_bytes_hint("split it into several files", allowed))


def _decode(data: bytes, file: str) -> str | Problem:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Problem(file, 1, 1, "the file is encoded as UTF-16", "save it as UTF-8")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # Of a file with a byte order mark, the position counts from behind it.
        start = error.start + len(data) - len(error.object)
        before = data[:start].decode("utf-8-sig", "replace")
        return Problem(
            file, *place_of(before, len(before)), f"the byte 0x{data[start]:02x} is not UTF-8", "save the file as UTF-8"
        )
    if "\ufeff" in text:
        place = place_of(text, text.index("\ufeff"))
        return Problem(file, *place, "a byte order mark (U+FEFF) inside the file", "remove this invisible character")
    return text


class _StopReadingError(Exception):
    """The rest of the file is not worth reading; the reason is among the problems."""


class _Reader:
    """Builds the documents of one file from its events.

    `container` is the innermost open mapping or sequence and `marks` its marks; those around it are on the stack.
    The document as a whole counts as a sequence of one value. `key` is the key that waits for its value.
    """

    def __init__(self, file: str, limits: InputLimits) -> None:
        self.file = file
        self.limits = limits
        self.documents: list[Document] = []
        self.problems: list[Problem] = []
        self.container: Any = []
        self.marks: Any = []
        self.in_mapping = False
        self.key: str | None = None
        self.key_mark = 0
        self.stack: list[tuple[Any, Any, bool]] = []

    def read(self, parser: yaml.CSafeLoader) -> None:
        """The whole stream."""
        next_event = parser.get_event
        scalar, mapping_start, sequence_start = yaml.ScalarEvent, yaml.MappingStartEvent, yaml.SequenceStartEvent
        documents = values = known_problems = 0
        most_documents, most_values = self.limits.file_documents, self.limits.file_values
        while True:
            event: Any = next_event()
            kind = event.__class__
            if kind is scalar:
                self.scalar(event)
            elif kind is mapping_start:
                self.open(event, {}, {})
            elif kind is sequence_start:
                self.open(event, [], [])
            elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
                self.container, self.marks, self.in_mapping = self.stack.pop()
                continue
            elif kind is yaml.AliasEvent:
                self.alias(event)
            elif kind is yaml.DocumentStartEvent:
                self.container, self.marks = [], []
                documents += 1
                if documents > most_documents:
                    message = f"more than {most_documents:,} documents in one file"
                    self.stop(_mark(event), message, "split the file, or raise limits.fileDocuments")
                continue
            elif kind is yaml.DocumentEndEvent:
                self.finish(documents - 1, sound=len(self.problems) == known_problems)
                known_problems = len(self.problems)
                continue
            elif kind is yaml.StreamEndEvent:
                return
            values += 1
            if values > most_values:
                message = f"more than {most_values:,} values in one file"
                self.stop(_mark(event), message, "split the file, or raise limits.fileValues")

    def scalar(self, event: Any) -> None:
        start = event.start_mark
        mark = (start.line + 1) << COLUMN_BITS | start.column
        value = event.value
        plain = event.implicit[0]
        if event.tag is not None or event.anchor is not None or (not plain and _CONTROL.search(value)):
            self.check_properties(event, mark)
        if self.in_mapping and self.key is None:
            self.begin_entry(value, mark, plain=plain)
            return
        if plain and (not value or value[0] in FIRST_CHARACTERS):
            try:
                value = plain_value(value)
            except UnusableNumberError as error:
                self.complain(mark, f"{value[:40]} {error}", "put it in quotes if it is text")
        self.add(value, mark, None)

    def begin_entry(self, key: str, mark: int, *, plain: bool) -> None:
        """A key; its value comes with the next event."""
        if plain and (not key or key[0] in FIRST_CHARACTERS or key == "<<"):
            self.check_plain_key(key, mark)
        if key in self.marks:
            first = self.marks[key]
            line, _ = unpack((first[0] if isinstance(first, tuple) else first) >> MARK_BITS)
            self.complain(mark, f"the key {_short(key)} is here a second time; the first is in line {line}")
        self.key, self.key_mark = intern(key), mark  # the same few keys in every document: each kept once

    def add(self, value: Any, mark: int, children: Any) -> None:
        """Puts a value where it belongs: behind the waiting key, or at the end of the sequence."""
        key = self.key
        if key is None:
            self.container.append(value)
            self.marks.append(mark if children is None else (mark, children))
            return
        marks = self.key_mark << MARK_BITS | mark
        self.container[key] = value
        self.marks[key] = marks if children is None else (marks, children)
        self.key = None

    def open(self, event: Any, value: Any, children: Any) -> None:
        mark = _mark(event)
        if event.tag is not None or event.anchor is not None:
            self.check_properties(event, mark)
        if self.in_mapping and self.key is None:
            self.stop(mark, "a key must be text, not a mapping or a list", "put '{{ ... }}' and the like in quotes")
        if len(self.stack) >= self.limits.file_depth:
            most = self.limits.file_depth
            hint = "" if most >= DEFAULT_LIMITS.file_depth else "raise limits.fileDepth"
            self.stop(mark, f"values are nested more than {most} deep", hint)
        self.add(value, mark, children)
        self.stack.append((self.container, self.marks, self.in_mapping))
        self.container, self.marks, self.in_mapping = value, children, isinstance(value, dict)

    def alias(self, event: Any) -> None:
        mark = _mark(event)
        self.complain(
            mark, f"the alias '*{_short(event.anchor)[1:-1]}': aliases are not allowed", "write the value out"
        )
        if self.in_mapping and self.key is None:
            self.key, self.key_mark = f"*{event.anchor}", mark
        else:
            self.add(None, mark, None)

    def finish(self, index: int, *, sound: bool) -> None:
        """The end of a document; one without content is left out."""
        (data,), (marks,) = self.container, self.marks
        self.container, self.marks = [], []
        if data is not None or not sound:
            self.documents.append(Document(Source(self.file, index, marks), data, sound))

    def begun(self) -> Document | None:
        """What there is of a document that doesn't end."""
        data, marks = self.stack[0][:2] if self.stack else (self.container, self.marks)
        return Document(Source(self.file, len(self.documents), marks[0]), data[0], sound=False) if data else None

    def check_properties(self, event: Any, mark: int) -> None:
        """Complains of what may not be before or in a value."""
        if event.tag is not None:
            self.complain(
                mark, f"the tag {_short(event.tag)}: tags are not allowed", "quote a text that begins with '!'"
            )
        if event.anchor is not None:
            self.complain(
                mark, f"the anchor '&{_short(event.anchor)[1:-1]}': anchors are not allowed", "write values out"
            )
        control = _CONTROL.search(event.value) if isinstance(event, yaml.ScalarEvent) else None
        if control:
            self.complain(mark, f"the text holds the control character U+{ord(control[0]):04X}")

    def check_plain_key(self, key: str, mark: int) -> None:
        """Complains of a key that is no text to YAML, or that has a meaning of its own."""
        if key == "<<":
            self.complain(mark, "merge keys ('<<') are not allowed", "write the fields out")
            return
        try:
            value = plain_value(key)
        except UnusableNumberError:
            value = None
        if not isinstance(value, str):
            self.complain(mark, f"the key {_short(key)} is no text", f'write "{key[:40]}" in quotes' if key else "")

    def complain(self, mark: int, message: str, hint: str = "") -> None:
        place = unpack(mark)
        self.problems.append(Problem(self.file, *place, message, hint))
        if len(self.problems) == MAX_PROBLEMS:
            self.problems.append(Problem(self.file, *place, "too many problems; the rest of the file was not read"))
            raise _StopReadingError

    def stop(self, mark: int, message: str, hint: str = "") -> NoReturn:
        self.complain(mark, message, hint)
        raise _StopReadingError


def _mark(event: Any) -> int:
    start = event.start_mark
    mark: int = (start.line + 1) << COLUMN_BITS | start.column
    return mark


def _short(text: str) -> str:
    """A text of the file as it can be shown: quoted, escaped, not endless."""
    return repr(text if len(text) <= 60 else text[:57] + "...")
