"""An environment: the documents in the bases of a folder as its Overlays patch them, and those beside the Overlays."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from posixpath import dirname, join, normpath
from typing import Final, NamedTuple

from reconciler.documents.reading.loader import load
from reconciler.documents.reading.marks import Document
from reconciler.documents.reading.merging import over
from reconciler.documents.reading.schema import validate
from reconciler.documents.reading.spots import Problems, Spot
from reconciler.documents.words import Overlay, VnfDescriptor, Written, WrittenFile, document_of
from reconciler.documents.words.overlay import Patch
from reconciler.model import DEFAULT_LIMITS, DocumentsError, InputLimits, Problem
from reconciler.text.suggestion import did_you_mean

MOST_DEEP: Final = 16
"""Overlays whose bases are overlays whose bases are overlays, and so on."""

MOST_PATCHES: Final = 100
"""Patches of one document: each reads all of it again."""

Identity = tuple[str, str, str]
"""Kind, name and, of a descriptor, version."""

ReadFolder = Callable[[str], Sequence[WrittenFile]]
"""The files in a folder, with those in folders below it; none of a folder that is not there."""


Read = Callable[[Sequence[str]], Mapping[str, bytes]]
"""The contents of files by path."""


@dataclass(frozen=True, slots=True)
class Environment:
    """A folder with what its Overlays refer to. ``files``: its own."""

    folder: str
    files: tuple[WrittenFile, ...]
    bases: tuple[Environment, ...] = ()

    @property
    def overlays(self) -> Iterator[Overlay]:
        return (one for file in self.files for one in file.documents if isinstance(one, Overlay))

    def all_files(self) -> list[WrittenFile]:
        """Those of the bases too, each once."""
        found: dict[str, Environment] = {}
        pending = [self]
        while pending:
            one = pending.pop()
            if one.folder not in found:
                found[one.folder] = one
                pending += one.bases
        files = {id(file): file for one in found.values() for file in one.files}
        return list(files.values())


@dataclass(frozen=True, slots=True)
class _Patched:
    """A document with patches, as long as all of ``sources`` are the same. ``written`` None: it is wrong then."""

    sources: tuple[Written, ...]
    document: Document | None
    written: Written | None
    problems: tuple[Problem, ...]


class Touched(NamedTuple):
    """A document of a base that an Overlay patches or removes. ``spot``: where the Overlay says so."""

    spot: Spot
    document: Written


class Layered(NamedTuple):
    """The documents of an environment, with its Overlays.

    ``broken``: kind and name of those that are wrong once they are merged.
    """

    documents: tuple[Written, ...]
    broken: frozenset[tuple[str, str]] = frozenset()
    touched: tuple[Touched, ...] = ()


@dataclass(slots=True)
class _Layer:
    """Documents as they are merged: those of one environment, before and after its patches."""

    touched: list[Touched]
    documents: dict[Identity, Written] = field(default_factory=dict)
    patches: dict[Identity, list[tuple[Overlay, Patch]]] = field(default_factory=dict)


def environment_of(folder: str, read: ReadFolder, folders: Iterable[str]) -> Environment:
    """What a folder and its bases hold. ``folders``: those that there are, with YAML in them or below them.

    Raises DocumentsError where one has no Overlay, or a base is none.
    """
    problems = Problems()
    known = sorted(folders)
    files = tuple(read(folder))
    if not any(isinstance(one, Overlay) for file in files for one in file.documents):
        hint = "" if files else did_you_mean(folder, known)
        message = f"there is no Overlay in '{folder}'" if files else f"there is no folder '{folder}' with documents"
        wrong = [problem for file in files for problem in file.problems]
        hint = hint or "name the folder of a document of kind Overlay"
        raise DocumentsError(wrong or [Problem(folder, 1, 1, message, hint)])
    found = _environment(folder, files, read, known, {}, (), problems)
    if problems:
        raise DocumentsError(problems.found)
    return found


def _environment(
    folder: str,
    files: tuple[WrittenFile, ...],
    read: ReadFolder,
    known: Sequence[str],
    done: dict[str, Environment],
    above: tuple[str, ...],
    problems: Problems,
) -> Environment:
    bases: dict[str, Environment] = {}
    for overlay in Environment(folder, files).overlays:
        for index, written in enumerate(overlay.spec.bases):
            spot = overlay.spec.at("bases", index)
            base = normpath(join(dirname(overlay.spot.source.file), written))
            if base.split("/", 1)[0] in {"..", ""}:
                problems.report(spot, f"the base '{written}' is outside of the documents", "name one that they hold")
            elif base in {".", folder, *above} or folder.startswith(f"{base}/"):
                message = f"the base '{written}' contains this Overlay, or is made from it"
                problems.report(spot, message, "put the documents of the base into a folder of their own")
            elif base.startswith(f"{folder}/"):
                # Its documents are among those of the folder already.
                message = f"the base '{written}' is within the folder of this Overlay"
                problems.report(spot, message, f"put it beside '{folder}'")
            elif len(above) + 1 >= MOST_DEEP:
                message = f"more than {MOST_DEEP} overlays are made from one another"
                problems.report(spot, message, "name the bases that they are made from")
            elif base not in done and not (of_base := tuple(read(base))):
                hint = did_you_mean(base, known) or "a base is a folder with YAML, relative to this file"
                problems.report(spot, f"there are no documents in '{base}'", hint)
            else:
                if base not in done:
                    done[base] = _environment(base, of_base, read, known, done, (*above, folder), problems)
                bases[base] = done[base]
    return Environment(folder, files, tuple(bases.values()))


class Overlaying:
    """Merges patches into documents, commit after commit. What is merged from the same documents is the same."""

    def __init__(self, limits: InputLimits = DEFAULT_LIMITS) -> None:
        self._limits = limits
        self._patched: dict[tuple[str, Identity], _Patched] = {}
        self._new: dict[tuple[str, Identity], _Patched] = {}
        self._documents: dict[int, Document] = {}
        self._refused: frozenset[tuple[str, str]] = frozenset()

    def documents(self, environment: Environment, read: Read, problems: Problems) -> Layered:
        """All documents of an environment."""
        self._new, self._documents = {}, {}
        self._refused = frozenset(one for file in environment.all_files() for one in _refused(file))
        broken: set[tuple[str, str]] = set()
        merged: dict[str, Mapping[Identity, Written]] = {}
        touched: list[Touched] = []
        found = self._merged(environment, read, problems, broken, merged, touched)
        self._patched = self._new
        overlays = [one for file in environment.all_files() for one in file.documents if isinstance(one, Overlay)]
        return Layered((*found.values(), *overlays), frozenset(broken), tuple(touched))

    def _merged(
        self,
        environment: Environment,
        read: Read,
        problems: Problems,
        broken: set[tuple[str, str]],
        merged: dict[str, Mapping[Identity, Written]],
        touched: list[Touched],
    ) -> Mapping[Identity, Written]:
        layer = _Layer(touched)
        for base in environment.bases:
            if base.folder not in merged:
                merged[base.folder] = self._merged(base, read, problems, broken, merged, touched)
            for document in merged[base.folder].values():
                _add(layer.documents, document, problems, "one of the bases has to leave it out")
        refused = self._refused | broken
        for overlay in environment.overlays:
            _remove(layer, overlay, refused, problems)
        for overlay in environment.overlays:
            _collect(layer, overlay, refused, problems)
        folder = environment.folder
        new = {one for one, patches in layer.patches.items() if not self._is_known(folder, one, layer, patches)}
        read_from = (layer.documents[one] for one in new if id(layer.documents[one]) not in self._documents)
        contents = read(sorted({one.spot.source.file for one in read_from}))
        for identity, patches in layer.patches.items():
            one = (
                self._with_patches(layer.documents[identity], patches, contents)
                if identity in new
                else self._patched[environment.folder, identity]
            )
            self._new[environment.folder, identity] = one
            if one.document is not None:
                self._documents[id(one.written)] = one.document
            problems.add(*one.problems)
            if one.written is None:
                del layer.documents[identity]
                broken.add(identity[:2])
            else:
                layer.documents[identity] = one.written
        for file in environment.files:
            for document in file.documents:
                if not isinstance(document, Overlay):
                    _add(layer.documents, document, problems, "to change it, patch it in the Overlay")
        return layer.documents

    def _is_known(
        self, folder: str, identity: Identity, layer: _Layer, patches: Sequence[tuple[Overlay, Patch]]
    ) -> bool:
        known = self._patched.get((folder, identity))
        return known is not None and _same(known.sources, _sources(layer.documents[identity], patches))

    def _with_patches(
        self, base: Written, patches: Sequence[tuple[Overlay, Patch]], contents: Mapping[str, bytes]
    ) -> _Patched:
        problems = Problems()
        document = self._documents.get(id(base)) or self._loaded(base, contents)
        for _, patch in patches:
            document = over(document, _plain_patch(patch), problems=problems)
        found = tuple(problems.found) or tuple(validate(document))
        sources = _sources(base, patches)
        return _Patched(sources, None, None, found) if found else _Patched(sources, document, document_of(document), ())

    def _loaded(self, written: Written, contents: Mapping[str, bytes]) -> Document:
        """A document as it was read."""
        source = written.spot.source
        loaded = load(contents[source.file], source.file, self._limits)
        return next(one for one in loaded.documents if one.source.index == source.index)


def _sources(base: Written, patches: Sequence[tuple[Overlay, Patch]]) -> tuple[Written, ...]:
    return (base, *(overlay for overlay, _ in patches))


def _same(known: Sequence[object], now: Sequence[object]) -> bool:
    """Whether the same objects are in both, in the same order."""
    return len(known) == len(now) and all(one is other for one, other in zip(known, now, strict=True))


def identity_of(document: Written) -> Identity:
    return document.kind, document.name, document.spec.version if isinstance(document, VnfDescriptor) else ""


def _add(documents: dict[Identity, Written], document: Written, problems: Problems, hint: str) -> None:
    first = documents.setdefault(identity_of(document), document)
    if first is not document:
        place = first.metadata.at("name").place()
        message = f"{document.kind} '{document.name}' is there twice"
        problems.report(document.metadata.at("name"), message, f"the first is at {place.file}:{place.line}; {hint}")


def _remove(layer: _Layer, overlay: Overlay, refused: frozenset[tuple[str, str]], problems: Problems) -> None:
    for removal in overlay.spec.remove:
        gone = [one for one in layer.documents if one[:2] == (removal.kind, removal.name)]
        for identity in gone:
            layer.touched.append(Touched(removal.at("name"), layer.documents.pop(identity)))
        if not gone and (removal.kind, removal.name) not in refused:
            _report_unknown(problems, removal.at("name"), layer, removal.kind, removal.name)


def _collect(layer: _Layer, overlay: Overlay, refused: frozenset[tuple[str, str]], problems: Problems) -> None:
    """Notes the patches of an Overlay at the documents that they are for."""
    for patch in overlay.spec.patches:
        name, where = patch.metadata.name, patch.metadata.at("name")
        found = [one for one in layer.documents if one[:2] == (patch.kind, name)]
        meant = [one for one in found if not patch.version or one[2] == patch.version]
        if len(meant) > 1:
            versions = ", ".join(f"'{one[2]}'" for one in meant)
            problems.report(where, f"descriptor '{name}' has several versions", f"give the version: {versions}")
        elif found and not meant:
            versions = ", ".join(f"'{one[2]}'" for one in found)
            problems.report(patch.at("version"), f"there is no version '{patch.version}' of it", f"there is {versions}")
        elif meant:
            of_document = layer.patches.setdefault(meant[0], [])
            if len(of_document) == MOST_PATCHES:
                problems.report(where, f"more than {MOST_PATCHES} patches of {patch.kind} '{name}'", "write one")
            elif len(of_document) < MOST_PATCHES:
                of_document.append((overlay, patch))
                layer.touched.append(Touched(where, layer.documents[meant[0]]))
        elif (patch.kind, name) not in refused:
            _report_unknown(problems, where, layer, patch.kind, name)


def _report_unknown(problems: Problems, spot: Spot, layer: _Layer, kind: str, name: str) -> None:
    problems.report_unknown(spot, kind, name, {one[1] for one in layer.documents if one[0] == kind})


def _refused(file: WrittenFile) -> Iterator[tuple[str, str]]:
    for document in file.refused:
        match document.data:
            case {"kind": str(kind), "metadata": {"name": str(name)}}:
                yield kind, name


def _plain_patch(patch: Patch) -> Document:
    """A patch as a document, with nothing but what is merged: the name keeps the place where it was given."""
    metadata = {key: value for key, value in patch.metadata.raw.items() if key != "name"}
    source = patch.spot.source.within(patch.spot.path)
    return Document(source, {"metadata": metadata, "spec": dict(patch.spec)}, sound=True)
