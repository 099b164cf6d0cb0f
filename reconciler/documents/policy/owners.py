"""Whether each document is where its like may be defined, as the owners of the repository's folders have it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reconciler.documents.words import Written
from reconciler.judging.owners import OwnerRule, Owners, format_globs
from reconciler.model import Problem, ServiceInfo
from reconciler.text.patterns import matches


def check_owners(owners: Owners, documents: Iterable[Written], services: Iterable[ServiceInfo]) -> Iterator[Problem]:
    """What a document defines, or where its services are deployed, without being allowed to where it is."""
    infos = {info.name: info for info in services}
    for document in documents:
        rules = owners.of(document.spot.file)
        at = document.metadata.at("name")
        if not rules:
            yield at.problem(f"no one may define documents in {at.file}", "no owner has this path")
        elif wrong := _wrong(document.kind, document.name, rules):
            yield at.problem(*wrong)
        elif document.kind == "NetworkService" and document.name in infos:
            for message, hint in _misplaced(infos[document.name], rules):
                yield at.problem(message, hint)


def _wrong(kind: str, name: str, rules: tuple[OwnerRule, ...]) -> tuple[str, str] | None:
    """Why a document may not be there, and what may; None where it may."""
    if kind == "Policy" and not any(rule.policy for rule in rules):
        return "a Policy may not be defined here", "let its owners define it where they may"
    field = {"NetworkService": "services", "Vim": "vims"}.get(kind)
    if field is None:
        return None
    allowed = [glob for rule in rules for glob in getattr(rule, field)]
    if matches(name, allowed):
        return None
    return f"{kind} '{name}' may not be defined here", f"the owners of this path may define: {format_globs(allowed)}"


def _misplaced(info: ServiceInfo, rules: tuple[OwnerRule, ...]) -> Iterator[tuple[str, str]]:
    allowed = [glob for rule in rules if matches(info.name, rule.services) for glob in rule.on_vims]
    for vim in info.targets:
        if not matches(vim, allowed):
            message = f"NetworkService '{info.name}' may not be deployed on VIM '{vim}'"
            yield message, f"the owners of this path may use: {format_globs(allowed)}"
