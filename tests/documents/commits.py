"""Commits made of a mapping of path to text."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import NamedTuple

from reconciler.documents import Library
from reconciler.model import Catalog, DocumentsError, Problem, SecretRef, Withheld
from reconciler.outside.digest_keys import DigestKeys
from reconciler.targets.registry import TARGET_TYPES


class Blob(NamedTuple):
    blob: str
    size: int


@dataclass
class Commit:
    """Files as the library sees them. ``asked`` has the paths that were read, in their order."""

    texts: Mapping[str, str | bytes]
    asked: list[str] = field(default_factory=list)
    left_out: Mapping[str, str] = field(default_factory=dict)
    ignored: int = 0
    problems: tuple[Problem, ...] = ()
    shared: str = ""

    @property
    def contents(self) -> dict[str, bytes]:
        return {path: text if isinstance(text, bytes) else text.encode() for path, text in self.texts.items()}

    @property
    def files(self) -> dict[str, Blob]:
        return {path: Blob(sha256(content).hexdigest(), len(content)) for path, content in self.contents.items()}

    def read(self, paths: Iterable[str]) -> dict[str, bytes]:
        desired = list(paths)
        self.asked += desired
        return {path: self.contents[path] for path in desired}


@dataclass
class Keys:
    """Keys for digests of secrets as a test needs them, the one in use first."""

    keys: list[str] = field(default_factory=lambda: ["1" * 32])

    def _made(self) -> DigestKeys:
        return DigestKeys({"MAGI_DIGEST_KEY": "\n".join(self.keys)}, None)

    def key_ids(self) -> tuple[str, ...]:
        return self._made().ids()

    def digests(self, about: str, content: str) -> tuple[str, ...] | Withheld:
        return self._made().digests(about, content)


class Env(Keys):
    """Secrets of which each is its own name."""

    def read(self, ref: SecretRef, _encrypted: bytes) -> str:
        return f"<{ref.name}>"


def catalog_of(texts: Mapping[str, str | bytes]) -> Catalog:
    return Library(TARGET_TYPES).catalog(Commit(texts))


def problems_of(texts: Mapping[str, str | bytes], library: Library | None = None) -> list[str]:
    """All that is wrong with a repository, as people are reported; [] when nothing is."""
    try:
        (library or Library(TARGET_TYPES)).catalog(Commit(texts))
    except DocumentsError as error:
        return [str(problem) for problem in error.problems]
    return []


def changed(texts: Mapping[str, str | bytes], path: str, old: str, new: str) -> dict[str, str | bytes]:
    """The repository with a piece of one file replaced, wherever it is there."""
    text = texts[path]
    assert isinstance(text, str)
    assert old in text, f"{old!r} is not in {path}"
    return {**texts, path: text.replace(old, new)}
