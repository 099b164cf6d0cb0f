"""What is in a commit as a whole: documents by name, the targets, the policy, the user data files."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from posixpath import basename, dirname, join, normpath, relpath

from reconciler.documents.checking.templates import MAX_USER_DATA
from reconciler.documents.checking.versions import reference_of
from reconciler.documents.policy.conduct import check_windows, consent_of, healing_of
from reconciler.documents.policy.guards import check_guards, label_rules_of, limits_of
from reconciler.documents.policy.tolerance import drift_of
from reconciler.documents.reading.files import Files, why_left_out
from reconciler.documents.reading.marks import Document
from reconciler.documents.reading.spots import Problems
from reconciler.documents.words import (
    NetworkService,
    NetworkServiceSet,
    NetworkServiceTemplate,
    Overlay,
    Policy as WrittenPolicy,
    Vim,
    VnfDescriptor,
    Written,
)
from reconciler.documents.words.vim import Api
from reconciler.model import ApiBudget, Healing, Policy, Problem, Target
from reconciler.text.patterns import matches
from reconciler.text.suggestion import did_you_mean, suggest

MOST_MISSING = 50
"""User data files that are not there of which the intended file is sought: each search reads the names of all files."""


@dataclass(frozen=True, slots=True)
class Documents:
    """The documents of a commit by name; descriptors by NAME@VERSION, as several versions may exist side by side."""

    vims: dict[str, Vim] = field(default_factory=dict)
    descriptors: dict[str, VnfDescriptor] = field(default_factory=dict)
    services: dict[str, NetworkService] = field(default_factory=dict)
    sets: dict[str, NetworkServiceSet] = field(default_factory=dict)
    templates: dict[str, NetworkServiceTemplate] = field(default_factory=dict)
    policies: dict[str, WrittenPolicy] = field(default_factory=dict)
    overlays: list[Overlay] = field(default_factory=list)
    unmade: set[tuple[str, str]] = field(default_factory=set)
    """Kind and name of those that could not be made from what they name."""

    def all(self) -> Iterator[Written]:
        return chain(
            self.vims.values(),
            self.descriptors.values(),
            self.services.values(),
            self.sets.values(),
            self.templates.values(),
            self.policies.values(),
            self.overlays,
        )

    def add(self, document: Written, problems: Problems) -> None:
        """Puts one document among the others; a second one of a name is a problem, wherever it is."""
        version = ""
        first: Written
        match document:
            case Vim():
                first = self.vims.setdefault(document.name, document)
            case VnfDescriptor():
                version = f" in version '{document.spec.version}'"
                first = self.descriptors.setdefault(reference_of(document), document)
            case NetworkService():
                first = self.services.setdefault(document.name, document)
            case NetworkServiceSet():
                first = self.sets.setdefault(document.name, document)
            case NetworkServiceTemplate():
                first = self.templates.setdefault(document.name, document)
            case Overlay():
                self.overlays.append(document)
                return
            case WrittenPolicy():
                first = self.policies.setdefault(document.name, document)
        if first is not document:
            place = first.metadata.at("name").place()
            message = f"{document.kind} '{document.name}' is there twice{version}"
            problems.report(document.metadata.at("name"), message, f"the first is at {place.file}:{place.line}")


def user_data_files(
    descriptors: Iterable[VnfDescriptor], commit: Files, own: Collection[str], problems: Problems
) -> dict[tuple[str, str], str]:
    """The path in the repository of each user data file: {(descriptor's file, as written there): path}.

    ``own``: the files that hold documents of Magi; to hand one to an instance would be a mistake.
    """
    found: dict[tuple[str, str], str] = {}
    files = commit.files
    for document in descriptors:
        file = document.spot.source.file
        here: Problems | None = None
        for vdu in document.spec.vdus:
            written = vdu.user_data.file if vdu.user_data else None
            if written is None or (here and here.is_full):
                continue
            path = _path_of(written, file)
            if path in files and path not in own and files[path].size <= MAX_USER_DATA:
                found[file, written] = path
                continue
            here = here or Problems()
            here.report(vdu.at("user_data", "file"), *_unusable(path, file, written, commit, own))
        if here:
            problems.add(*here.found)
    return found


def _path_of(written: str, file: str) -> str:
    """The path of a file that another one names relative to itself."""
    if "/" in written or written in {"", ".", ".."}:
        return normpath(join(dirname(file), written))
    folder, slash, _ = file.rpartition("/")  # nearly all name one beside them
    return f"{folder}{slash}{written}"


def _unusable(path: str, file: str, written: str, commit: Files, own: Collection[str]) -> tuple[str, str]:
    """Why a path, as written in a file, can't be user data, and what would do."""
    if path in own:
        return f"user data file '{path}' holds documents of Magi", "keep user data in a file of its own"
    if path in commit.files:
        size = commit.files[path].size
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
    return f"user data file '{path}' is not in the repository", did_you_mean(path, _near(path, commit))


def _near(path: str, commit: Files) -> list[str]:
    """The files that someone may have meant who wrote a path."""
    return [other for other in commit.files if basename(other) == basename(path) or dirname(other) == dirname(path)]


def targets_of(vims: Iterable[Vim], problems: Problems, clouds: Sequence[str] = ("*",)) -> dict[str, Target]:
    """The targets by name. ``clouds``: what the entries of clouds.yaml that they may use are called."""
    targets: dict[str, Target] = {}
    taken: dict[Hashable, Target] = {}
    for vim in vims:
        spec = vim.spec
        target = Target(
            name=vim.name,
            type=spec.type,
            entry=spec.cloud or vim.name,
            options=(("region", spec.region),) if spec.region else (),
            labels=tuple(sorted(vim.metadata.labels.items())),
            budget=_budget_of(spec.api),
            place=vim.metadata.at("name").place(),
            suspended=spec.suspend,
        )
        if not matches(target.entry, clouds):
            message = f"the entry '{target.entry}' of clouds.yaml may not be used by this repository"
            where = spec.at("cloud") if spec.cloud else vim.metadata.at("name")
            problems.report(where, message, f"it may use: {', '.join(clouds)}")
        other = taken.setdefault(target.access, target)
        if other is not target:
            message = f"the Vims '{other.name}' and '{target.name}' are the same cloud '{target.entry}'"
            problems.report(spec.at("cloud"), message, f"the other is at {other.place}; keep one of them")
        targets[target.name] = target
    return targets


def _budget_of(api: Api | None) -> ApiBudget:
    if api is None:
        return ApiBudget()
    return ApiBudget(
        concurrency=api.concurrency,
        requests_per_second=api.requests_per_second,
        timeout=api.timeout,
        total_timeout=api.total_timeout,
        max_answer_bytes=api.max_answer_bytes,
        max_depth=api.max_depth,
        max_pages=api.max_pages,
    )


def policy_of(documents: Iterable[WrittenPolicy], problems: Problems) -> Policy:
    given = list(documents)
    for document in given[1:]:
        message = "a second Policy: there can be one in a repository"
        problems.report(document.metadata.at("name"), message, f"the first is in {given[0].spot.file}")
    if not given:
        return Policy()
    spec = given[0].spec
    found = Problems()
    check_windows(found, spec.changes)
    check_guards(found, spec)
    problems.add(*found.found)
    return Policy(
        prune=spec.prune,
        max_deletes=spec.max_deletes,
        max_delete_percent=spec.max_delete_percent,
        max_replaces=spec.max_replaces,
        max_replace_percent=spec.max_replace_percent,
        limits=limits_of(spec),
        max_shrink_percent=spec.max_shrink_percent,
        max_removed_percent=spec.max_removed_percent,
        label_rules=label_rules_of(spec),
        protect=spec.protect.services if spec.protect else (),
        protect_kinds=frozenset(spec.protect.kinds) if spec.protect else frozenset(),
        frozen_services=spec.freeze.services if spec.freeze else (),
        frozen_vims=spec.freeze.vims if spec.freeze else (),
        consent=consent_of(spec.changes).over(Policy().consent),
        healing=healing_of(spec.healing) or Healing(),
        drift=drift_of(spec.drift) or Policy().drift,
    )


def nothing_there(commit: Files, foreign: int = 0) -> Problem:
    """``foreign``: how many documents were skipped."""
    count = len(commit.files)
    found = f"{count} file{'s' if count != 1 else ''}, none of them" if count else "no files,"
    hints = [
        f".magiignore leaves out {commit.ignored:,} files" if commit.ignored else "",
        f"of foreign YAML {foreign:,} documents are skipped (repository.foreignYaml)" if foreign else "",
    ]
    hint = "; ".join(filter(None, hints)) or "see desired-state-examples/hello-world for a first one"
    desired = "for Magi" if foreign else "ending in .yaml or .yml with something in it"
    return Problem(".", 1, 1, f"no documents: {found} {desired}", hint)


def names_of_refused(documents: Iterable[Document]) -> frozenset[tuple[str, str]]:
    """Kind and name of documents that are wrong in themselves: to refer to one is no further problem."""
    found = set()
    for document in documents:
        match document.data:
            case {"kind": str(kind), "metadata": {"name": str(name)}}:
                found.add((kind, name))
    return frozenset(found)


def meant_as_user_data(
    descriptors: Iterable[VnfDescriptor],
    refused: Iterable[Document],
    named: Iterable[tuple[str, str]],
    commit: Files,
) -> set[str]:
    """The files that are user data although something is wrong with what names them: they are no documents either.

    ``named``: the files that broken YAML seems to name, each with the file that it is in.
    """
    written = [
        (document.spot.source.file, vdu.user_data.file)
        for document in descriptors
        for vdu in document.spec.vdus
        if vdu.user_data and vdu.user_data.file is not None
    ]
    found: set[str] = set()
    missing: dict[str, str] = {}
    for file, name in chain(written, _user_data_of_refused(refused), named):
        path = _path_of(name, file)
        if path in commit.files:
            found.add(path)
        elif len(missing) < MOST_MISSING:
            missing[path] = name
    meant = (name if name in commit.files else suggest(path, _near(path, commit)) for path, name in missing.items())
    return found | {path for path in meant if path is not None}


def _user_data_of_refused(documents: Iterable[Document]) -> Iterator[tuple[str, str]]:
    """What wrong descriptors name as user data, if that can be read, each with the file of the descriptor."""
    for document in documents:
        match document.data:
            case {"kind": "VnfDescriptor", "spec": {"vdus": list(vdus)}}:
                files = (vdu.get("userData") for vdu in vdus if isinstance(vdu, dict))
                names = (data.get("file") for data in files if isinstance(data, dict))
                yield from ((document.file, name) for name in names if isinstance(name, str))
