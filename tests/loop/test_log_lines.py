"""What the log lines of a real daemon say of where they belong: commit, VIM, pass, service, key, and the trace."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

import pytest

from reconciler.cli.logs import JsonFormatter, TextFormatter
from reconciler.model import Done, Driver, Key, Step, Target, World
from reconciler.tracing import Tracer, open_tracer
from tests.collector import Collector, collecting
from tests.loop.follower import LYON, PARIS, Follower
from tests.waiting import eventually

OF_A_PASS = {"repository", "vim", "commit", "pass"}
OF_A_STEP = OF_A_PASS | {"service", "key", "action"}

Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """All that is logged from now on, by Magi and its libraries, as text and as JSON by turns."""
    stream = io.StringIO()
    root, magi = logging.getLogger(), logging.getLogger("reconciler")
    handlers = [logging.StreamHandler(stream), logging.StreamHandler(stream)]
    level = magi.level
    for handler, formatter in zip(handlers, (TextFormatter(), JsonFormatter()), strict=True):
        handler.setFormatter(formatter)
        root.addHandler(handler)
    magi.setLevel(logging.DEBUG)
    yield stream
    magi.setLevel(level)
    for handler in handlers:
        root.removeHandler(handler)


@pytest.fixture
def lines(written: io.StringIO) -> Lines:
    return lambda: [json.loads(line) for line in written.getvalue().splitlines() if line.startswith("{")]


class Grumbling:
    """A driver whose libraries warn, and whose steps break where ``breaks`` says so."""

    def __init__(self, driver: Driver, breaks: bool) -> None:
        self._driver = driver
        self._breaks = breaks

    def observe(self, kinds: Collection[str] = (), *, complete: bool = False) -> World:
        logging.getLogger("urllib3").warning("heard in an observation")
        return self._driver.observe(kinds, complete=complete)

    def carry_out(self, step: Step, ids: Mapping[Key, str]) -> Done:
        logging.getLogger("urllib3").warning("heard in a step")
        if self._breaks and step.key.kind == "network":
            raise ZeroDivisionError
        return self._driver.carry_out(step, ids)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._driver, name)


def grumble(follower: Follower, *, breaks: bool = False) -> None:
    real = follower.connect

    def connect(target: Target) -> Driver:
        return Grumbling(real(target), breaks)

    follower.connect = connect


def with_message(lines: Lines, *messages: str) -> list[dict[str, Any]]:
    return [line for line in lines() if line["message"] in messages]


def test_a_line_of_a_pass_says_which_and_for_what(follower: Follower, lines: Lines) -> None:
    grumble(follower)
    commit = follower.commit(PARIS | LYON)
    eventually(lambda: follower.synced("paris") and follower.synced("lyon"))
    follower.daemon.stop()
    found = with_message(lines, "pass done", "heard in an observation")
    assert {line["message"] for line in found} == {"pass done", "heard in an observation"}
    for line in found:
        assert line.keys() >= OF_A_PASS
        assert (line["repository"], line["commit"]) == ("default", commit)
    assert {line["vim"] for line in found} == {"paris", "lyon"}
    done = with_message(lines, "pass done")
    assert len({line["pass"] for line in done}) == len(done) >= 4


def test_a_line_of_a_step_says_also_which_service_and_key(follower: Follower, lines: Lines) -> None:
    grumble(follower)
    follower.fault(method="POST", route="/v2.0/subnets", status=500, times=1)
    follower.commit(PARIS | LYON)
    eventually(lambda: follower.synced("paris") and follower.synced("lyon"))
    follower.daemon.stop()
    found = with_message(lines, "step ended", "step failed", "heard in a step")
    assert {line["message"] for line in found} == {"step ended", "step failed", "heard in a step"}
    for line in found:
        assert line.keys() >= OF_A_STEP
        assert line["service"] == f"edge-{line['vim']}"
        assert line["key"].split(" ")[1].startswith(f"{line['service']}/lan")
    # What a step says while it runs is of the pass that shows how it ended.
    ended = [line for line in with_message(lines, "step ended", "step failed") if line["result"] in {"done", "failed"}]
    assert sorted((line["pass"], line["key"]) for line in ended) == sorted(
        (line["pass"], line["key"]) for line in with_message(lines, "heard in a step")
    )


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_step_that_breaks_is_found_by_its_pass_and_key(
    follower: Follower, lines: Lines, written: io.StringIO, form: str
) -> None:
    grumble(follower, breaks=True)
    commit = follower.commit(PARIS)
    eventually(lambda: with_message(lines, "step failed"))
    follower.daemon.stop()
    broke, failed = with_message(lines, "step broke")[0], with_message(lines, "step failed")[0]
    assert "ZeroDivisionError" in broke["traceback"]
    assert {name: broke[name] for name in OF_A_STEP} == {name: failed[name] for name in OF_A_STEP}
    if form == "text":
        line = next(line for line in written.getvalue().splitlines() if " ERROR step broke " in line)
        reported = (
            f" repository=default vim=paris commit={commit} pass={broke['pass']} service=edge-paris action=create "
        )
        assert reported in line
        assert line.endswith('key="network edge-paris/lan"')


def test_a_vim_that_can_t_be_observed_is_reported_with_the_pass(follower: Follower, lines: Lines) -> None:
    follower.fault(cloud="paris", drop="before")
    follower.commit(PARIS)
    eventually(lambda: with_message(lines, "vim can't be observed"))
    follower.daemon.stop()
    assert with_message(lines, "vim can't be observed")[0].keys() >= OF_A_PASS | {"error"}


def test_a_pass_that_breaks_is_reported_with_the_pass(follower: Follower, lines: Lines) -> None:
    def connect(_target: Target) -> Driver:
        raise ZeroDivisionError

    follower.connect = connect
    follower.commit(PARIS)
    eventually(lambda: with_message(lines, "pass broke"))
    follower.daemon.stop()
    assert with_message(lines, "pass broke")[0].keys() >= OF_A_PASS | {"traceback"}


def test_what_is_no_part_of_a_pass_says_nothing_of_one(follower: Follower, lines: Lines) -> None:
    follower.commit(PARIS)
    eventually(follower.synced)
    follower.daemon.stop()
    (line,) = with_message(lines, "commit in force")
    assert line.keys() & {"vim", "pass", "trace_id"} == set()


class TestWhileTracesAreOn:
    @pytest.fixture
    def collector(self) -> Iterator[Collector]:
        with collecting() as found:
            yield found

    @pytest.fixture
    def tracer(self, collector: Collector) -> Iterator[Tracer]:
        opened = open_tracer(collector.url, 1.0, "1.2.3", {})
        yield opened
        opened.end(5.0)

    def test_a_line_leads_to_its_trace_and_span(self, follower: Follower, lines: Lines, collector: Collector) -> None:
        grumble(follower)
        follower.commit(PARIS)
        eventually(follower.synced)
        follower.daemon.stop()
        follower.tracer.end(5.0)
        passes = {one.pairs["magi.pass"]: one for one in collector.named("pass")}
        for line in with_message(lines, "pass done", "step ended"):
            assert (line["trace_id"], line["span_id"]) == (passes[line["pass"]].trace, passes[line["pass"]].id)
        heard = with_message(lines, "heard in a step")
        assert heard
        for line in heard:
            (span,) = [one for one in collector.spans if one.id == line["span_id"]]
            assert (span.trace, span.pairs["magi.key"]) == (line["trace_id"], line["key"])

    def test_without_a_sample_no_line_leads_to_a_trace_that_is_not_there(self, collector: Collector) -> None:
        none = open_tracer(collector.url, 0.0, "1.2.3", {})
        record = logging.makeLogRecord({"msg": "x"})
        with none.span("pass"):
            assert "trace_id" not in json.loads(JsonFormatter().format(record))
        none.end(5.0)


def test_git_that_fails_again_and_again_is_one_warning(follower: Follower, lines: Lines) -> None:
    follower.commit(PARIS)
    follower.work.bare.rename(follower.work.bare.with_name("moved"))
    for _ in range(4):
        follower.daemon.follow()
    follower.daemon.stop()
    found = [line["level"] for line in with_message(lines, "git could not be read")]
    assert found == ["warning", "debug", "debug", "debug"]


def test_a_blocked_step_is_one_line_over_many_passes(follower: Follower, lines: Lines) -> None:
    off = "apiVersion: magi/v1alpha1\nkind: Policy\nmetadata: {name: policy}\nspec: {prune: false}\n"
    follower.commit(PARIS | {"policy.yaml": off})
    eventually(lambda: follower.synced("paris"))
    follower.remove("services/paris.yaml")
    eventually(lambda: with_message(lines, "step not started"))
    before = len(with_message(lines, "pass done"))
    eventually(lambda: len(with_message(lines, "pass done")) >= before + 3)
    follower.daemon.stop()
    keys = [line["key"] for line in with_message(lines, "step not started")]
    assert sorted(keys) == ["network edge-paris/lan", "subnet edge-paris/lan/ipv4"]
    assert [line["level"] for line in with_message(lines, "pass done")][-2:] == ["debug", "debug"]
