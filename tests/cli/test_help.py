"""What the command says of itself."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from typing import Any

import click
import pytest
from click.testing import CliRunner

from reconciler.cli import exits
from reconciler.cli.main import COMMANDS, magi, run
from tests.waiting import PATIENCE


def helped(*arguments: str) -> str:
    result = CliRunner().invoke(magi, [*arguments, "--help"], prog_name="magi")
    assert result.exit_code == 0, result.output
    return result.output


def test_the_help_names_every_command_and_every_exit_code() -> None:
    text = helped()
    assert [name for name in COMMANDS if not re.search(rf"^  {name} ", text, re.MULTILINE)] == []
    codes = {value for value in vars(exits).values() if isinstance(value, int)}
    assert [code for code in codes if not re.search(rf"(^|\s){code} ", text)] == []
    assert "Examples:" in text


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_loads_what_it_needs_by_itself(name: str) -> None:
    command = [sys.executable, "-m", "reconciler.cli", name, "--help"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_an_example_that_calls_it(name: str) -> None:
    text = helped(name)
    assert re.search(rf"Examples?:\n(.*\n)*? +magi {name}", text)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_explained_but_those_that_explain_themselves(name: str) -> None:
    command = magi.get_command(click.Context(magi), name)
    assert command is not None
    options = [one for one in command.params if isinstance(one, click.Option)]
    assert [one.name for one in options if not one.help and not isinstance(one.type, click.Choice)] == []


def test_examples_are_command_lines_that_are_understood() -> None:
    for name in COMMANDS:
        command = magi.get_command(click.Context(magi), name)
        assert command is not None
        for line in re.findall(rf"^ +magi {name}\b(.*)$", command.help or "", re.MULTILINE):
            arguments = shlex.split(line.partition(";")[0], comments=True)
            command.make_context(name, arguments or [])


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_completion_script_is_produced_for_each_shell(shell: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import sys; sys.argv[0] = 'magi'; from reconciler.cli import main; main()"],
        env={"_MAGI_COMPLETE": f"{shell}_source", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "_MAGI_COMPLETE" in done.stdout


def test_the_version_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == exits.FINE
    assert re.fullmatch(r"magi, version \d+\.\d+.*\n", capsys.readouterr().out)


def test_a_typo_in_a_command_is_an_error_of_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["plann"]) == exits.USAGE
    assert "plann" in capsys.readouterr().err


def test_a_defect_is_reported_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("manually")

    monkeypatch.setattr(magi, "main", broken)
    assert run(["plan"]) == exits.DEFECT
    assert "a defect in Magi: manually\n" in capsys.readouterr().err
    monkeypatch.setenv("MAGI_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        run(["plan"])
