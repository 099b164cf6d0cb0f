"""Words of clouds, Git and forges do nothing to the terminal that shows them."""

from __future__ import annotations

import ast
import io
import json
import logging
import re
from pathlib import Path

import pytest
from rich.text import Text

from reconciler.cli import output
from reconciler.cli.logs import JsonFormatter, TextFormatter
from tests.hostile import DANGEROUS, HOSTILE

CLI = Path(output.__file__).parent


def printed(terminal: bool, *things: object) -> str:
    file = io.StringIO()
    out = output._Console(file=file, force_terminal=terminal, width=200, color_system="standard" if terminal else None)
    for thing in things:
        out.print(thing)
    return file.getvalue()


@pytest.mark.parametrize("terminal", [False, True], ids=["a pipe", "a terminal"])
def test_whatever_is_printed_holds_no_control_character_but_those_of_colours(terminal: bool) -> None:
    table = output._table(output.console(), "A", "B")
    table.add_row(HOSTILE, Text(HOSTILE, style="red"))
    said = printed(terminal, HOSTILE, Text(HOSTILE, style="green"), table)
    assert DANGEROUS.search(re.sub("\x1b\\[[0-9;]*m", "", said)) is None
    # Its own colours are there, and none of the words'.
    assert ("\x1b[32m" in said, "\x1b[31mroom" in said) == (terminal, False)
    assert "\\x1b[31mroom" in said
    assert "[bold]x[/bold] [/]" in said


def test_in_a_table_words_stay_on_their_line() -> None:
    made = output.make_table(output.console(), ("A",), [(HOSTILE,)])
    assert "\\nparis: created all" in printed(False, made)


def test_what_is_echoed_keeps_its_lines_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    output.echo(f"one\ntwo {HOSTILE}")
    said = capsys.readouterr().out
    assert said.startswith("one\ntwo no ")
    assert DANGEROUS.search(said) is None


def test_json_stays_json_of_the_same_words(capsys: pytest.CaptureFixture[str]) -> None:
    output.print_json({"reason": HOSTILE, "name": "Zürich"})
    said = capsys.readouterr().out
    assert DANGEROUS.search(said) is None
    assert json.loads(said) == {"reason": HOSTILE, "name": "Zürich"}
    output.print_json({"name": "Zürich"})
    assert "Zürich" in capsys.readouterr().out


@pytest.mark.parametrize("form", [TextFormatter, JsonFormatter])
def test_a_line_of_the_log_is_one_line_without_control_characters(form: type[logging.Formatter]) -> None:
    record = logging.makeLogRecord({"msg": "step failed", "levelname": "WARNING", "reason": HOSTILE})
    line = form().format(record)
    assert "\n" not in line
    assert re.search("[\x00-\x1f]", line) is None


def test_nothing_in_the_commands_prints_past_the_one_place() -> None:
    """Neither print, nor click's or another console, nor the streams."""
    found = []
    for file in sorted(CLI.rglob("*.py")):
        if file.name == "output.py":
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                if called in {"print", "click.echo", "click.secho", "Console", "sys.stdout.write", "sys.stderr.write"}:
                    found.append(f"{file.name}:{node.lineno}: {called}")
    assert found == []
