"""The operator's keys for digests of what holds secrets. Given to `HostSecrets`.

A plain digest of a short secret can be found by trying: a PIN of four digits in ten thousand tries. With a key only who
has it can try. The keys are one a line of a file, or of a variable; the first one is used, the others are those of
before, by which digests on the clouds are still recognised.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import tempfile
from collections.abc import Mapping
from pathlib import Path

from reconciler.model import Withheld

VARIABLE = "MAGI_DIGEST_KEY"
LEAST = 32
"""Characters of a key: as many hexadecimal digits hold 128 bits."""

_MOST = 65_536


class DigestKeys:
    """``file``: where the keys are, and where one is made when they are asked for the first time; None for nowhere.

    The variable counts more than the file. What is read is kept until `renew`.
    """

    def __init__(self, environment: Mapping[str, str], file: Path | None) -> None:
        self._environment = environment
        self._file = file
        self._known: tuple[bytes, ...] | Withheld | None = None

    def renew(self) -> tuple[bytes, ...] | Withheld:
        """The keys as they are now. Where none is available, why."""
        self._known = self._read()
        return self._known

    def ids(self) -> tuple[str, ...]:
        keys = self.renew()
        return () if isinstance(keys, Withheld) else tuple(map(_id_of, keys))

    def digests(self, about: str, content: str) -> tuple[str, ...] | Withheld:
        """By each key: ``hmac:KEY:DIGITS``."""
        keys = self.renew() if self._known is None else self._known
        if isinstance(keys, Withheld):
            return keys
        text = f"{about}\0{content}".encode()
        return tuple(f"hmac:{_id_of(key)}:{hmac.new(key, text, hashlib.sha256).hexdigest()}" for key in keys)

    def _read(self) -> tuple[bytes, ...] | Withheld:
        if found := self._environment.get(VARIABLE, ""):
            return _keys(found, f"environment variable {VARIABLE}")
        if self._file is None:
            return Withheld(f"there is no key for digests of secrets: set {VARIABLE} or secrets.digestKeyFile")
        try:
            if not self._file.exists():
                _make(self._file)
            with self._file.open(encoding="ascii", errors="replace") as file:
                return _keys(file.read(_MOST), f"key file {self._file}")
        except OSError as error:
            why = error.strerror or error
            return Withheld(f"key file {self._file} for digests of secrets can't be read or made: {why}")


def _keys(text: str, where: str) -> tuple[bytes, ...] | Withheld:
    keys = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    if not keys:
        return Withheld(f"{where} has no key for digests of secrets")
    if short := [number for number, key in enumerate(keys, 1) if len(key) < LEAST]:
        return Withheld(f"{where}: key {short[0]} has fewer than {LEAST} characters; `openssl rand -hex 32` makes one")
    return tuple(key.encode() for key in dict.fromkeys(keys))


def _make(file: Path) -> None:
    """A new file with a new key. Of two processes that make one at once, the one that comes later takes the other's."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=file.parent, encoding="ascii") as made:  # for its owner alone
        made.write(secrets.token_hex(32) + "\n")
        made.flush()
        os.fsync(made.fileno())
        try:
            os.link(made.name, file)
        except FileExistsError:
            return


def _id_of(key: bytes) -> str:
    return hmac.new(key, b"magi: the id of a key", hashlib.sha256).hexdigest()[:8]
