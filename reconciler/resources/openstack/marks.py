"""The marks by which Magi knows its own: written by the create call itself, read back from every listing.

Network service and flavors: ``description`` is ``magi:OWNER NAME``. Servers and volumes: metadata ``magi:owner`` and
``magi:key``. Images: properties ``magi_owner`` and ``magi_key``.
Keypairs and server groups have no such field: their name is ``magi_OWNER_NAME`` with ``_`` for ``/``,
which can be read back because names in documents have no underscore.
"""

from __future__ import annotations

OWNER = "magi:owner"
KEY = "magi:key"
HOSTNAME = "magi:hostname"
USER_DATA = "magi:user-data"
IMAGE = "magi:image"
KEEP = "magi:keep"
PREFIX = "magi:"


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
