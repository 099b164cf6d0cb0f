"""docs/documents.md against the schemas: every field is there, once, with its right default, and no other."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from reconciler.documents.reading.schema_files import KINDS, schema_of
from tests.documents.commits import catalog_of

DOCS = Path(__file__).parents[2] / "docs"
TEXT = (DOCS / "documents.md").read_text(encoding="utf-8")


def tables() -> dict[str, dict[str, str]]:
    """The tables of fields by heading: {field: default}."""
    found: dict[str, dict[str, str]] = {}
    for section in re.split(r"^#{2,3} ", TEXT, flags=re.MULTILINE)[1:]:
        rows = re.findall(r"^\| `(\w+)` \| .*? \| (\S+) \| ", section, flags=re.MULTILINE)
        heading = section.partition("\n")[0]
        assert len({field for field, _ in rows}) == len(rows), heading
        found[heading] = dict(rows)
    return found


def parts() -> list[tuple[str, Any]]:
    """Every mapping that people can write, with the heading that it has to stand under."""
    named = {
        part["title"]: part for kind in KINDS for part in schema_of(kind)["$defs"].values() if "properties" in part
    }
    return [("Document", schema_of(KINDS[0])), *named.items()]


def default_of(name: str, part: Any) -> str:
    if name in part.get("required", ()):
        return "*required*"
    field = part["properties"][name]
    return f"`{json.dumps(field['default'])}`" if "default" in field else "—"


@pytest.mark.parametrize(("heading", "part"), parts(), ids=[heading for heading, _ in parts()])
def test_every_field_is_described_with_its_default(heading: str, part: Any) -> None:
    told = {field: default.replace('"', "") for field, default in tables()[heading].items()}
    assert told == {name: default_of(name, part).replace('"', "") for name in part["properties"]}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_chapter_with_a_valid_example(kind: str) -> None:
    chapter = re.search(rf"^## {kind}\n(.*?)^## ", TEXT, flags=re.MULTILINE | re.DOTALL)
    assert chapter
    example = re.search(r"```yaml\n(.*?)```", chapter[1], flags=re.DOTALL)
    assert example
    assert f"kind: {kind}\n" in example[1]


def test_the_examples_make_one_repository() -> None:
    examples = re.findall(r"```yaml\n(apiVersion.*?)```", TEXT, flags=re.DOTALL)
    files = {f"{index}.yaml": example for index, example in enumerate(examples)}
    catalog = catalog_of({**files, "cloud-init/firewall.yaml": "#cloud-config\n"})
    assert list(catalog.services) == ["vcpe", "edge-paris"]
    names = {key.name for key in catalog.desired["paris"]}
    table = TEXT.partition("## Names on OpenStack")[2].partition("## What")[0]
    named = {name for name in re.findall(r"`(vcpe/[^`]+)`", table) if "sync" not in name}
    assert named <= names


@pytest.mark.parametrize("page", ["documents.md", "concepts.md"])
def test_links_lead_somewhere(page: str) -> None:
    text = (DOCS / page).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)]+)\)", text):
        path, _, anchor = target.partition("#")
        assert "://" in target or (DOCS / (path or page)).exists(), target
        if anchor and not path:
            assert anchor in {slug(heading) for heading in re.findall(r"^#+ (.*)$", text, flags=re.MULTILINE)}, target


def slug(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
