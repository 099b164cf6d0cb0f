"""What is otherwise from one answer of a daemon to the next: lines for people, JSON lines for machines. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, TypeVar

_VOLATILE = frozenset({"fetchedAt", "observedAt", "pass", "seconds", "plan"})
"""Different at each observation, or shown by the rest."""


class Thing(NamedTuple):
    """What may change: a daemon, repository, vim or service. ``vim`` is "" where it is on none."""

    type: str
    repository: str
    name: str
    vim: str = ""


T = TypeVar("T")


def things_of(found: Mapping[str, Any]) -> dict[Thing, Mapping[str, Any]]:
    """All that an answer reports, without what is otherwise each time."""
    things = {Thing("repository", one["name"], one["name"]): one for one in found["repositories"]}
    things |= {Thing("vim", one["repository"], one["name"]): one for one in found["vims"]}
    things |= {Thing("service", one["repository"], one["name"], one["vim"]): one for one in found["services"]}
    return {thing: {name: one[name] for name in one if name not in _VOLATILE} for thing, one in things.items()}


def changes(before: Mapping[Thing, T], now: Mapping[Thing, T]) -> Iterator[tuple[Thing, T | None]]:
    """What came or changed, with what it is now, and what went, with None."""
    for thing, one in now.items():
        if before.get(thing) != one:
            yield thing, one
    for thing in before:
        if thing not in now:
            yield thing, None


def name_of(thing: Thing, *, several: bool = False) -> str:
    """``several``: the repository has to be named, because there are more than one."""
    about = f" in {thing.repository}" if several and thing.type != "repository" else ""
    where = f" on {thing.vim}" if thing.vim else ""
    return f"{thing.type} {thing.name}{where}{about}"


def words(thing_type: str, now: Mapping[str, Any]) -> str:
    """What a thing is now, in a line."""
    if thing_type == "service":
        text = f"{now['sync']}, {now['health']}, {now['ready']}/{now['desired']} ready"
        return f"{text}: {now['message']}" if now["message"] else text
    if thing_type == "vim":
        left = f", {now['stepsLeft']} steps left" if now["stepsLeft"] else ""
        return f"up, {now['resources']} resources{left}" if now["up"] else f"unknown: {now['error']}"
    parts = [f"at {now['commit'][:10] or 'no commit yet'}" + (f" “{now['subject']}”" if now["subject"] else "")]
    if now["refused"]:
        parts.append(f"commit {now['refused'][:10]} is refused: {'; '.join(now['problems'][:1])}")
    parts += [now[name] for name in ("error", "distrust") if now[name]]
    return "; ".join(parts)
