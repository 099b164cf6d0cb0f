"""The marks by which Magi knows its own: written by the create call itself, read back from every listing.

Network service and flavors: ``description`` is ``magi:OWNER NAME``. Servers and volumes: metadata ``magi:owner`` and
``magi:key``. Images: properties ``magi_owner`` and ``magi_key``.
Keypairs and server groups have no such field: their name is ``magi_OWNER_NAME`` with ``_`` for ``/``,
which can be read back because names in documents have no underscore.

What an image's name meant when a server or volume was made stands there too (``magi:image``, ``magi:image-id``):
providers rename images, and give their names to newer ones.

Marks are claims: whoever may write a description may write one. They count only on what belongs to the project of the
login (`Listing.project`). Two kinds belong to no project. Keypairs are listed to their user alone, and only an
administrator makes flavors; so nobody else could have written their marks, but the same user or administrator for
another project: OWNER is then ``OWNER-PROJECT``, with twelve digits of the project's SHA-256.
"""

from __future__ import annotations

import hashlib

OWNER = "magi:owner"
KEY = "magi:key"
HOSTNAME = "magi:hostname"
USER_DATA = "magi:user-data"
IMAGE = "magi:image"
IMAGE_ID = "magi:image-id"
KEEP = "magi:keep"
PREFIX = "magi:"


def scoped(owner: str, project: str) -> str:
    """The owner in the marks of what belongs to no project.

    All that has such marks has them with as many digits, so no other owner's name can read like one. Nova takes few
    other signs in the names of keypairs.
    """
    return f"{owner}-{hashlib.sha256(project.encode()).hexdigest()[:12]}"


def description(owner: str, name: str) -> str:
    return f"magi:{owner} {name}"


def described_key(text: str, owner: str) -> str | None:
    """The name in a description that bears the owner's mark."""
    mark, _, name = text.partition(" ")
    return name if name and mark == f"magi:{owner}" else None


def fixed_name(owner: str, name: str) -> str:
    return f"magi_{owner}_{name.replace('/', '_')}"


def fixed_key(text: str, owner: str) -> str | None:
    """The name in a resource name that bears the owner's mark."""
    prefix = f"magi_{owner}_"
    return text.removeprefix(prefix).replace("_", "/") if text.startswith(prefix) else None
