"""What the loop asks about the other daemons: which targets are served here, and whether one may be written to now."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple, Protocol

from reconciler.model import MagiError, MemberShare


class EtcdError(MagiError):
    """Etcd did not answer, or not as it should."""


class TargetId(NamedTuple):
    """A target of a repository. Two repositories may have services on one VIM."""

    repository: str
    target: str


class Published(NamedTuple):
    """What a member says of a target that it serves, for the others to read."""

    member: str
    payload: bytes


NOTHING: Mapping[str, Published] = MappingProxyType({})
"""What is published where no one is to be relied on."""

Changed = Callable[[frozenset[TargetId]], None]
"""Called when who serves what may be another. It gets the targets that may be written to again from now on."""


class Members(Protocol):
    """The daemons that share targets, as one of them sees them. Used by many threads."""

    @property
    def alone(self) -> bool:
        """Whether no one else can be there."""

    def mine(self, repository: str, targets: Iterable[str]) -> frozenset[str]:
        """Those of all ``targets`` of a repository that are to be served here; their locks are taken from now on."""

    def give_back(self, repository: str, target: str) -> None:
        """Says that nothing of a target runs here any more: unless it is `mine` again, others may have its lock."""

    def grant(self, repository: str, target: str) -> int:
        """The number by which the lock of a target is held now, another one each time that it is taken; 0: it is not.

        To be asked before the target is observed: what was observed below another one may be so no more.
        """

    def refusal(self, repository: str, target: str, grant: int) -> str:
        """Why a target that was observed below ``grant`` must not be written to now, for people; "" where it may be.

        To be asked right before.
        """

    def shares(self, repository: str) -> tuple[MemberShare, ...]:
        """The members by name, with the targets of a repository that each is to serve; none where `alone`."""

    def error(self) -> str:
        """Why the others can't be reached, or "" where they can."""

    def publish(self, repository: str, target: str, grant: int, payload: bytes) -> None:
        """Has the others read this of a target as long as its lock is held by ``grant``. Returns at once."""

    def published(self, repository: str) -> Mapping[str, Published]:
        """What the other members say of the targets whose locks they hold; nothing where that is not to be relied on.

        The same object until something of it is another.
        """

    def join(self, changed: Changed) -> None:
        """Becomes one of them as soon as may be; ``changed`` is called by a thread of its own. Returns at once."""

    def close(self, *, ended: bool) -> None:
        """Leaves. ``ended``: nothing runs here any more, so that others may go on at once."""


class Alone:
    """The one daemon of its targets: it serves all of them."""

    alone = True

    def mine(self, repository: str, targets: Iterable[str]) -> frozenset[str]:
        del repository
        return frozenset(targets)

    def give_back(self, repository: str, target: str) -> None:
        """No one waits for it."""

    def grant(self, repository: str, target: str) -> int:
        del repository, target
        return 1

    def refusal(self, repository: str, target: str, grant: int) -> str:
        del repository, target, grant
        return ""

    def shares(self, repository: str) -> tuple[MemberShare, ...]:
        del repository
        return ()

    def error(self) -> str:
        return ""

    def publish(self, repository: str, target: str, grant: int, payload: bytes) -> None:
        """No one reads it."""

    def published(self, repository: str) -> Mapping[str, Published]:
        del repository
        return NOTHING

    def join(self, changed: Changed) -> None:
        """Nothing ever changes."""

    def close(self, *, ended: bool) -> None:
        """There is nothing to leave."""


ALONE = Alone()
