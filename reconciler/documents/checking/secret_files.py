"""The secrets that services name: which they may, and that age files are in the repository, and encrypted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from posixpath import dirname, join, normpath
from typing import NamedTuple

from reconciler.documents.reading.files import Files, why_left_out
from reconciler.documents.reading.spots import MAX_PROBLEMS, Problems, Spot
from reconciler.documents.words import NetworkService
from reconciler.documents.words.vnfs import SecretRef as WrittenRef, SecretUse
from reconciler.model import LFS_HINT, Problem, SecretRef, SecretRule, is_lfs_pointer
from reconciler.text.patterns import matches, matches_path
from reconciler.text.suggestion import did_you_mean

MAX_ENCRYPTED = 131_072
"""Bytes of an age file."""

_BEGINNINGS = (b"age-encryption.org/v1\n", b"-----BEGIN AGE ENCRYPTED FILE-----")


class Use(NamedTuple):
    """One place of a service that names a secret. ``spot`` is that of the name."""

    ref: SecretRef
    spot: Spot


def reference(written: WrittenRef) -> SecretRef:
    """The secret behind a ``secretRef``."""
    if written.age is not None:
        return SecretRef("age", normpath(join(dirname(written.spot.file), written.age)))
    return SecretRef("file", written.file) if written.file is not None else SecretRef("env", written.env or "")


def secrets_of(service: NetworkService) -> Iterator[Use]:
    """The secrets that a NetworkService names, in order."""
    for given in (service.spec.parameters, *(vnf.parameters for vnf in service.spec.vnfs)):
        for value in given.values() if given else ():
            if isinstance(value, SecretUse):
                ref = reference(value.secret_ref)
                yield Use(ref, value.secret_ref.at(ref.source))


def check_secret_rules(rules: Sequence[SecretRule], services: Iterable[NetworkService]) -> Iterator[Problem]:
    """The secrets that services name, and that no rule of the operator's lets them."""
    for service in services:
        allowed = [may for rule in rules if _is_about(rule, service) for may in rule.may]
        for ref, spot in secrets_of(service):
            # '..' must not lead out of what a pattern is about.
            known = f"{ref.source}:{ref.name if ref.source == 'env' else normpath(ref.name)}"
            if not matches(known, allowed):
                message = f"secret '{ref.source}:{ref.name}' may not be named here"
                hint = f"the operator lets this service name: {', '.join(allowed) or 'none'}"
                yield spot.problem(message, hint)


def _is_about(rule: SecretRule, service: NetworkService) -> bool:
    named = not rule.services or matches(service.name, rule.services)
    return named and (not rule.folders or matches_path(service.spot.file, rule.folders))


def read_secret_files(
    services: Iterable[NetworkService], commit: Files, known: Mapping[str, bytes], problems: Problems
) -> dict[str, bytes]:
    """The contents of the age files by path. ``known``: contents by content id, which are not read again."""
    named: dict[str, Spot] = {}
    for service in services:
        for ref, spot in secrets_of(service):
            if ref.source == "age":
                named.setdefault(ref.name, spot)
    wrong = [spot.problem(*why) for name, spot in named.items() if (why := _unusable(name, commit)) is not None]
    problems.add(*wrong[:MAX_PROBLEMS])
    usable = [name for name in named if _unusable(name, commit) is None]
    new = [name for name in usable if commit.files[name].blob not in known]
    fresh = commit.read(new) if new else {}
    contents = {name: fresh[name] if name in fresh else known[commit.files[name].blob] for name in usable}
    for name, content in contents.items():
        if is_lfs_pointer(content):
            problems.report(named[name], f"'{name}' is a pointer of Git LFS, not the file", LFS_HINT)
        elif not content.startswith(_BEGINNINGS):
            message, hint = f"'{name}' is not encrypted with age", "encrypt it, and renew the secret: Git has seen it"
            problems.report(named[name], message, hint)
    return contents


def _unusable(name: str, commit: Files) -> tuple[str, str] | None:
    """Why a path can't be an age file, and what would do; None if it can."""
    if name not in commit.files:
        if reason := why_left_out(name, commit):
            return f"age file '{name}' is not among the files of the documents", reason
        near = did_you_mean(name, (other for other in commit.files if other.endswith(".age")))
        return f"age file '{name}' is not in the repository", near or "the path is relative to this file"
    size = commit.files[name].size
    if size > MAX_ENCRYPTED:
        return f"age file '{name}' has {size:,} bytes; at most {MAX_ENCRYPTED:,} are allowed", "a secret is short"
    return None
