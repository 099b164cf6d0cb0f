"""One file of a commit: its documents, those that are refused, and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from reconciler.documents.reading.foreign import is_foreign, may_hold_documents
from reconciler.documents.reading.loader import Loaded, load
from reconciler.documents.reading.marks import Document
from reconciler.documents.reading.schema import validate
from reconciler.model import DEFAULT_LIMITS, InputLimits, Problem


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """``refused``: documents with problems of their own; good for recognising what they were meant to be."""

    documents: tuple[Document, ...]
    problems: tuple[Problem, ...]
    refused: tuple[Document, ...] = ()
    foreign: int = 0
    """Documents that were skipped, as they are not meant for Magi."""
    named: frozenset[str] = frozenset()
    """Files that broken YAML seems to name: relative to the file, as written."""


def parse(data: bytes, path: str, limits: InputLimits = DEFAULT_LIMITS, *, skip_foreign: bool = False) -> ParsedFile:
    """The documents of one file, those that their schemas accept, and what is wrong with the others.

    ``skip_foreign``: documents that are not meant for Magi are left out, and no word is said of them.
    """
    loaded = load(data, path, limits)
    if skip_foreign:
        own = tuple(one for one in loaded.documents if not is_foreign(one))
        skipped = len(loaded.documents) - len(own)
        if loaded.problems and not own and not may_hold_documents(data):
            return ParsedFile((), (), foreign=skipped or 1)
        return replace(_judged(replace(loaded, documents=own)), foreign=skipped)
    return _judged(loaded)


def _judged(loaded: Loaded) -> ParsedFile:
    problems = list(loaded.problems)
    sound: list[Document] = []
    refused: list[Document] = []
    for document in loaded.documents:
        found = validate(document) if document.sound else []
        problems += found
        (sound if document.sound and not found else refused).append(document)
    if loaded.broken:
        refused.append(loaded.broken)
    return ParsedFile(tuple(sound), tuple(problems), tuple(refused), named=loaded.named)
