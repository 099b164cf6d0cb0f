"""Who has detailed series where not all can: those that need someone, then those that are busy, then by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from prometheus_client import CollectorRegistry

from reconciler.config import DetailLimits
from reconciler.model import (
    ApiCall,
    BlockReason,
    Contest,
    Health,
    Key,
    Lag,
    Report,
    RepositoryStatus,
    Result,
    ServiceStatus,
    State,
    Sync,
)
from reconciler.reporting.metrics import Metrics
from reconciler.reporting.metrics.detail import Detail, Of, OfService, detail_of
from tests.metrics.reports import outcome, report, unknown, with_foreign

ONE = DetailLimits(1, 1)


def fine(vim: str) -> Report:
    return report([f"of-{vim}"], vim=vim)


def with_service(one: Report, **changes: object) -> Report:
    return replace(one, services=(replace(one.services[0], **changes),))  # type: ignore[arg-type]  # fields of it


def blocked(vim: str, reason: BlockReason) -> Report:
    return report([f"of-{vim}"], outcome("a", result=Result.BLOCKED, blocked=reason), vim=vim)


TROUBLES = {
    "can't be observed": unknown("zurich"),
    "fails": with_service(fine("zurich"), lag=Lag.FAILURE),
    "another actor writes there": replace(fine("zurich"), contest=Contest("lan is not managed")),
    "marks of another project": with_foreign(fine("zurich"), "network"),
    "recovery is exhausted": replace(fine("zurich"), recovery_exhausted=frozenset({Key("zurich", "server", "a")})),
    "needs consent": blocked("zurich", BlockReason.CONSENT),
    "would be refused": blocked("zurich", BlockReason.REFUSED),
    "drift that is only reported": blocked("zurich", BlockReason.DRIFT),
}


@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES)
def test_a_vim_that_needs_someone_comes_before_one_that_is_busy(trouble: Report) -> None:
    busy = replace(fine("amsterdam"), counts={("server", State.BUILDING): 1})
    assert detail_of([fine("berlin"), busy, trouble], ONE).vims == {Of("default", "zurich")}
    assert detail_of([fine("berlin"), busy], ONE).vims == {Of("default", "amsterdam")}


@pytest.mark.parametrize("reason", [BlockReason.SUSPENDED, BlockReason.FROZEN, BlockReason.WINDOW, BlockReason.TURN])
def test_what_git_suspends_or_waits_its_turn_needs_no_one(reason: BlockReason) -> None:
    failing = with_service(fine("zurich"), lag=Lag.FAILURE)
    found = detail_of([blocked("amsterdam", reason), failing], ONE)
    assert found.vims == {Of("default", "zurich")}
    assert found.omitted_vims == 0


def test_of_vims_that_are_alike_the_first_by_name_have_it_in_whatever_order_they_come() -> None:
    reports = [fine(vim) for vim in ("c", "a", "b")]
    expected = frozenset({Of("default", "a"), Of("default", "b")})
    assert detail_of(reports, DetailLimits(2, 0)).vims == detail_of(reports[::-1], DetailLimits(2, 0)).vims == expected


def services(*found: ServiceStatus) -> Detail:
    return detail_of([replace(fine("paris"), services=found)], ONE)


def test_a_service_that_fails_or_is_degraded_comes_first() -> None:
    synced = ServiceStatus("a", "paris", Sync.SYNCED, Health.HEALTHY)
    changing = ServiceStatus("b", "paris", Sync.OUT_OF_SYNC, Health.PROGRESSING, lag=Lag.CHANGING)
    failing = ServiceStatus("y", "paris", Sync.OUT_OF_SYNC, Health.HEALTHY, lag=Lag.FAILURE)
    degraded = ServiceStatus("z", "paris", Sync.SYNCED, Health.DEGRADED)
    assert services(synced, changing).services == {OfService("default", "paris", "b")}
    assert services(synced, changing, degraded).services == {OfService("default", "paris", "z")}
    both = services(synced, changing, degraded, failing)
    assert both.services == {OfService("default", "paris", "y")}
    assert both.omitted_services == 1


def scraped(reports: Sequence[Report], limits: DetailLimits) -> CollectorRegistry:
    metrics = Metrics("1", lambda: [RepositoryStatus("x")], lambda: list(reports))
    metrics.limit(limits)
    for one in reports:
        metrics.pass_done(one)
        metrics.api_called(ApiCall(one.target, "network", "GET", 503, 0.5))
        metrics.api_called(ApiCall(one.target, "compute", "GET", 200, 0.25))
    registry = CollectorRegistry()
    registry.register(metrics)
    return registry


def vims_of(registry: CollectorRegistry, name: str) -> set[str]:
    return {sample.labels["vim"] for metric in registry.collect() for sample in metric.samples if sample.name == name}


def test_every_vim_has_its_few_series_and_the_chosen_ones_have_all() -> None:
    reports = [fine("amsterdam"), fine("berlin"), with_service(fine("zurich"), lag=Lag.FAILURE), unknown("york")]
    registry = scraped(reports, ONE)
    every = {one.target for one in reports}
    for name in ("magi_vim_up", "magi_vim_services", "magi_vim_passes_total", "magi_vim_api_requests_total"):
        assert vims_of(registry, name) == every, name
    for name in ("magi_passes_total", "magi_api_requests_total", "magi_pass_duration_seconds_count"):
        assert vims_of(registry, name) == {"york"}, name
    assert registry.get_sample_value("magi_detail_omitted", {"of": "vim"}) == 1
    assert registry.get_sample_value("magi_detail_omitted", {"of": "service"}) == 1


def test_the_sums_of_a_vim_are_those_of_its_detail() -> None:
    failed = report(["vcpe"], outcome("a", result=Result.FAILED), outcome("b"), outcome("c", result=Result.FAILED))
    registry = scraped([failed], ONE)
    of = {"repository": "default", "vim": "paris"}
    found = registry.get_sample_value
    assert found("magi_vim_steps_failed_total", of) == 2
    assert found("magi_vim_resources_drifted", of) == 2
    assert found("magi_vim_resources", of) == 4
    assert found("magi_vim_pass_seconds_total", of) == 1.5
    assert found("magi_vim_api_requests_total", {"vim": "paris", "result": "failure"}) == 1
    assert found("magi_vim_api_requests_total", {"vim": "paris", "result": "success"}) == 1
    assert found("magi_vim_api_request_seconds_total", {"vim": "paris"}) == 0.75


def test_limits_of_zero_leave_the_few_series_of_each_vim() -> None:
    registry = scraped([fine("paris")], DetailLimits(0, 0))
    assert vims_of(registry, "magi_vim_up") == {"paris"}
    names = {metric.name for metric in registry.collect() if metric.samples}
    assert not names & {"magi_service_synced", "magi_resources", "magi_passes", "magi_api_requests"}
