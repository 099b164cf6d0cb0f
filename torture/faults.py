"""What happens to a request between Magi and a cloud: the types of faults, and which requests each strikes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from random import Random


class FaultKind(Enum):
    """What is done with a request that is struck."""

    RESET = "reset"  # the connection ends and nothing is done
    LOST_REPLY = "lost-reply"  # it is done, and the connection ends
    LATE = "late"  # the connection ends, and it is done some time later
    HANG = "hang"  # no answer until the client aborts, and nothing is done
    STATUS = "status"  # refused with a status, and nothing is done
    LIE = "lie"  # done, and answered with a status as if it were not
    HTML = "html"  # a page of some proxy with status 200, and nothing is done
    CUT = "cut"  # done, and half of the answer
    SLOW = "slow"  # done, after a while
    DOUBLE = "double"  # done twice, as by a proxy that tries again
    EMPTY = "empty"  # a list without its items
    SHORT = "short"  # a list without some of its items
    STALE = "stale"  # a list as it was some time ago
    REPEATED = "repeated"  # a list with an item twice


WRITES = frozenset({FaultKind.DOUBLE, FaultKind.LATE, FaultKind.LIE})
READS = frozenset({FaultKind.EMPTY, FaultKind.SHORT, FaultKind.STALE, FaultKind.REPEATED})
STATUSES = (401, 403, 404, 409, 413, 429, 500, 502, 503, 504)


@dataclass(frozen=True, slots=True)
class Fault:
    """A rule. ``chance``: of how many of the requests in question, 0 to 1. ``sticky``: a request that is struck is so
    each time that it comes, as long as the rule holds. ``collection``: such as ``ports``; "" for any.
    """

    kind: FaultKind
    chance: float
    status: int = 0
    sticky: bool = False
    collection: str = ""
    method: str = ""

    def strikes(self, seed: str, method: str, what: str, collection: str, nth: int) -> bool:
        """``what``: the request without ids that differ from run to run; ``nth``: how often it came before.

        The same seed strikes the same requests, in whatever order threads send them.
        """
        if (self.collection and self.collection != collection) or (self.method and self.method != method):
            return False
        if (self.kind in WRITES and method == "GET") or (self.kind in READS and method != "GET"):
            return False
        turn = "" if self.sticky else nth
        return Random(f"{seed}/{self.kind.value}/{method}/{what}/{turn}").random() < self.chance

    def __str__(self) -> str:
        status = f" {self.status}" if self.status else ""
        where = f" of {self.method or 'any'} {self.collection or 'all'}" if self.collection or self.method else ""
        return f"{self.kind.value}{status}{where}{', again and again' if self.sticky else ''} ({self.chance:.0%})"


LISTINGS = (FaultKind.EMPTY, FaultKind.EMPTY, FaultKind.SHORT, FaultKind.STALE, FaultKind.REPEATED)
"""How a list is reported wrongly."""
LISTED = (
    *("ports", "servers") * 3,
    *("networks", "subnets", "routers", "floatingips", "security-groups", "volumes", "trunks"),
)
"""The lists that are reported wrongly. More hangs on ports and servers than on the rest."""


def drawn(dice: Random, made: Sequence[str]) -> Fault:
    """A rule at random. ``made``: the collections in which the commit has something made, where refusals hurt."""
    match dice.randrange(8):
        case 0 | 1:
            return Fault(dice.choice(LISTINGS), 0.4, collection=dice.choice(LISTED), method="GET")
        case 2 | 3:
            status = dice.choice((409, 409, 403, 404, 413, 503))
            return Fault(FaultKind.STATUS, 0.6, status, sticky=True, collection=dice.choice(made), method="POST")
        case 4 | 5:
            kind = dice.choice((FaultKind.DOUBLE, FaultKind.DOUBLE, FaultKind.LATE, FaultKind.LOST_REPLY))
            return Fault(kind, 0.5, method="POST")
        case 6:
            method = dice.choice(("PUT", "DELETE", "POST", ""))
            return Fault(dice.choice((FaultKind.STATUS, FaultKind.LIE)), 0.2, dice.choice(STATUSES), method=method)
        case _:
            kind = dice.choice(
                (FaultKind.RESET, FaultKind.LOST_REPLY, FaultKind.HTML, FaultKind.CUT, FaultKind.SLOW, FaultKind.HANG)
            )
            return Fault(kind, 0.03 if kind is FaultKind.HANG else 0.1)
