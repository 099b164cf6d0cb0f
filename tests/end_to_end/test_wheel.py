"""The wheel in a virtual environment of its own, with the pinned packages and nothing of the developers'.

`make test-wheel` builds the wheel, and makes the environment.
"""

from __future__ import annotations

import os
import subprocess
import tomllib
from pathlib import Path

import pytest

INSTALLED = os.environ.get("MAGI_TEST_INSTALLED", "")
ROOT = Path(__file__).parents[2]
EXAMPLES = sorted(path for path in (ROOT / "desired-state-examples").iterdir() if path.is_dir())

pytestmark = pytest.mark.skipif(not INSTALLED, reason="MAGI_TEST_INSTALLED leads to no environment with the wheel")


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """A program of the environment, where nothing of the checkout is in reach."""
    environment = {"PATH": f"{INSTALLED}/bin:/usr/bin:/bin", "HOME": str(folder)}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_it_is_the_version_of_the_project_and_comes_from_the_environment(tmp_path: Path) -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert run(tmp_path, "magi", "--version").stdout == f"magi, version {version}\n"
    imported = run(tmp_path, "python", "-c", "import reconciler; print(reconciler.__file__)").stdout
    assert imported.startswith(INSTALLED)


@pytest.mark.parametrize("tool", ["pytest", "hypothesis", "mypy", "importlinter"])
def test_no_tool_of_the_developers_is_there(tmp_path: Path, tool: str) -> None:
    assert "ModuleNotFoundError" in run(tmp_path, "python", "-c", f"import {tool}").stderr


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_examples_are_valid(tmp_path: Path, example: Path) -> None:
    done = run(tmp_path, "magi", "validate", str(example))
    assert (done.returncode, done.stderr) == (0, "")


def test_what_is_wrong_is_refused_by_the_schemas_in_the_wheel(tmp_path: Path) -> None:
    (tmp_path / "vim.yaml").write_text(
        "apiVersion: magi/v1alpha1\nkind: Vim\nmetadata: {name: paris}\nspec: {type: openstak, cloud: paris}\n",
        encoding="utf-8",
    )
    done = run(tmp_path, "magi", "validate", str(tmp_path))
    assert done.returncode != 0
    assert "openstack" in done.stdout + done.stderr


def test_the_demo_with_its_own_clouds_and_examples_runs(tmp_path: Path) -> None:
    done = run(tmp_path, "magi", "demo")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("extra", ["github", "gitlab", "regopy", "opentelemetry.sdk.trace", "tooz.drivers.etcd3gw"])
def test_the_extras_of_the_pins_can_be_imported(tmp_path: Path, extra: str) -> None:
    assert run(tmp_path, "python", "-c", f"import {extra}").returncode == 0
