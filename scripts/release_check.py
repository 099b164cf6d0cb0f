"""`python -m scripts.release_check`: refuses a release of what is not committed, or not described in CHANGELOG.md."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]


def read_version(root: Path) -> str:
    """The version that pyproject.toml declares."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    return str(project["project"]["version"])


def check_changelog(text: str, version: str) -> str | None:
    """What CHANGELOG.md lacks for a release of a version; None where it lacks nothing."""
    expected = f"## {version} - YYYY-MM-DD"
    section = re.search(
        rf"^## {re.escape(version)} - \d{{4}}-\d\d-\d\d\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL
    )
    if section is None:
        return f"CHANGELOG.md: no heading `{expected}`; rename `## Unreleased` to it, and begin a new one above"
    if not re.search(r"^- ", section[1], re.MULTILINE):
        return f"CHANGELOG.md: nothing is listed below `{expected}`; say what changed for users"
    return None


def check_tree(root: Path) -> str | None:
    """What is not committed; None where nothing is left."""
    command = ["git", "status", "--porcelain", "--untracked-files=all"]
    lines = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout.splitlines()
    if not lines:
        return None
    more = f", and {len(lines) - 3} more" if len(lines) > 3 else ""
    return f"not committed: {', '.join(line[3:] for line in lines[:3])}{more}; commit or remove them"


def list_problems(root: Path) -> list[str]:
    """Everything that keeps the version in pyproject.toml from being released."""
    changelog = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    found = (check_changelog(changelog, read_version(root)), check_tree(root))
    return [problem for problem in found if problem]


if __name__ == "__main__":
    sys.exit("\n".join(list_problems(ROOT)) or 0)
