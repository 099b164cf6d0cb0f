"""The documents of a commit as a whole: by name, sets as their members, templates as the services that name them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from reconciler.documents.bounds import too_large_members, too_large_template, too_large_values, too_many_members
from reconciler.documents.choosing.service_templates import Made, made_of, size_of_made
from reconciler.documents.choosing.sets import (
    Draft,
    Members,
    drafted,
    members_of,
    size_of_members,
    sources_of,
    without_repeats,
)
from reconciler.documents.choosing.shared_parameters import values_size
from reconciler.documents.collect import Documents
from reconciler.documents.expanded_services import same_sources
from reconciler.documents.reading.spots import Problems
from reconciler.documents.words import NetworkService, NetworkServiceTemplate, Written
from reconciler.model import DocumentsError, InputLimits, Problem, Rollout


class Composition:
    """Writes out sets and templates, commit after commit. What is made from the same documents is the same."""

    def __init__(self, limits: InputLimits) -> None:
        self._limits = limits
        self._sets: dict[str, Members] = {}
        self._made: dict[str, Made] = {}

    def rollouts(self) -> tuple[Rollout, ...]:
        return tuple(members.rollout for members in self._sets.values() if members.rollout)

    def together(self, problems: Mapping[str, Sequence[Problem]]) -> list[Problem]:
        """The problems of services by name; what those of a template, or the members of a set, share is there once."""
        left = dict(problems)
        found: list[Problem] = []
        for names in self._alike():
            found += without_repeats((name, problem) for name in names for problem in left.pop(name, ()))
        return found + [problem for of_service in left.values() for problem in of_service]

    def _alike(self) -> Iterator[list[str]]:
        by_template: defaultdict[str, list[str]] = defaultdict(list)
        for name, made in self._made.items():
            by_template[made.sources[1].name].append(name)
        yield from by_template.values()
        for members in self._sets.values():
            yield [member.name for member in members.services]

    def documents(
        self, written: Iterable[Written], refused: frozenset[tuple[str, str]], size: int, problems: Problems
    ) -> Documents:
        """The documents by name, with the members of sets. ``size``: that of the files that they are from."""
        documents = Documents()
        for document in written:
            documents.add(document, problems)
        self._add_members(documents, refused, size, problems)
        self._fill_templates(documents, refused, size, problems)
        self._require_values(documents.services.values(), size)
        return documents

    def _add_members(
        self, documents: Documents, refused: frozenset[tuple[str, str]], size: int, problems: Problems
    ) -> None:
        """Puts the members of sets among the services. Those of a set that is unchanged are the same documents.

        ``size``: that of the commit. Raises DocumentsError, before any member is made, when they would be too many or
        too large.
        """
        vims = documents.vims
        known: dict[str, Members] = {}
        drafts: dict[str, tuple[Draft, int]] = {}
        count = 0
        for name, document in documents.sets.items():
            before = self._sets.get(name)
            if before and same_sources(before.sources, sources_of(document, vims)):
                known[name] = before
                own, own_size = before.count, before.size
            else:
                draft = drafted(document, vims)
                own = len(draft.origins)
                own_size = size_of_members(draft, self._limits.bytes) if count + own <= self._limits.documents else 0
                drafts[name] = draft, own_size
            count, size = count + own, size + own_size
            if count > self._limits.documents:
                raise DocumentsError([too_many_members(document, own, count, self._limits.documents)])
            if size > self._limits.bytes:
                raise DocumentsError([too_large_members(document, own_size, size, self._limits.bytes)])
        sets: dict[str, Members] = {}
        for name, document in documents.sets.items():
            members = sets[name] = known[name] if name in known else members_of(*drafts[name])
            # Which Vims there are can't be judged while one of them is wrong.
            if document.spec.generator.vims is None or all(kind != "Vim" for kind, _ in refused):
                problems.add(*members.problems)
            for member in members.services:
                documents.add(member, problems)
        self._sets = sets

    def _fill_templates(
        self, documents: Documents, refused: frozenset[tuple[str, str]], size: int, problems: Problems
    ) -> None:
        """Puts in place of each service that names a template what it becomes with that.

        Raises DocumentsError, before one is made, when all of it would be too large.
        """
        size += sum(members.size for members in self._sets.values())
        made: dict[str, Made] = {}
        new: dict[str, tuple[NetworkService, NetworkServiceTemplate, int]] = {}
        for name, service in documents.services.items():
            if service.spec.template is None:
                continue
            template = documents.templates.get(service.spec.template)
            if template is None:
                documents.unmade.add(("NetworkService", name))
                if ("NetworkServiceTemplate", service.spec.template) not in refused:
                    spot = service.spec.at("template")
                    problems.report_unknown(spot, "template", service.spec.template, documents.templates)
                continue
            known = self._made.get(name)
            if known and same_sources(known.sources, (service, template)):
                made[name], own = known, known.size
            else:
                own = size_of_made(service, template)
                new[name] = service, template, own
            size += own
            if size > self._limits.bytes:
                raise DocumentsError([too_large_template(service, own, size, self._limits.bytes)])
        made |= {name: made_of(*parts) for name, parts in new.items()}
        problems.add(*without_repeats((name, problem) for name, one in made.items() for problem in one.problems))
        for name, one in made.items():
            if one.service is None:
                documents.unmade.add(("NetworkService", name))
            else:
                documents.services[name] = one.service
        for _, name in documents.unmade:
            del documents.services[name]
        self._made = made

    def _require_values(self, services: Iterable[NetworkService], size: int) -> None:
        """Raises DocumentsError, before one is made, when the values of VNFs would be too large.

        ``size``: that of the YAML files and of all that sets are filled to.
        """
        size += sum(members.size for members in self._sets.values()) + sum(made.size for made in self._made.values())
        for document in services:
            own = values_size(document.spec)
            size += own
            if size > self._limits.bytes:
                raise DocumentsError([too_large_values(document, own, size, self._limits.bytes)])
