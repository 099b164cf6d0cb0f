"""The unit of systemd, in a system that is booted with it, as root of this machine can by systemd-nspawn.

`make test-system` makes the system: a small Debian with Magi and the unit in it. Nothing of a boot stays in there.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.end_to_end.conftest import Workplace
from tests.processes import ending
from tests.waiting import PATIENCE, eventually

SYSTEM = os.environ.get("MAGI_TEST_SYSTEM", "")
LISTEN = "127.0.0.1:19464"

pytestmark = pytest.mark.skipif(not SYSTEM, reason="MAGI_TEST_SYSTEM leads to no system")


@dataclass
class Booted:
    """``leader``: the first process of the system."""

    process: subprocess.Popen[bytes]

    @property
    def leader(self) -> str:
        number = self.process.pid
        return Path(f"/proc/{number}/task/{number}/children").read_text(encoding="utf-8").strip()

    def run(self, *command: str) -> str:
        inside = ["nsenter", "--target", self.leader, "--mount", "--uts", "--ipc", "--pid", "--cgroup", "--"]
        done = subprocess.run([*inside, *command], capture_output=True, text=True, timeout=PATIENCE, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def shown(self, *properties: str) -> dict[str, str]:
        lines = self.run("systemctl", "show", "magi", *(f"--property={name}" for name in properties)).splitlines()
        return dict(line.split("=", 1) for line in lines)

    def journal(self) -> str:
        return self.run("journalctl", "--unit", "magi", "--output", "cat", "--no-pager")


def is_up(path: str) -> bool:
    try:
        with urllib.request.urlopen(f"http://{LISTEN}{path}", timeout=PATIENCE) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


@pytest.fixture
def settings(workplace: Workplace) -> Path:
    """What goes to /etc/magi: for root and the group of the service alone."""
    groups = dict(line.split(":")[:3:2] for line in Path(SYSTEM, "etc/group").read_text(encoding="utf-8").splitlines())
    folder = workplace.folder / "etc"
    folder.mkdir()
    (folder / "magi.yaml").write_text(f"repository: {{url: '{workplace.url}', branch: main}}\nlisten: {LISTEN}\n")
    shutil.copy(workplace.clouds_file, folder / "clouds.yaml")
    for place, mode in ((folder, 0o750), (folder / "magi.yaml", 0o640), (folder / "clouds.yaml", 0o640)):
        os.chown(place, 0, int(groups["magi"]))
        place.chmod(mode)
    return folder


@pytest.fixture
def booted(settings: Path) -> Iterator[Booted]:
    options = ["--quiet", "--boot", "--volatile=overlay", "--console=pipe", "--register=no", "--keep-unit"]
    command = ["systemd-nspawn", *options, f"--directory={SYSTEM}", f"--bind={settings}:/etc/magi"]
    with ending(subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)) as process:
        system = Booted(process)
        try:
            yield system
        finally:
            system.run("systemctl", "poweroff", "--force")
            process.wait(PATIENCE)


def test_the_service_makes_what_git_asks_for_within_its_unit_is_reloaded_and_stopped(
    workplace: Workplace, settings: Path, booted: Booted
) -> None:
    workplace.copy_example("hello-world")
    eventually(lambda: is_up("/readyz"))
    eventually(lambda: any(method == "POST" for _, method, _ in workplace.writes()))
    status = booted.run("cat", f"/proc/{booted.shown('MainPID')['MainPID']}/status")
    assert {"CapEff:\t0000000000000000", "NoNewPrivs:\t1", "Seccomp:\t2"} <= set(status.splitlines())

    (settings / "magi.yaml").write_text((settings / "magi.yaml").read_text() + "stopTimeout: 5\n")
    booted.run("systemctl", "reload", "magi")
    eventually(lambda: "settings taken" in booted.journal())

    booted.run("systemctl", "stop", "magi")
    assert booted.shown("Result", "ExecMainStatus") == {"Result": "success", "ExecMainStatus": "0"}
    assert "Traceback" not in booted.journal()
