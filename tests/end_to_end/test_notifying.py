"""A daemon with a receiver: the real process, and what it sends of a commit and of its end."""

from __future__ import annotations

import json
import signal
import urllib.request
from collections.abc import Iterator, Mapping

import pytest

from reconciler.cli import exits
from tests.end_to_end.conftest import Workplace
from tests.processes import Served, daemon
from tests.receiving import Receiving, receiving
from tests.waiting import PATIENCE, eventually


@pytest.fixture
def receiver() -> Iterator[Receiving]:
    with receiving() as found:
        yield found


def settings(place: Workplace, *entries: Mapping[str, object]) -> str:
    return f"""repository: {{url: "{place.url}", branch: main, interval: 3600}}
drift: {{interval: 3600, longest: 3600}}
cloudsFile: {place.clouds_file}
listen: 127.0.0.1:0
cacheDir: {place.folder}/cache
notifications: {json.dumps(entries)}
"""


def metrics(magi: Served) -> str:
    with urllib.request.urlopen(f"{magi.url}/metrics", timeout=PATIENCE) as answer:
        return str(answer.read().decode())


def test_what_a_commit_does_is_sent_signed_and_again_where_it_was_not_taken(
    workplace: Workplace, receiver: Receiving
) -> None:
    commit = workplace.copy_example("hello-world")
    (workplace.folder / "secret").write_text("s3cret\n")
    receiver.answers = [503]
    bus = {"name": "bus", "url": receiver.url, "secretFile": "secret"}
    chat = {"name": "chat", "url": f"{receiver.url}/chat", "format": "slack", "reasons": ["Synced"]}
    with daemon(workplace, settings(workplace, bus)) as magi:
        eventually(lambda: any(one.json["type"] == "io.magi.event.Healthy" for one in [*receiver.sent]))
        before = len(receiver.sent)
        (workplace.folder / "magi.yaml").write_text(settings(workplace, bus, chat))
        magi.process.send_signal(signal.SIGHUP)
        eventually(lambda: "settings taken" in magi.output)
        assert 'magi_notifications_total{name="chat",result="delivered"} 0.0' in metrics(magi)
        assert 'magi_notifications_total{name="bus",result="failed"} 1.0' in metrics(magi)
        (workplace.folder / "magi.yaml").write_text(settings(workplace, bus | {"format": "irc"}))
        magi.process.send_signal(signal.SIGHUP)
        eventually(lambda: "settings not taken" in magi.output)
        assert "line 6: notifications[0].format 'irc' must be" in magi.output
    assert before >= 3
    assert all(one.is_signed("s3cret") for one in receiver.sent if one.path == "/")
    ids = receiver.ids()
    assert (ids[0], len(ids) - len(set(ids))) == (ids[1], 1)
    first = receiver.sent[0].json
    assert first["type"] == "io.magi.event.CommitInForce"
    assert "subject" not in first
    assert first["data"]["commit"] == commit


def test_a_file_that_is_not_there_is_reported_at_the_start_and_by_the_check(workplace: Workplace) -> None:
    workplace.copy_example("hello-world")
    file = workplace.folder / "magi.yaml"
    file.write_text(settings(workplace, {"name": "noc", "urlFile": "noc.url", "format": "teams"}))
    for command in (("run", "--config"), ("config", "check")):
        done = workplace.magi(*command, str(file))
        assert done.code == exits.CONFIG
        assert f"notifications noc: urlFile {workplace.folder}/noc.url can't be read: No such file" in done.err
