"""Selects Vims by their labels."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.documents.words import Vim


def matching(selector: Mapping[str, str], vims: Mapping[str, Vim]) -> dict[str, Vim]:
    """The Vims that have all these labels, by name and sorted by it."""
    return {name: vims[name] for name in sorted(vims) if selector.items() <= vims[name].metadata.labels.items()}


def labels_in_words(vims: Mapping[str, Vim]) -> str:
    """The labels that there are to select by."""
    found = sorted({f"{key}: {value}" for vim in vims.values() for key, value in vim.metadata.labels.items()})
    return f"the labels there are: {', '.join(found[:20])}" if found else "no Vim has labels"
