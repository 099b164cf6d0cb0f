"""SIGTERM ends the daemon within its bound, whatever a cloud or a Git server does."""

from __future__ import annotations

import signal
import socket
import subprocess
import time

import pytest
import yaml

from tests.drivers.lying import Answering, endless, lying, trickling
from tests.end_to_end.conftest import Workplace
from tests.processes import daemon
from tests.waiting import eventually

STOP_TIMEOUT = 1
HANGS = 120.0
"""What hangs would hold the process for much longer."""

SETTINGS = f"""
repository: {{url: "URL", timeout: 300}}
cloudsFile: clouds.yaml
cacheDir: FOLDER/cache
listen: 127.0.0.1:0
stopTimeout: {STOP_TIMEOUT}
"""


def settings(workplace: Workplace, url: str) -> str:
    return SETTINGS.replace("URL", url).replace("FOLDER", str(workplace.folder))


def ends_in_time(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGTERM)
    begun = time.monotonic()
    process.wait(HANGS)
    assert time.monotonic() - begun < HANGS


@pytest.mark.parametrize("answering", [trickling, endless])
def test_a_cloud_that_never_ends_its_answer_keeps_no_one(workplace: Workplace, answering: Answering) -> None:
    bounds = "  api: {timeout: 600, totalTimeout: 600, maxAnswerBytes: 1000000000000}\n"
    workplace.copy_example("hello-world")
    text = (workplace.work.path / "vims.yaml").read_text()
    assert text.count("spec:\n") == 1
    workplace.work.commit({"vims.yaml": text.replace("spec:\n", f"spec:\n{bounds}")}, "Bounds")
    with lying(answering) as (url, asked):
        content = yaml.safe_load(workplace.clouds_file.read_text())
        content["clouds"]["paris"]["network_endpoint_override"] = url
        workplace.clouds_file.write_text(yaml.safe_dump(content))
        with daemon(workplace, settings(workplace, workplace.url)) as magi:
            eventually(lambda: asked)
            ends_in_time(magi.process)


def test_a_git_server_that_says_nothing_keeps_no_one(workplace: Workplace) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/x.git"
        with daemon(workplace, settings(workplace, url)) as magi:
            connection, _ = silent.accept()
            ends_in_time(magi.process)
            # Nothing of it outlives the daemon: the other end of the connection is closed.
            with connection:
                connection.settimeout(HANGS)
                while connection.recv(65536):
                    pass
