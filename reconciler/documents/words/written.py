"""From a document that its schema accepted to the word that it is, and from a file to its words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

from reconciler.documents.reading.marks import Document
from reconciler.documents.reading.parsing import parse
from reconciler.documents.reading.spots import Spot
from reconciler.documents.words.declaring import decode
from reconciler.documents.words.descriptor import VnfDescriptor
from reconciler.documents.words.overlay import Overlay
from reconciler.documents.words.policy import Policy
from reconciler.documents.words.service import NetworkService
from reconciler.documents.words.service_set import NetworkServiceSet
from reconciler.documents.words.service_template import NetworkServiceTemplate
from reconciler.documents.words.vim import Vim
from reconciler.model import DEFAULT_LIMITS, InputLimits, Problem

Written: TypeAlias = (
    Vim | VnfDescriptor | NetworkService | NetworkServiceSet | NetworkServiceTemplate | Overlay | Policy
)
"""A document of any kind."""

DOCUMENTS: dict[str, type[Written]] = {
    cls.__name__: cls
    for cls in (
        Vim,
        VnfDescriptor,
        NetworkService,
        NetworkServiceSet,
        NetworkServiceTemplate,
        Overlay,
        Policy,
    )
}
"""The kinds of documents by name."""


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """One file of a commit.

    ``refused``: documents with problems of their own; good for recognising what they were meant to be. ``foreign``: how
    many were skipped, as they are not meant for Magi. ``named``: files that broken YAML seems to name, as written.
    """

    documents: tuple[Written, ...]
    problems: tuple[Problem, ...]
    refused: tuple[Document, ...] = ()
    foreign: int = 0
    named: frozenset[str] = frozenset()


def read_file(
    data: bytes, path: str, limits: InputLimits = DEFAULT_LIMITS, *, skip_foreign: bool = False
) -> WrittenFile:
    """The documents of a file, as `parse` has them."""
    parsed = parse(data, path, limits, skip_foreign=skip_foreign)
    documents = tuple(map(document_of, parsed.documents))
    return WrittenFile(documents, parsed.problems, parsed.refused, parsed.foreign, parsed.named)


def document_of(document: Document) -> Written:
    """The word that a document is. Its schema has to have accepted it."""
    if document.data["kind"] == "NetworkService":
        return service_of(document)
    return decode(DOCUMENTS[document.data["kind"]], document.data, Spot(document.source))


def service_of(document: Document) -> NetworkService:
    """A network service. Its schema has to have accepted it."""
    service = decode(NetworkService, document.data, Spot(document.source))
    return service if service.spec.template is None else replace(service, unmerged=document)
