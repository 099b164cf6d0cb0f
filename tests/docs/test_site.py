"""The documentation as a site: every link leads somewhere, every page is in the navigation, folders become pages."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from scripts.site_source import LINK, NO_PAGES, collect, link_to_pages, list_pages, resolve

ROOT = Path(__file__).parents[2]
PAGES = list_pages(ROOT)
CODE = re.compile(r"```.*?```", re.DOTALL)


class _Loader(yaml.SafeLoader):
    """Reads mkdocs.yml, whose tags name functions of Python, without calling them."""


_Loader.add_multi_constructor("tag:yaml.org,2002:python/", lambda *_: None)


def anchors_of(text: str) -> set[str]:
    return {
        re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
        for heading in re.findall(r"^#+ (.*)$", CODE.sub("", text), flags=re.MULTILINE)
    }


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_links_of_a_page_lead_to_files_and_headings_that_exist(page: Path) -> None:
    text = CODE.sub("", (ROOT / page).read_text(encoding="utf-8"))
    for _, link, _ in LINK.findall(text):
        assert (ROOT / resolve(page, link)).exists(), link
    for link, anchor in re.findall(r"\]\((?![a-z]+:)([^)#\s]*)#([^)\s]+)\)", text):
        target = resolve(page, link) if link else page
        assert anchor in anchors_of((ROOT / target).read_text(encoding="utf-8")), f"{link}#{anchor}"


def pages_in(nav: Any) -> list[str]:
    """The pages that a navigation lists, at any depth."""
    if isinstance(nav, str):
        return [nav]
    entries = nav.values() if isinstance(nav, dict) else nav
    return [page for entry in entries for page in pages_in(entry)]


def test_the_navigation_has_every_page_of_the_docs_once() -> None:
    config = yaml.load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506
    listed = pages_in(config["nav"])
    docs = {str(page) for page in PAGES if page.parent == Path("docs")}
    assert len(listed) == len(set(listed))
    assert docs <= set(listed) <= {str(page) for page in PAGES}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("[one](../there)", "[one](../there/README.md)"),
        ("[one](../there/#part)", "[one](../there/README.md#part)"),
        ("[one](../bare)", "one"),
        ("[one](other.md)", "[one](other.md)"),
        ("[one](https://there.example/there)", "[one](https://there.example/there)"),
    ],
)
def test_a_linked_folder_becomes_its_readme_or_text(tmp_path: Path, text: str, shown: str) -> None:
    for name in ("there/README.md", "bare/file.yaml"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).touch()
    assert link_to_pages(tmp_path, Path("docs/page.md"), text) == shown


def test_pages_and_what_they_link_to_are_collected_and_nothing_else(tmp_path: Path) -> None:
    collect(ROOT, tmp_path)
    found = {file.relative_to(tmp_path) for file in tmp_path.rglob("*") if file.is_file()}
    assert {file for file in found if file.suffix == ".md"} == set(PAGES)
    assert Path("docs/images/plan.svg") in found
    assert Path("deploy/ci/github.yml") in found
    assert Path("pyproject.toml") not in found
    assert not any(str(file).startswith(NO_PAGES) for file in found)
