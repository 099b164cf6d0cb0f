"""docs/tutorial.md as a reader has it: each block of commands is run, in order, and prints what the page says.

One thing is replaced, so that a port that is taken does no harm: 9999, the port of the simulator. That of the daemon is
in the environment, where `magi run` and `magi status` find it.
"""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.ports import free_port
from tests.walkthrough import Block, Differs, blocks, difference, walk

PAGE = Path(__file__).parents[2] / "docs" / "tutorial.md"
WHOLE_PAGE = 300.0
"""Seconds that end a hang."""
FIRST_APPLY = "magi apply . --yes\n"


def run(page: tuple[Block, ...], folder: Path) -> list[tuple[Block, str]]:
    home = folder / "home"
    home.mkdir()
    clouds, daemon = str(free_port()), f"127.0.0.1:{free_port()}"
    environment = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "LANG": os.environ.get("LANG", "C.UTF-8"),
        "HOME": str(home),
        "COLUMNS": "120",
        "MAGI_LISTEN": daemon,
        "MAGI_STATUS_URL": f"http://{daemon}",
    }
    names = {str(home): "/home/ann", clouds: "9999"}
    return walk(page, home, environment, substitutions={"9999": clouds}, names=names, seconds=WHOLE_PAGE)


def test_each_block_of_the_tutorial_prints_what_the_page_says(tmp_path: Path) -> None:
    page = blocks(PAGE)
    assert len(run(page, tmp_path)) == len(page)
    assert not (tmp_path / "home" / "magi-tutorial").exists()


def test_a_word_that_the_tutorial_has_wrong_is_found(tmp_path: Path) -> None:
    page = blocks(PAGE)
    until = next(number for number, block in enumerate(page) if block.commands == FIRST_APPLY)
    wrong = replace(page[until], printed=page[until].printed.replace("created server", "creates server"))
    assert wrong != page[until]
    with pytest.raises(Differs) as raised:
        run((*page[:until], wrong), tmp_path)
    message = str(raised.value)
    assert f"tutorial.md:{wrong.line}: block {until + 1}\n{FIRST_APPLY}" in message
    assert "-paris: creates server hello/web/web-0\n+paris: created server hello/web/web-0" in message


def test_every_block_with_a_changed_word_differs() -> None:
    for block in blocks(PAGE):
        for number, line in enumerate(lines := block.printed.splitlines()):
            # Of an estimate nothing is compared.
            if line.strip() not in ("", "...") and "Duration:" not in line:
                changed = "\n".join([*lines[:number], f"{line} more", *lines[number + 1 :]])
                whole = block.printed.replace("...\n", "")
                assert difference(replace(block, printed=changed), whole), f"{block.line}: {line}"
