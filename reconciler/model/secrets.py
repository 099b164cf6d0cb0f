"""Secrets that documents refer to: their values are never in the documents, and not always available."""

from __future__ import annotations

from typing import NamedTuple, Protocol

_WORDS = {"env": "environment variable", "file": "file", "age": "age file"}


class SecretRef(NamedTuple):
    """Where a secret is. ``source``: env, file or age; ``name``: of the variable, or the path; that of an age file is
    relative to the root of the repository.
    """

    source: str
    name: str

    def __str__(self) -> str:
        return f"{_WORDS[self.source]} {self.name}"


class Withheld(NamedTuple):
    """The placeholder of a secret that is not available. ``reason`` says why, and never holds any of the secret."""

    reason: str


class Secrets(Protocol):
    """Where secrets come from. Implementations MUST NOT raise, log or keep them."""

    def read(self, ref: SecretRef, encrypted: bytes) -> str | Withheld:
        """The secret as it is now. ``encrypted`` is the content of an age file, and empty for other sources."""

    def key_ids(self) -> tuple[str, ...]:
        """The ids of the keys for digests, that of today first. The first time one is made where there is none."""

    def digests(self, about: str, content: str) -> tuple[str, ...] | Withheld:
        """The digest of a content that holds a secret, by each of `key_ids`.

        ``about``: what has the content. Equal contents of two things have different digests.
        """


class _NoSecrets:
    def read(self, ref: SecretRef, encrypted: bytes) -> str | Withheld:  # noqa: ARG002  as the protocol has it
        return Withheld(f"{ref} is not read here")

    def key_ids(self) -> tuple[str, ...]:
        return ()

    def digests(self, about: str, content: str) -> tuple[str, ...] | Withheld:  # noqa: ARG002  as the protocol has it
        return Withheld("digests of secrets are not made here")


NO_SECRETS: Secrets = _NoSecrets()
"""Reads none: what only checks documents needs no secrets."""
