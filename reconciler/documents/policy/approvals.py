"""Consent by annotation: `magi/approve` of a NetworkService or the Policy names the digests that are consented to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from reconciler.documents.reading.spots import Problems
from reconciler.documents.words import NetworkService, Policy
from reconciler.model import Approval

ANNOTATION = "magi/approve"
_DIGEST = re.compile(r"[0-9a-f]{32}")


def approvals_of(documents: Iterable[NetworkService | Policy], problems: Problems) -> Iterator[Approval]:
    """What annotations consent to. A network service speaks for itself alone, the Policy for all."""
    for document in documents:
        given = document.metadata.annotations.get(ANNOTATION, "")
        service = document.name if isinstance(document, NetworkService) else ""
        for digest in given.replace(",", " ").split():
            if _DIGEST.fullmatch(digest):
                yield Approval(digest, service)
            else:
                problems.report(
                    document.metadata.at("annotations", ANNOTATION),
                    f"annotation '{ANNOTATION}': '{digest}' is no digest of a plan",
                    "32 hexadecimal digits, as 'magi plan' shows them beside what is blocked",
                )
