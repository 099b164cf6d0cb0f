"""The plain part of YAML that most documents are written in, read line by line: three times faster than by events.

Each line is a key with or without a value, or the same behind one '-'; values are scalars and flow collections that
end in their line. A line that was read lately is not taken apart again: files of one kind have most lines in common.

`read_plain` reads what is surely right, exactly as the loader would, or nothing: what is wrong, rare or doubtful is
left to libyaml, which alone says what is wrong.
"""

from __future__ import annotations

import re
from functools import lru_cache
from sys import intern
from typing import Any, Final, NamedTuple

from reconciler.documents.reading.marks import COLUMN_BITS, MARK_BITS, Document, Entry, Source
from reconciler.documents.reading.scalars import FIRST_CHARACTERS, UnusableNumberError, plain_value
from reconciler.model import InputLimits

_LONGEST_LINE: Final = 1000
"""Characters: a key of more than 1,024 is an error to YAML."""
_MOST_NESTED: Final = 50
"""Collections in one line: they are read by recursion."""

_UNUSUAL = re.compile("[^\n -~\u00a1-\u1fff]")
_LINE = re.compile(
    r"""(?P<indent>\ *)
    (?P<dash>-\ +)?
    (?:(?P<key>[A-Za-z_][A-Za-z0-9_./-]*):(?:\ +(?=[^\ ])|\ *$))?
    (?:"(?P<double>[^"\\]*)"|'(?P<single>[^']*)'|(?P<flow>[\[{].*[\]}])
      |(?P<plain>(?:[A-Za-z0-9_./+~$^(\\\u00a1-\u1fff]|-(?=[A-Za-z0-9.]))(?:[^\ \#:]|:(?!\ |$)|\ +(?=[^\ \#]))*)
    )?
    (?:(?:(?<=\ )|(?:^|\ +))\#.*|\ *)""",
    re.VERBOSE,
)
_FLOW_KEY = re.compile(r"([A-Za-z_][A-Za-z0-9_./-]*): +")
_FLOW_SCALAR = re.compile(
    r""""[^"\\]*"|'[^']*'
    |(?:[A-Za-z0-9_./+~$^(]|-(?=[A-Za-z0-9.]))(?:[A-Za-z0-9_./+~$^()@%=*<>;\ '-]|:(?=[A-Za-z0-9/:]))*""",
    re.VERBOSE,
)
_SEPARATOR = re.compile(" *, *")
_SPACES = re.compile(" *")
_PAIR: Final = 1 << COLUMN_BITS + MARK_BITS | 1 << COLUMN_BITS
"""What one line adds to the marks of an entry of a mapping: to that of its key and that of its value."""


class _NotPlainError(Exception):
    """Something that libyaml has to read."""


class _Flow(NamedTuple):
    """A flow collection. ``marks``: those of its children, in line 0. ``depth``: how deep it is nested, at least 1."""

    value: Any
    marks: Any
    depth: int


class _Line(NamedTuple):
    """One line. ``column`` is that of the '-', where there is one, else of the key; ``own`` that of what follows it.

    ``key`` is "" where there is only a value. ``at``: the column of the value, or -1 if there is none.
    """

    column: int
    dash: bool
    own: int
    key: str
    at: int
    value: Any
    flow: _Flow | None


def read_plain(text: str, file: str, limits: InputLimits) -> tuple[Document, ...] | None:
    """The documents of a file in which all is plain and nothing is wrong; None for any other."""
    # There are never more values than characters.
    if len(text) > limits.file_values or _UNUSUAL.search(text):
        return None
    try:
        return _documents(text, file, limits)
    except _NotPlainError:
        return None


def _documents(text: str, file: str, limits: InputLimits) -> tuple[Document, ...]:
    documents: list[Document] = []
    lines: list[tuple[int, _Line]] = []
    is_begun = False
    for number, line in enumerate(text.split("\n"), 1):
        if line == "---":
            if lines:
                documents.append(_document(lines, file, len(documents), limits.file_depth))
                lines = []
            elif is_begun:
                raise _NotPlainError
            is_begun = True
        elif (read := _line(line)) is not None:
            lines.append((number, read))
    if lines:
        documents.append(_document(lines, file, len(documents), limits.file_depth))
    elif is_begun:
        raise _NotPlainError
    if len(documents) > limits.file_documents:
        raise _NotPlainError
    return tuple(documents)


def _document(lines: list[tuple[int, _Line]], file: str, index: int, most: int) -> Document:
    number, first = lines[0]
    if first.column or not (first.dash or first.key):
        raise _NotPlainError
    value: Any = [] if first.dash else {}
    marks: Any = [] if first.dash else {}
    # The innermost open collection and the column of its keys, or of its '-'; those around it are on the stack.
    column, mapping = 0, not first.dash
    source = Source(file, index, (number << COLUMN_BITS, marks))
    document = Document(source, value, sound=True)
    stack: list[tuple[int, bool, Any, Any]] = []
    key, key_mark = "", 0  # of the entry whose value begins in the next line
    for number, (start, dash, own, name, at, scalar, flow) in lines:
        here = number << COLUMN_BITS
        if key:
            if start < column or (start == column and not dash):
                raise _NotPlainError
            inner: Any = [] if dash else {}
            inner_marks: Any = [] if dash else {}
            value[key] = inner
            marks[key] = (key_mark << MARK_BITS | here + start, inner_marks)
            stack.append((column, mapping, value, marks))
            column, mapping, value, marks = start, not dash, inner, inner_marks
            key = ""
        else:
            while column > start or (column == start and mapping is dash):
                if not stack:
                    raise _NotPlainError
                column, mapping, value, marks = stack.pop()
            if column != start:
                raise _NotPlainError
        if dash and name:
            inner, inner_marks = {}, {}
            value.append(inner)
            marks.append((here + own, inner_marks))
            stack.append((column, mapping, value, marks))
            column, mapping, value, marks = own, True, inner, inner_marks
        if len(stack) + (flow.depth if flow else 0) >= most or (name and name in marks):
            raise _NotPlainError
        if at < 0:
            key, key_mark = name, here + own
            continue
        mark = here + at
        if name:
            mark |= here + own << MARK_BITS
        item: Any = scalar
        entry: Entry = mark
        if flow:
            item, entry = _fresh(flow.value), (mark, _moved(flow.marks, number))
        if name:
            value[name] = item
            marks[name] = entry
        else:
            value.append(item)
            marks.append(entry)
    if key:
        raise _NotPlainError
    return document


@lru_cache(maxsize=128)
def _line(text: str) -> _Line | None:
    """A line taken apart; None for one without content."""
    found = _LINE.fullmatch(text) if len(text) <= _LONGEST_LINE else None
    if found is None or text.count("[") + text.count("{") > _MOST_NESTED:
        raise _NotPlainError
    column = found.end("indent")
    dash = found["dash"] is not None
    own = column + len(found["dash"] or "")
    key = found["key"] or ""
    if key and not isinstance(plain_value(key), str):
        raise _NotPlainError
    value: Any = None
    flow: _Flow | None = None
    kind = found.lastgroup or "indent"
    if kind in {"indent", "dash", "key"}:
        if not key and dash:
            raise _NotPlainError
        return _Line(column, dash, own, intern(key), -1, None, None) if key else None
    at = found.start(kind)
    if kind == "plain":
        value = _scalar(found["plain"])
    elif kind == "flow":
        flow, end = _flow(text, at)
        if end != found.end("flow"):
            raise _NotPlainError
    else:
        value = found[kind]
        at -= 1
    if not key and not dash:
        raise _NotPlainError
    return _Line(column, dash, own, intern(key), at, value, flow)


def _scalar(text: str) -> Any:
    if text[0] not in FIRST_CHARACTERS:
        return text
    try:
        return plain_value(text)
    except UnusableNumberError:
        raise _NotPlainError from None


def _flow(text: str, start: int) -> tuple[_Flow, int]:
    """The flow collection that begins at a column, and where it ends."""
    mapping = text[start] == "{"
    closing = "}" if mapping else "]"
    value: Any = {} if mapping else []
    marks: Any = {} if mapping else []
    depth = 0
    position = _end(_SPACES, text, start + 1)
    while not text.startswith(closing, position):
        if value:
            position = _end(_SEPARATOR, text, position)
        key, mark = "", 0
        if mapping:
            key, mark = text[position : _end(_FLOW_KEY, text, position)].rstrip(" ")[:-1], position << MARK_BITS
            if key in value or not isinstance(plain_value(key), str):
                raise _NotPlainError
            position = _end(_FLOW_KEY, text, position)
        mark |= position
        entry: Entry = mark
        if text.startswith(("{", "["), position):
            inner, position = _flow(text, position)
            item, entry, depth = inner.value, (mark, inner.marks), max(depth, inner.depth)
        else:
            end = _end(_FLOW_SCALAR, text, position)
            written = text[position:end].rstrip(" ")
            item = written[1:-1] if written[0] in "\"'" else _scalar(written)
            position = end
        if mapping:
            value[intern(key)] = item
            marks[intern(key)] = entry
        else:
            value.append(item)
            marks.append(entry)
        position = _end(_SPACES, text, position)
    return _Flow(value, marks, depth + 1), position + 1


def _end(pattern: re.Pattern[str], text: str, start: int) -> int:
    found = pattern.match(text, start)
    if found is None:
        raise _NotPlainError
    return found.end()


def _fresh(value: Any) -> Any:
    """The same value in collections of its own."""
    if isinstance(value, dict):
        return {key: _fresh(one) if isinstance(one, dict | list) else one for key, one in value.items()}
    return [_fresh(one) if isinstance(one, dict | list) else one for one in value]


def _moved(marks: Any, lines: int) -> Any:
    """The marks of a collection's children so many lines further down."""
    if isinstance(marks, dict):
        pair = lines * _PAIR
        return {
            key: one + pair if isinstance(one, int) else (one[0] + pair, _moved(one[1], lines))
            for key, one in marks.items()
        }
    added = lines << COLUMN_BITS
    return [one + added if isinstance(one, int) else (one[0] + added, _moved(one[1], lines)) for one in marks]
