"""CONTRIBUTING.md and the pages for developers: the files, targets of make, classes and links that they name exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "CONTRIBUTING.md", ROOT / "docs" / "adding-a-kind.md", ROOT / "docs" / "adding-a-driver.md"]
PACKAGES = ("reconciler/", "tests/", "fuzz/", "torture/", "devcloud/", "docs/", "schemas/", "desired-state-examples/")


@pytest.fixture(params=PAGES, ids=lambda page: page.stem)
def page(request: pytest.FixtureRequest) -> str:
    file: Path = request.param
    return file.read_text(encoding="utf-8")


def test_the_files_that_a_page_names_exist(page: str) -> None:
    named = {word for word in re.findall(r"`([\w./-]+)`", page) if word.startswith(PACKAGES)}
    assert named
    assert {name for name in named if not (ROOT / name).exists()} == set()


def test_the_targets_of_make_that_a_page_names_exist(page: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = set(re.findall(r"(?:`|^)make ([a-z-]+)", page, re.MULTILINE))
    assert named <= targets


def methods(text: str, name: str) -> set[str]:
    """The public methods that a class declares."""
    body = re.split(r"^(?=\S)", text.split(f"\nclass {name}(", 1)[1].partition("\n")[2], flags=re.MULTILINE)[0]
    return set(re.findall(r"^    def ([a-z]\w*)\(", body, re.MULTILINE))


def rows_below(page: str, heading: str) -> set[str]:
    """The names in the first column of the first table of a section."""
    table = page.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    return {
        name for cell in re.findall(r"^\| (`.*?`) \|", table, re.MULTILINE) for name in re.findall(r"`(\w+)`", cell)
    }


def test_the_contract_of_a_driver_is_listed_in_full() -> None:
    page = (ROOT / "docs" / "adding-a-driver.md").read_text(encoding="utf-8")
    source = (ROOT / "reconciler" / "model" / "targets.py").read_text(encoding="utf-8")
    assert rows_below(page, "The contract") == methods(source, "Driver")


def test_the_contract_of_a_kind_names_methods_that_it_has() -> None:
    page = (ROOT / "docs" / "adding-a-kind.md").read_text(encoding="utf-8")
    source = (ROOT / "reconciler" / "targets" / "rest" / "kind.py").read_text(encoding="utf-8")
    assert rows_below(page, "What a kind is") == methods(source, "Kind") - {"items", "recognise", "observed"}


def test_how_a_kind_is_adopted_is_listed_in_full() -> None:
    page = (ROOT / "docs" / "adding-a-kind.md").read_text(encoding="utf-8")
    source = (ROOT / "reconciler" / "targets" / "openstack" / "kinds" / "declared.py").read_text(encoding="utf-8")
    assert rows_below(page, "How a kind is adopted") == methods(source, "OpenStackKind")
