"""The journal for syslog: messages of RFC 5424 with a line of JSON, within a bound, by a socket and by UDP."""

from __future__ import annotations

import json
import re
import socket
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reconciler.config import Address
from reconciler.reporting.events import Event, EventLog, Severity
from reconciler.reporting.journal import Journal
from reconciler.reporting.journal_file import JournalFile, event_json, pass_entry_json
from reconciler.reporting.journal_syslog import LONGEST, fitted, message_of
from tests.configs import LEAST, complaint, parse
from tests.metrics.reports import report, unknown
from tests.waiting import PATIENCE, eventually

HEADER = re.compile(r"<(\d+)>1 (\S+) (\S+) magi (\d+) (event|pass) - (\{.*\})")
DRIFT = Event("default", "paris", "edge", Severity.WARNING, "DriftFound", "mtu §\n", 1e9, 1e9, 1, "network n", "a1")


class Bench:
    def __init__(self, address: Address, file: Path | None = None) -> None:
        self.lost: Counter[str] = Counter()
        self.file = JournalFile(self._lose)
        self.events = EventLog(heard=self.file.events)
        self.journal = Journal(heard=self.file.passed)
        self.file.take(file, address)

    def _lose(self, why: str, lines: int) -> None:
        self.lost[why] += lines


def listening(address: Address) -> socket.socket:
    if address.socket_file:
        made = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        made.bind(str(address.socket_file))
    else:
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made.bind((address.host, address.port))
    made.settimeout(PATIENCE)
    return made


@pytest.fixture(params=["unix", "udp"])
def syslog(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Address, socket.socket]]:
    """A syslog of each kind: where it is, and its socket."""
    with listening(
        Address(socket_file=tmp_path / "log") if request.param == "unix" else Address("127.0.0.1", 0)
    ) as receiver:
        where = receiver.getsockname()
        yield Address(socket_file=Path(where)) if request.param == "unix" else Address(*where), receiver


def received(receiver: socket.socket) -> tuple[tuple[str, ...], Any]:
    """The header of the next message, and its JSON."""
    found = HEADER.fullmatch(receiver.recv(65_536).decode("ascii"))
    assert found is not None
    return found.groups()[:-1], json.loads(found[6])


def test_each_pass_and_event_is_a_message(syslog: tuple[Address, socket.socket], tmp_path: Path) -> None:
    address, receiver = syslog
    bench = Bench(address, tmp_path / "journal.jsonl")
    bench.events.note([DRIFT, replace(DRIFT, severity=Severity.NORMAL)])
    bench.journal.passed(None, unknown())
    bench.journal.passed(None, report(["edge"]))
    messages = [received(receiver) for _ in range(4)]
    bench.file.close(30)
    assert [(header[0], header[4]) for header, _ in messages] == [
        ("28", "event"),
        ("30", "event"),
        ("28", "pass"),
        ("30", "pass"),
    ]
    header, event = messages[0]
    assert header[1] == "2001-09-09T01:46:40Z"
    assert (event["message"], event["reason"], event["type"]) == ("mtu §\n", "DriftFound", "event")
    # The same lines are in the file.
    lines = [json.loads(line) for line in (tmp_path / "journal.jsonl").read_text().splitlines()]
    assert [body for _, body in messages] == lines
    assert bench.lost == {}


def test_a_syslog_that_is_not_there_costs_lines_which_are_counted_and_is_logged_once(
    syslog: tuple[Address, socket.socket], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    address, receiver = syslog
    receiver.close()
    bench = Bench(address, tmp_path / "journal.jsonl")
    # By UDP the first one is refused when the second one is sent.
    for number in range(4):
        bench.journal.passed(None, unknown())
        eventually(lambda number=number: bench.lost["syslog"] >= number)  # type: ignore[misc]
    if address.socket_file:
        address.socket_file.unlink()
    with listening(address) as again:
        bench.journal.passed(None, unknown())
        bench.journal.passed(None, unknown())
        assert received(again)[1]["type"] == "pass"
        assert received(again)[1]["type"] == "pass"
        bench.journal.passed(None, unknown())
        assert received(again)[1]["times"] == 7
    bench.file.close(30)
    # All of it is in the file.
    assert len((tmp_path / "journal.jsonl").read_text().splitlines()) == 7
    assert [one.message for one in caplog.records if one.levelname == "WARNING"] == [
        "the journal can't be sent to syslog"
    ]


def test_a_socket_that_no_one_reads_costs_lines_and_does_not_hold_the_end(tmp_path: Path) -> None:
    address = Address(socket_file=tmp_path / "log")
    with listening(address):
        bench = Bench(address)
        for _ in range(2000):
            bench.journal.passed(None, unknown())
        bench.file.close(PATIENCE)
    assert 0 < bench.lost["syslog"] < 2000


def test_settings_that_are_read_again_go_to_another_syslog(tmp_path: Path) -> None:
    first, second = Address(socket_file=tmp_path / "one"), Address(socket_file=tmp_path / "two")
    with listening(first) as one, listening(second) as two:
        bench = Bench(first)
        bench.journal.passed(None, unknown())
        received(one)
        bench.file.take(None, second)
        bench.journal.passed(None, unknown())
        assert received(two)[1]["times"] == 2
        bench.file.take(None)
        bench.journal.passed(None, unknown())
        bench.file.close(30)
    assert bench.lost == {}


def test_a_long_message_is_cut_and_is_json_still() -> None:
    line = {"type": "event", **event_json(replace(DRIFT, message="☃\udc80" * 1_000_000))}
    message = message_of(line)
    assert message is not None
    found = HEADER.fullmatch(message.decode("ascii"))
    assert found is not None
    assert LONGEST // 2 < len(found[6]) <= LONGEST
    body = json.loads(found[6])
    assert body["message"].endswith("…")
    assert body["reason"] == "DriftFound"


def test_of_a_pass_services_are_left_out_and_counted() -> None:
    bench: list[Any] = []
    Journal(heard=bench.append).passed(None, unknown())
    entry = replace(bench[0], services=tuple("☃" * 60 for _ in range(100)), more_services=7, reasons=("x" * 500,) * 3)
    text = fitted({"type": "pass", **pass_entry_json(entry)}, LONGEST)
    assert text is not None
    body = json.loads(text)
    assert len(body["services"]) + body["moreServices"] == 107
    assert body["services"]
    short = fitted({"type": "pass", **pass_entry_json(entry)}, 1000)
    assert short is not None
    assert len(json.loads(short)["reasons"]) < 3


def test_what_can_t_be_cut_is_left_out_and_counted(syslog: tuple[Address, socket.socket]) -> None:
    address, receiver = syslog
    bench = Bench(address)
    bench.events.note([replace(DRIFT, resource="r" * 10_000), DRIFT])
    assert received(receiver)[1]["resource"] == "network n"
    bench.file.close(30)
    assert bench.lost == {"size": 1}


def test_a_name_that_can_t_be_resolved_costs_lines_and_is_not_tried_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[object] = []

    def fails(*parts: object, **_: object) -> None:
        tried.append(parts)
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", fails)
    bench = Bench(Address("log.example", 514))
    for number in range(1, 6):
        bench.journal.passed(None, unknown())
        eventually(lambda number=number: bench.lost["syslog"] == number)  # type: ignore[misc]
    bench.file.close(30)
    assert len(tried) == 1


def test_of_a_name_with_several_addresses_one_that_there_is_a_way_to_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    with listening(Address("127.0.0.1", 0)) as receiver:
        # An address of a link, without the link.
        found = [
            (socket.AF_INET6, 2, 17, "", ("fe80::1", 514, 0, 0)),
            (socket.AF_INET, 2, 17, "", receiver.getsockname()),
        ]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
        bench = Bench(Address("log.example", 514))
        bench.journal.passed(None, unknown())
        assert received(receiver)[1]["type"] == "pass"
        bench.file.close(30)


@pytest.mark.parametrize(
    "value", ["/dev/log", "unix:log", "udp://:514", "udp://h", "udp://h:0", "udp://h:99999", "tcp://h:514", "h:514"]
)
def test_an_address_that_is_none_is_refused(value: str) -> None:
    assert complaint(LEAST | {"journal": {"syslog": value}}) == (
        f"journal.syslog '{value}' must be unix:/PATH, like unix:/dev/log, or udp://HOST:PORT, like udp://127.0.0.1:514"
    )


def test_addresses_of_both_forms_are_taken() -> None:
    found = [parse(LEAST | {"journal": {"syslog": one}}) for one in ("unix:/dev/log", "udp://log.example:514", "")]
    assert [one.journal.syslog_address for one in found] == [
        Address(socket_file=Path("/dev/log")),
        Address("log.example", 514),
        None,
    ]
