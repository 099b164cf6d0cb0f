"""YAML that is not meant for Magi: Helm values, CI files, manifests of Kubernetes. Skipped where the operator lets it.

Whatever may have been meant for Magi stays, to be refused with what is wrong with it: a document that is skipped by
mistake is a service that is deleted.
"""

from __future__ import annotations

from itertools import islice
from typing import Any, Final

from reconciler.documents.reading.marks import Document
from reconciler.documents.reading.schema_files import API_VERSION, KINDS
from reconciler.model import is_lfs_pointer
from reconciler.text.suggestion import suggest

_GROUP: Final = API_VERSION.partition("/")[0]
_MOST_KEYS: Final = 200


def is_foreign(document: Document) -> bool:
    """Whether a document is clearly meant for something else."""
    data = document.data
    if not isinstance(data, dict):
        return True
    if len(data) > _MOST_KEYS:
        return "apiVersion" in data and not _is_like_own(data["apiVersion"])
    if any(_begins_like_own(value) for value in islice(data.values(), _MOST_KEYS)):
        return False  # whatever its key is called
    if "apiVersion" in data:
        return not _is_like_own(data["apiVersion"])
    return not any(_is_our_kind(key, value) for key, value in data.items())


def may_hold_documents(content: bytes) -> bool:
    """Whether a file that can't be read in full may hold documents of Magi: by its words, in any encoding."""
    words = content.replace(b"\0", b"").lower()
    return is_lfs_pointer(content) or f"{_GROUP}/".encode() in words


def _is_like_own(value: Any) -> bool:
    group = value.strip().partition("/")[0] if isinstance(value, str) else ""
    return _begins_like_own(value) or (bool(group) and suggest(group, [_GROUP]) is not None)


def _begins_like_own(value: Any) -> bool:
    return isinstance(value, str) and value.strip().casefold().startswith(f"{_GROUP}/")


def _is_our_kind(key: str, value: Any) -> bool:
    return key.casefold() == "kind" and isinstance(value, str) and suggest(value.strip(), KINDS) is not None
