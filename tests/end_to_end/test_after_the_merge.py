"""magi run shows the forge what became of a commit: the real process, a real Git server, a fake forge."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.end_to_end.conftest import Workplace
from tests.forges.fakes import FAKES, ForgeFake
from tests.waiting import PATIENCE, eventually

SETTINGS = """repository: {{url: "{url}", branch: main, interval: 1}}
drift: {{interval: 1, longest: 2}}
cloudsFile: {clouds}
listen: 127.0.0.1:0
cacheDir: {folder}/cache
forge:
  kind: {kind}
  url: {forge}
  project: {project}
  tokenFile: {folder}/token
  report: comment
"""


@pytest.fixture(params=FAKES)
def fake(request: pytest.FixtureRequest) -> Iterator[ForgeFake]:
    with FAKES[request.param]() as fake:
        yield fake
        assert fake.violations == []


@contextmanager
def running(workplace: Workplace, fake: ForgeFake) -> Iterator[None]:
    folder = workplace.folder
    (folder / "token").write_text(f"{fake.token}\n")
    text = SETTINGS.format(
        url=workplace.url,
        clouds=workplace.clouds_file,
        folder=folder,
        kind=fake.kind,
        forge=fake.url,
        project=fake.project,
    )
    (folder / "magi.yaml").write_text(text)
    process = workplace.start("run", "--config", str(folder / "magi.yaml"))
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, said
    assert fake.token not in said
    assert "Traceback" not in said


def test_a_merged_request_is_reported_what_was_done_for_it(workplace: Workplace, fake: ForgeFake) -> None:
    commit = workplace.copy_example("hello-world")
    fake.brings(commit, 7)
    with running(workplace, fake):
        eventually(lambda: fake.comments(7) and "synced&#58; 1 network service on 1 VIM" in fake.comments(7)[-1][1])
        states = [status["state"] for status in fake.statuses(commit)]
        wrong = workplace.edit("hello.yaml", "descriptor: web", "descriptor: webb")
        eventually(lambda: fake.statuses(wrong))
    assert states[-1] == "success"
    ((_, body),) = fake.comments(7)
    assert "| <code>hello</code> | <code>paris</code> | 9 created |" in body
    (status,) = fake.statuses(wrong)
    assert status["state"] in {"failure", "failed"}
    assert status["description"].startswith("refused: 1 problem in the documents: hello.yaml:")
