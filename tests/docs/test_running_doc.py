"""docs/running.md and docs/rights.md: commands that Magi has, files that are there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from reconciler.cli.main import COMMANDS, magi

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "docs" / name for name in ("running.md", "rights.md")]
READMES = [ROOT / "deploy" / name / "README.md" for name in ("kubernetes", "grafana")]


def lines(page: Path) -> list[str]:
    """The commands of a page, those that go over several lines as one."""
    blocks = re.findall(r"```sh\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    return [line for block in blocks for line in block.replace("\\\n", "").splitlines() if line.strip()]


@pytest.mark.parametrize("line", [line for page in PAGES for line in lines(page)])
def test_commands_are_understood_and_files_of_this_repository_are_there(line: str) -> None:
    words = shlex.split(line, comments=True)
    if Path(words[0]).name == "magi":
        assert words[1] in COMMANDS
        command = magi.get_command(click.Context(magi), words[1])
        assert command is not None
        if not isinstance(command, click.Group):
            command.make_context(words[1], words[2:])
    for word in words:
        if word.startswith(("deploy/", "requirements/")):
            assert (ROOT / word).exists()


def test_the_tests_that_are_named_exist() -> None:
    for page in [*PAGES, *READMES]:
        for name in re.findall(r"`(tests/[\w/]+\.py)`", page.read_text(encoding="utf-8")):
            assert (ROOT / name).exists()
