"""`python -m scripts.site_source FOLDER`: collects the pages of the documentation site and the files they link to.

Pages link across the whole repository and are read on forges too, while mkdocs takes one folder. So pages are copied
under their own paths. A forge shows a folder that is linked; a site has its README, or else nothing to show.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

ROOT = Path(__file__).parents[1]
NO_PAGES = ("tests/", "fuzz/", ".github/")
LINK = re.compile(r"(?<!!)\[([^\]]*)\]\((?![a-z]+:)([^)#\s]+)(#[^)\s]*)?\)")
IMAGE = re.compile(r"!\[[^\]]*\]\((?![a-z]+:)([^)#\s]+)\)")


def list_pages(root: Path) -> list[Path]:
    """The Markdown files that belong to the repository, committed or not, relative to its root."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "*.md"]
    names = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout.split("\0")
    return [Path(name) for name in sorted(names) if name and not name.startswith(NO_PAGES) and (root / name).is_file()]


def resolve(page: Path, link: str) -> Path:
    """What a link of a page leads to, relative to the root."""
    return Path(os.path.normpath(page.parent / unquote(link)))


def link_to_pages(root: Path, page: Path, text: str) -> str:
    """The text of a page with links to folders turned into links to their README, or into text where there is none."""

    def replace(match: re.Match[str]) -> str:
        label, link, anchor = match[1], match[2], match[3] or ""
        folder = root / resolve(page, link)
        if not folder.is_dir():
            return match[0]
        return f"[{label}]({link.rstrip('/')}/README.md{anchor})" if (folder / "README.md").exists() else label

    return LINK.sub(replace, text)


def linked_files(root: Path, page: Path, text: str) -> Iterator[Path]:
    """The files other than pages that a page links to or shows."""
    for link in [*(match[2] for match in LINK.finditer(text)), *IMAGE.findall(text)]:
        target = resolve(page, link)
        if target.suffix != ".md" and not target.is_relative_to("..") and (root / target).is_file():
            yield target


def collect(root: Path, folder: Path) -> None:
    """Write the pages and what they link to into a folder."""
    for page in list_pages(root):
        text = (root / page).read_text(encoding="utf-8")
        written = folder / page
        written.parent.mkdir(parents=True, exist_ok=True)
        written.write_text(link_to_pages(root, page, text), encoding="utf-8")
        for file in linked_files(root, page, text):
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(root / file, folder / file)


if __name__ == "__main__":
    collect(ROOT, Path(sys.argv[1]))
