"""The hooks of pre-commit and the sessions of nox do what make and pyproject.toml say."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
CONFIG: Any = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
HOOKS = [hook for repo in CONFIG["repos"] for hook in repo["hooks"]]


def recipe(target: str) -> list[str]:
    """The commands of a target of make, with the values of variables."""
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    found = re.search(rf"^{target}:.*\n((?:\t.*\n)+)", text, re.MULTILINE)
    assert found
    values = {"$(BIN)": ".venv/bin", "$(MAKE)": "make", "$(TOOLS)": ".venv-tools"}
    lines = [line.strip().lstrip("@") for line in found[1].splitlines()]
    return [re.sub(r"\$\(\w+\)", lambda match: values[match[0]], line) for line in lines]


def test_the_hooks_are_the_steps_of_make_check() -> None:
    assert [hook["entry"] for hook in HOOKS] == recipe("check")


def test_hooks_download_nothing() -> None:
    assert [repo["repo"] for repo in CONFIG["repos"]] == ["local"]
    assert {hook["language"] for hook in HOOKS} == {"system"}


def test_the_versions_that_are_tried_are_those_that_are_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    tree = ast.parse((ROOT / "noxfile.py").read_text(encoding="utf-8"))
    tried = next(
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "VERSIONS"
    )
    declared = [one.rpartition(" ")[2] for one in project["classifiers"] if re.search(r":: 3\.\d+$", one)]
    assert list(tried) == declared
    assert project["requires-python"] == f">={tried[0]}"


def test_the_site_is_built_in_ci_and_a_broken_link_fails_it() -> None:
    # `--quiet` would silence the warnings, and `--strict` counts only those that are not.
    assert recipe("site")[-1].endswith("/mkdocs build --strict")
    assert "make site\n" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
