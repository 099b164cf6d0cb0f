"""Traces of a real daemon, as a collector gets them: a pass, its steps, its API calls, over all threads."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing

import pytest

from reconciler.tracing import Tracer, open_tracer
from tests.collector import Collector, Noted, collecting
from tests.loop.follower import LYON, PARIS, Follower, service, vim
from tests.loop.test_observations import WEB, settings
from tests.waiting import PATIENCE, eventually

MANY = PARIS | {f"services/{name}.yaml": service("paris")["services/paris.yaml"].replace(
    "edge-paris", name) for name in ("one", "two", "three", "four")}  # fmt: skip


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as found:
        yield found


@pytest.fixture
def tracer(collector: Collector) -> Iterator[Tracer]:
    opened = open_tracer(collector.url, 1.0, "1.2.3", {})
    yield opened
    opened.end(PATIENCE)


def ended(follower: Follower) -> None:
    """Everything is said, and has arrived."""
    follower.daemon.stop()
    follower.tracer.end(PATIENCE)


def root(collector: Collector, span: Noted) -> Noted:
    return root(collector, collector.above(span)) if span.parent else span


def first_pass(collector: Collector, vim: str = "paris") -> Noted:
    return min(collector.named("pass", vim=vim), key=lambda one: one.began)


def test_a_pass_has_its_observation_its_plan_and_its_steps_and_each_of_them_its_api_calls(
    follower: Follower, collector: Collector
) -> None:
    commit = follower.commit(MANY)
    eventually(follower.synced)
    ended(follower)
    one = first_pass(collector)
    assert one.parent == ""
    assert one.error is None
    assert one.pairs.keys() == {f"magi.{name}" for name in ("repository", "vim", "commit", "pass", "result", "steps")}
    assert (one.pairs["magi.repository"], one.pairs["magi.commit"]) == ("default", commit)
    parts = collector.below(one)
    assert [part.name for part in parts[:2]] == ["observe", "plan"]
    steps = parts[2:]
    assert {part.name for part in steps} == {"step"}
    assert len(steps) == one.pairs["magi.steps"] == parts[1].pairs["magi.steps"]
    assert {part.pairs["magi.service"] for part in steps} == {"edge-paris", "one", "two", "three", "four"}
    # A listing is asked by a pool, after the login.
    listed = collector.below(parts[0])
    assert listed[0].name == "POST identity"
    assert len(listed) >= 10
    assert {call.name.split()[0] for call in listed[1:]} == {"GET"}
    for step in steps:
        kind, calls = step.pairs["magi.kind"], collector.below(step)
        assert [call.name for call in calls] == ["POST network"], step
        assert calls[0].pairs["url.path"].endswith(f"/v2.0/{kind}s")
        assert step.pairs["magi.key"].startswith(f"{kind} {step.pairs['magi.service']}/")
        assert (step.pairs["magi.action"], step.pairs["magi.result"]) == ("create", "done")


def test_an_api_call_says_what_was_asked_of_whom_and_what_came_of_it(follower: Follower, collector: Collector) -> None:
    follower.commit(PARIS)
    eventually(follower.synced)
    ended(follower)
    (step,) = collector.named("step", kind="network")
    (call,) = collector.below(step)
    host, port = follower.simulator.url.removeprefix("http://").split(":")
    assert call.client
    assert call.pairs.pop("magi.waited") >= 0  # type: ignore[attr-defined]  # it is a dict
    assert call.pairs.pop("url.path").startswith("/paris/")  # type: ignore[attr-defined]  # as above
    assert call.pairs == {
        "http.request.method": "POST",
        "http.response.status_code": 201,
        "server.address": host,
        "server.port": int(port),
        "magi.vim": "paris",
        "magi.service": "network",
    }
    assert step.began <= call.began < call.ended <= step.ended


def test_each_pass_is_a_trace_of_its_own_with_nothing_of_another_in_it(
    follower: Follower, collector: Collector
) -> None:
    follower.commit(PARIS | LYON)
    eventually(lambda: follower.synced("paris") and follower.synced("lyon"))
    follower.commit(service("paris", mtu=1300) | service("lyon", mtu=1300))
    eventually(lambda: follower.mtus("paris") == follower.mtus("lyon") == [1300])
    eventually(lambda: follower.synced("paris") and follower.synced("lyon"))
    ended(follower)
    roots = [one for one in collector.spans if not one.parent]
    assert {one.name for one in roots} <= {"pass", "glance", "fetch"}
    assert len({one.trace for one in roots}) == len(roots)
    assert len({one.pairs["magi.pass"] for one in collector.named("pass")}) == len(collector.named("pass")) >= 4
    for part in collector.spans:
        above = root(collector, part)
        assert above.began <= part.began <= part.ended <= above.ended
        assert part.pairs.get("magi.vim") == above.pairs.get("magi.vim")


def test_a_vim_that_can_t_be_observed_is_an_error_of_the_pass_the_observation_and_the_call(
    follower: Follower, collector: Collector
) -> None:
    follower.fault(cloud="paris", drop="before")
    follower.commit(PARIS)
    eventually(follower.error)
    ended(follower)
    one = first_pass(collector)
    (observation,) = collector.below(one)
    assert "paris" in (one.error or "")
    assert (observation.name, observation.error) == ("observe", one.error)
    (call, *_) = collector.below(observation)
    assert call.error == "no answer"
    assert call.pairs["error.type"] == "_OTHER"
    assert "http.response.status_code" not in call.pairs


def test_a_step_that_fails_says_why_and_what_waits_for_it_is_there_too(
    follower: Follower, collector: Collector
) -> None:
    follower.fault(method="POST", service="network", route="/v2.0/networks", status=500)
    follower.commit(PARIS)
    eventually(lambda: collector.named("step", result="skipped"))
    ended(follower)
    parts = collector.below(first_pass(collector))[2:]
    failed, skipped = parts
    assert (failed.pairs["magi.result"], failed.pairs["magi.kind"]) == ("failed", "network")
    assert failed.error == failed.pairs["magi.reason"]
    (call,) = collector.below(failed)
    assert (call.error, call.pairs["http.response.status_code"], call.pairs["error.type"]) == ("", 500, "500")
    assert (skipped.pairs["magi.kind"], skipped.error, collector.below(skipped)) == ("subnet", None, [])
    assert "failed" in skipped.pairs["magi.reason"]


def test_how_long_a_call_waited_for_the_api_budget_is_reported(follower: Follower, collector: Collector) -> None:
    follower.commit({
        name: text.replace("cloud: paris", "cloud: paris, api: {requestsPerSecond: 5}")
        for name, text in PARIS.items()
    })  # fmt: skip
    eventually(follower.synced)
    ended(follower)
    waits = [call.pairs["magi.waited"] for call in collector.below(collector.below(first_pass(collector))[0])]
    assert min(waits) == 0
    assert max(waits) > 0.1


def test_a_glance_at_what_is_being_built_is_a_trace_of_its_own(follower: Follower, collector: Collector) -> None:
    settings(follower, build_seconds=3600)
    follower.commit(vim("paris") | {"shop.yaml": WEB})
    eventually(lambda: collector.named("glance"))
    ended(follower)
    glance = collector.named("glance")[0]
    assert (glance.parent, glance.pairs) == ("", {"magi.repository": "default", "magi.vim": "paris"})
    assert {call.name for call in collector.below(glance)} == {"GET compute"}


def test_a_fetch_is_a_trace_with_what_it_found(follower: Follower, collector: Collector) -> None:
    commit = follower.commit(PARIS)
    follower.work.bare.rename(follower.work.bare.with_name("gone"))
    follower.daemon.follow()
    ended(follower)
    good, bad = sorted(collector.named("fetch"), key=lambda one: one.began)
    assert good.pairs == {"magi.repository": "default", "magi.commit": commit}
    assert bad.error == follower.daemon.repositories()[0].error != ""


def test_spans_say_that_they_are_of_magi_and_of_which_version(follower: Follower, collector: Collector) -> None:
    follower.commit({})
    ended(follower)
    assert collector.spans
    for span in collector.spans:
        assert (span.resource["service.name"], span.resource["service.version"]) == ("magi", "1.2.3")


class TestACollectorThatDoesNotTakeThem:
    """One that is down, and one that takes connections and says nothing. Whoever waited for it would never end."""

    @pytest.fixture(params=["down", "silent"])
    def tracer(self, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tracer]:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", str(10 * PATIENCE))
        with closing(socket.create_server(("127.0.0.1", 0))) as listening:
            port = listening.getsockname()[1]
            if request.param == "down":
                listening.close()
            opened = open_tracer(f"http://127.0.0.1:{port}", 1.0, "1.2.3", {})
            yield opened
            opened.end(0.0)

    def test_it_delays_no_pass_and_no_end(self, follower: Follower, tracer: Tracer) -> None:
        # Both more than goes in one batch and more than is kept.
        for _ in range(5000):
            with tracer.span("filling"):
                pass
        follower.commit(PARIS)
        eventually(follower.synced)
        tracer.end(1.0)


def test_what_is_not_in_the_sample_is_not_sent(collector: Collector) -> None:
    none = open_tracer(collector.url, 0.0, "1.2.3", {})
    with none.span("pass"), none.span("observe"):
        pass
    none.end(PATIENCE)
    assert collector.spans == []
