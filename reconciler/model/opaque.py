"""What must not be shown or can't be read back: of it only a digest is compared."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self


@dataclass(frozen=True, slots=True)
class Opaque:
    """A value that can't be read back, or must not be shown: compared by its digest alone."""

    digest: str
    content: str | None = field(default=None, compare=False, repr=False)
    withheld: str = field(default="", compare=False)
    """Why the content is not known just now: it equals nothing then, and can't be written."""
    also: frozenset[str] = field(default=frozenset(), compare=False)
    """Other digests of the same content: without a key, or by keys of before."""

    @classmethod
    def of(cls, content: str) -> Self:
        """Bytes of the content that are no text are in it as surrogates: see `bytes_of`."""
        return cls("sha256:" + hashlib.sha256(bytes_of(content)).hexdigest(), content)

    @classmethod
    def secret(cls, digests: Sequence[str], content: str) -> Self:
        """A content that could be guessed from a plain digest. ``digests``: by each key, that of today first."""
        today, *before = digests
        return cls(today, content, also=frozenset([*before, cls.of(content).digest]))

    @classmethod
    def unknown(cls, reason: str) -> Self:
        return cls("unknown", withheld=reason)

    @property
    def key(self) -> str:
        """The id of the key that the digest is made with; "" for none."""
        return _key_id_in(self.digest)

    def differs_by_key(self, found: Opaque) -> bool:
        """Whether ``found`` is by a key that is not available, so that it is unknown whether it is the same content."""
        keys = {_key_id_in(one) for one in (self.digest, *self.also)}
        return bool(self.key) and bool(found.key) and found.key not in keys

    def __str__(self) -> str:
        """As much of the digest as shows two apart."""
        prefix, _, digits = self.digest.rpartition(":")
        return f"{prefix}:{digits[:12]}" if prefix else digits


def bytes_of(content: str) -> bytes:
    """The bytes of a text, in which those that are no UTF-8 are surrogates (PEP 383)."""
    return content.encode("utf-8", "surrogateescape")


def _key_id_in(digest: str) -> str:
    """``hmac:KEY:DIGITS`` is by a key with that id, ``sha256:DIGITS`` by none."""
    parts = digest.split(":")
    return parts[1] if len(parts) == 3 else ""
