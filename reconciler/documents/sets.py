"""A NetworkServiceSet becomes its members: a NetworkService for each Vim, or for each row of a list.

Members are documents as if somebody had written them, with the places of the template.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from reconciler.documents.placeholders import Trouble, filled, scope_of
from reconciler.documents.schema import validate
from reconciler.documents.schema_files import API_VERSION
from reconciler.documents.selectors import labels_in_words, labels_of, matching
from reconciler.documents.subject import Subject
from reconciler.documents.yaml_marks import Document
from reconciler.model import Problem, Rollout


@dataclass(frozen=True, slots=True)
class Members:
    """What became of a set. ``services``: its sound members in its order, made from ``sources`` alone."""

    sources: tuple[Document, ...]
    services: tuple[Document, ...]
    rollout: Rollout | None
    problems: tuple[Problem, ...]


def sources_of(document: Document, vims: Mapping[str, Document]) -> tuple[Document, ...]:
    """All that the members of a set are made from."""
    return (document, *vims.values()) if "vims" in document.data["spec"]["generator"] else (document,)


def members_of(document: Document, vims: Mapping[str, Document]) -> Members:
    """The members of one set, and what is wrong with it and with them in themselves."""
    subject = Subject(document)
    made: dict[str, Document] = {}
    origins: dict[str, str] = {}
    found: list[tuple[str, Problem]] = []
    for origin, scope in _scopes(subject, vims):
        member, problems = _member(document, scope)
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
    return Members(sources_of(document, vims), tuple(made.values()), rollout, problems_of_all)


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


def _scopes(subject: Subject, vims: Mapping[str, Document]) -> Iterable[tuple[str, Mapping[str, Any]]]:
    """For each member what it is made for, by name, and what its placeholders stand for."""
    generator = subject.spec["generator"]
    if "list" in generator:
        rows = subject.named("row", "generator", "list")
        return [(name, scope_of("row", row)) for name, (_, row) in rows.items()]
    chosen = matching(generator["vims"].get("selector", {}), vims)
    if not chosen:
        path = ("generator", "vims", "selector")
        subject.report(path, "the selector matches no Vim", labels_in_words(vims), key=True)
    return [(name, scope_of("vim", {"name": name, "labels": dict(labels_of(vim))})) for name, vim in chosen.items()]


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
    size = given.get("waveSize", len(rest)) or 1
    waves = [canaries, *(rest[start : start + size] for start in range(0, len(rest), size))]
    return Rollout(subject.name, tuple(tuple(wave) for wave in waves if wave))
