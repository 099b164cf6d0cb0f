"""The documents of a commit, held against their schemas and expanded into the desired state.

An input is a repository as JSON, ``{path: [document, ...] or text}``; or, where it begins with anything but ``{``, the
number of one of desired-state-examples in its first byte and mutations of that.

Contract: a catalog, or DocumentsError with problems that have places; the same each time. what is declared has the
types that its Specs declare, refers to nothing that no one makes, and can be planned and reported for an empty VIM.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from fuzz.mutating import mutate, mutations_in
from fuzz.targets.loader import lines_of, require_place
from reconciler.documents import Library
from reconciler.documents.reading.loader import load
from reconciler.model import Catalog, DocumentsError, Problem, World
from reconciler.planning import plan_target
from reconciler.review import plan_json
from reconciler.source.snapshot import SourceFile
from reconciler.targets.openstack.kinds import EXISTING
from reconciler.targets.registry import TARGET_TYPES

EXAMPLES = Path(__file__).parents[2] / "desired-state-examples"

Repository = dict[str, Any]

_OUTSIDE = frozenset({"fitting-flavor", *(kind.name for kind in EXISTING)})
"""Kinds of which a service may name what it does not make."""


@dataclass
class Commit:
    """Files as a Library sees them."""

    contents: Mapping[str, bytes]
    left_out: Mapping[str, str] = field(default_factory=dict)
    ignored: int = 0
    problems: tuple[Problem, ...] = ()
    shared: str = ""

    @property
    def files(self) -> dict[str, SourceFile]:
        return {
            path: SourceFile(path, sha256(content).hexdigest(), len(content)) for path, content in self.contents.items()
        }

    def read(self, paths: Iterable[str]) -> dict[str, bytes]:
        return {path: self.contents[path] for path in paths}


def check(data: bytes) -> None:
    """Raises for an input that breaks the contract."""
    repository = _repository(data)
    if repository is None:
        return
    contents = {path: _file(content) for path, content in repository.items()}
    found, again = _catalog(contents), _catalog(contents)
    if isinstance(found, DocumentsError):
        assert isinstance(again, DocumentsError)
        assert found.problems == again.problems
        for problem in found.problems:
            # What is said of a repository as a whole is said of the folder.
            require_place(problem, lines_of(b"" if problem.file == "." else contents[problem.file]))
        return
    assert isinstance(again, Catalog)
    assert found.desired == again.desired
    for target in found.targets:
        _require_sound(found, target)


def spelled(data: bytes) -> bytes:
    """The repository that an input represents, as JSON."""
    repository = _repository(data)
    return data if repository is None else json.dumps(repository, indent=1).encode()


def examples() -> tuple[str, ...]:
    """The names of desired-state-examples, in the order in which a first byte counts them."""
    return tuple(sorted(path.name for path in EXAMPLES.iterdir() if path.is_dir()))


def _repository(data: bytes) -> Repository | None:
    """None for bytes that represent none."""
    if not data.startswith(b"{"):
        names = examples()
        repository: Repository = json.loads(_example(names[data[0] % len(names)] if data else names[0]))
        mutate(repository, mutations_in(data[1:]))
    else:
        try:
            repository = json.loads(data)
        except (ValueError, RecursionError):
            return None
    return {str(path): content for path, content in repository.items() if path and "\0" not in path}


@cache
def _example(name: str) -> str:
    files: Repository = {}
    for path in sorted((EXAMPLES / name).rglob("*")):
        if path.suffix == ".yaml":
            loaded = load(path.read_bytes(), path.name)
            files[path.relative_to(EXAMPLES / name).as_posix()] = [one.data for one in loaded.documents]
        elif path.is_file() and path.suffix != ".md":
            files[path.relative_to(EXAMPLES / name).as_posix()] = path.read_text(encoding="utf-8")
    return json.dumps(files)


def _file(content: Any) -> bytes:
    """A file with documents, a document a line, as JSON is YAML too."""
    if isinstance(content, str):
        return content.encode("utf-8", "surrogatepass")
    documents = content if isinstance(content, list) else [content]
    return "".join(f"---\n{json.dumps(one, ensure_ascii=False)}\n" for one in documents).encode(
        "utf-8", "surrogatepass"
    )


def _catalog(contents: Mapping[str, bytes]) -> Catalog | DocumentsError:
    try:
        return Library(TARGET_TYPES).catalog(Commit(contents))
    except DocumentsError as error:
        return error


def _require_sound(catalog: Catalog, target: str) -> None:
    desired = catalog.desired.get(target, {})
    for key, item in desired.items():
        assert key == item.key
        assert key.target == target
        hash(item.spec)
        lost = [ref for ref in item.spec.refs() if ref not in desired and ref.kind not in _OUTSIDE]
        assert not lost, f"{key} refers to {lost}"
    plan = plan_target(catalog, World(target, {}, {}))
    json.dumps(plan_json(plan))
