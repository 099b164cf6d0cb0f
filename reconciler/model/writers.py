"""Who makes resources under an owner: which process, and for which commit."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Self

_SIGNATURE = re.compile(r"([0-9]{1,11})-([0-9]{1,11})-([0-9a-f]{8})", re.ASCII)
"""Eleven digits are seconds until the year 5138, which every calendar can represent."""

_LAST_MOMENT = 10**11 - 1


@dataclass(frozen=True, slots=True)
class Writer:
    """A process that makes resources, and the commit that it makes them for.

    ``committed``: when that was committed, 0 for a work tree; ``started``: when the process was; both in seconds since
    1970. ``process``: eight hexadecimal digits. As text it is a signature: ``COMMITTED-STARTED-PROCESS``.
    """

    committed: int
    started: int
    process: str

    @classmethod
    def of(cls, text: str) -> Self | None:
        """Who a signature names; None for a text that is none. Anyone may have written it: it is a claim."""
        found = _SIGNATURE.fullmatch(text)
        return cls(int(found[1]), int(found[2]), found[3]) if found else None

    def __str__(self) -> str:
        return f"{self.committed}-{self.started}-{self.process}"

    def at(self, committed: float) -> Writer:
        """The same process with another commit."""
        return replace(self, committed=int(min(max(committed, 0), _LAST_MOMENT)))

    def outranks(self, other: Writer) -> bool:
        """Whether this one goes on writing where only one of the two can.

        That is the one with the newer commit, else the one that started earlier, else that of the lower name.
        """
        return self._rank > other._rank

    @property
    def _rank(self) -> tuple[int, int, int]:
        return (self.committed, -self.started, -int(self.process, 16))
