"""What the metrics say."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from prometheus_client import CollectorRegistry

from reconciler.model import (
    Action,
    ApiCall,
    BlockReason,
    Contest,
    Impact,
    Key,
    Lag,
    Outcome,
    RepositoryStatus,
    Result,
    Step,
    Sync,
)
from reconciler.reporting.metrics import Metrics
from tests.metrics.reports import KINDS, SOURCE, outcome, registry_of, report, unknown, with_foreign


def value(registry: CollectorRegistry, name: str, **labels: str) -> float | None:
    """``labels``: without that of the repository, which is `default` where there is one."""
    of = {} if name.startswith(("magi_api_", "magi_vim_api_")) else {"repository": "default"}
    return registry.get_sample_value(name, of | labels)


def test_the_commit_in_force_and_the_refused_one() -> None:
    registry, _ = registry_of()
    assert value(registry, "magi_commit_info", url=SOURCE.url, commit="a1b2") == 1
    assert value(registry, "magi_commit_timestamp_seconds") == SOURCE.committed_at
    assert value(registry, "magi_commit_refused") == 1
    assert value(registry, "magi_document_problems") == 1
    assert value(registry, "magi_git_last_fetch_timestamp_seconds") == SOURCE.fetched_at


def test_before_the_first_fetch_the_series_are_there_already() -> None:
    registry, metrics = registry_of(sources=[RepositoryStatus("x")])
    assert value(registry, "magi_commit_refused") == 0
    assert value(registry, "magi_git_fetches_total", result="failure") == 0
    metrics.fetched("default", succeeded=False)
    assert value(registry, "magi_git_fetches_total", result="failure") == 1
    assert value(registry, "magi_git_fetches_total", result="success") == 0


@pytest.mark.parametrize(
    ("outcomes", "result"),
    [
        ([], "nothing"),
        ([outcome("a")], "changed"),
        ([outcome("a"), outcome("b", result=Result.FAILED)], "incomplete"),
        ([outcome("a", result=Result.BLOCKED, blocked=BlockReason.PRUNE)], "incomplete"),
    ],
)
def test_a_pass_counts_by_its_result(outcomes: list[object], result: str) -> None:
    registry, _ = registry_of(report(["vcpe"], *outcomes))  # type: ignore[arg-type]  # a list of outcomes
    assert value(registry, "magi_passes_total", vim="paris", result=result) == 1
    complete = result != "incomplete"
    assert value(registry, "magi_last_successful_sync_timestamp_seconds", vim="paris") == (
        1_700_000_201.5 if complete else None
    )


def test_what_has_the_owner_mark_and_is_another_project_s_counts_by_kind_and_no_longer_when_it_is_gone() -> None:
    found = with_foreign(report(["vcpe"]), "network", "network", "image")
    registry, _ = registry_of(found)
    assert value(registry, "magi_foreign_resources", vim="paris", kind="network") == 2
    assert value(registry, "magi_foreign_resources", vim="paris", kind="image") == 1
    registry, _ = registry_of(report(["vcpe"]))
    assert value(registry, "magi_foreign_resources", vim="paris", kind="network") is None


def test_a_vim_is_contested_while_another_actor_writes_to_it_under_our_owner() -> None:
    for contest, expected in ((None, 0), (Contest("lan is not managed"), 1)):
        registry, _ = registry_of(replace(report(["vcpe"]), contest=contest))
        assert value(registry, "magi_contested", vim="paris") == expected


def test_steps_count_by_action_and_result() -> None:
    registry, metrics = registry_of(report(["vcpe"], outcome("a"), outcome("b"), outcome("c", result=Result.FAILED)))
    metrics.pass_done(report(["vcpe"], outcome("c")))
    assert value(registry, "magi_steps_total", vim="paris", action="create", result="done") == 3
    assert value(registry, "magi_steps_total", vim="paris", action="create", result="failed") == 1


def test_a_vim_that_can_t_be_observed_is_down_and_has_no_drift() -> None:
    registry, _ = registry_of(unknown())
    assert value(registry, "magi_vim_up", vim="paris") == 0
    assert value(registry, "magi_passes_total", vim="paris", result="unknown") == 1
    assert value(registry, "magi_drift", vim="paris", kind="port", state="missing") is None
    assert value(registry, "magi_service_synced", service="vcpe", vim="paris") == 0
    assert value(registry, "magi_service_failing", service="vcpe", vim="paris") == 1
    labels = {"service": "vcpe", "vim": "paris", "sync": "unknown", "health": "unknown"}
    assert value(registry, "magi_service_info", **labels) == 1


def test_drift_counts_what_is_left_by_kind_and_is_zero_where_nothing_is() -> None:
    left = [outcome("a", result=Result.FAILED), outcome("b", "router", Result.BLOCKED, BlockReason.CONSENT)]
    registry, _ = registry_of(report(["vcpe"], outcome("c"), *left))
    kinds = (*KINDS, "router")
    drift = {kind: value(registry, "magi_drift", vim="paris", kind=kind, state="missing") for kind in kinds}
    assert drift == {"network": 0, "subnet": 0, "port": 1, "server": 0, "router": 1}
    assert value(registry, "magi_steps_blocked", vim="paris", reason="needs consent") == 1


@pytest.mark.parametrize("lag", Lag)
def test_a_service_fails_only_where_what_it_lags_behind_is_a_failure(lag: Lag) -> None:
    one = report(["vcpe"])
    registry, _ = registry_of(replace(one, services=(replace(one.services[0], sync=Sync.OUT_OF_SYNC, lag=lag),)))
    assert value(registry, "magi_service_synced", service="vcpe", vim="paris") == 0
    assert value(registry, "magi_service_failing", service="vcpe", vim="paris") == (lag is Lag.FAILURE)


def test_durations_go_into_buckets() -> None:
    registry, metrics = registry_of(report(["vcpe"]))
    assert value(registry, "magi_pass_duration_seconds_bucket", vim="paris", le="1.0") == 0
    assert value(registry, "magi_pass_duration_seconds_bucket", vim="paris", le="2.5") == 1
    assert value(registry, "magi_pass_duration_seconds_count", vim="paris") == 1
    assert value(registry, "magi_pass_duration_seconds_sum", vim="paris") == 1.5
    metrics.api_called(ApiCall("paris", "network", "GET", 200, 99.0))
    labels = {"vim": "paris", "service": "network"}
    assert value(registry, "magi_api_request_duration_seconds_bucket", **labels, le="30.0") == 0
    assert value(registry, "magi_api_request_duration_seconds_bucket", **labels, le="+Inf") == 1


@pytest.mark.parametrize(("status", "label"), [(200, "2xx"), (404, "4xx"), (503, "5xx"), (0, "none")])
def test_requests_count_by_class_of_status(status: int, label: str) -> None:
    registry, metrics = registry_of(report(["vcpe"]))
    metrics.api_called(ApiCall("paris", "network", "GET", status, 0.1))
    labels = {"vim": "paris", "service": "network", "method": "GET", "status": label}
    assert value(registry, "magi_api_requests_total", **labels) == 1


def test_what_requests_waited_for_the_budget_adds_up() -> None:
    registry, metrics = registry_of()
    for waited in (0.0, 0.25, 1.5):
        metrics.api_called(ApiCall("paris", "network", "GET", 200, 0.1, waited))
    metrics.api_called(ApiCall("lyon", "network", "GET", 200, 0.1))
    assert value(registry, "magi_api_budget_wait_seconds_total", vim="paris") == 1.75
    assert value(registry, "magi_api_budget_wait_seconds_total", vim="lyon") == 0


def test_forgetting_a_vim_ends_its_series_and_no_others() -> None:
    registry, metrics = registry_of()
    for vim in ("paris", "lyon"):
        metrics.pass_done(report(["vcpe"], outcome("a"), vim=vim))
        metrics.api_called(ApiCall(vim, "network", "GET", 200, 0.1))
    metrics.forget("default", "lyon")
    assert values_of(registry, "vim") == {"paris"}


def values_of(registry: CollectorRegistry, label: str) -> set[str]:
    samples = [sample for metric in registry.collect() for sample in metric.samples]
    return {sample.labels[label] for sample in samples if label in sample.labels}


def test_two_repositories_on_one_vim_are_distinguished_and_their_requests_add_up() -> None:
    sources = [replace(SOURCE, name="core"), replace(SOURCE, name="edge", refused="")]
    passes = [report(["vcpe"], outcome("a"), repository="core"), report(["cdn", "dns"], repository="edge")]
    registry, metrics = registry_of(*passes, sources=sources)
    metrics.fetched("edge", succeeded=True)
    for _ in passes:
        metrics.api_called(ApiCall("paris", "network", "GET", 200, 0.1))
    reported = {
        name: (
            value(registry, "magi_commit_refused", repository=name),
            value(registry, "magi_git_fetches_total", repository=name, result="success"),
            value(registry, "magi_passes_total", repository=name, vim="paris", result="changed"),
            value(registry, "magi_resources", repository=name, vim="paris", kind="port", state="ready"),
        )
        for name in ("core", "edge")
    }
    assert reported == {"core": (1, 0, 1, 1), "edge": (0, 1, None, 2)}
    assert value(registry, "magi_service_synced", repository="edge", service="dns", vim="paris") == 1
    labels = {"vim": "paris", "service": "network", "method": "GET", "status": "2xx"}
    assert value(registry, "magi_api_requests_total", **labels) == 2


def test_the_requests_of_a_vim_are_forgotten_with_the_last_repository_that_has_it() -> None:
    registry, metrics = registry_of(sources=[])
    for repository in ("core", "edge"):
        metrics.pass_done(report(["vcpe"], repository=repository))
        metrics.api_called(ApiCall("paris", "network", "GET", 200, 0.1))
    metrics.forget("core", "paris")
    assert values_of(registry, "repository") == {"edge"}
    assert values_of(registry, "vim") == {"paris"}
    assert value(registry, "magi_api_budget_wait_seconds_total", vim="paris") == 0
    metrics.forget("edge", "paris")
    assert values_of(registry, "vim") == set()


def test_a_repository_that_is_not_followed_any_more_has_no_series() -> None:
    followed = [replace(SOURCE, name=name) for name in ("core", "edge")]
    registry, metrics = registry_of(sources=followed)
    for repository, vim in (("core", "paris"), ("core", "lyon"), ("edge", "paris")):
        metrics.pass_done(report(["vcpe"], outcome("a"), repository=repository, vim=vim))
        metrics.api_called(ApiCall(vim, "network", "GET", 200, 0.1))
        metrics.fetched(repository, succeeded=False)
        metrics.forge_reported(repository, "status", succeeded=True)
    del followed[0]
    metrics.forget_repository("core")
    assert (values_of(registry, "repository"), values_of(registry, "vim")) == ({"edge"}, {"paris"})
    followed.append(replace(SOURCE, name="core"))
    assert value(registry, "magi_git_fetches_total", repository="core", result="failure") == 0


def test_many_threads_may_count_while_someone_scrapes() -> None:
    registry, metrics = registry_of(*(report(["vcpe"], vim=f"vim-{number}") for number in range(20)))

    def count() -> None:
        for number in range(200):
            metrics.api_called(ApiCall(f"vim-{number % 20}", "network", "GET", 200, 0.1))

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        list(registry.collect())
    for thread in threads:
        thread.join()
    samples = [sample for metric in registry.collect() for sample in metric.samples]
    assert sum(sample.value for sample in samples if sample.name == "magi_api_requests_total") == 800


def test_healing_actions_are_counted_once_also_where_an_instance_is_replaced() -> None:
    key = Key("paris", "server", "vcpe/fw/fw-0")
    halves = tuple(
        Outcome(Step(action, key, impact=Impact.REPLACE, heals=True), Result.DONE)
        for action in (Action.DELETE, Action.CREATE)
    )
    registry, _ = registry_of(report(["vcpe"], *halves))
    labels = {"vim": "paris", "action": "replace", "result": "done"}
    assert value(registry, "magi_healing_actions_total", **labels) == 1


def test_instances_that_need_a_person_are_reported() -> None:
    registry, _ = registry_of(
        replace(report(["vcpe"]), unready=3, recovery_exhausted=frozenset({Key("paris", "server", "vcpe/fw/fw-0")}))
    )
    assert value(registry, "magi_instances_unready", vim="paris") == 3
    assert value(registry, "magi_instances_recovery_exhausted", vim="paris") == 1


def test_a_daemon_that_shares_shows_whether_etcd_answers_and_one_alone_shows_nothing() -> None:
    found = []
    for answers in (None, True, False):
        registry = CollectorRegistry()
        registry.register(Metrics("1.2.3", list, list, lambda: answers))  # noqa: B023  it is called here
        found.append(registry.get_sample_value("magi_coordination_up"))
    assert found == [None, 1.0, 0.0]
