"""One file of a commit: its documents, those that are refused, and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from reconciler.documents.schema import validate
from reconciler.documents.yaml_loader import load
from reconciler.documents.yaml_marks import Document
from reconciler.model import DEFAULT_LIMITS, InputLimits, Problem


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """``refused``: documents with problems of their own; good for recognising what they were meant to be."""

    documents: tuple[Document, ...]
    problems: tuple[Problem, ...]
    refused: tuple[Document, ...] = ()

    def under(self, path: str) -> ParsedFile:
        """The same content as a file of another name."""
        files = {one.file for one in (*self.documents, *self.refused)} | {one.file for one in self.problems}
        if files <= {path}:
            return self
        return ParsedFile(
            tuple(replace(one, file=path) for one in self.documents),
            tuple(replace(one, file=path) for one in self.problems),
            tuple(replace(one, file=path) for one in self.refused),
        )


def parse(data: bytes, path: str, limits: InputLimits = DEFAULT_LIMITS) -> ParsedFile:
    """The documents of one file, those that their schemas accept, and what is wrong with the others."""
    loaded = load(data, path, limits)
    problems = list(loaded.problems)
    sound: list[Document] = []
    refused: list[Document] = []
    for document in loaded.documents:
        found = validate(document) if document.sound else []
        problems += found
        (sound if document.sound and not found else refused).append(document)
    return ParsedFile(tuple(sound), tuple(problems), tuple(refused))
