"""Notifications: delivered at least once within a bound, signed, in order, and never in the way of anything else."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.config import NotificationConfig
from reconciler.model import ConfigError
from reconciler.reporting.events import Event, EventLog, Severity
from reconciler.reporting.notifications import Notifier, check_receiver
from reconciler.reporting.notifications.receiver import Bounds
from tests.ports import free_port
from tests.receiving import Receiving, receiving
from tests.waiting import eventually

FAST = Bounds(first_pause=0.01, longest_pause=0.02)
DRIFT = Event(
    "default", "paris", "edge", Severity.WARNING, "DriftFound", "mtu changed", 1e9, 1e9, 1, "network edge/lan", "a1"
)


class Bench:
    def __init__(self, bounds: Bounds = FAST) -> None:
        self.counts: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()
        self.notifier = Notifier(self._count, bounds)
        self.events = EventLog(heard=self.notifier.events)

    def _count(self, name: str, result: str, number: int) -> None:
        with self._lock:
            self.counts[name, result] += number

    def note(self, *messages: str) -> None:
        self.events.note(replace(DRIFT, message=message) for message in messages)

    def delivered(self, name: str = "bus") -> int:
        return self.counts[name, "delivered"]


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    made.notifier.close(0)


@pytest.fixture
def receiver() -> Iterator[Receiving]:
    with receiving() as found:
        yield found


def bus(receiver: Receiving, name: str = "bus", secret_file: Path | None = None) -> NotificationConfig:
    return NotificationConfig(name, receiver.url, secret_file=secret_file)


def test_an_event_is_a_cloud_event_that_is_signed(bench: Bench, receiver: Receiving, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("s3cret\n")
    bench.notifier.take([bus(receiver, secret_file=secret)])
    bench.note("mtu changed")
    eventually(lambda: bench.delivered() == 1)
    (sent,) = receiver.sent
    assert sent.headers["content-type"] == "application/cloudevents+json"
    assert sent.is_signed("s3cret")
    assert not sent.is_signed("s3cret\n")
    body = sent.json
    assert {name: body[name] for name in ("specversion", "source", "type", "subject", "time")} == {
        "specversion": "1.0",
        "source": "/magi/default",
        "type": "io.magi.event.DriftFound",
        "subject": "paris/edge",
        "time": "2001-09-09T01:46:40Z",
    }
    assert (body["data"]["message"], body["data"]["resource"], body["data"]["count"]) == (
        "mtu changed",
        "network edge/lan",
        1,
    )
    # The next one is signed with the secret as it is then, and is another event.
    secret.write_text("other one")
    bench.note("mtu changed")
    eventually(lambda: bench.delivered() == 2)
    assert receiver.sent[1].is_signed("other one")
    assert receiver.sent[1].json["data"]["count"] == 2
    assert len(set(receiver.ids())) == 2


@pytest.mark.parametrize("status", [500, 503, 429, 404, 401, 302, 307])
def test_what_is_not_taken_is_sent_again_with_the_same_id(bench: Bench, receiver: Receiving, status: int) -> None:
    receiver.answers = [status]
    bench.notifier.take([bus(receiver)])
    bench.note("one", "two")
    eventually(lambda: bench.delivered() == 2)
    first, again, second = receiver.ids()
    assert first == again != second
    assert bench.counts == {("bus", "failed"): 1, ("bus", "delivered"): 2}


def test_what_a_receiver_will_never_take_is_dropped_at_once_and_counted(bench: Bench, receiver: Receiving) -> None:
    receiver.answers = [400]
    bench.notifier.take([bus(receiver)])
    bench.note("one", "two")
    eventually(lambda: bench.delivered() == 1)
    assert [one.json["data"]["message"] for one in receiver.sent] == ["one", "two"]
    assert bench.counts["bus", "dropped"] == 1


def test_a_redirect_is_not_followed(bench: Bench, receiver: Receiving) -> None:
    with receiving() as elsewhere:
        receiver.answers, receiver.headers = [307, 302], {"Location": elsewhere.url}
        bench.notifier.take([bus(receiver)])
        bench.note("one")
        eventually(lambda: bench.delivered() == 1)
        assert elsewhere.sent == []
    assert len(receiver.sent) == 3


def test_a_receiver_that_hangs_delays_no_other_one(bench: Bench, receiver: Receiving) -> None:
    with receiving() as hanging:
        hanging.going.clear()
        bench.notifier.take([bus(hanging, "hanging"), bus(receiver)])
        bench.note(*map(str, range(50)))
        eventually(lambda: bench.delivered() == 50)
        assert bench.delivered("hanging") == 0
        assert bench.notifier.waiting() == {"hanging": 50, "bus": 0}


def test_a_long_answer_is_not_read(bench: Bench, receiver: Receiving) -> None:
    receiver.body = b"x" * 50_000_000
    bench.notifier.take([bus(receiver)])
    bench.note("one", "two")
    eventually(lambda: bench.delivered() == 2)


def test_a_flood_is_dropped_beyond_the_bound_and_no_one_waits_for_it(bench: Bench, receiver: Receiving) -> None:
    receiver.going.clear()
    bench.notifier.take([bus(receiver)])
    bench.note("first")
    eventually(lambda: len(receiver.sent) == 1)
    bench.note(*map(str, range(10_000)))
    assert bench.counts["bus", "dropped"] == 9001
    assert bench.notifier.waiting() == {"bus": 1000}
    receiver.going.set()
    eventually(lambda: bench.delivered() == 1000)
    assert [one.json["data"]["message"] for one in receiver.sent] == ["first", *map(str, range(999))]


def test_what_can_t_be_delivered_in_time_is_dropped(receiver: Receiving) -> None:
    bench = Bench(Bounds(oldest=0.2, first_pause=0.01, longest_pause=0.02))
    bench.notifier.take([NotificationConfig("bus", f"http://127.0.0.1:{free_port()}/")])
    bench.note("old")
    eventually(lambda: bench.counts["bus", "dropped"] == 1)
    bench.notifier.take([bus(receiver)])
    bench.note("new")
    eventually(lambda: bench.delivered() == 1)
    assert [one.json["data"]["message"] for one in receiver.sent] == ["new"]
    bench.notifier.close(10)


def test_the_end_delivers_what_waits_and_takes_nothing_more(bench: Bench, receiver: Receiving) -> None:
    bench.notifier.take([bus(receiver)])
    bench.note(*map(str, range(500)))
    bench.notifier.close(60)
    assert bench.delivered() == 500
    bench.note("late")
    assert bench.counts["bus", "dropped"] == 1


def test_at_the_end_what_is_not_taken_is_counted_and_logged(
    receiver: Receiving, caplog: pytest.LogCaptureFixture
) -> None:
    receiver.answers = [503] * 1000
    slow = Bench(Bounds(first_pause=600.0, longest_pause=600.0))
    slow.notifier.take([bus(receiver)])
    slow.note("one", "two", "three")
    eventually(lambda: slow.counts["bus", "failed"] == 1)
    slow.notifier.close(60)
    assert slow.counts["bus", "dropped"] == 3
    assert [one.levelname for one in caplog.records if one.message == "notifications dropped"] == ["WARNING"]


def test_a_receiver_that_hangs_does_not_hold_the_end(bench: Bench, receiver: Receiving) -> None:
    receiver.going.clear()
    bench.notifier.take([bus(receiver)])
    bench.note("one", "two")
    eventually(lambda: len(receiver.sent) == 1)
    bench.notifier.close(0.05)
    assert bench.counts["bus", "dropped"] == 2


def test_other_settings_go_on_with_what_waits_and_the_same_ones_as_if_nothing_was(receiver: Receiving) -> None:
    bench = Bench(Bounds(first_pause=600.0, longest_pause=600.0))
    receiver.answers = [503]
    wrong = NotificationConfig("wrong", f"http://127.0.0.1:{free_port()}/")
    bench.notifier.take([wrong, bus(receiver)])
    bench.note("one")
    eventually(lambda: bench.counts["bus", "failed"] == bench.counts["wrong", "failed"] == 1)
    with receiving() as right:
        bench.notifier.take([replace(wrong, url=right.url), bus(receiver)])
        eventually(lambda: bench.delivered("wrong") == 1)
        assert right.ids() == receiver.ids()
    assert bench.notifier.waiting() == {"wrong": 0, "bus": 1}
    bench.notifier.take([])
    assert bench.notifier.waiting() == {}
    bench.notifier.close(10)


def test_a_receiver_has_what_it_asks_for_alone(bench: Bench, receiver: Receiving) -> None:
    some = [
        replace(bus(receiver, "reasons"), reasons=("Synced",)),
        replace(bus(receiver, "services"), services=("core-*", "*")),
        replace(bus(receiver, "others"), services=("core-*",)),
        replace(bus(receiver, "severe"), severity="warning"),
    ]
    bench.notifier.take(some)
    of_vim = replace(DRIFT, service="", severity=Severity.NORMAL, reason="Reachable")
    bench.events.note([DRIFT, of_vim, replace(DRIFT, reason="Synced", severity=Severity.NORMAL)])
    bench.notifier.close(60)
    assert bench.counts == {
        ("reasons", "delivered"): 1,
        ("services", "delivered"): 2,
        ("severe", "delivered"): 1,
    }


def test_neither_the_url_nor_the_secret_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    secret, url = tmp_path / "secret", tmp_path / "url"
    secret.write_text("hunter2")
    url.write_text(f"http://127.0.0.1:{free_port()}/services/T0/K3Y?key=K3Y")
    bench = Bench()
    bench.notifier.take([NotificationConfig("noc", url_file=url, secret_file=secret, format="slack")])
    bench.note("one")
    eventually(lambda: bench.counts["noc", "failed"] >= 2)
    url.write_text("ftp://x/K3Y")
    before = bench.counts["noc", "failed"]
    eventually(lambda: bench.counts["noc", "failed"] >= before + 2)
    secret.unlink()
    before = bench.counts["noc", "failed"]
    eventually(lambda: bench.counts["noc", "failed"] >= before + 2)
    bench.notifier.close(10)
    said = [f"{one.message} {vars(one)}" for one in caplog.records if one.name.startswith("reconciler")]
    assert len(said) == 2
    assert "can't be reached" in said[0]
    assert not any("K3Y" in line or "hunter2" in line for line in said)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "urlFile .* can't be read: No such file or directory"),
        (b"", "urlFile .* is empty"),
        (b"\xff", "urlFile .* is no UTF-8 text"),
        (b"https://x/" + b"y" * 9000, "urlFile .* has more than 8,192 bytes"),
        (b"http://chat.example/KEY", "the URL in .* must begin with https:// where it is another host"),
    ],
)
def test_a_file_that_will_not_do_is_reported_at_the_start(tmp_path: Path, content: bytes | None, words: str) -> None:
    file = tmp_path / "url"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ConfigError, match=f"notifications noc: {words}") as failed:
        check_receiver(NotificationConfig("noc", url_file=file, format="teams"))
    assert "KEY" not in str(failed.value)


def test_a_receiver_without_a_trusted_certificate_gets_nothing(bench: Bench, receiver: Receiving) -> None:
    bench.notifier.take([NotificationConfig("bus", receiver.url.replace("http:", "https:"))])
    bench.note("one")
    eventually(lambda: bench.counts["bus", "failed"] >= 1)
    assert receiver.sent == []


def test_without_receivers_no_thread_runs() -> None:
    before = threading.active_count()
    bench = Bench()
    bench.note("one")
    bench.notifier.close(1)
    assert (threading.active_count(), bench.counts) == (before, {})
