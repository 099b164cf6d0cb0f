"""The daemon as in its container: unmanaged user, everything read-only but its cache, and no shell;
and as a service of systemd: within the system calls of its unit.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.source.ssh import PROGRAM
from tests.confinement import USER
from tests.deploy.dockerfile import environment
from tests.end_to_end.conftest import Workplace
from tests.processes import MAGI_LISTENS, serving
from tests.system_calls import AVAILABLE
from tests.waiting import PATIENCE, eventually

UNIT = Path(__file__).parents[2] / "deploy" / "systemd" / "magi.service"
CACHE = "/var/cache/magi"
SETTINGS = """repository: {{url: "{url}", branch: main}}
cloudsFile: {folder}/clouds.yaml
"""
PROBE = """
import os, shutil, sys
from pathlib import Path
allowed = [place for place in sys.argv[1:] if os.access(place, os.W_OK)]
print(os.getuid(), allowed, [name for name in ("sh", "bash", "dash") if shutil.which(name)])
"""


def can_confine() -> bool:
    if os.geteuid() or not all(map(shutil.which, ("unshare", "setpriv", "mount"))):
        return False
    return subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False).returncode == 0


confining = pytest.mark.skipif(not can_confine(), reason="needs root, unshare, setpriv, and mount namespaces")


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that others get into, unlike that of pytest: with the settings, and the cache in it."""
    with tempfile.TemporaryDirectory(prefix="magi-confined-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "cache").mkdir()
        os.chown(folder / "cache", USER, USER)
        yield folder


def confined(place: Path, *command: str) -> subprocess.Popen[str]:
    """Starts a command of this Python with what the image sets, its volume being the cache of the place."""
    given = {name: value.replace(CACHE, str(place / "cache")) for name, value in environment().items()}
    given |= {"PATH": f"{place}/bin:{os.environ['PATH']}", "MAGI_LISTEN": "127.0.0.1:0"}
    return subprocess.Popen(
        ["unshare", "--mount", "--propagation", "private", sys.executable, "-m", "tests.confinement",
         str(place / "cache"), sys.executable, *command],
        env=given, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


@confining
def test_the_confinement_is_one(place: Path) -> None:
    places = [str(place / "cache"), str(place), "/", "/tmp", "/var/tmp", "/dev/shm", str(Path.cwd())]  # noqa: S108  all refused
    said, _ = confined(place, "-c", PROBE, *places).communicate(timeout=PATIENCE)
    assert said == f"{USER} {[str(place / 'cache')]} []\n"


@confining
def test_the_daemon_needs_its_cache_and_nothing_else(workplace: Workplace, place: Path) -> None:
    commit = workplace.copy_example("hello-world")
    runs_well(workplace, place, workplace.url, commit)


SSH = """#!{python}
# Answers as a server would: git on this machine, with the command that was to be run on the other one.
import os, shlex, sys
os.environ |= {{"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*"}}
os.execvp("git", ["git", *shlex.split(sys.argv[-1].removeprefix("git-"))])
"""


@confining
@pytest.mark.skipif(not Path(sys.executable).with_name(PROGRAM).exists(), reason=f"{PROGRAM} is not installed")
def test_nor_does_it_where_git_is_reached_over_ssh(workplace: Workplace, place: Path) -> None:
    commit = workplace.copy_example("hello-world")
    shutil.copytree(workplace.work.bare, place / "team.git")
    (place / "bin").mkdir()
    (place / "bin" / "ssh").write_text(SSH.format(python=sys.executable))
    (place / "bin" / "ssh").chmod(0o755)
    runs_well(workplace, place, f"ssh://git@git.example{place}/team.git", commit)


def runs_well(workplace: Workplace, place: Path, url: str, commit: str) -> None:
    """Follows a repository confined, makes what it asks for, is ready, and ends as it should."""
    (place / "magi.yaml").write_text(SETTINGS.format(url=url, folder=place))
    shutil.copy(workplace.clouds_file, place)
    os.chown(place / "clouds.yaml", USER, USER)
    process = confined(place, "-m", "reconciler.cli", "run", "--config", str(place / "magi.yaml"))
    with serving(process, MAGI_LISTENS) as magi:

        def ready() -> bool:
            try:
                return bool(urllib.request.urlopen(f"{magi.url}/readyz", timeout=PATIENCE).status == 200)
            except OSError:
                return False

        eventually(ready)
        eventually(lambda: any(method == "POST" for _, method, _ in workplace.writes()))
    assert process.returncode == 0, magi.output
    assert commit in magi.output
    assert "Traceback" not in magi.output


@pytest.mark.skipif(not AVAILABLE, reason="systemd-analyze or libseccomp is not installed")
def test_the_daemon_runs_within_the_system_calls_that_the_unit_allows(workplace: Workplace) -> None:
    workplace.copy_example("hello-world")
    file = workplace.folder / "magi.yaml"
    file.write_text(SETTINGS.format(url=workplace.url, folder=workplace.folder))
    extra = {"MAGI_CACHE_DIR": f"{workplace.folder}/cache", "MAGI_LISTEN": "127.0.0.1:0"}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.system_calls", str(UNIT),
         sys.executable, "-m", "reconciler.cli", "run", "--config", str(file)],
        env=workplace.environment(extra), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    with serving(process, MAGI_LISTENS) as magi:
        eventually(lambda: any(method == "POST" for _, method, _ in workplace.writes()))
    assert process.returncode == 0, magi.output
    assert "Traceback" not in magi.output
