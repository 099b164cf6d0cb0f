"""Changes one value in the text of a document, and nothing around it: comments and layout are people's."""

from __future__ import annotations

from typing import Any

from reconciler.documents.reading.loader import load
from reconciler.documents.reading.marks import Document, Path
from reconciler.model import MOST_IN_A_FILE


def with_flag(text: str, document: Document, path: Path, name: str, *, value: bool) -> str | None:
    """The text with ``name: true`` (or false) in the mapping at a path, which is there and not empty.

    None where the text is laid out in a way that this can't change; what it answers holds the document with just that
    change.
    """
    mapping: Any = document.data
    for part in path:
        mapping = mapping[part]
    lines = text.splitlines(keepends=True)
    if name in mapping:
        row, column = _index(document, (*path, name))
        old = "true" if mapping[name] else "false"
        if not lines[row][column:].startswith(old):
            return None
        lines[row] = lines[row][:column] + _word(value) + lines[row][column + len(old) :]
    else:
        row, column = _index(document, (*path, next(iter(mapping))), key=True)
        before, after = lines[row][:column], lines[row][column:]
        # In block style each key begins a line of its own; in flow style a comma parts them.
        lines[row] = (
            f"{before}{name}: {_word(value)}\n{before}{after}"
            if not before.strip()
            else f"{before}{name}: {_word(value)}, {after}"
        )
    edited = "".join(lines)
    return edited if _holds(edited, document, path, {**mapping, name: value}) else None


def _word(value: bool) -> str:
    return "true" if value else "false"


def _index(document: Document, path: Path, *, key: bool = False) -> tuple[int, int]:
    line, column = document.place(path, key=key)
    return line - 1, column - 1


def _holds(text: str, document: Document, path: Path, mapping: Any) -> bool:
    """Whether the text, read again, has the document with another mapping at the path."""
    documents = load(text.encode(), document.file, MOST_IN_A_FILE).documents
    found = [one.data for one in documents if one.index == document.index]
    return found == [_replaced(document.data, path, mapping)]


def _replaced(data: Any, path: Path, value: Any) -> Any:
    if not path:
        return value
    return {**data, path[0]: _replaced(data[path[0]], path[1:], value)}
