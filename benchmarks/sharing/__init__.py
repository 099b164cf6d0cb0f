"""Three daemons that share many VIMs by a real etcd, and what is done to them: each VIM has one daemon, and never two.

Events in a seeded order: a daemon is killed, ended or frozen, etcd restarts, or the way of a daemon to etcd swallows
all bytes without closing a connection. While each lasts there is a commit for a few VIMs. At the end etcd is gone. What
is judged is what others saw: the locks in etcd, the requests in the logs of the simulated clouds, which each daemon
reaches by an address of its own, and what is there at the end.

scene     the daemons, etcd, the clouds and the repository, and what is done to them
members   the daemons, and the locks that they hold
late      which writes were late
ways      a way to etcd that can swallow all bytes
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from benchmarks.result import Result
from benchmarks.sharing.scene import Found, Scene

VIMS, KILLS, MINUTES, SEED = 60, 50, 10.0, 7
SERVED_AGAIN = 10.0

KINDS: dict[str, Callable[[Scene], list[float]]] = {
    "SIGKILL": Scene.killed,
    "SIGSTOP": Scene.frozen,
    "SIGTERM": Scene.terminated,
    "etcd restarted": Scene.etcd_restarted,
    "all bytes swallowed": Scene.swallowed,
}


def run(vims: int = VIMS, kills: int = KILLS, minutes: float = MINUTES) -> list[Result]:
    """``minutes``: after so many no other event begins, so that there is a result in any case."""
    found = campaign(vims, events(kills), minutes=minutes)
    results = [
        Result(
            f"{kind}: until all {vims} VIMs are served again, the longest of {len(seconds)}",
            max(seconds),
            "s",
            SERVED_AGAIN,
        )
        for kind, seconds in sorted(found.seconds.items())
    ]
    every = [one for some in found.seconds.values() for one in some]
    return [
        *results,
        Result("the same, median of all", median(every), "s"),
        Result("events", found.events, "", kills, at_least=True),
        Result("VIMs that moved although nothing was done to their daemon", found.moved, "", 0),
        Result("resources that were made twice", found.twice, "", 0),
        Result("resources that are missing or not as declared", found.missing, "", 0),
        Result(f"of {found.writes} writes, those of a daemon after its lease", found.late, "", 0),
        Result("VIMs that are not read any more while etcd is gone", found.unread, "", 0),
        Result("from a commit during an event until it is carried out, at most", max(found.effect), "s"),
    ]


def events(count: int, seed: int = SEED) -> list[str]:
    """As many of each kind, in an order that depends on the seed alone."""
    found = [list(KINDS)[number % len(KINDS)] for number in range(count)]
    random.Random(seed).shuffle(found)
    return found


def campaign(vims: int, kinds: Sequence[str], seed: int = SEED, minutes: float = MINUTES) -> Found:
    """Carries out the events, and then the one that has etcd gone."""
    with ExitStack() as ending:
        here = Scene(Path(ending.enter_context(tempfile.TemporaryDirectory())), vims, seed, ending)
        here.begin()
        until_then = time.monotonic() + 60 * minutes
        for number, kind in enumerate(kinds, 1):
            if time.monotonic() > until_then:
                break
            seconds = KINDS[kind](here)
            here.found.events = number
            here.say(f"{number}/{len(kinds)} {kind}: {', '.join(f'{one:.1f} s' for one in seconds)}")
            here.found.seconds.setdefault(kind, []).extend(seconds)
        here.etcd_gone()
        here.judge()
        return here.found
