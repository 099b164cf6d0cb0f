"""One history from its beginning to its verdict, and many of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import yaml

from torture.clearing import clear
from torture.clouds import Cloud
from torture.daemons import Daemon, Magi, Repository, Simulator
from torture.drift import DRIFTS, Touch, foreign, furnish_foreign, take_second_addresses, unlock_all
from torture.history import Episode, History, history
from torture.ledger import Ledger
from torture.proxy import Proxy
from torture.verdict import Violation, claimed, differences, foreign_touched, lost
from torture.wishes import UPLOADS, Wishes

VIMS = ("paris", "lyon")
QUIET, IDLE, EPISODE, STUCK, LONGEST = 1.5, 5.0, 120.0, 120.0, 600.0
"""Seconds: without a write until all is over; until a commit that asks for nothing counts as taken; of an episode at
most; in which nothing changes any more until it counts as stuck; at most."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Of one history. ``faults``: how many of each kind there were. ``log``: what happened, a line each."""

    seed: int
    violations: tuple[Violation, ...]
    commits: int
    drifts: int
    kills: int
    faults: dict[str, int]
    requests: int
    seconds: float
    reported: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Place:
    """Where a VIM is, by entries of clouds.yaml: its own, that of its twin, on which nothing goes wrong, and one of
    another project of the same cloud.
    """

    entry: str
    twin: str
    other: str


def run(seed: int, magi: Magi, folder: Path, *, plain: bool = False, length: int = 6) -> Verdict:
    """A history on simulated clouds, in a folder of its own. Logs, ledger and repository stay there."""
    drawn = history(seed, VIMS, length=length, plain=plain)
    with ExitStack() as ending:
        folder.mkdir(parents=True, exist_ok=True)
        simulator = Simulator([*VIMS, *(f"{vim}-twin" for vim in VIMS)], folder)
        ending.callback(simulator.stop)
        places = [_place(vim, f"{vim}-twin", admin=drawn.admin) for vim in VIMS]
        return _History(drawn, magi, folder, simulator.file, places, ending).run()


def run_on(clouds: Path, seed: int, magi: Magi, folder: Path, *, length: int = 4) -> Verdict:
    """A history on the first cloud of a clouds.yaml like that of the development cloud, with the second as its twin.

    Both are cleared of what the campaign's owner has there, before and afterwards.
    """
    drawn = history(seed, VIMS[:1], length=length, timeout=20)
    place = _place(*VIMS, admin=drawn.admin)
    with ExitStack() as ending:
        folder.mkdir(parents=True, exist_ok=True)
        for entry in (place.entry, place.twin, place.other):
            clear(Cloud(clouds, entry))
            ending.callback(clear, Cloud(clouds, entry))
        return _History(drawn, magi, folder, clouds, [place], ending).run()


def _place(vim: str, twin: str, *, admin: bool) -> Place:
    if admin:
        return Place(f"{vim}-admin", f"{twin}-admin", vim)
    return Place(vim, twin, f"{vim}-admin")


class _History:
    """What goes on during one history."""

    def __init__(
        self,
        drawn: History,
        magi: Magi,
        folder: Path,
        clouds_file: Path,
        places: Sequence[Place],
        ending: ExitStack,
    ) -> None:
        self._history = drawn
        self._folder = folder
        self._entries = [place.entry for place in places]
        self._clouds = [Cloud(clouds_file, place.entry) for place in places]
        self._twins = [Cloud(clouds_file, place.twin) for place in places]
        self._others = [Cloud(clouds_file, place.other) for place in places]
        known = yaml.safe_load(clouds_file.read_text(encoding="utf-8"))["clouds"]
        self._known: dict[str, Any] = known
        images = folder / "images"
        images.mkdir(exist_ok=True)
        for name, content in UPLOADS.items():
            (images / name).write_text(content, encoding="utf-8")
        self._magi = Magi(magi.tree, {"MAGI_IMAGES_FOLDER": str(images)})
        self._ledger = Ledger()
        self._proxy = Proxy(sorted({_origin(entry["auth"]["auth_url"]) for entry in known.values()}), self._ledger)
        ending.callback(self._proxy.close)
        self._repository = Repository(folder / "repository")
        self._daemon = self._new_daemon("daemon")
        self._rival = self._new_daemon("rival")
        ending.callback(self._daemon.stop)
        ending.callback(self._rival.stop)
        self._proxy.kill = self._daemon.kill
        self._commits: list[tuple[float, Wishes]] = []
        self._touches: list[Touch] = []
        self._reported: list[str] = []

    def run(self) -> Verdict:
        began = time.monotonic()
        for own, other in zip(self._clouds, self._others, strict=True):
            furnish_foreign(own, other)
        before = self._foreign()
        for number, episode in enumerate(self._history.episodes):
            self._log(f"episode {number}: {episode}")
            self._play(number, episode)
        self._proxy.end()
        self._rival.stop()
        self._commit(self._commits[-1][1].unsuspended(), "what is suspended goes on")
        for cloud in self._clouds:
            unlock_all(cloud, cloud.holds())
            take_second_addresses(cloud, cloud.holds())
        if any(episode.rival for episode in self._history.episodes):
            # Which of two daemons writes is for a person to say: a restart says it.
            self._daemon.stop()
        self._daemon.start()
        violations = [*self._settled(), *foreign_touched(before, self._foreign())]
        violations += [Violation("no crash", end) for end in (*self._daemon.ends, *self._daemon.crashes())]
        violations += [Violation("no crash", end) for end in (*self._rival.ends, *self._rival.crashes())]
        entries = self._ledger.entries()
        violations += claimed(entries, "daemon", self._daemon.lines())
        violations += claimed(entries, "rival", self._rival.lines())
        violations += lost(entries, self._commits, self._touches)
        self._ledger.write(self._folder / "ledger.jsonl")
        struck = self._proxy.struck
        kills = struck.pop("kill", 0)
        return Verdict(
            self._history.seed,
            tuple(violations),
            len(self._commits),
            len(self._touches),
            kills,
            dict(struck),
            len(self._ledger.entries()),
            time.monotonic() - began,
            tuple(self._reported),
        )

    def _play(self, number: int, episode: Episode) -> None:
        self._proxy.begin(f"{self._history.seed}/{number}", episode.faults, episode.kills)
        self._commit(episode.wishes, str(episode))
        began = self._ledger.now()
        drifts = list(episode.drifts)
        while (
            observations := self._proxy.observations
        ) < episode.observations and self._ledger.now() - began < EPISODE:
            self._daemon.start()
            if episode.rival:
                self._rival.start()
            if drifts and observations > episode.observations * (1 - len(drifts) / (len(episode.drifts) + 1)):
                self._do(drifts.pop(0), number, len(drifts))
            if not drifts and self._is_over(began):
                break
            time.sleep(0.1)
        self._rival.kill()

    def _commit(self, wishes: Wishes, message: str) -> None:
        self._repository.commit(wishes.files(), message)
        self._commits.append((self._ledger.now(), wishes))

    def _do(self, drift: str, number: int, left: int) -> None:
        dice = Random(f"{self._history.seed}/{number}/{left}")
        cloud = dice.choice(self._clouds)
        try:
            touch = DRIFTS[drift](cloud, cloud.holds(), dice)
        except OSError as refusal:
            self._log(f"manually: {drift} was refused: {refusal}")
            return
        if touch:
            self._touches.append(touch)
            self._log(f"manually, {cloud.entry}: {touch.done}: {', '.join(' '.join(one) for one in touch.resources)}")

    def _settled(self) -> Iterator[Violation]:
        """Waits until all is as in a world without faults, and shows what is not."""
        self._fault_free()
        began = changed = time.monotonic()
        last: Any = None
        while True:
            self._daemon.start()
            found = [cloud.holds() for cloud in self._clouds]
            # A real cloud says of a port that it is up some time after its server is.
            twins = [twin.holds() for twin in self._twins]
            wrong = list(differences(found, twins))
            now = time.monotonic()
            state = [holding.normal() for holding in found]
            if state != last:
                last, changed = state, now
            if not wrong and self._is_quiet(QUIET):
                self._log(f"settled after {now - began:.1f} s")
                yield from self._agreed()
                return
            if now - changed > STUCK or now - began > LONGEST:
                self._log(f"not settled after {now - began:.1f} s")
                yield from wrong or [Violation("converged", "it never comes to rest")]
                return
            time.sleep(0.3)

    def _agreed(self) -> Iterator[Violation]:
        """Whether Magi says of itself that nothing is left to do."""
        clouds = self._clouds_file("plan.yaml", self._entries)
        folder = str(self._repository.folder)
        plan = self._magi.run("plan", folder, "--clouds-file", str(clouds), "--detailed-exitcode", "--owner", "torture")
        if plan.returncode != 0:
            yield Violation(
                "what it says is true", f"magi plan ended with {plan.returncode}: {plan.stdout}{plan.stderr}"
            )

    def _fault_free(self) -> None:
        """Has the last commit on the clouds on which nothing goes wrong. Raises OSError."""
        clouds = self._clouds_file("twins.yaml", [twin.entry for twin in self._twins])
        folder = self._folder / "last"
        Repository(folder).commit(self._commits[-1][1].files(), "the last commit")
        reported = ""
        for _ in range(3):
            applied = self._magi.run("apply", str(folder), "--yes", "--clouds-file", str(clouds), "--owner", "torture")
            reported += applied.stdout + applied.stderr
            if applied.returncode == 0:
                return
        raise OSError(f"the last commit could not be applied where nothing goes wrong:\n{reported}")

    def _is_quiet(self, seconds: float) -> bool:
        entries = self._ledger.entries()
        return not entries or self._ledger.now() - entries[-1].answered > seconds

    def _is_over(self, began: float) -> bool:
        """Whether what was there to do since a moment of the ledger's clock seems to be done."""
        entries = self._ledger.entries()
        last = max(entries[-1].answered if entries else 0.0, self._proxy.last_struck)
        return self._ledger.now() - max(began + IDLE if last < began else last + 1.0, last) > QUIET

    def _foreign(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for own, other in zip(self._clouds, self._others, strict=True):
            found |= foreign(own, other)
        return found

    def _new_daemon(self, actor: str) -> Daemon:
        base = self._proxy.listen(actor)

        def behind(url: str, entry: str) -> str:
            return self._proxy.through(url, base, entry)

        clouds = self._clouds_file(f"{actor}.yaml", self._entries, behind)
        return Daemon(self._magi, self._folder / actor, self._repository.folder, clouds)

    def _clouds_file(
        self, name: str, entries: Sequence[str], change: Callable[[str, str], str] = lambda url, _: url
    ) -> Path:
        """A clouds.yaml with these entries under the names that documents know."""
        found = {}
        for known_as, entry in zip(self._entries, entries, strict=True):
            one = self._known[entry]
            found[known_as] = one | {"auth": one["auth"] | {"auth_url": change(one["auth"]["auth_url"], known_as)}}
        file = self._folder / name
        file.write_text(yaml.safe_dump({"clouds": found}), encoding="utf-8")
        return file

    def _log(self, line: str) -> None:
        self._reported.append(f"{self._ledger.now():6.1f} s  {line}")


def _origin(url: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}"
