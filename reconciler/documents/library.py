"""The documents of a commit, read once: what a later commit leaves alone is neither parsed nor expanded again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from reconciler.documents.checking.dependencies import DEPENDENCIES_FACTOR
from reconciler.documents.checking.descriptor import check_descriptor
from reconciler.documents.checking.placed import Placed
from reconciler.documents.checking.secret_files import check_secret_rules, read_secret_files, secrets_of
from reconciler.documents.checking.service import place_service
from reconciler.documents.checking.templates import TextFile
from reconciler.documents.checking.versions import by_reference
from reconciler.documents.checking.vnfs import waits_of_servers
from reconciler.documents.choosing.choices import instances_of, waits_of
from reconciler.documents.choosing.sets import (
    Draft,
    Members,
    drafted,
    members_of,
    size_of_members,
    sources_of,
    told_once,
)
from reconciler.documents.choosing.shared_parameters import values_size
from reconciler.documents.collect import (
    Files,
    add_to_index,
    index_by_name,
    names_of_refused,
    nothing_there,
    policy_of,
    targets_of,
    user_data_files,
    user_data_of_refused,
)
from reconciler.documents.expanded_services import (
    Expanded,
    Texts,
    expand_service,
    same_sources,
    sources_of_service,
    texts_by_file,
)
from reconciler.documents.parsed_files import ParsedFile, parse
from reconciler.documents.policy.approvals import approvals_of
from reconciler.documents.policy.conduct import check_windows_are_there
from reconciler.documents.policy.owners import check_owners
from reconciler.documents.reading.loader import too_large
from reconciler.documents.reading.marks import Document
from reconciler.documents.reading.schema_files import API_VERSION
from reconciler.model import (
    DEFAULT_LIMITS,
    LFS_HINT,
    NO_SECRETS,
    Approvers,
    Catalog,
    Desired,
    DocumentsError,
    InputLimits,
    Key,
    Policy,
    Problem,
    SecretRef,
    Secrets,
    Withheld,
    is_lfs_pointer,
)
from reconciler.owners import Owners

SUFFIXES = (".yaml", ".yml")

_DIVIDE = "divide the service, or raise limits.serviceResources"


class Checked(NamedTuple):
    """What is wrong with a descriptor, and the user data files that this was judged with."""

    document: Document
    files: Mapping[str, TextFile]
    problems: list[Problem]


class Library:
    """Reads commits, one after the other. Keeps what was made from files by their content ids. One thread at a time."""

    def __init__(
        self,
        secrets: Secrets = NO_SECRETS,
        owners: Owners | None = None,
        clouds: Sequence[str] = ("*",),
        approvers: Approvers | None = None,
        *,
        limits: InputLimits = DEFAULT_LIMITS,
        skip_foreign: bool = False,
    ) -> None:
        """``clouds``: names or patterns of the entries of clouds.yaml that the Vims may use.

        ``approvers``: they also say which services may name which secrets.
        ``skip_foreign``: YAML that is not meant for Magi is skipped, and not refused.
        """
        self._secret_rules = approvers.secrets if approvers else None
        self._from = secrets
        self._limits = limits
        self._skip_foreign = skip_foreign
        self._clouds = clouds
        self._owners = owners
        self._encrypted: dict[str, bytes] = {}
        self._secrets: dict[SecretRef, tuple[bytes, str | Withheld]] = {}
        self._secrets_in_use = self._secrets
        self._key_ids: tuple[str, ...] = ()
        self._key_ids_in_use: tuple[str, ...] = ()
        self._parsed: dict[tuple[str, str], ParsedFile] = {}
        self._checked: dict[int, Checked] = {}
        self._texts: dict[str, bytes] = {}
        self._sets: dict[str, Members] = {}
        self._expanded: dict[str, Expanded] = {}

    def catalog(self, commit: Files) -> Catalog:
        """What the documents of a commit ask for. Raises DocumentsError with all that is wrong."""
        yaml = [(path, file.blob) for path, file in commit.files.items() if path.endswith(SUFFIXES)]
        size = self._required_size(commit, yaml)
        parsed = self._parse(commit, yaml)
        problems = [*commit.problems]
        documents = [document for file in parsed for document in file.documents]
        refused = [document for file in parsed for document in file.refused]
        by_kind = index_by_name(documents, problems)
        problems += self._add_members(by_kind, names_of_refused(refused), size)
        self._require_values(by_kind["NetworkService"].values(), size)
        ours = {document.file for document in (*documents, *refused) if _is_ours(document)}
        data_files = user_data_files(by_kind["VnfDescriptor"].values(), commit, ours, problems)
        # A user data file may be YAML: then it is no document, whatever was found in it.
        named = (set(data_files.values()) | user_data_of_refused(refused, commit)) - ours
        problems += [problem for file in parsed for problem in file.problems if problem.file not in named]
        if not documents and not problems:
            raise DocumentsError([nothing_there(commit, sum(file.foreign for file in parsed))])
        texts = self._texts_of(commit, data_files, problems)
        problems += self._check_descriptors(by_kind["VnfDescriptor"].values(), texts)
        targets = targets_of(by_kind["Vim"].values(), problems, self._clouds)
        policy = policy_of(by_kind["Policy"].values(), problems)
        for document in by_kind["Policy"].values():
            problems += check_windows_are_there(document, policy.consent)
        speaking = (*by_kind["NetworkService"].values(), *by_kind["Policy"].values())
        approvals = frozenset(approvals_of(speaking, problems))
        if self._secret_rules is not None:
            problems += check_secret_rules(self._secret_rules, by_kind["NetworkService"].values())
        encrypted = read_secret_files(by_kind["NetworkService"].values(), commit, self._encrypted, problems)
        self._encrypted = {commit.files[path].blob: content for path, content in encrypted.items()}
        self._read_secrets(by_kind["NetworkService"].values(), encrypted)
        services = self._expand(by_kind, texts, names_of_refused(refused))
        problems += self._problems_of(services, by_kind["NetworkService"], policy)
        if self._owners:
            problems += check_owners(self._owners, by_kind, (service.info for service in services))
        if problems:
            # What many members of a set share may be found at each of them.
            raise DocumentsError(list(dict.fromkeys(problems)))
        desired: dict[str, dict[Key, Desired]] = {name: {} for name in targets}
        for service in services:
            for target, resources in service.by_target.items():
                desired[target].update(resources)
        self._secrets_in_use, self._key_ids_in_use = self._secrets, self._key_ids
        rollouts = tuple(members.rollout for members in self._sets.values() if members.rollout)
        infos = {service.info.name: service.info for service in services}
        service_files = _service_files(documents, by_kind["NetworkService"].values())
        return Catalog(
            targets, desired, infos, policy, rollouts, approvals, service_files=service_files, limits=self._limits
        )

    def is_stale(self) -> bool:
        """Whether a secret that the last catalog was made with is another one now, or is at hand only now.

        Or the keys for their digests are other ones.
        """
        if not self._secrets_in_use:
            return False
        changed = (self._from.read(ref, encrypted) != value for ref, (encrypted, value) in self._secrets_in_use.items())
        return any(changed) or self._from.key_ids() != self._key_ids_in_use

    def _read_secrets(self, services: Iterable[Document], encrypted: Mapping[str, bytes]) -> None:
        """Reads each secret of a commit once, so that all that is made of the commit has the same."""
        refs = {use.ref for service in services for use in secrets_of(service)}
        contents = {ref: encrypted.get(ref.name, b"") if ref.source == "age" else b"" for ref in refs}
        self._secrets = {ref: (content, self._from.read(ref, content)) for ref, content in contents.items()}
        self._key_ids = self._from.key_ids() if refs else ()

    def _secret_of(self, ref: SecretRef) -> str | Withheld:
        return self._secrets[ref][1]

    def _required_size(self, commit: Files, yaml: Iterable[tuple[str, str]]) -> int:
        """The bytes of all YAML files, those of a file as often as it is there under another name.

        Raises DocumentsError when there are too many. What is too large by itself is told on its own.
        """
        size = sum(found for path, _ in yaml if (found := commit.files[path].size) <= self._limits.file_bytes)
        if size > self._limits.bytes:
            message = f"the YAML files have {size:,} bytes; at most {self._limits.bytes:,} are allowed"
            hint = "name the folder of the documents, divide the repository, or raise limits.bytes"
            raise DocumentsError([Problem(".", 1, 1, message, hint)])
        return size

    def _parse(self, commit: Files, wanted: Sequence[tuple[str, str]]) -> list[ParsedFile]:
        new = [(path, blob) for path, blob in wanted if (path, blob) not in self._parsed]
        small = [path for path, _ in new if commit.files[path].size <= self._limits.file_bytes]
        contents = commit.read(small) if small else {}
        parsed = {key: self._parsed[key] for key in wanted if key in self._parsed}
        by_blob = {blob: file for (_, blob), file in parsed.items()}
        for path, blob in new:
            if path in contents:
                if blob not in by_blob:
                    by_blob[blob] = parse(contents[path], path, self._limits, skip_foreign=self._skip_foreign)
                parsed[path, blob] = by_blob[blob].under(path)
            else:
                parsed[path, blob] = ParsedFile(
                    (), (too_large(path, commit.files[path].size, self._limits.file_bytes),)
                )
        self._parsed = parsed
        count = sum(len(file.documents) + len(file.refused) for file in parsed.values())
        if count > self._limits.documents:
            message = f"there are {count:,} documents; at most {self._limits.documents:,} are allowed"
            hint = "name the folder of the documents, divide the repository, or raise limits.documents"
            raise DocumentsError([Problem(".", 1, 1, message, hint)])
        return [parsed[key] for key in wanted]

    def _texts_of(self, commit: Files, data_files: Mapping[tuple[str, str], str], problems: list[Problem]) -> Texts:
        """Each use of a user data file that is text."""
        paths = {path: commit.files[path].blob for path in data_files.values()}
        new = [path for path, blob in paths.items() if blob not in self._texts]
        contents = commit.read(new) if new else {}
        self._texts = {
            blob: self._texts[blob] if blob in self._texts else contents[path] for path, blob in paths.items()
        }
        texts: dict[tuple[str, str], TextFile] = {}
        for use, path in data_files.items():
            if is_lfs_pointer(self._texts[paths[path]]):
                problems.append(Problem(path, 1, 1, "user data is a pointer of Git LFS, not the file", LFS_HINT))
                continue
            try:
                texts[use] = TextFile(path, paths[path], self._texts[paths[path]].decode())
            except UnicodeDecodeError:
                problems.append(Problem(path, 1, 1, "user data must be UTF-8 text", f"{use[0]} uses it"))
        return texts

    def _check_descriptors(self, descriptors: Iterable[Document], texts: Texts) -> list[Problem]:
        checked: dict[int, Checked] = {}
        by_file: defaultdict[str, dict[str, TextFile]] = defaultdict(dict)
        for (file, written), text in texts.items():
            by_file[file][written] = text
        for document in descriptors:
            files = by_file[document.file] if "parameters" in document.data["spec"] else {}
            known = self._checked.get(id(document))
            # An id may be used again for another document; the one that is kept here can't be.
            same = known is not None and known.document is document and known.files == files
            checked[id(document)] = (
                known if known and same else Checked(document, files, check_descriptor(document, files))
            )
        self._checked = checked
        return [problem for one in checked.values() for problem in one.problems]

    def _add_members(
        self, by_kind: Mapping[str, dict[str, Document]], refused: frozenset[tuple[str, str]], size: int
    ) -> list[Problem]:
        """Puts the members of sets among the services. Those of a set that is unchanged are the same documents.

        ``size``: that of the commit. Raises DocumentsError, before any member is made, when they would be too many or
        too large.
        """
        vims = by_kind["Vim"]
        known: dict[str, Members] = {}
        drafts: dict[str, tuple[Draft, int]] = {}
        count = 0
        for name, document in by_kind["NetworkServiceSet"].items():
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
                raise DocumentsError([_too_many_members(document, own, count, self._limits.documents)])
            if size > self._limits.bytes:
                raise DocumentsError([_too_large_members(document, own_size, size, self._limits.bytes)])
        sets: dict[str, Members] = {}
        problems: list[Problem] = []
        for name, document in by_kind["NetworkServiceSet"].items():
            members = sets[name] = known[name] if name in known else members_of(*drafts[name])
            # Which Vims there are can't be judged while one of them is wrong.
            if "vims" not in document.data["spec"]["generator"] or all(kind != "Vim" for kind, _ in refused):
                problems += members.problems
            for member in members.services:
                add_to_index(by_kind, member, problems)
        self._sets = sets
        return problems

    def _require_values(self, services: Iterable[Document], size: int) -> None:
        """Raises DocumentsError, before one is made, when the values of VNFs would be too large.

        ``size``: that of the YAML files and of all that sets are filled to.
        """
        size += sum(members.size for members in self._sets.values())
        for document in services:
            own = values_size(document)
            size += own
            if size > self._limits.bytes:
                raise DocumentsError([_too_large_values(document, own, size, self._limits.bytes)])

    def _problems_of(
        self, services: Iterable[Expanded], documents: Mapping[str, Document], policy: Policy
    ) -> list[Problem]:
        """The problems of all services; what the members of a set share is told once."""
        found = {service.info.name: [*service.problems] for service in services}
        for name, document in documents.items():
            found[name] += check_windows_are_there(document, policy.consent)
        problems: list[Problem] = []
        for members in self._sets.values():
            names = [member.data["metadata"]["name"] for member in members.services]
            problems += told_once((name, problem) for name in names for problem in found.pop(name, ()))
        return problems + [problem for of_service in found.values() for problem in of_service]

    def _expand(
        self,
        by_kind: Mapping[str, Mapping[str, Document]],
        texts: Texts,
        refused: frozenset[tuple[str, str]],
    ) -> list[Expanded]:
        vims, descriptors = by_kind["Vim"], by_reference(by_kind["VnfDescriptor"].values())
        broken = {ident for ident, one in self._checked.items() if one.problems}
        used = texts_by_file(texts)
        expanded: dict[str, Expanded] = {}
        new: dict[str, tuple[Placed, tuple[Any, ...]]] = {}
        size = 0
        for name, document in by_kind["NetworkService"].items():
            secrets = tuple((use.ref, self._secret_of(use.ref)) for use in secrets_of(document))
            sources = (
                *sources_of_service(document, descriptors, vims, used),
                secrets,
                self._key_ids if secrets else (),
            )
            known = self._expanded.get(name)
            if known and same_sources(known.sources, sources):
                expanded[name] = known
                size += sum(map(len, known.by_target.values()))
            else:
                instances = instances_of(document)
                if problem := _too_much_to_write_out(document, instances, self._limits.service_resources):
                    raise DocumentsError([problem])
                if size + instances > self._limits.resources:
                    raise DocumentsError([_too_many_resources(document, self._limits.resources)])
                placed = place_service(document, descriptors, vims, refused)
                _check_size(placed, self._limits.service_resources)
                new[name] = (placed, sources)
                size += max(placed.size, instances)
            if size > self._limits.resources:
                raise DocumentsError([_too_many_resources(document, self._limits.resources)])
        # Only now, since what is placed takes little and what is expanded much.
        for name, (placed, sources) in new.items():
            expanded[name] = expand_service(placed, texts, self._secret_of, self._from.digests, broken, sources)
        # What could not be judged depends on more than its sources: on what else is there, and what is wrong with it.
        self._expanded = {name: service for name, service in expanded.items() if service.sound}
        return [expanded[name] for name in by_kind["NetworkService"]]


def _too_many_members(document: Document, own: int, count: int, allowed: int) -> Problem:
    """``document``: the set with which there are too many, ``own`` of them its own."""
    others = f", {count:,} with those of other sets" if count > own else ""
    message = f"the set would have {own:,} members{others}; at most {allowed:,} are allowed"
    hint = "generate fewer members, divide the repository, or raise limits.documents"
    return Problem(document.file, *document.place(("spec", "generator")), message, hint)


def _too_large_members(document: Document, own: int, size: int, allowed: int) -> Problem:
    """``document``: the set with which there is too much, ``own`` bytes of it its own."""
    message = (
        f"the members of the set would have about {own:,} bytes, which makes {size:,} with the YAML files and other "
        f"sets; at most {allowed:,} are allowed"
    )
    hint = "make the template or what it is filled with smaller, divide the repository, or raise limits.bytes"
    return Problem(document.file, *document.place(("spec", "generator")), message, hint)


def _too_large_values(document: Document, own: int, size: int, allowed: int) -> Problem:
    """``document``: the service with which there is too much, ``own`` bytes of it its own."""
    message = (
        f"with the parameters of the service, the values of its VNFs would have about {own:,} bytes, which makes "
        f"{size:,} with the YAML files, sets and other services; at most {allowed:,} are allowed"
    )
    hint = "make the parameters smaller, name them less often, divide the repository, or raise limits.bytes"
    return Problem(document.file, *document.place(("spec", "parameters"), key=True), message, hint)


def _too_much_to_write_out(document: Document, instances: int, allowed: int) -> Problem | None:
    """``instances``: of VNFs and access points, which a service has once they are written out."""
    message, hint = "", f"look for a count that is too large, {_DIVIDE}"
    if instances > allowed:
        counted = f"the service has {instances:,} instances of VNFs and their access points"
        message = f"{counted}; at most {allowed:,} are allowed"
    elif (waits := waits_of(document)) > DEPENDENCIES_FACTOR * allowed:
        message, hint = _too_many_waits(waits, allowed)
    return Problem(document.file, *document.place(("spec", "vnfs")), message, hint) if message else None


def _too_many_waits(waits: int, allowed: int) -> tuple[str, str]:
    most = DEPENDENCIES_FACTOR * allowed
    message = f"instances of the service's VNFs wait for others {waits:,} times; at most {most:,} are allowed"
    return message, f"let fewer VNFs depend on large ones, {_DIVIDE}"


def _check_size(placed: Placed, allowed: int) -> None:
    """Notes that a service has too many resources."""
    if placed.size > allowed:
        message = f"the service has {placed.size:,} resources; at most {allowed:,} are allowed"
        placed.subject.report(("vnfs",), message, f"look for a count that is too large, {_DIVIDE}")
    elif (waits := waits_of_servers(placed)) > DEPENDENCIES_FACTOR * allowed:
        placed.subject.report(("vnfs",), *_too_many_waits(waits, allowed))


def _too_many_resources(document: Document, allowed: int) -> Problem:
    """``document``: the service with which there are too many."""
    message = f"with this service there are more than {allowed:,} resources, which are all that is allowed"
    hint = "look for a count or a list that is too long, divide the repository, or raise limits.resources"
    return Problem(document.file, *document.place(("metadata", "name")), message, hint)


def _service_files(documents: Iterable[Document], services: Iterable[Document]) -> Mapping[str, frozenset[str]]:
    """The files that hold network services and nothing else, each with these, the members of sets included."""
    mixed = {one.file for one in documents if one.data["kind"] not in {"NetworkService", "NetworkServiceSet"}}
    found: defaultdict[str, set[str]] = defaultdict(set)
    for service in services:
        found[service.file].add(service.data["metadata"]["name"])
    return {file: frozenset(names) for file, names in found.items() if file not in mixed}


def _is_ours(document: Document) -> bool:
    """Whether a document, right or wrong, is meant for Magi."""
    return isinstance(document.data, dict) and document.data.get("apiVersion") == API_VERSION
