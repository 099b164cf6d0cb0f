"""What has to be true after a history, judged from the ledger and from what the clouds hold."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from torture.clouds import Holding
from torture.drift import Touch
from torture.ledger import KINDS, Entry, removals
from torture.wishes import Wishes, allowed_removals

Resource = tuple[str, str, str]
"""The cloud, the kind and the name in the mark."""


@dataclass(frozen=True, slots=True)
class Violation:
    """``rule``: which of the promises is broken, in a word or two. ``what``: how that shows."""

    rule: str
    what: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.what}"


def differences(found: Sequence[Holding], desired: Sequence[Holding]) -> Iterator[Violation]:
    """Of each cloud from its twin, on which the same was asked for and nothing went wrong."""
    for own, theirs in zip(found, desired, strict=True):
        have, want = own.normal(), theirs.normal()
        for kind, key in sorted(have.keys() | want.keys()):
            there, due = have.get((kind, key), []), want.get((kind, key), [])
            name = f"{kind} {key} on {own.entry}"
            if len(there) > max(1, len(due)):
                yield Violation("nothing doubled", f"{len(there)} of {name}")
            elif there and not due:
                yield Violation("no orphan", name)
            elif due and not there:
                yield Violation("converged", f"{name} is missing")
            elif there != due:
                yield Violation("as in a world without faults", f"{name}: {_first_difference(there[0], due[0])}")


def _first_difference(there: Mapping[str, object], due: Mapping[str, object]) -> str:
    fields = sorted(name for name in there.keys() | due.keys() if there.get(name) != due.get(name))
    name = fields[0]
    return f"{name} is {there.get(name)!r} and should be {due.get(name)!r}"


def foreign_touched(before: Mapping[str, object], after: Mapping[str, object]) -> Iterator[Violation]:
    for id, item in before.items():  # noqa: A001
        if _in_one_order(after.get(id)) != _in_one_order(item):
            yield Violation("nothing foreign touched", f"{item} became {after.get(id)}")


def _in_one_order(value: object) -> object:
    """The same, with its lists sorted: Neutron gives rules and addresses in any order."""
    if isinstance(value, Mapping):
        return {name: _in_one_order(one) for name, one in value.items()}
    if isinstance(value, list):
        return sorted(map(_in_one_order, value), key=lambda one: json.dumps(one, sort_keys=True))
    return value


def lost(
    entries: Iterable[Entry], commits: Sequence[tuple[float, Wishes]], touches: Sequence[Touch]
) -> Iterator[Violation]:
    """What was taken away more often than the commits, what was done manually and what was made twice account for.

    ``commits``: when each was pushed. Whether a removal was right at its moment is not judged: pushes, observations and
    requests cross each other.
    """
    entries = list(entries)
    allowed = [allowed_removals(before, after) for (_, before), (_, after) in pairwise(commits)]
    touched = Counter((touch.cloud, kind, key) for touch in touches for kind, key in touch.resources)
    doubled = _made_beside_another(entries)
    counted = Counter((cloud, kind, key) for cloud, kind, key, _ in _distinct(removals(entries)))
    for (cloud, kind, key), count in sorted(counted.items()):
        commits_allow = sum(may_go(kind, key) for may_go in allowed)
        may = commits_allow + doubled[cloud, kind, key] + sum(touched[one] for one in _with(cloud, kind, key))
        if count > may:
            what = f"{kind} {key} on {cloud} was removed {count} times, and {may or 'none'} of it accounted for"
            yield Violation("nothing lost", what)


def _distinct(entries: Iterable[Entry]) -> Iterator[tuple[str, str, str, str]]:
    """What was taken away, once however often it was asked for: a delete that goes on is asked for again.

    A port or a volume may leave its server several times.
    """
    seen = set()
    for number, entry in enumerate(entries):
        again = str(number) if entry.kind in {"plug", "attachment", "router-interface"} else entry.id
        seen.add((entry.cloud, entry.kind, entry.key, again))
    yield from sorted(seen)


def _with(cloud: str, kind: str, key: str) -> Iterator[Resource]:
    """Itself, and what it may go with when that was touched manually."""
    yield cloud, kind, key
    whole = key.rpartition("/")[0]
    match kind:
        case "port":
            yield cloud, "plug", key
        case "plug":
            yield cloud, "port", key
            yield cloud, "server", whole
        case "attachment":
            yield cloud, "server", whole


_DONE = re.compile(r'step ended .*\bvim=(\S+) .*\baction=create key="(\S+) ([^"]+)" result=done')


def claimed(entries: Iterable[Entry], actor: str, log: Iterable[str]) -> Iterator[Violation]:
    """What the log of a daemon calls made, although no cloud made it.

    Rules are distinguished by what they say and not by a name, so they are counted together.
    """
    made = Counter(
        (entry.cloud.removesuffix("-admin"), entry.kind, entry.key)
        for entry in entries
        if entry.actor == actor and entry.method == "POST" and entry.succeeded and entry.id
    )
    said: Counter[Resource] = Counter()
    for found in filter(None, map(_DONE.search, log)):
        vim, kind, key = found.groups()
        if kind in KINDS.values():
            said[vim, kind, "" if kind == "security-group-rule" else key] += 1
    for (vim, kind, key), count in sorted(said.items()):
        if count > made[vim, kind, key]:
            what = f"{kind} {key} on {vim} was called made {count} times, and the cloud made {made[vim, kind, key]}"
            yield Violation("no refusal is a success", what)


def _made_beside_another(entries: Iterable[Entry]) -> Counter[Resource]:
    """How many more than one at a time were made of each."""
    existing: defaultdict[Resource, set[str]] = defaultdict(set)
    found: Counter[Resource] = Counter()
    for entry in sorted(entries, key=lambda one: one.answered):
        if not entry.succeeded or not entry.key:
            continue
        of = (entry.cloud, entry.kind, entry.key)
        if entry.method == "POST" and entry.id and entry.kind:
            if existing[of]:
                found[of] += 1
            existing[of].add(entry.id)
        elif entry.method == "DELETE":
            existing[of].discard(entry.id)
    return found
