"""A release is of what is committed and described: scripts/release_check.py, and the order of `make release`."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from scripts.release_check import check_changelog, list_problems, read_version

ROOT = Path(__file__).parents[2]
SECTIONS = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
GOOD = "## Unreleased\n\n## 1.2.0 - 2026-11-30\n\n### Fixed\n\n- A fault.\n\n## 1.1.0 - 2026-01-01\n\n- Old.\n"


def git(folder: Path, *words: str) -> None:
    who = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A committed project whose version is described."""
    (tmp_path / "pyproject.toml").write_text('[project]\nversion = "1.2.0"\n', encoding="utf-8")
    (tmp_path / "CHANGELOG.md").write_text(GOOD, encoding="utf-8")
    git(tmp_path, "init")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-m", "Begin")
    return tmp_path


def test_what_is_committed_and_described_may_be_released(project: Path) -> None:
    assert list_problems(project) == []


@pytest.mark.parametrize(
    ("changelog", "said"),
    [
        (GOOD.replace("## 1.2.0 - 2026-11-30", "## 1.2.0"), "no heading `## 1.2.0 - YYYY-MM-DD`"),
        (GOOD.replace("1.2.0", "1.2.01"), "no heading `## 1.2.0 - YYYY-MM-DD`"),
        (GOOD.replace("1.2.0", "1x2.0"), "no heading `## 1.2.0 - YYYY-MM-DD`"),
        (GOOD.replace("- A fault.\n", ""), "nothing is listed below `## 1.2.0 - YYYY-MM-DD`"),
    ],
)
def test_a_version_that_the_changelog_does_not_describe_is_refused(changelog: str, said: str) -> None:
    assert said in (check_changelog(changelog, "1.2.0") or "")


def test_changes_and_new_files_that_are_not_committed_are_refused_by_name(project: Path) -> None:
    (project / "pyproject.toml").write_text('[project]\nversion = "1.2.0"\n\n', encoding="utf-8")
    (project / "new.py").touch()
    assert list_problems(project) == ["not committed: pyproject.toml, new.py; commit or remove them"]


def test_many_of_them_are_counted(project: Path) -> None:
    for number in range(5):
        (project / f"{number}.py").touch()
    assert list_problems(project) == ["not committed: 0.py, 1.py, 2.py, and 2 more; commit or remove them"]


def test_the_check_comes_before_anything_is_built() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    recipe = re.search(r"^release:.*\n((?:\t.*\n)+)", text, re.MULTILINE)
    assert recipe
    check, build, *_ = recipe[1].splitlines()
    assert check.endswith("-m scripts.release_check")
    assert build.strip() == "$(MAKE) dist sbom"


def test_the_checksums_are_of_all_that_is_released() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    recipe = re.search(r"^release:.*\n((?:\t.*\n)+)", text, re.MULTILINE)
    assert recipe
    lines = recipe[1].splitlines()
    assert "sha256sum * > SHA256SUMS" in lines[-1]
    assert any("cp requirements/runtime.txt dist/requirements.txt" in line for line in lines[:-1])


def test_the_changelog_has_only_the_sections_of_its_format_each_once_a_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    for version in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        sections = re.findall(r"^### (.+)$", version, re.MULTILINE)
        assert set(sections) <= SECTIONS
        assert len(sections) == len(set(sections))


def test_the_version_of_the_project_is_a_semantic_one() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+((a|b|rc)\d+)?", read_version(ROOT))
