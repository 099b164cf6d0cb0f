"""Whether each document stands where its like may be defined, as the owners of the repository's folders have it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from reconciler.documents.reading.marks import Document
from reconciler.model import Problem, ServiceInfo
from reconciler.owners import OwnerRule, Owners, told
from reconciler.patterns import matches


def check_owners(
    owners: Owners, by_kind: Mapping[str, Mapping[str, Document]], services: Iterable[ServiceInfo]
) -> Iterator[Problem]:
    """What a document defines, or where its services stand, without being allowed to where it is."""
    infos = {info.name: info for info in services}
    for kind, documents in by_kind.items():
        for document in documents.values():
            rules = owners.of(document.file)
            name = document.data["metadata"]["name"]
            if not rules:
                yield _problem(document, f"nobody may define documents in {document.file}", "no owner has this path")
            elif wrong := _wrong(kind, name, rules):
                yield _problem(document, *wrong)
            elif kind == "NetworkService" and name in infos:
                yield from _misplaced(document, infos[name], rules)


def _wrong(kind: str, name: str, rules: tuple[OwnerRule, ...]) -> tuple[str, str] | None:
    """Why a document may not stand there, and what may; None where it may."""
    if kind == "Policy" and not any(rule.policy for rule in rules):
        return "a Policy may not be defined here", "let its owners define it where they may"
    field = {"NetworkService": "services", "Vim": "vims"}.get(kind)
    if field is None:
        return None
    allowed = [glob for rule in rules for glob in getattr(rule, field)]
    if matches(name, allowed):
        return None
    return f"{kind} '{name}' may not be defined here", f"the owners of this path may define: {told(allowed)}"


def _misplaced(document: Document, info: ServiceInfo, rules: tuple[OwnerRule, ...]) -> Iterator[Problem]:
    allowed = [glob for rule in rules if matches(info.name, rule.services) for glob in rule.on_vims]
    for vim in info.targets:
        if not matches(vim, allowed):
            message = f"NetworkService '{info.name}' may not stand on VIM '{vim}'"
            yield _problem(document, message, f"the owners of this path may use: {told(allowed)}")


def _problem(document: Document, message: str, hint: str) -> Problem:
    return Problem(document.file, *document.place(("metadata", "name")), message, hint)
