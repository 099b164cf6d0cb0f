"""What stands in a commit as a whole: documents by name, the targets, the policy, the user data files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from posixpath import basename, dirname, join, normpath, relpath
from typing import Protocol

from reconciler.documents.checking.templates import MAX_USER_DATA
from reconciler.documents.checking.versions import version_of
from reconciler.documents.policy.conduct import check_consent, consent_of, healing_of
from reconciler.documents.policy.guards import check_guards, label_rules_of, limits_of
from reconciler.documents.policy.tolerance import drift_of
from reconciler.documents.reading.marks import Document
from reconciler.documents.reading.schema_files import KINDS
from reconciler.documents.subject import MAX_PROBLEMS, Subject
from reconciler.model import ApiBudget, Healing, Place, Policy, Problem, Target
from reconciler.patterns import matches
from reconciler.suggestion import did_you_mean

_BUDGET = {
    "concurrency": "concurrency",
    "requestsPerSecond": "requests_per_second",
    "timeout": "timeout",
    "totalTimeout": "total_timeout",
    "maxAnswerBytes": "max_answer_bytes",
    "maxDepth": "max_depth",
    "maxPages": "max_pages",
}


class File(Protocol):
    """One file: the same ``blob`` means the same content; ``size`` in bytes."""

    @property
    def blob(self) -> str: ...

    @property
    def size(self) -> int: ...


class Files(Protocol):
    """The files of one commit, by path relative to its root."""

    @property
    def files(self) -> Mapping[str, File]: ...

    @property
    def left_out(self) -> Mapping[str, str]:
        """What is there and is no file of the documents: each path, of a file or a folder, with the reason."""

    @property
    def ignored(self) -> int:
        """How many files `.magiignore` leaves out."""

    @property
    def problems(self) -> Sequence[Problem]:
        """What is wrong with what leaves files out."""

    def read(self, paths: Iterable[str]) -> Mapping[str, bytes]: ...


def index_by_name(documents: Iterable[Document], problems: list[Problem]) -> dict[str, dict[str, Document]]:
    """The documents by kind and name; a second one of a name is a problem, wherever it stands.

    Descriptors are by NAME@VERSION: several versions may stand side by side.
    """
    by_kind: dict[str, dict[str, Document]] = {kind: {} for kind in KINDS}
    for document in documents:
        add_to_index(by_kind, document, problems)
    return by_kind


def add_to_index(by_kind: Mapping[str, dict[str, Document]], document: Document, problems: list[Problem]) -> None:
    """Puts one document among the others; a second one of a name is a problem."""
    kind, name = document.data["kind"], document.data["metadata"]["name"]
    versions = kind == "VnfDescriptor"
    first = by_kind[kind].setdefault(f"{name}@{version_of(document)}" if versions else name, document)
    if first is not document:
        line, column = document.place(("metadata", "name"))
        where = f"{first.file}:{first.place(('metadata', 'name'))[0]}"
        message = f"{kind} '{name}' is there twice" + f" in version '{version_of(document)}'" * versions
        problems.append(Problem(document.file, line, column, message, f"the first is at {where}"))


def user_data_files(
    descriptors: Iterable[Document], commit: Files, ours: set[str], problems: list[Problem]
) -> dict[tuple[str, str], str]:
    """The path in the repository of each user data file: {(descriptor's file, as written there): path}.

    ``ours``: the files that hold documents of Magi; to hand one to an instance would be a mistake.
    """
    found: dict[tuple[str, str], str] = {}
    for document in descriptors:
        most = len(problems) + MAX_PROBLEMS
        for index, vdu in enumerate(document.data["spec"]["vdus"]):
            written = vdu.get("userData", {}).get("file")
            if written is None or len(problems) == most:
                continue
            path = normpath(join(dirname(document.file), written))
            wrong = _unusable(path, document.file, written, commit, ours)
            if wrong is None:
                found[document.file, written] = path
                continue
            line, column = document.place(("spec", "vdus", index, "userData", "file"))
            problems.append(Problem(document.file, line, column, *wrong))
    return found


def _unusable(path: str, file: str, written: str, commit: Files, ours: set[str]) -> tuple[str, str] | None:
    """Why a path, as written in a file, can't be user data, and what would do; None if it can."""
    if path in ours:
        return f"user data file '{path}' holds documents of Magi", "keep user data in a file of its own"
    if path in commit.files:
        size = commit.files[path].size
        if size <= MAX_USER_DATA:
            return None
        message = f"user data file '{path}' has {size:,} bytes; at most {MAX_USER_DATA:,} are allowed"
        return message, "let the instance fetch the rest"
    if written.startswith("/") or path.split("/", 1)[0] == "..":
        message = f"user data file '{written}' is outside the repository"
        return message, "put it into the repository and name it relative to this file"
    if written in commit.files:
        hint = f"the path is relative to this file: '{relpath(written, dirname(file) or '.')}'"
        return f"user data file '{path}' is not in the repository", hint
    if reason := why_left_out(path, commit):
        return f"user data file '{path}' is not among the files of the documents", reason
    near = [other for other in commit.files if basename(other) == basename(path) or dirname(other) == dirname(path)]
    return f"user data file '{path}' is not in the repository", did_you_mean(path, near)


def targets_of(vims: Iterable[Document], problems: list[Problem], clouds: Sequence[str] = ("*",)) -> dict[str, Target]:
    """The targets by name. ``clouds``: what the entries of clouds.yaml that they may use are called."""
    targets: dict[str, Target] = {}
    taken: dict[tuple[str, str | None], Target] = {}
    for document in vims:
        spec, metadata = document.data["spec"], document.data["metadata"]
        target = Target(
            name=metadata["name"],
            type=spec["type"],
            cloud=spec.get("cloud", metadata["name"]),
            region=spec.get("region"),
            labels=tuple(sorted(metadata.get("labels", {}).items())),
            budget=replace(ApiBudget(), **{_BUDGET[field]: value for field, value in spec.get("api", {}).items()}),
            place=Place(document.file, *document.place(("metadata", "name"))),
            suspended=spec.get("suspend", False),
        )
        if not matches(target.cloud, clouds):
            line, column = document.place(("spec", "cloud") if "cloud" in spec else ("metadata", "name"))
            message = f"the entry '{target.cloud}' of clouds.yaml may not be used by this repository"
            problems.append(Problem(document.file, line, column, message, f"it may use: {', '.join(clouds)}"))
        other = taken.setdefault((target.cloud, target.region), target)
        if other is not target:
            message = f"the Vims '{other.name}' and '{target.name}' are the same cloud '{target.cloud}'"
            line, column = document.place(("spec", "cloud"))
            problems.append(
                Problem(document.file, line, column, message, f"the other is at {other.place}; keep one of them")
            )
        targets[target.name] = target
    return targets


def policy_of(documents: Iterable[Document], problems: list[Problem]) -> Policy:
    given = list(documents)
    for document in given[1:]:
        line, column = document.place(("metadata", "name"))
        message = "a second Policy: there can be one in a repository"
        problems.append(Problem(document.file, line, column, message, f"the first is in {given[0].file}"))
    if not given:
        return Policy()
    spec = given[0].data["spec"]
    subject = Subject(given[0])
    check_consent(subject)
    check_guards(subject)
    problems += subject.problems
    return Policy(
        prune=spec.get("prune", True),
        max_deletes=spec.get("maxDeletes", 100),
        max_delete_percent=spec.get("maxDeletePercent", 100),
        max_replaces=spec.get("maxReplaces"),
        max_replace_percent=spec.get("maxReplacePercent", 100),
        limits=limits_of(spec),
        max_shrink_percent=spec.get("maxShrinkPercent", 100),
        max_removed_percent=spec.get("maxRemovedPercent", 50),
        label_rules=label_rules_of(spec),
        protect=tuple(spec.get("protect", {}).get("services", ())),
        protect_kinds=frozenset(spec.get("protect", {}).get("kinds", ())),
        frozen_services=tuple(spec.get("freeze", {}).get("services", ())),
        frozen_vims=tuple(spec.get("freeze", {}).get("vims", ())),
        consent=consent_of(spec).over(Policy().consent),
        healing=healing_of(spec) or Healing(),
        drift=drift_of(spec) or Policy().drift,
    )


def why_left_out(path: str, commit: Files) -> str:
    """Why a file that is there, or may be there in a submodule or behind a link, is not read; "" for any other."""
    while path:
        if path in commit.left_out:
            return commit.left_out[path]
        path = dirname(path)
    return ""


def nothing_there(commit: Files, foreign: int = 0) -> Problem:
    """``foreign``: how many documents were skipped."""
    count = len(commit.files)
    found = f"{count} file{'s' if count != 1 else ''}, none of them" if count else "no files,"
    told = [
        f".magiignore leaves out {commit.ignored:,} files" if commit.ignored else "",
        f"of foreign YAML {foreign:,} documents are skipped (repository.foreignYaml)" if foreign else "",
    ]
    hint = "; ".join(filter(None, told)) or "see desired-state-examples/hello-world for a first one"
    wanted = "for Magi" if foreign else "ending in .yaml or .yml with something in it"
    return Problem(".", 1, 1, f"no documents: {found} {wanted}", hint)


def names_of_refused(documents: Iterable[Document]) -> frozenset[tuple[str, str]]:
    """Kind and name of documents that are wrong in themselves: to refer to one is no further problem."""
    found = set()
    for document in documents:
        match document.data:
            case {"kind": str(kind), "metadata": {"name": str(name)}}:
                found.add((kind, name))
    return frozenset(found)


def user_data_of_refused(documents: Iterable[Document], commit: Files) -> set[str]:
    """The user data files that wrong descriptors name, as far as that can be read: they are no documents either."""
    found = set()
    for document in documents:
        match document.data:
            case {"kind": "VnfDescriptor", "spec": {"vdus": list(vdus)}}:
                files = (vdu.get("userData") for vdu in vdus if isinstance(vdu, dict))
                names = (data.get("file") for data in files if isinstance(data, dict))
                found |= {normpath(join(dirname(document.file), name)) for name in names if isinstance(name, str)}
    return found & set(commit.files)
