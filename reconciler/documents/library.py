"""The documents of a commit, read once: what a later commit leaves alone is neither parsed nor expanded again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from reconciler.documents.bounds import (
    check_size,
    too_many_resources,
    too_much_to_write_out,
)
from reconciler.documents.checking.descriptor import check_descriptor
from reconciler.documents.checking.draft import ServiceDraft
from reconciler.documents.checking.secret_files import check_secret_rules, read_secret_files, secrets_of
from reconciler.documents.checking.service import place_service
from reconciler.documents.checking.templates import TextFile, is_binary
from reconciler.documents.checking.versions import by_reference
from reconciler.documents.choosing.choices import instances_of
from reconciler.documents.collect import (
    Documents,
    meant_as_user_data,
    names_of_refused,
    nothing_there,
    policy_of,
    targets_of,
    user_data_files,
)
from reconciler.documents.composing import Composition
from reconciler.documents.expanded_services import (
    Expanded,
    Texts,
    expand_service,
    same_sources,
    sources_of_service,
    texts_by_file,
)
from reconciler.documents.gathering import Gathering, is_within
from reconciler.documents.lowering import TargetTypes
from reconciler.documents.policy.approvals import approvals_of
from reconciler.documents.policy.conduct import windows_that_are_missing
from reconciler.documents.policy.owners import check_owners, check_patches
from reconciler.documents.reading.files import Files
from reconciler.documents.reading.marks import Document
from reconciler.documents.reading.schema_files import API_VERSION
from reconciler.documents.reading.spots import Problems
from reconciler.documents.words import (
    NetworkService,
    NetworkServiceSet,
    VnfDescriptor,
    Written,
)
from reconciler.judging.owners import Owners
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


class Checked(NamedTuple):
    """What is wrong with a descriptor, and the user data files that this was judged with."""

    document: VnfDescriptor
    files: Mapping[str, TextFile]
    problems: list[Problem]


class Library:
    """Reads commits, one after the other. Keeps what was made from files by their content ids. One thread at a time."""

    def __init__(
        self,
        targets: TargetTypes,
        secrets: Secrets = NO_SECRETS,
        owners: Owners | None = None,
        clouds: Sequence[str] = ("*",),
        approvers: Approvers | None = None,
        *,
        limits: InputLimits = DEFAULT_LIMITS,
        skip_foreign: bool = False,
        overlay: str = "",
    ) -> None:
        """``clouds``: names or patterns of the entries of clouds.yaml that the Vims may use.

        ``approvers``: they also say which services may name which secrets.
        ``documents`` has those of the last good commit, with sets and templates written out.
        ``overlay``: the folder of the environment that is meant, where a repository has several.
        ``skip_foreign``: YAML that is not meant for Magi is skipped, and not refused.
        """
        self.documents = Documents()
        self._targets = targets
        self._secret_rules = approvers.secrets if approvers else None
        self._from = secrets
        self._limits = limits
        self._clouds = clouds
        self._owners = owners
        self._encrypted: dict[str, bytes] = {}
        self._secrets: dict[SecretRef, tuple[bytes, str | Withheld]] = {}
        self._secrets_in_use = self._secrets
        self._key_ids: tuple[str, ...] = ()
        self._key_ids_in_use: tuple[str, ...] = ()
        self._checked: dict[int, Checked] = {}
        self._texts: dict[tuple[str, str], TextFile] = {}
        self._gathering = Gathering(limits, skip_foreign=skip_foreign, overlay=overlay)
        self._composition = Composition(limits)
        self._expanded: dict[str, Expanded] = {}

    def catalog(self, commit: Files) -> Catalog:
        """What the documents of a commit ask for. Raises DocumentsError with all that is wrong."""
        problems = Problems(limit=None)
        problems.add(*commit.problems)
        files, layered, size = self._gathering.gather(commit, problems)
        refused = [document for file in files for document in file.refused]
        names_refused = names_of_refused(refused) | layered.broken
        documents = self._composition.documents(layered.documents, names_refused, size, problems)
        services = documents.services.values()
        own = {document.spot.file for document in documents.all()} | {one.file for one in refused if _is_own(one)}
        data_files = user_data_files(documents.descriptors.values(), commit, own, problems)
        # A user data file may be YAML: then it is no document, whatever was found in it.
        wrong = [problem for file in files for problem in file.problems]
        if wrong:
            broken = self._gathering.named_by_broken()
            data = meant_as_user_data(documents.descriptors.values(), refused, broken, commit) - own
            problems.add(*(problem for problem in wrong if problem.file not in data))
        if not any(file.documents for file in files) and not problems:
            raise DocumentsError([nothing_there(commit, sum(file.foreign for file in files))])
        texts = self._texts_of(commit, data_files, problems)
        problems.add(*self._check_descriptors(documents.descriptors.values(), texts))
        targets = targets_of(documents.vims.values(), problems, self._clouds)
        policy = policy_of(documents.policies.values(), problems)
        for document in documents.policies.values():
            problems.add(*windows_that_are_missing(document, policy.consent))
        approvals = frozenset(approvals_of((*services, *documents.policies.values()), problems))
        if self._secret_rules is not None:
            problems.add(*check_secret_rules(self._secret_rules, services))
        encrypted = read_secret_files(services, commit, self._encrypted, problems)
        self._encrypted = {commit.files[path].blob: content for path, content in encrypted.items()}
        refs = {service.name: tuple(use.ref for use in secrets_of(service)) for service in services}
        self._read_secrets({ref for named in refs.values() for ref in named}, encrypted)
        expanded = self._expand(documents, texts, names_refused | documents.unmade, refs)
        problems.add(*self._problems_of(expanded, documents.services, policy))
        if self._owners:
            own_documents = (one for one in documents.all() if not is_within(commit.shared, one.spot.file))
            problems.add(*check_owners(self._owners, own_documents, (service.info for service in expanded)))
            problems.add(*check_patches(self._owners, ((one.spot, one.document) for one in layered.touched)))
        if problems:
            # What many members of a set share may be found at each of them.
            raise DocumentsError(list(dict.fromkeys(problems.found)))
        self._secrets_in_use, self._key_ids_in_use = self._secrets, self._key_ids
        self.documents = documents
        return Catalog(
            targets,
            _by_target(targets, expanded),
            {service.info.name: service.info for service in expanded},
            policy,
            self._composition.rollouts(),
            approvals,
            service_files=_service_files((one for file in files for one in file.documents), services),
            limits=self._limits,
        )

    def is_stale(self) -> bool:
        """Whether a secret that the last catalog was made with is another one now, or is available only now.

        Or the keys for their digests are other ones.
        """
        if not self._secrets_in_use:
            return False
        changed = (self._from.read(ref, encrypted) != value for ref, (encrypted, value) in self._secrets_in_use.items())
        return any(changed) or self._from.key_ids() != self._key_ids_in_use

    def _read_secrets(self, refs: Iterable[SecretRef], encrypted: Mapping[str, bytes]) -> None:
        """Reads each secret of a commit once, so that all that is made of the commit has the same."""
        contents = {ref: encrypted.get(ref.name, b"") if ref.source == "age" else b"" for ref in refs}
        self._secrets = {ref: (content, self._from.read(ref, content)) for ref, content in contents.items()}
        self._key_ids = self._from.key_ids() if contents else ()

    def _secret_of(self, ref: SecretRef) -> str | Withheld:
        return self._secrets[ref][1]

    def _texts_of(self, commit: Files, data_files: Mapping[tuple[str, str], str], problems: Problems) -> Texts:
        """Each use of a user data file that is text."""
        keys = {use: (path, commit.files[path].blob) for use, path in data_files.items()}
        before, self._texts = self._texts, {}
        new = [path for path, blob in dict.fromkeys(keys.values()) if (path, blob) not in before]
        contents = commit.read(new) if new else {}
        texts: dict[tuple[str, str], TextFile] = {}
        for use, key in keys.items():
            text = before.get(key) or self._texts.get(key) or _text_of(key, contents[key[0]], use[0], problems)
            if text is not None:
                self._texts[key] = texts[use] = text
        return texts

    def _check_descriptors(self, descriptors: Iterable[VnfDescriptor], texts: Texts) -> list[Problem]:
        checked: dict[int, Checked] = {}
        by_file: defaultdict[str, dict[str, TextFile]] = defaultdict(dict)
        documents = list(descriptors)
        if any(document.spec.parameters for document in documents):
            for (file, written), text in texts.items():
                by_file[file][written] = text
        for document in documents:
            files = by_file[document.spot.file] if document.spec.parameters else {}
            known = self._checked.get(id(document))
            # An id may be used again for another document; the one that is kept here can't be.
            same = known is not None and known.document is document and known.files == files
            checked[id(document)] = (
                known if known and same else Checked(document, files, check_descriptor(document, files, self._targets))
            )
        self._checked = checked
        return [problem for one in checked.values() for problem in one.problems]

    def _problems_of(
        self, services: Iterable[Expanded], documents: Mapping[str, NetworkService], policy: Policy
    ) -> list[Problem]:
        """The problems of all services; what those of a template, or the members of a set, share is reported once."""
        found = {service.info.name: [*service.problems] for service in services}
        for name, document in documents.items():
            found[name] += windows_that_are_missing(document, policy.consent)
        return self._composition.together(found)

    def _expand(
        self,
        documents: Documents,
        texts: Texts,
        refused: frozenset[tuple[str, str]],
        refs: Mapping[str, tuple[SecretRef, ...]],
    ) -> list[Expanded]:
        """``refs``: the secrets that each service names."""
        vims, descriptors = documents.vims, by_reference(documents.descriptors)
        broken = {ident for ident, one in self._checked.items() if one.problems}
        used = texts_by_file(texts)
        expanded: dict[str, Expanded] = {}
        new: dict[str, tuple[ServiceDraft, tuple[object, ...]]] = {}
        size = 0
        for name, document in documents.services.items():
            secrets = tuple((ref, self._secret_of(ref)) for ref in refs[name])
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
                if problem := too_much_to_write_out(document, instances, self._limits.service_resources):
                    raise DocumentsError([problem])
                if size + instances > self._limits.resources:
                    raise DocumentsError([too_many_resources(document, self._limits.resources)])
                draft = place_service(document, descriptors, vims, self._targets, refused)
                check_size(draft, self._limits.service_resources)
                new[name] = (draft, sources)
                size += max(draft.size, instances)
            if size > self._limits.resources:
                raise DocumentsError([too_many_resources(document, self._limits.resources)])
        # Only now, since what is placed takes little and what is expanded much.
        for name, (draft, sources) in new.items():
            expanded[name] = expand_service(
                draft, self._targets, texts, self._secret_of, self._from.digests, broken, sources
            )
        # What could not be judged depends on more than its sources: on what else is there, and what is wrong with it.
        self._expanded = {name: service for name, service in expanded.items() if service.sound}
        return [expanded[name] for name in documents.services]


def _text_of(key: tuple[str, str], content: bytes, user: str, problems: Problems) -> TextFile | None:
    """A user data file by its path and content id; None if it is no text. ``user``: a file that names it."""
    path, blob = key
    if is_lfs_pointer(content):
        problems.add(Problem(path, 1, 1, "user data is a pointer of Git LFS, not the file", LFS_HINT))
        return None
    text = content.decode("utf-8", "surrogateescape")
    if is_binary(text):
        return TextFile(path, blob, text)
    try:
        return TextFile(path, blob, content.decode())
    except UnicodeDecodeError:
        hint = f"{user} uses it; compress it with gzip, or give other bytes as userData.base64"
        problems.add(Problem(path, 1, 1, "user data must be UTF-8 text", hint))
        return None


def _by_target(targets: Iterable[str], services: Iterable[Expanded]) -> dict[str, dict[Key, Desired]]:
    """The resources of all services on each target."""
    desired: dict[str, dict[Key, Desired]] = {name: {} for name in targets}
    for service in services:
        for target, resources in service.by_target.items():
            desired[target].update(resources)
    return desired


def _service_files(documents: Iterable[Written], services: Iterable[NetworkService]) -> Mapping[str, frozenset[str]]:
    """The files that hold network services and nothing else, each with these, the members of sets included."""
    mixed = {one.spot.source.file for one in documents if not isinstance(one, (NetworkService, NetworkServiceSet))}
    found: defaultdict[str, set[str]] = defaultdict(set)
    for service in services:
        found[service.spot.file].add(service.name)
    return {file: frozenset(names) for file, names in found.items() if file not in mixed}


def _is_own(document: Document) -> bool:
    """Whether a document that is wrong is meant for Magi."""
    return isinstance(document.data, dict) and document.data.get("apiVersion") == API_VERSION
