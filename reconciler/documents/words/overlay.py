"""The Overlay."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from reconciler.documents.words.declaring import EMPTY, Word, declare, hidden, word
from reconciler.documents.words.metadata import Metadata
from reconciler.documents.words.scalars import Name, Text

_PATCH = {
    "kind": "NetworkService",
    "metadata": {"name": "vcpe"},
    "spec": {"virtualLinks": [{"name": "lan", "mtu": 1400}]},
}
_SPEC = {"bases": ["../../base"], "patches": [_PATCH]}


@word("patchMetadata", title="Patch metadata", examples=[{"name": "vcpe"}], open=True)
class PatchMetadata(Word):
    """Which document is patched, and labels and annotations that are merged into its own."""

    name: Name = declare(
        "Name",
        "Name of the document.",
        examples=["vcpe"],
    )
    raw: Mapping[str, object] = hidden(default=EMPTY)


@word("patch", title="Patch", examples=[_PATCH])
class Patch(Word):
    """Fields of one document of the bases, by its kind and name."""

    kind: Literal["Vim", "VnfDescriptor", "NetworkService", "NetworkServiceSet", "NetworkServiceTemplate", "Policy"] = (
        declare(
            "Kind",
            "Kind of the document.",
            examples=["NetworkService"],
        )
    )
    metadata: PatchMetadata = declare(
        "Metadata",
        "Name of the document, and labels and annotations that are merged into its own.",
        examples=[{"name": "vcpe"}],
    )
    version: Text = declare(
        "Version",
        "Of a VnfDescriptor that is there in several versions.",
        default="",
        examples=["1.2"],
    )
    spec: Mapping[str, object] = declare(
        "Specification",
        (
            "What is merged over that of the document: mappings key by key, lists by name. A key without a value "
            "removes it, and an entry with '$patch: delete' the entry of its name."
        ),
        default={},
        examples=[_PATCH["spec"]],
    )
    raw: Mapping[str, object] = hidden(default=EMPTY)


@word("removal", title="Removal", examples=[{"kind": "NetworkService", "name": "lab"}])
class Removal(Word):
    """A document of the bases that is left out."""

    kind: Literal["Vim", "VnfDescriptor", "NetworkService", "NetworkServiceSet", "NetworkServiceTemplate", "Policy"] = (
        declare(
            "Kind",
            "Kind of the document.",
            examples=["NetworkService"],
        )
    )
    name: Name = declare(
        "Name",
        "Name of the document; of a VnfDescriptor all versions.",
        examples=["lab"],
    )


@word("spec", title="Overlay specification", examples=[_SPEC])
class OverlaySpec(Word):
    """What an environment is made from, and how it differs."""

    description: Text = declare(
        "Description",
        "What the environment is for.",
        default="",
        examples=["The two sites of production"],
    )
    bases: tuple[str, ...] = declare(
        "Bases",
        "Folders whose documents belong to the environment, relative to this file. A base may have an Overlay itself.",
        examples=[["../../base"]],
        minItems=1,
        maxItems=100,
        uniqueItems=True,
        items={"minLength": 1, "maxLength": 4096},
    )
    patches: tuple[Patch, ...] = declare(
        "Patches",
        "How documents of the bases differ in this environment, in the order in which they are merged.",
        default=(),
        examples=[[_PATCH]],
        maxItems=10000,
    )
    remove: tuple[Removal, ...] = declare(
        "Removed documents",
        "Documents of the bases that the environment does not have.",
        default=(),
        examples=[[{"kind": "NetworkService", "name": "lab"}]],
        maxItems=10000,
    )


@word(
    title="Overlay",
    examples=[{"apiVersion": "magi/v1alpha1", "kind": "Overlay", "metadata": {"name": "prod"}, "spec": _SPEC}],
)
class Overlay(Word):
    """Makes an environment of a folder: the documents of its bases as it patches them, and those beside it."""

    api_version: Literal["magi/v1alpha1"] = declare(
        "API version",
        "Version of the document format.",
        examples=["magi/v1alpha1"],
    )
    kind: Literal["Overlay"] = declare(
        "Kind",
        "Kind of the document.",
        examples=["Overlay"],
    )
    metadata: Metadata = declare(
        "Metadata",
        "Name, labels and annotations of the document.",
        examples=[{"name": "prod"}],
    )
    spec: OverlaySpec = declare(
        "Specification",
        "What the environment is made from, and how it differs.",
        examples=[_SPEC],
    )

    @property
    def name(self) -> str:
        return self.metadata.name
