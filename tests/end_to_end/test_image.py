"""The image that the Dockerfile makes, in a real container engine, as confined as the Dockerfile says that it may be.

`make test-image` builds the image and shows what runs it, as a bare machine has neither an engine nor the base image.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import urllib.request
from collections.abc import Iterator, Sequence

import pytest

from tests.deploy.dockerfile import of, stages
from tests.end_to_end.conftest import Workplace
from tests.processes import serving
from tests.waiting import PATIENCE, eventually

ENGINE = os.environ.get("MAGI_TEST_ENGINE", "").split()
IMAGE = os.environ.get("MAGI_TEST_IMAGE", "")
CONFINED = ("--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges")
PROBE = """
import os
writable = [place for place in ("/", "/etc", "/opt/magi", "/usr", "/var/cache/magi") if os.access(place, os.W_OK)]
print(os.getuid(), writable, "CapEff:\\t0000000000000000" in open("/proc/self/status").read())
"""

pytestmark = [
    pytest.mark.skipif(not (ENGINE and IMAGE), reason="MAGI_TEST_ENGINE and MAGI_TEST_IMAGE name no engine and image"),
    pytest.mark.xdist_group("container"),
]


def engine(*arguments: str) -> str:
    done = subprocess.run([*ENGINE, *arguments], capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def volume() -> Iterator[str]:
    name = f"magi-test-{secrets.token_hex(4)}"
    yield name
    engine("volume", "rm", name)


def status(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
            return int(answer.status)
    except OSError:
        return 0


def health_check() -> Sequence[str]:
    (said,) = of(stages()[-1], "HEALTHCHECK")
    return said.program


def test_the_daemon_makes_what_git_asks_for_read_only_without_rights_and_ends_when_asked(
    workplace: Workplace, volume: str
) -> None:
    commit = workplace.copy_example("hello-world")
    settings = workplace.folder / "magi.yaml"
    settings.write_text(f"repository: {{url: '{workplace.url}', branch: main}}\n")
    mounted = {settings: "/etc/magi/magi.yaml", workplace.clouds_file: "/etc/openstack/clouds.yaml"}
    for file in mounted:
        file.chmod(0o644)
    volumes = [f"--volume={volume}:/var/cache/magi", *(f"--volume={file}:{at}:ro" for file, at in mounted.items())]
    named = ("--name", volume, "--network", "host", "--env", "MAGI_LISTEN=127.0.0.1:0")
    process = subprocess.Popen(
        [*ENGINE, "run", "--rm", *named, *CONFINED, *volumes, IMAGE],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with serving(process, r'"magi runs".*"listen": "([^"]+)"') as magi:
        eventually(lambda: status(f"{magi.url}/readyz") == 200)
        eventually(lambda: any(method == "POST" for _, method, _ in workplace.writes()))
        listening = magi.url.removeprefix("http://")
        engine("exec", "--env", f"MAGI_LISTEN={listening}", volume, *health_check())
        assert f"at {commit[:10]}" in engine("exec", volume, "magi", "status", "--url", magi.url)
        assert engine("exec", volume, "python", "-c", PROBE) == "10001 ['/var/cache/magi'] True\n"
        engine("stop", "--time", "30", volume)
        process.wait(PATIENCE)
    assert process.returncode == 0, magi.output
    assert '"magi ends"' in magi.output
