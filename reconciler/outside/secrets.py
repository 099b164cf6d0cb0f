"""Secrets of the host: its environment, its files, and age files of the repository. Given to `documents.Library`.

Documents say which secret they need, so they could ask for anything that the host knows. That is why variables need a
prefix and files a folder that the operator names.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import pyrage

from reconciler.model import SecretRef, Withheld
from reconciler.outside.digest_keys import DigestKeys

VARIABLE_PREFIX = "MAGI_SECRET_"
"""What the names of variables begin with that documents may ask for."""

MAX_SIZE = 65_536
"""Bytes of a secret."""


class HostSecrets:
    """``folders``: files are read in these and below alone. ``identity_file`` holds the age identities, ``key_file``
    the keys for digests.

    Everything is read again each time: secrets are renewed while the daemon runs.
    """

    def __init__(
        self,
        environment: Mapping[str, str],
        folders: Iterable[Path],
        identity_file: Path | None,
        key_file: Path | None = None,
    ) -> None:
        self._environment = environment
        self._folders = tuple(folders)
        self._identity_file = identity_file
        self._keys = DigestKeys(environment, key_file)

    def key_ids(self) -> tuple[str, ...]:
        return self._keys.ids()

    def digests(self, about: str, content: str) -> tuple[str, ...] | Withheld:
        return self._keys.digests(about, content)

    def read(self, ref: SecretRef, encrypted: bytes) -> str | Withheld:
        match ref.source:
            case "env":
                found: bytes | Withheld = self._variable(ref)
            case "file":
                found = self._file(ref)
            case _:
                found = self._decrypted(ref, encrypted)
        return found if isinstance(found, Withheld) else _text(ref, found)

    def _variable(self, ref: SecretRef) -> bytes | Withheld:
        if not ref.name.startswith(VARIABLE_PREFIX) or ref.name not in self._environment:
            return Withheld(f"{ref} is not set")
        return self._environment[ref.name].encode(errors="surrogateescape")

    def _file(self, ref: SecretRef) -> bytes | Withheld:
        if not self._folders:
            return Withheld(f"{ref} is not read: secrets.files (MAGI_SECRETS_FILES) names no folder")
        try:
            path = Path(ref.name).resolve()
            if not any(path.is_relative_to(folder.resolve()) for folder in self._folders):
                return Withheld(f"{ref} is in none of the folders of secrets.files (MAGI_SECRETS_FILES)")
            with path.open("rb") as file:
                return file.read(MAX_SIZE + 1)
        except (OSError, ValueError) as error:
            return Withheld(f"{ref} can't be read: {getattr(error, 'strerror', None) or 'no such path'}")

    def _decrypted(self, ref: SecretRef, encrypted: bytes) -> bytes | Withheld:
        if self._identity_file is None:
            return Withheld(f"{ref} is not decrypted: secrets.identityFile (MAGI_SECRETS_IDENTITY_FILE) is not set")
        try:
            lines = self._identity_file.read_text(encoding="utf-8").splitlines()
            identities = [
                pyrage.x25519.Identity.from_str(line.strip())
                for line in lines
                if line.strip() and not line.startswith("#")
            ]
            return bytes(pyrage.decrypt(encrypted, identities))
        except OSError as error:
            return Withheld(f"{ref} is not decrypted: the identity file can't be read: {error.strerror}")
        except (pyrage.IdentityError, UnicodeDecodeError):
            # The errors of age are not passed on: they were not written with an eye on what they quote.
            return Withheld(f"{ref} is not decrypted: the identity file has no identities of age-keygen")
        except pyrage.DecryptError:
            return Withheld(f"{ref} can't be decrypted with the identities that are there")


def _text(ref: SecretRef, value: bytes) -> str | Withheld:
    """A secret as text. The end of its last line, which editors add, is no part of it."""
    if len(value) > MAX_SIZE:
        return Withheld(f"{ref} is larger than {MAX_SIZE:,} bytes")
    try:
        text = value.decode().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        return Withheld(f"{ref} is no UTF-8 text")
    return text or Withheld(f"{ref} is empty")
