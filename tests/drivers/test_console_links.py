"""What becomes of each answer of Nova that asks for a console: nothing that it says is passed on unseen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reconciler.model import ConfigError, MagiError, TargetUnknown
from reconciler.model.consoles import ConsoleType
from reconciler.targets.openstack.session import consoles
from tests.conformance.bench import Bench
from tests.conformance.clouds import bench_at
from tests.conformance.samples import SAMPLES, SERVER

NOVNC, SERIAL = ConsoleType.NOVNC, ConsoleType.SERIAL


class Answer:
    """A reply as the session hands it on."""

    reason = ""
    content = b""

    def __init__(self, status: int, body: Any) -> None:
        self.status_code, self._body = status, body

    def json(self) -> Any:
        if isinstance(self._body, Exception):
            raise self._body
        return self._body


@pytest.fixture
def bench(tmp_path: Path) -> Any:
    with bench_at("simulator", tmp_path) as made:
        yield made


def answered(bench: Bench, monkeypatch: pytest.MonkeyPatch, status: int, body: Any) -> str:
    monkeypatch.setattr(bench.out_of_band, "request", lambda *_, **__: Answer(status, body))
    return consoles.console_url(bench.out_of_band, "1", NOVNC)


@pytest.mark.parametrize(
    ("status", "kind", "hint"),
    [
        (400, MagiError, "try --type with one of: spice-html5, serial"),
        (401, ConfigError, "os_compute_api:os-remote-consoles"),
        (403, ConfigError, "os_compute_api:os-remote-consoles"),
        (404, MagiError, "deleted since it was observed"),
        (409, MagiError, "no host yet"),
        (500, TargetUnknown, "check the service behind it"),
        (501, MagiError, "try --type"),
        (503, TargetUnknown, "check the service behind it"),
    ],
)
def test_a_refusal_says_what_would_do(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, status: int, kind: type[MagiError], hint: str
) -> None:
    with pytest.raises(MagiError, match=f"{status}: no, because") as caught:
        answered(bench, monkeypatch, status, {"badRequest": {"message": "no, because"}})
    assert type(caught.value) is kind
    assert hint in caught.value.hint


@pytest.mark.parametrize("body", [ValueError(), [], {}, {"remote_console": None}, {"remote_console": {}}])
def test_an_answer_of_another_shape_is_refused(bench: Bench, monkeypatch: pytest.MonkeyPatch, body: Any) -> None:
    with pytest.raises(MagiError, match="no usable link"):
        answered(bench, monkeypatch, 200, body)


def test_a_link_that_must_not_be_opened_is_not_in_the_error(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(MagiError, match="does not begin with http:// or https://") as caught:
        answered(bench, monkeypatch, 200, {"remote_console": {"url": "file:///etc/passwd?token=secret"}})
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "console", "problem"),
    [
        ("https://c.example.net/vnc?token=1", NOVNC, ""),
        ("http://[2001:db8::1]:6080/vnc?token=1", ConsoleType.SPICE, ""),
        ("wss://c.example.net/?token=1", SERIAL, ""),
        ("https://c.example.net/?token=1", SERIAL, "ws:// or wss://"),
        ("javascript:alert(1)", NOVNC, "http:// or https://"),
        ("http://c.example.net/\n--help", NOVNC, "visible ASCII"),
        ("http://c.example.net/\x1b[2J", NOVNC, "visible ASCII"),
        ("http://c.example.net/\u202e", NOVNC, "visible ASCII"),
        ("http:///vnc?token=1", NOVNC, "no host"),
        ("http://[::1/", NOVNC, "no URL"),
        ("http://c/" + "x" * consoles.LONGEST, NOVNC, "more than 2048"),
        (7, NOVNC, "no text"),
        ("", NOVNC, "no text"),
    ],
)
def test_only_a_link_that_is_safe_to_open_is_one(url: object, console: ConsoleType, problem: str) -> None:
    found = consoles.problem_of(url, console)
    assert problem in found
    assert bool(found) == bool(problem)


def test_a_cloud_that_can_not_be_reached_is_unknown(bench: Bench) -> None:
    there = bench.deploy(SAMPLES["server"].key, SERVER)
    bench.ending.pop_all().close()
    with pytest.raises(TargetUnknown, match="can't be reached"):
        bench.driver.console_url(there.id, NOVNC)
