"""Whether each document is where its like may be defined, as the owners of the repository's folders have it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reconciler.documents.reading.spots import Spot
from reconciler.documents.words import Written
from reconciler.judging.owners import OwnerRule, Owners, format_globs
from reconciler.model import Problem, ServiceInfo
from reconciler.text.patterns import matches

_NAMED = {"NetworkService": "services", "Vim": "vims"}
"""Kinds whose documents the rules name, with the field that does."""


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


def check_patches(owners: Owners, touched: Iterable[tuple[Spot, Written]]) -> Iterator[Problem]:
    """Documents that an Overlay patches or removes without being allowed to define such ones where it is.

    Of what has no name in the rules, such as a set, only who owns it may do so, or who may define every service.
    """
    for spot, document in touched:
        rules = owners.of(spot.file)
        if wrong := _wrong(document.kind, document.name, rules):
            yield spot.problem(*wrong)
        elif document.kind not in {*_NAMED, "Policy"} and not _is_theirs(rules, owners.of(document.spot.source.file)):
            message = f"{document.kind} '{document.name}' belongs to other owners, and may not be changed here"
            yield spot.problem(message, f"it is in {document.spot.source.file}")


def _is_theirs(rules: tuple[OwnerRule, ...], of_document: tuple[OwnerRule, ...]) -> bool:
    return any(rule in of_document for rule in rules) or any("*" in rule.services for rule in rules)


def _wrong(kind: str, name: str, rules: tuple[OwnerRule, ...]) -> tuple[str, str] | None:
    """Why a document may not be there, and what may; None where it may."""
    if kind == "Policy" and not any(rule.policy for rule in rules):
        return "a Policy may not be defined here", "let its owners define it where they may"
    field = _NAMED.get(kind)
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
