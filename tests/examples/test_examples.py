"""Every folder of desired-state-examples: valid, its first plan as reviewed, converging, and then at rest.

UPDATE_GOLDEN=1 writes the golden plans again.
"""

import os
from collections.abc import Iterator, Mapping
from difflib import unified_diff
from pathlib import Path

import pytest
import yaml

from reconciler.documents import Library
from reconciler.documents.reading.schema_files import SCHEMA_FILES, schema_folder
from reconciler.loop.converge import converge
from reconciler.loop.one_pass import one_pass
from reconciler.model import Catalog, Driver, Health, Plan, Sync
from reconciler.review import plans_text
from reconciler.source import Directory
from reconciler.targets.registry import TARGET_TYPES
from tests.examples.conftest import EXAMPLES, FOLDERS, Connect
from tests.waiting import PATIENCE

GOLDEN = Path(__file__).parent / "golden"
SCHEMA_LINE = "# yaml-language-server: $schema="

every_folder = pytest.mark.parametrize("folder", FOLDERS)


def catalog_of(folder: str) -> Catalog:
    return Library(TARGET_TYPES).catalog(Directory(EXAMPLES / folder).fetch())


def documents_of(folder: str) -> list[Path]:
    """The files with documents: what a descriptor names as user data is none, whatever its suffix."""
    files = sorted((EXAMPLES / folder).rglob("*.yaml"))
    return [file for file in files if "apiVersion: magi/" in file.read_text(encoding="utf-8")]


def plans_of(catalog: Catalog, drivers: Mapping[str, Driver]) -> Iterator[Plan]:
    for target in sorted(drivers):
        report = one_pass(target, catalog, drivers[target], dry_run=True)
        assert report.plan is not None, report.error
        yield report.plan


@every_folder
def test_its_first_plan_reads_as_reviewed(folder: str, connected: Connect) -> None:
    catalog = catalog_of(folder)
    plans = list(plans_of(catalog, connected(catalog)))
    text = "".join(f"{line.text}\n" for line in plans_text(plans))
    golden = GOLDEN / f"{folder}.txt"
    if os.environ.get("UPDATE_GOLDEN") == "1":
        golden.write_text(text, encoding="utf-8")
    reviewed = golden.read_text(encoding="utf-8") if golden.exists() else ""
    differences = "\n".join(unified_diff(reviewed.splitlines(), text.splitlines(), str(golden), "now", lineterm=""))
    assert not differences, f"{differences}\nif this is meant: UPDATE_GOLDEN=1 pytest tests/examples"


@every_folder
def test_it_converges_and_stays_at_rest(folder: str, connected: Connect) -> None:
    catalog = catalog_of(folder)
    drivers = connected(catalog)
    result = converge(catalog, drivers, timeout=PATIENCE)
    services = [service for report in result.reports.values() for service in report.services]
    assert {(service.sync, service.health) for service in services} == {(Sync.SYNCED, Health.HEALTHY)}, services
    assert result.succeeded
    assert {service.name for service in services} == set(catalog.services)
    assert [len(plan) for plan in plans_of(catalog, drivers)] == [0 for _ in drivers]


@every_folder
def test_every_vim_of_it_is_used(folder: str) -> None:
    catalog = catalog_of(folder)
    assert [name for name, resources in catalog.desired.items() if not resources] == []


@every_folder
def test_every_document_leads_an_editor_to_the_schema_of_its_kind(folder: str) -> None:
    files = documents_of(folder)
    assert files
    for file in files:
        text = file.read_text(encoding="utf-8")
        first = text.splitlines()[0]
        assert first.startswith(SCHEMA_LINE), file
        kinds = {document["kind"] for document in yaml.safe_load_all(text)}
        assert len(kinds) == 1, f"{file}: one schema line can't serve {kinds}"
        schema = (file.parent / first.removeprefix(SCHEMA_LINE)).resolve()
        assert schema.is_file(), file
        assert schema == Path(str(schema_folder())).resolve() / SCHEMA_FILES[kinds.pop()], file


@every_folder
def test_it_explains_itself(folder: str) -> None:
    text = (EXAMPLES / folder / "README.md").read_text(encoding="utf-8")
    assert text.startswith(f"# {folder}\n")
    for command in ("simulate", "validate", "plan", "apply"):
        assert f"magi {command}" in text
    assert f"desired-state-examples/{folder} --clouds-file" in text


def test_the_list_of_examples_is_complete_and_counts_right() -> None:
    text = (EXAMPLES.parent / "docs" / "examples.md").read_text(encoding="utf-8")
    for folder in FOLDERS:
        catalog = catalog_of(folder)
        servers = sum(key.kind == "server" for resources in catalog.desired.values() for key in resources)
        assert f"| [{folder}](../desired-state-examples/{folder}) | {len(catalog.targets)} | {servers} |" in text


def test_no_golden_plan_is_left_of_a_folder_that_is_gone() -> None:
    assert sorted(file.stem for file in GOLDEN.iterdir()) == FOLDERS
