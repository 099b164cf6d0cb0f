"""The marks by which Magi knows its own: written by the create call itself, read back from every listing.

Network service and flavors: ``description`` is ``magi:OWNER NAME SIGNATURE``. Servers and volumes: metadata
``magi:owner``, ``magi:key`` and ``magi:by``. Images: properties ``magi_owner``, ``magi_key`` and ``magi_by``.
Keypairs and server groups have no such field: their name is ``magi_OWNER_NAME`` with ``_`` for ``/``,
which can be read back because names in documents have no underscore.

The signature says which process made something, and for which commit (`Writer`). Only a create writes it. It is no part
of a Spec, and a mark without one is as good.

What an image's name meant when a server or volume was made is there too (``magi:image``, ``magi:image-id``):
providers rename images, and give their names to newer ones.

Marks are claims: whoever may write a description may write one. They count only on what belongs to the project of the
login (`Listing.project`). Two kinds belong to no project. Keypairs are listed to their user alone, and only an
administrator makes flavors; so no one else could have written their marks, but the same user or administrator for
another project: OWNER is then ``OWNER-PROJECT``, with twelve digits of the project's SHA-256.
"""

from __future__ import annotations

from reconciler.model import Writer

OWNER = "magi:owner"
KEY = "magi:key"
HOSTNAME = "magi:hostname"
USER_DATA = "magi:user-data"
IMAGE = "magi:image"
IMAGE_ID = "magi:image-id"
KEEP = "magi:keep"
BY = "magi:by"
PREFIX = "magi:"


def description(owner: str, name: str) -> str:
    return f"magi:{owner} {name}"


def described_key(text: str, owner: str) -> str | None:
    """The name in a description that has the owner's mark."""
    mark, _, rest = text.partition(" ")
    name = _apart(rest)[0]
    return name if name and mark == f"magi:{owner}" else None


def signed(text: str, writer: Writer, room: int) -> str:
    """A description with a signature, where there is room for so many characters; else as it was."""
    longer = f"{text} {writer}"
    return longer if len(longer) <= room else text


def signature(writer: Writer | None) -> dict[str, str]:
    """The metadata that record who made something."""
    return {BY: str(writer)} if writer else {}


def described_writer(text: str) -> Writer | None:
    """Who signed a description."""
    return _apart(text)[1]


def _apart(text: str) -> tuple[str, Writer | None]:
    """A text without the signature that it ends with, and that. What a flavor holds may have spaces of its own."""
    before, _, last = text.rpartition(" ")
    writer = Writer.of(last) if before else None
    return (before, writer) if writer else (text, None)


def fixed_name(owner: str, name: str) -> str:
    return f"magi_{owner}_{name.replace('/', '_')}"


def fixed_key(text: str, owner: str) -> str | None:
    """The name in a resource name that has the owner's mark."""
    prefix = f"magi_{owner}_"
    return text.removeprefix(prefix).replace("_", "/") if text.startswith(prefix) else None
