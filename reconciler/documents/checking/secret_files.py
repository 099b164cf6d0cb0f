"""The secrets that services name: which they may, and that age files are in the repository, and encrypted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from posixpath import dirname, join, normpath
from typing import Any, NamedTuple

from reconciler.documents.collect import Files, why_left_out
from reconciler.documents.reading.marks import Document, Path
from reconciler.documents.subject import MAX_PROBLEMS
from reconciler.model import LFS_HINT, Problem, SecretRef, SecretRule, is_lfs_pointer
from reconciler.patterns import matches, matches_path
from reconciler.suggestion import did_you_mean

MAX_ENCRYPTED = 131_072
"""Bytes of an age file."""

_BEGINNINGS = (b"age-encryption.org/v1\n", b"-----BEGIN AGE ENCRYPTED FILE-----")


class Use(NamedTuple):
    """One place of a service that names a secret. ``path`` is that of the value within the document."""

    ref: SecretRef
    path: Path


def reference(file: str, written: Mapping[str, str]) -> SecretRef:
    """The secret behind a ``secretRef`` that stands in a file."""
    ((source, name),) = written.items()
    return SecretRef(source, normpath(join(dirname(file), name)) if source == "age" else name)


def secrets_of(service: Document) -> Iterator[Use]:
    """The secrets that a NetworkService names, in order."""
    spec = service.data["spec"]
    places: list[tuple[Any, Path]] = [(spec, ("spec",))]
    places += [(vnf, ("spec", "vnfs", index)) for index, vnf in enumerate(spec.get("vnfs", ()))]
    for part, path in places:
        for name, value in part.get("parameters", {}).items():
            if isinstance(value, dict):
                ref = reference(service.file, value["secretRef"])
                yield Use(ref, (*path, "parameters", name, "secretRef", ref.source))


def check_secret_rules(rules: Sequence[SecretRule], services: Iterable[Document]) -> Iterator[Problem]:
    """The secrets that services name, and that no rule of the operator's lets them."""
    for service in services:
        name = service.data["metadata"]["name"]
        allowed = [may for rule in rules if _is_about(rule, name, service.file) for may in rule.may]
        for ref, path in secrets_of(service):
            # '..' must not lead out of what a pattern is about.
            known = f"{ref.source}:{ref.name if ref.source == 'env' else normpath(ref.name)}"
            if not matches(known, allowed):
                message = f"secret '{ref.source}:{ref.name}' may not be named here"
                hint = f"the operator lets this service name: {', '.join(allowed) or 'none'}"
                yield _problem(service, path, message, hint)


def _is_about(rule: SecretRule, service: str, file: str) -> bool:
    named = not rule.services or matches(service, rule.services)
    return named and (not rule.folders or matches_path(file, rule.folders))


def read_secret_files(
    services: Iterable[Document], commit: Files, known: Mapping[str, bytes], problems: list[Problem]
) -> dict[str, bytes]:
    """The contents of the age files by path. ``known``: contents by content id, which are not read again."""
    named: dict[str, tuple[Document, Path]] = {}
    for service in services:
        for ref, path in secrets_of(service):
            if ref.source == "age":
                named.setdefault(ref.name, (service, path))
    wrong = [_problem(*at, *why) for name, at in named.items() if (why := _unusable(name, commit)) is not None]
    problems += wrong[:MAX_PROBLEMS]
    usable = [name for name in named if _unusable(name, commit) is None]
    new = [name for name in usable if commit.files[name].blob not in known]
    fresh = commit.read(new) if new else {}
    contents = {name: fresh[name] if name in fresh else known[commit.files[name].blob] for name in usable}
    for name, content in contents.items():
        if is_lfs_pointer(content):
            problems.append(_problem(*named[name], f"'{name}' is a pointer of Git LFS, not the file", LFS_HINT))
        elif not content.startswith(_BEGINNINGS):
            message, hint = f"'{name}' is not encrypted with age", "encrypt it, and renew the secret: Git has seen it"
            problems.append(_problem(*named[name], message, hint))
    return contents


def _problem(document: Document, path: Path, message: str, hint: str) -> Problem:
    return Problem(document.file, *document.place(path), message, hint)


def _unusable(name: str, commit: Files) -> tuple[str, str] | None:
    """Why a path can't be an age file, and what would do; None if it can."""
    if name not in commit.files:
        if reason := why_left_out(name, commit):
            return f"age file '{name}' is not among the files of the documents", reason
        near: Any = did_you_mean(name, (other for other in commit.files if other.endswith(".age")))
        return f"age file '{name}' is not in the repository", near or "the path is relative to this file"
    size = commit.files[name].size
    if size > MAX_ENCRYPTED:
        return f"age file '{name}' has {size:,} bytes; at most {MAX_ENCRYPTED:,} are allowed", "a secret is short"
    return None
