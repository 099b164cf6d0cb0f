"""What the checks of documents have to be given by the types of targets: they know none themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from reconciler.documents.reading.spots import Problems
from reconciler.documents.words.descriptor import VnfDescriptorSpec


class Vocabulary(Protocol):
    """The words that documents may use of targets."""

    @property
    def fields_of_kinds(self) -> Mapping[str, tuple[str, ...]]:
        """The kinds of resources, each with its fields as plans call them."""

    def check_descriptor(self, problems: Problems, spec: VnfDescriptorSpec) -> None:
        """Notes what only a type of target can find to be wrong."""
