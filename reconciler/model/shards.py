"""Which targets of a repository one of several daemons serves, chosen by the labels of the targets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from reconciler.model.targets import Target

Selector = tuple[tuple[str, str], ...]
"""Labels that a target has to have, all of them; sorted. Without any it chooses every target."""


NOT_SERVED = "which this daemon does not serve, so that what is deployed there is not known (setting shard)"
"""What a message says of a target that a daemon serves of which nothing is heard."""

NO_REPORT = "of which there is no report for this commit by the member of the group that serves it"
"""What a message says of a target that another member of the group serves, as long as it says nothing of it."""


NOT_WRITTEN = "nothing is written here now"
"""What the reason of a step begins with that does not start because of the other daemons of the group."""


class Shares(NamedTuple):
    """How the targets of a repository are divided, by name and sorted.

    ``served``: here. ``elsewhere``: by another daemon. ``unserved``: chosen by no daemon that is known.
    ``contended``: chosen by several, and so served by none that knows of the others.
    """

    served: tuple[str, ...]
    elsewhere: tuple[str, ...] = ()
    unserved: tuple[str, ...] = ()
    contended: tuple[str, ...] = ()


class MemberShare(NamedTuple):
    """A daemon that shares the targets of a repository with others. ``targets``: those that are its part, sorted."""

    name: str
    targets: tuple[str, ...]
    is_self: bool = False


@dataclass(frozen=True, slots=True)
class Shard:
    """What one daemon serves.

    ``selector``: None: what no other daemon chooses. ``others``: the selectors of the other daemons; without them it is
    not known who serves the rest.
    """

    selector: Selector | None = None
    others: tuple[Selector, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether everything is served here."""
        return self.selector is None and not self.others

    def shares(self, targets: Mapping[str, Target]) -> Shares:
        """Two daemons that know of each other never serve the same target: what both choose is served by neither."""
        found: dict[str, list[str]] = {share: [] for share in Shares._fields}
        for name, target in sorted(targets.items()):
            found[self._share(target)].append(name)
        return Shares(**{share: tuple(names) for share, names in found.items()})

    def _share(self, target: Target) -> str:
        chosen = Counter(self._choices(target))
        if chosen.total() > 1:
            return "contended"
        if chosen[True] or (self.selector is None and not chosen[False]):
            return "served"
        return "elsewhere" if chosen[False] or not self.others else "unserved"

    def _choices(self, target: Target) -> Iterator[bool]:
        """For each daemon that chooses the target, whether it is this one."""
        if self.selector is not None and _chooses(self.selector, target):
            yield True
        yield from (False for other in self.others if _chooses(other, target))


def _chooses(selector: Selector, target: Target) -> bool:
    return set(selector) <= set(target.labels)
