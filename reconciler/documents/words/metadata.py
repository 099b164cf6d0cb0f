"""What every document has: its name, labels and annotations."""

from __future__ import annotations

from reconciler.documents.words.declaring import Word, declare, word
from reconciler.documents.words.scalars import Name, StringMap


@word("metadata", title="Metadata", examples=[{"name": "vcpe", "labels": {"tier": "gold"}}])
class Metadata(Word):
    """What the document is called."""

    name: Name = declare(
        "Name",
        (
            "Name of the document, unique among the documents of its kind: 1 to 63 lower-case letters, digits and "
            "'-', beginning and ending with a letter or digit. Other documents refer to it. The name of a "
            "NetworkService begins the names of all its resources, so a new name is a new service."
        ),
        examples=["vcpe", "paris-1"],
    )
    labels: StringMap = declare(
        "Labels",
        (
            "Keys and values to select and group documents by. They are reported with the service, and not written to "
            "OpenStack."
        ),
        default={},
        examples=[{"tier": "gold", "site": "paris"}],
    )
    annotations: StringMap = declare(
        "Annotations",
        "Keys and values for people and other tools. They change nothing in a VIM.",
        default={},
        examples=[{"owner": "team-edge@example.net"}],
    )
