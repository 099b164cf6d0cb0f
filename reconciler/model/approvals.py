"""Consent in Git to what guards hold: what commits and annotations say, and who says it."""

from __future__ import annotations

from typing import NamedTuple


class Approval(NamedTuple):
    """A consent in Git to exactly those held steps, or to that plan of a VIM, for which ``digest`` stands.

    ``service``: the one that it is about, where a service says it of itself; "" for whatever has the digest.
    ``commit``: the one whose trailer it is, "" for an annotation; ``author`` as that commit names them, ``signer`` as
    the verification of it does, "" where none was asked for. ``refusal``: why it does not count, "" where it may.
    """

    digest: str
    service: str = ""
    commit: str = ""
    author: str = ""
    signer: str = ""
    refusal: str = ""
