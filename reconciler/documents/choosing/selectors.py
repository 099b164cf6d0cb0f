"""Selects Vims by their labels."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.documents.reading.marks import Document


def matching(selector: Mapping[str, str], vims: Mapping[str, Document]) -> dict[str, Document]:
    """The Vims that have all these labels, by name and sorted by it."""
    return {name: vims[name] for name in sorted(vims) if selector.items() <= labels_of(vims[name]).items()}


def labels_of(vim: Document) -> Mapping[str, str]:
    labels: Mapping[str, str] = vim.data["metadata"].get("labels", {})
    return labels


def labels_in_words(vims: Mapping[str, Document]) -> str:
    """The labels that there are to select by."""
    found = sorted({f"{key}: {value}" for vim in vims.values() for key, value in labels_of(vim).items()})
    return f"the labels there are: {', '.join(found[:20])}" if found else "no Vim has labels"
