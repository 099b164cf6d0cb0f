"""Consent by annotation: `magi/approve` of a NetworkService or the Policy names the digests that are consented to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from reconciler.documents.reading.marks import Document
from reconciler.model import Approval, Problem

ANNOTATION = "magi/approve"
_DIGEST = re.compile(r"[0-9a-f]{32}")


def approvals_of(documents: Iterable[Document], problems: list[Problem]) -> Iterator[Approval]:
    """What annotations consent to. A network service speaks for itself alone, the Policy for all."""
    for document in documents:
        given = document.data["metadata"].get("annotations", {}).get(ANNOTATION, "")
        service = document.data["metadata"]["name"] if document.data["kind"] == "NetworkService" else ""
        for digest in given.replace(",", " ").split():
            if _DIGEST.fullmatch(digest):
                yield Approval(digest, service)
            else:
                line, column = document.place(("metadata", "annotations", ANNOTATION))
                message = f"annotation '{ANNOTATION}': '{digest}' is no digest of a plan"
                hint = "32 hexadecimal digits, as 'magi plan' shows them beside what is held"
                problems.append(Problem(document.file, line, column, message, hint))
