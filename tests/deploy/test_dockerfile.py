"""The Dockerfile: what can be judged without building it.

What the image relies on (a cache folder and nothing else, no shell, no rights) tests/end_to_end/test_confined.py tries.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from reconciler.cli.main import magi
from reconciler.config import Address
from reconciler.web import Server, make_health_app
from tests.deploy.dockerfile import FILE, environment, of, stages
from tests.deploy.settings import check
from tests.ports import free_port
from tests.waiting import PATIENCE
from tests.web.shown import Shown

ROOT = FILE.parent


def test_hadolint_is_content() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([hadolint, "--no-color", FILE], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_it_is_built_in_one_stage_and_runs_in_another_slim_one() -> None:
    build, final = stages()
    for stage in (build, final):
        assert re.match(r"python:3\.\d+-slim\b", stage[0].text)
    assert stages()[0][0].text.split()[0] == stages()[1][0].text.split()[0], "a venv is of one Python"
    assert [one.text for one in of(final, "COPY")] == ["--from=build /opt/magi /opt/magi"]
    assert not any("pip" in one.text for one in of(final, "RUN"))


def test_the_base_is_named_by_its_digest() -> None:
    for stage in stages():
        assert re.fullmatch(r"python:3\.\d+-slim@sha256:[0-9a-f]{64}", stage[0].text.split()[0])


def test_nothing_is_installed_but_what_is_pinned_with_a_hash() -> None:
    (made,) = (one.text for one in of(stages()[0], "RUN"))
    installs = [command for command in made.split("&&") if re.search(r"\bpip\b.* (install|wheel) ", command)]
    (runtime, build, wheel, ourselves) = installs
    assert "--require-hashes -r requirements/runtime.txt" in runtime
    assert "--require-hashes -r requirements/build.txt" in build
    assert "--no-deps --no-build-isolation" in wheel
    assert "--no-deps /wheels/" in ourselves


def test_it_runs_as_a_user_with_a_number_and_no_rights() -> None:
    """A number, so that Kubernetes can show that it is not root."""
    (user,) = of(stages()[-1], "USER")
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", user.text)
    made = " ".join(one.text for one in of(stages()[-1], "RUN"))
    uid, gid = user.text.split(":")
    assert f"--uid {uid}" in made
    assert f"--gid {gid}" in made


def test_nothing_that_it_runs_needs_a_shell() -> None:
    final = stages()[-1]
    (start,), (arguments,), (check,) = (of(final, name) for name in ("ENTRYPOINT", "CMD", "HEALTHCHECK"))
    assert start.program == ["magi"]
    command, *rest = arguments.program
    known = magi.get_command(click.Context(magi), command)
    assert known is not None
    known.make_context(command, rest)
    assert check.program[0] == "python"
    compile(check.program[2], "HEALTHCHECK", "exec")


def test_all_that_it_writes_is_in_the_folder_that_is_a_volume() -> None:
    (volume,) = of(stages()[-1], "VOLUME")
    assert {environment()[name] for name in ("HOME", "TMPDIR", "MAGI_CACHE_DIR")} == {volume.text}


def test_its_settings_are_settings_of_magi_and_hold_no_secret(tmp_path: Path) -> None:
    (tmp_path / "magi.yaml").write_text("repository: {url: https://git.example/a.git}\n")
    values, problems = check(tmp_path / "magi.yaml", environment() | {"HOME": str(tmp_path)})
    (port,) = of(stages()[-1], "EXPOSE")
    assert values["listen"].rpartition(":")[2] == port.text
    assert values["cacheDir"] == environment()["MAGI_CACHE_DIR"]
    assert problems == []
    assert not [name for name in environment() if re.search("TOKEN|SECRET|PASSWORD|KEY", name)]


def test_what_it_copies_gets_through_dockerignore() -> None:
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = {source for one in of(stages()[0], "COPY") for source in one.text.split()[:-1]}
    assert copied == kept
    assert all((ROOT / source).exists() for source in copied)
    assert shutil.which("git"), "the tests need what the image installs"


@pytest.mark.parametrize("variable", ["MAGI_LISTEN", "MAGI_METRICS_LISTEN"])
@pytest.mark.parametrize("address", ["0.0.0.0", "127.0.0.1", "[::]"])  # noqa: S104  no binding
def test_its_health_is_asked_where_the_variables_say(variable: str, address: str) -> None:
    server = Server(make_health_app(Shown(ready=True)), Address("::1" if address == "[::]" else "127.0.0.1", 0))
    server.start()
    (said,) = of(stages()[-1], "HEALTHCHECK")
    command, other = [sys.executable, *said.program[1:]], {"MAGI_LISTEN": f"127.0.0.1:{free_port()}"}
    try:
        given = {**other, variable: f"{address}:{server.port}"}
        done = subprocess.run(command, env=given, capture_output=True, text=True, check=False, timeout=PATIENCE)
        assert done.returncode == 0, done.stderr
    finally:
        server.stop()
    done = subprocess.run(command, env=other, capture_output=True, text=True, check=False, timeout=PATIENCE)
    assert done.returncode != 0
