"""A NetworkServiceSet becomes its members: a NetworkService for each Vim, or for each row of a list.

Members are documents as if somebody had written them, with the places of the template.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from reconciler.documents.choosing.placeholders import Trouble, filled, scope_of, scope_size, template_size
from reconciler.documents.choosing.selectors import labels_in_words, labels_of, matching
from reconciler.documents.reading.marks import Document
from reconciler.documents.reading.schema import validate
from reconciler.documents.reading.schema_files import API_VERSION
from reconciler.documents.subject import Subject
from reconciler.model import Problem, Rollout


class Origin(NamedTuple):
    """What a member is made for, by name, and what its placeholders stand for: ``word``, and what is below it."""

    name: str
    word: str
    value: Any


@dataclass(frozen=True, slots=True)
class Draft:
    """A set before its members are made: what they are made for, and from ``sources`` alone."""

    subject: Subject
    sources: tuple[Document, ...]
    origins: tuple[Origin, ...]


@dataclass(frozen=True, slots=True)
class Members:
    """What became of a set. ``services``: its sound members in its order, made from ``sources`` alone.

    ``count`` and ``size``: how many members were to be made, and how large all of them are together.
    """

    sources: tuple[Document, ...]
    count: int
    size: int
    services: tuple[Document, ...]
    rollout: Rollout | None
    problems: tuple[Problem, ...]


def sources_of(document: Document, vims: Mapping[str, Document]) -> tuple[Document, ...]:
    """All that the members of a set are made from."""
    return (document, *vims.values()) if "vims" in document.data["spec"]["generator"] else (document,)


def drafted(document: Document, vims: Mapping[str, Document]) -> Draft:
    """What the members of a set are to be made for. That is as large as the set and the Vims are, and no larger."""
    subject = Subject(document)
    return Draft(subject, sources_of(document, vims), tuple(_origins(subject, vims)))


def size_of_members(draft: Draft, enough: int) -> int:
    """How large all members of a set would be together, as `template_size` counts, with the names in their scopes.

    Takes no more memory than one scope. Where the names alone are more than ``enough``, just these are counted.
    """
    names = sum(scope_size(origin.word, origin.value) for origin in draft.origins)
    if names > enough:
        return names
    size = template_size(draft.subject.spec["template"])
    return names + sum(size.filled(scope_of(origin.word, origin.value)) for origin in draft.origins)


def members_of(draft: Draft, size: int) -> Members:
    """The members of one set, and what is wrong with it and with them in themselves. ``size``: of all of them."""
    subject, document = draft.subject, draft.subject.document
    made: dict[str, Document] = {}
    origins: dict[str, str] = {}
    found: list[tuple[str, Problem]] = []
    for origin, word, value in draft.origins:
        member, problems = _member(document, scope_of(word, value))
        name = member.data["metadata"]["name"]
        if not problems and name in made:
            message = f"'{origins[name]}' and '{origin}' are both named '{name}'"
            hint = "let the name have a placeholder that is different for each"
            problems = [Problem(member.file, *member.place(("metadata", "name")), message, hint)]
        found += [(origin, problem) for problem in problems]
        if not problems:
            made[name], origins[name] = member, origin
    rollout = None
    if "rollout" in subject.spec and not found:
        rollout = _rollout(subject, list(made))
    problems_of_all = (*subject.problems, *told_once(found))
    return Members(draft.sources, len(draft.origins), size, tuple(made.values()), rollout, problems_of_all)


def told_once(found: Iterable[tuple[str, Problem]]) -> list[Problem]:
    """The problems of members, each with whose it is: what is wrong at one place is told of one of them alone."""
    first: dict[tuple[str, int, int], str] = {}
    others: dict[tuple[str, int, int], set[str]] = {}
    kept: list[tuple[tuple[str, int, int], Problem]] = []
    for name, problem in found:
        place = (problem.file, problem.line, problem.column)
        if first.setdefault(place, name) == name:
            kept.append((place, problem))
        else:
            others.setdefault(place, set()).add(name)
    return [
        replace(problem, message=f"{problem.message}, for '{first[place]}'{_and_more(len(others.get(place, ())))}")
        for place, problem in kept
    ]


def _and_more(count: int) -> str:
    return f" and {count} more" if count else ""


def _member(document: Document, scope: Mapping[str, Any]) -> tuple[Document, list[Problem]]:
    """One member, and what is wrong with it in itself."""
    troubles: list[Trouble] = []
    template = document.data["spec"]["template"]
    data = {"apiVersion": API_VERSION, "kind": "NetworkService", **filled(template, scope, troubles)}
    marks = document.entry(("spec", "template"))
    member = Document(document.file, document.index, data, sound=True, marks=marks)
    problems = [Problem(member.file, *member.place(path), message, hint) for path, message, hint in troubles]
    return member, problems or validate(member)


def _origins(subject: Subject, vims: Mapping[str, Document]) -> Iterable[Origin]:
    generator = subject.spec["generator"]
    if "list" in generator:
        rows = subject.named("row", "generator", "list")
        return [Origin(name, "row", row) for name, (_, row) in rows.items()]
    chosen = matching(generator["vims"].get("selector", {}), vims)
    if not chosen:
        path = ("generator", "vims", "selector")
        subject.report(path, "the selector matches no Vim", labels_in_words(vims), key=True)
    return [Origin(name, "vim", {"name": name, "labels": labels_of(vim)}) for name, vim in chosen.items()]


def _rollout(subject: Subject, names: list[str]) -> Rollout:
    """The members in waves: the canaries, then the others in the order of the set."""
    given = subject.spec["rollout"]
    canary = given.get("canary", 1)
    if isinstance(canary, list):
        for index, name in enumerate(canary):
            if name not in names:
                subject.report_unknown(("rollout", "canary", index), "member", name, names)
        canaries = [name for name in canary if name in names]
    else:
        canaries = names[:canary]
    rest = [name for name in names if name not in set(canaries)]
    wave_size = given.get("waveSize")
    size = wave_size or len(rest) or 1
    waves = [canaries, *(rest[start : start + size] for start in range(0, len(rest), size))]
    return Rollout(subject.name, tuple(tuple(wave) for wave in waves if wave), wave_size)
