"""Histories, from a seed: what is committed, what is done manually, which faults there are, and who is killed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

from torture.drift import DRIFTS
from torture.faults import LISTINGS, Fault, drawn
from torture.wishes import ADDRESSES, MOVES, Wishes, first_wishes


@dataclass(frozen=True, slots=True)
class Kill:
    """SIGKILL at the so-manieth write of an episode: before the cloud gets it, or before its answer arrives."""

    write: int
    before: bool

    def __str__(self) -> str:
        return f"{'before' if self.before else 'after'} write {self.write}"


@dataclass(frozen=True, slots=True)
class Episode:
    """``moves``: what the commit changes, by name; ``drifts``: what is done manually while it goes on.

    ``observations``: how often the daemon observes its clouds until the next commit, unless it comes to rest before.
    ``rival``: whether a second daemon with the same owner is there.
    """

    wishes: Wishes
    moves: tuple[str, ...]
    drifts: tuple[str, ...]
    faults: tuple[Fault, ...]
    kills: tuple[Kill, ...]
    observations: int
    rival: bool

    def __str__(self) -> str:
        parts = [f"commit: {', '.join(self.moves) or 'nothing'}"]
        if self.drifts:
            parts.append(f"manually: {', '.join(self.drifts)}")
        if self.faults:
            parts.append(f"faults: {'; '.join(map(str, self.faults))}")
        if self.kills:
            parts.append(f"kills: {', '.join(map(str, self.kills))}")
        if self.rival:
            parts.append("a second daemon")
        return " | ".join(parts)


@dataclass(frozen=True, slots=True)
class History:
    seed: int
    admin: bool
    episodes: tuple[Episode, ...]


def history(seed: int, vims: Sequence[str], *, length: int = 6, plain: bool = False, timeout: int = 4) -> History:
    """The same seed is the same history. ``plain``: without what the oldest documents did not know. ``timeout``:
    seconds that Magi waits for an answer.
    """
    dice = Random(f"history {seed}")
    admin = dice.random() < 0.4
    clouds = tuple(f"{vim}-admin" if admin else vim for vim in vims)
    wishes = first_wishes(dice, Wishes(tuple(vims), clouds, timeout=timeout, plain=plain), admin=admin)
    past = [wishes]
    first = ("the first services",)
    episodes = [Episode(wishes, first, (), _faults(dice, 0.4, first), (), 40, rival=False)]
    for number in range(1, length):
        wishes, moves = _commit(wishes, past, dice)
        past.append(wishes)
        drifts = tuple(dice.choice(_DRIFTS) for _ in range(dice.choice((0, 0, 1, 1, 2, 3))))
        kills = tuple(Kill(dice.randint(1, 12), dice.random() < 0.5) for _ in range(dice.choice((0, 0, 1, 2))))
        observations = dice.choice((4, 10, 30))
        rival = dice.random() < 0.15
        episode = Episode(wishes, moves, drifts, _faults(dice, 0.8, moves), kills, observations, rival)
        episodes.append(_with_address_groups(episode, Random(f"{seed}/{number}/addresses")))
    return History(seed, admin, tuple(episodes))


_NEW = ("networks", "subnets", "ports", "servers", "security-groups", "security-group-rules", "routers", "volumes")
_MADE = {
    "scale-out": ("ports", "servers"),
    "another-cidr": ("subnets", "ports"),
    "scale-out-and-another-cidr": ("subnets", "ports", "servers"),
    "other-rules": ("security-group-rules",),
    "another-image": ("images",),
}
"""By what a commit changes: the collections in which something is made for it."""


def _faults(dice: Random, chance: float, moves: Sequence[str]) -> tuple[Fault, ...]:
    made = sorted({one for move in moves for one in _MADE.get(move, _NEW)}) or ["servers"]
    return tuple(drawn(dice, made) for _ in range(dice.randint(1, 2))) if dice.random() < chance else ()


_ADDRESSES_CHANGED = "change-addresses"
_DRIFTS = sorted(DRIFTS.keys() - {_ADDRESSES_CHANGED})


def _with_address_groups(episode: Episode, dice: Random) -> Episode:
    """What befalls address groups, where there are any. By dice of its own: see `ADDRESSES`."""
    if not any(ADDRESSES in service.shapes for service in episode.wishes.services):
        return episode
    drifts, faults = episode.drifts, episode.faults
    if dice.random() < 0.3:
        drifts = (*drifts, _ADDRESSES_CHANGED)
    if dice.random() < 0.3:
        faults = (*faults, Fault(dice.choice(LISTINGS), 0.4, collection="address-groups", method="GET"))
    return replace(episode, drifts=drifts, faults=faults)


def _commit(wishes: Wishes, past: list[Wishes], dice: Random) -> tuple[Wishes, tuple[str, ...]]:
    """Mostly one or two changes, sometimes many, sometimes what was before."""
    if len(past) > 1 and dice.random() < 0.1:
        return wishes.back_to(past[-2]), ("revert",)
    known = {name: move for name, move in MOVES.items() if not wishes.plain or name not in {"suspend", "resume"}}
    names, weights = list(known), [weight for _, weight in known.values()]
    made: list[str] = []
    for name in dice.choices(names, weights, k=dice.choice((1, 1, 2, 2, 3, 5))):
        changed = known[name][0](wishes, dice)
        if changed is not None and changed != wishes:
            wishes = changed
            made.append(name)
    return wishes, tuple(made)
