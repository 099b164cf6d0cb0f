"""Documents written out: a repository again, that asks for exactly the same."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies

from reconciler.documents import Library, rendered, yaml_of
from reconciler.documents.reading.loader import load
from reconciler.model import Catalog, Key, Spec
from reconciler.targets.registry import TARGET_TYPES
from tests.documents.commits import Commit, Env
from tests.documents.test_service_templates import REPOSITORY as TEMPLATES
from tests.documents.test_values_of_members import REPOSITORY as VALUES

EXAMPLES = Path(__file__).parents[2] / "desired-state-examples"


def texts_of(folder: Path) -> dict[str, str | bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}


def library() -> Library:
    return Library(TARGET_TYPES, Env())


@pytest.mark.parametrize("folder", sorted(one for one in EXAMPLES.iterdir() if one.is_dir()), ids=lambda one: one.name)
def test_what_is_rendered_asks_for_the_same(folder: Path) -> None:
    holds_the_same(texts_of(folder))


@pytest.mark.parametrize("repository", [TEMPLATES, VALUES])
def test_sets_and_templates_are_written_out(repository: dict[str, str | bytes]) -> None:
    assert holds_the_same(repository).isdisjoint({"NetworkServiceSet", "NetworkServiceTemplate"})


def holds_the_same(texts: dict[str, str | bytes]) -> set[str]:
    """The kinds of what is rendered."""
    of_people = library()
    before = of_people.catalog(Commit(texts))
    documents = list(rendered(of_people.documents))
    files = {path: text for path, text in texts.items() if not _holds_documents(text)}
    after = library().catalog(Commit({**files, "all.yaml": "".join(f"---\n{yaml_of(one)}" for one in documents)}))
    assert specs_of(after) == specs_of(before)
    assert after.policy == before.policy
    assert after.services.keys() == before.services.keys()
    return {str(one["kind"]) for one in documents}


def specs_of(catalog: Catalog) -> dict[Key, Spec]:
    return {key: one.spec for desired in catalog.desired.values() for key, one in desired.items()}


def _holds_documents(text: str | bytes) -> bool:
    return b"apiVersion: magi/" in (text if isinstance(text, bytes) else text.encode())


def test_one_service_alone() -> None:
    of_people = library()
    of_people.catalog(Commit(TEMPLATES))
    [found] = rendered(of_people.documents, "nice")
    service: Any = found
    assert service["metadata"] == {"name": "nice"}
    assert [link["name"] for link in service["spec"]["virtualLinks"]] == ["lan", "dmz", "extra"]
    assert "template" not in service["spec"]


@settings(deadline=None)
@given(strategies.text(alphabet="0123456789eE+-._:xnofyestrul~ '\"#", max_size=12))
def test_text_stays_text(text: str) -> None:
    [document] = load(yaml_of({"value": text}).encode(), "f.yaml").documents
    assert document.data == {"value": text}
