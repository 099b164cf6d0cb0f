"""deploy/systemd/: what systemd thinks of the unit.

That the daemon runs within what it allows, tests/end_to_end/test_confined.py tries."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import click
import pytest

from reconciler.cli import exits
from reconciler.cli.main import magi
from tests.system_calls import settings

FOLDER = Path(__file__).parents[2] / "deploy" / "systemd"
UNIT = FOLDER / "magi.service"
SETTINGS = dict(settings(UNIT))
EXPOSURE = 1.5
"""At most, of 10: what `systemd-analyze security` takes as a measure of what a service could do."""

systemd = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")


@systemd
def test_systemd_understands_the_unit(tmp_path: Path) -> None:
    unit = tmp_path / "magi.service"
    program = tmp_path / "magi"
    program.write_text("#!/bin/true\n")
    program.chmod(0o755)
    unit.write_text(UNIT.read_text().replace("/opt/magi/bin/magi", str(program)))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(unit)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@systemd
def test_the_service_could_do_little_besides() -> None:
    command = ["systemd-analyze", "security", "--offline=true", f"--threshold={EXPOSURE * 10:.0f}", "--no-pager"]
    done = subprocess.run([*command, str(UNIT)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_it_starts_a_command_that_magi_has() -> None:
    program, command, *arguments = SETTINGS["ExecStart"].split()
    assert program == "/opt/magi/bin/magi"
    known = magi.get_command(click.Context(magi), command)
    assert known is not None
    known.make_context(command, list(arguments))


def test_it_reloads_by_sighup_and_waits_longer_for_the_end_than_magi_takes() -> None:
    assert SETTINGS["ExecReload"] == "/bin/kill -HUP $MAINPID"
    assert int(SETTINGS["TimeoutStopSec"]) > 30
    assert SETTINGS["RestartPreventExitStatus"] == str(exits.CONFIG)


def test_its_user_is_the_one_that_is_made_for_it() -> None:
    lines = (FOLDER / "magi.sysusers.conf").read_text(encoding="utf-8").splitlines()
    (user,) = (line.split() for line in lines if line[0] != "#")
    assert user[:2] == ["u", SETTINGS["User"]]
    assert SETTINGS["User"] == SETTINGS["Group"]
