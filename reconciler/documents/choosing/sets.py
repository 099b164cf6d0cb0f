"""A NetworkServiceSet becomes its members: a NetworkService for each Vim, or for each row of a list.

Members are documents as if someone had written them, with the places of the template.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from reconciler.documents.choosing.placeholders import (
    Trouble,
    filled,
    scope_of,
    scope_size,
    template_size,
    with_defaults,
)
from reconciler.documents.choosing.selectors import labels_in_words, matching
from reconciler.documents.reading.marks import Document
from reconciler.documents.reading.schema import validate
from reconciler.documents.reading.schema_files import API_VERSION
from reconciler.documents.reading.schema_messages import UNQUOTE
from reconciler.documents.reading.spots import Problems, Spot
from reconciler.documents.words import NetworkService, NetworkServiceSet, Vim, Written, service_of
from reconciler.documents.words.service_set import Rollout as WrittenRollout, Template
from reconciler.model import Problem, Rollout

_WHOLE_LABEL = re.compile(r"\{\{\s*vim\.labels\.([^{}\s]+)\s*\}\}")


class Origin(NamedTuple):
    """What a member is made for, by name, and what its placeholders name: ``word``, and what is below it.

    ``defaults`` are for what is not ``given``, below ``within`` where that is a key. All members share them.
    """

    name: str
    word: str
    given: Mapping[str, object]
    defaults: Mapping[str, object]
    within: str = ""

    def scope(self) -> dict[str, object]:
        """All that placeholders of the member can name. As large as the defaults are, for each member."""
        value = dict(self.given)
        if self.within:
            own = value[self.within]
            assert isinstance(own, Mapping)  # noqa: S101  as `_origins` makes it
            value[self.within] = dict(with_defaults(self.defaults, own))
        else:
            value = dict(with_defaults(self.defaults, value))
        return scope_of(self.word, value)


@dataclass(frozen=True, slots=True)
class Draft:
    """A set before its members are made: what they are made for, and from ``sources`` alone."""

    document: NetworkServiceSet
    sources: tuple[Written, ...]
    origins: tuple[Origin, ...]
    problems: Problems


@dataclass(frozen=True, slots=True)
class Members:
    """What became of a set. ``services``: its sound members in its order, made from ``sources`` alone.

    ``count`` and ``size``: how many members were to be made, and how large all of them are together.
    """

    sources: tuple[Written, ...]
    count: int
    size: int
    services: tuple[NetworkService, ...]
    rollout: Rollout | None
    problems: tuple[Problem, ...]


def sources_of(document: NetworkServiceSet, vims: Mapping[str, Vim]) -> tuple[Written, ...]:
    """All that the members of a set are made from."""
    return (document,) if document.spec.generator.vims is None else (document, *vims.values())


def drafted(document: NetworkServiceSet, vims: Mapping[str, Vim]) -> Draft:
    """What the members of a set are to be made for. That is as large as the set and the Vims are, and no larger."""
    problems = Problems()
    origins = tuple(_origins(problems, document, vims))
    return Draft(document, sources_of(document, vims), origins, problems)


def size_of_members(draft: Draft, enough: int) -> int:
    """How large all members of a set would be together, as `template_size` counts, with the names in their scopes.

    Takes no more memory than one scope. Where the names alone are more than ``enough``, just these are counted.
    """
    # Those of defaults that are given otherwise are counted too, so that nothing has to be merged for it.
    shared = scope_size("vim.values", draft.document.spec.defaults) if draft.document.spec.defaults else 0
    names = sum(shared + scope_size(origin.word, origin.given) for origin in draft.origins)
    if names > enough:
        return names
    size = template_size(draft.document.spec.template.raw)
    return names + sum(size.filled(origin.scope()) for origin in draft.origins)


def members_of(draft: Draft, size: int) -> Members:
    """The members of one set, and what is wrong with it and with them in themselves. ``size``: of all of them."""
    made: dict[str, NetworkService] = {}
    origins: dict[str, str] = {}
    found: list[tuple[str, Problem]] = []
    for origin in draft.origins:
        member = _member(draft.document, origin.scope())
        if not isinstance(member, NetworkService):
            found += [(origin.name, problem) for problem in member]
        elif member.name in made:
            message = f"'{origins[member.name]}' and '{origin.name}' are both named '{member.name}'"
            hint = "let the name have a placeholder that is different for each"
            found.append((origin.name, member.metadata.at("name").problem(message, hint)))
        else:
            made[member.name], origins[member.name] = member, origin.name
    rollout = None
    if draft.document.spec.rollout and not found:
        rollout = _rollout(draft.problems, draft.document.name, draft.document.spec.rollout, list(made))
    problems_of_all = (*draft.problems.found, *without_repeats(found))
    return Members(draft.sources, len(draft.origins), size, tuple(made.values()), rollout, problems_of_all)


def without_repeats(found: Iterable[tuple[str, Problem]]) -> list[Problem]:
    """The problems of members, each with whose it is: what is wrong at one place is reported of one of them alone."""
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


def _member(document: NetworkServiceSet, scope: Mapping[str, object]) -> NetworkService | Sequence[Problem]:
    """One member, or what is wrong with it in itself."""
    troubles: list[Trouble] = []
    template = document.spec.template
    source = template.spot.source.within(template.spot.path)
    body = filled(template.raw, scope, troubles)
    assert isinstance(body, dict)  # noqa: S101  as the template is one
    data: dict[str, Any] = {"apiVersion": API_VERSION, "kind": "NetworkService", **body}
    if troubles:
        return [Spot(source, tuple(path)).problem(message, hint) for path, message, hint in troubles]
    member = Document(source, data, sound=True)
    return _of_labels(template, validate(member)) or service_of(member)


def _of_labels(template: Template, problems: Sequence[Problem]) -> Sequence[Problem]:
    """The problems of a member. Of a label where a number is needed, a label can't become one: it is always text."""
    if all(problem.hint != UNQUOTE for problem in problems):
        return problems
    labels = dict(_whole_labels(template.raw, template.spot))
    return [
        replace(
            problem, hint=f"labels are text: give it in 'values' of the Vim, and write '{{{{ vim.values.{key} }}}}'"
        )
        if problem.hint == UNQUOTE and (key := labels.get((problem.line, problem.column)))
        else problem
        for problem in problems
    ]


def _whole_labels(value: object, spot: Spot) -> Iterator[tuple[tuple[int, int], str]]:
    """Where a template has the placeholder of a label and nothing else, each with the key of the label."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _whole_labels(inner, spot.at(name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _whole_labels(inner, spot.at(index))
    elif isinstance(value, str) and (match := _WHOLE_LABEL.fullmatch(value)):
        place = spot.place()
        yield (place.line, place.column), match[1]


def _origins(problems: Problems, document: NetworkServiceSet, vims: Mapping[str, Vim]) -> Iterable[Origin]:
    generator = document.spec.generator
    if generator.vims is None:
        rows = problems.named("row", generator.list or ())
        return [Origin(name, "row", row.raw, document.spec.defaults) for name, row in rows.items()]
    chosen = matching(generator.vims.selector, vims)
    if not chosen:
        where = generator.vims.at("selector")
        problems.report(where, "the selector matches no Vim", labels_in_words(vims), key=True)
    return [
        Origin(
            name,
            "vim",
            {"name": name, "labels": vim.metadata.labels, "values": vim.spec.values},
            document.spec.defaults,
            within="values",
        )
        for name, vim in chosen.items()
    ]


def _rollout(problems: Problems, set_name: str, given: WrittenRollout, names: list[str]) -> Rollout:
    """The members in waves: the canaries, then the others in the order of the set."""
    if isinstance(given.canary, tuple):
        for index, name in enumerate(given.canary):
            if name not in names:
                problems.report_unknown(given.at("canary", index), "member", name, names)
        canaries = [name for name in given.canary if name in names]
    else:
        canaries = names[: given.canary]
    rest = [name for name in names if name not in set(canaries)]
    size = given.wave_size or len(rest) or 1
    waves = [canaries, *(rest[start : start + size] for start in range(0, len(rest), size))]
    return Rollout(set_name, tuple(tuple(wave) for wave in waves if wave), given.wave_size)
