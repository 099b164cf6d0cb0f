"""Reports of passes, made up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from prometheus_client import CollectorRegistry

from reconciler.model import (
    Action,
    ApiCall,
    BlockReason,
    Foreign,
    Health,
    Impact,
    Key,
    Lag,
    Outcome,
    Place,
    Plan,
    Problem,
    Report,
    RepositoryStatus,
    Result,
    ServiceStatus,
    Shares,
    State,
    Step,
    Sync,
    TargetUnknown,
)
from reconciler.reporting.metrics import Metrics

KINDS = ("network", "subnet", "port", "server")
PLACE = Place("a.yaml", 1)
SOURCE = RepositoryStatus(
    "https://git.example/ns.git",
    commit="a1b2",
    committed_at=1_700_000_000.0,
    fetched_at=1_700_000_100.0,
    refused="c3d4",
    problems=(Problem("a.yaml", 1, 1, "wrong"),),
    shares=Shares(("paris", "lyon")),
)


def outcome(name: str, kind: str = "port", result: Result = Result.DONE, blocked: BlockReason | None = None) -> Outcome:
    step = Step(Action.CREATE, Key("paris", kind, name), blocked=blocked)
    return Outcome(step, result, "because", again=result is Result.FAILED)


def report(services: Iterable[str], *outcomes: Outcome, vim: str = "paris", repository: str = "default") -> Report:
    """A pass over services of equal shape: one resource of each kind."""
    names = tuple(services)
    return Report(
        vim,
        "a1b2",
        1_700_000_200.0,
        1.5,
        tuple(ServiceStatus(name, vim, Sync.SYNCED, Health.HEALTHY, 4, 4) for name in names),
        Plan(vim, {one.step.id: one.step for one in outcomes}, {}),
        outcomes,
        {(kind, State.READY): len(names) for kind in KINDS},
        repository=repository,
    )


def unknown(vim: str = "paris") -> Report:
    services = (ServiceStatus("vcpe", vim, Sync.UNKNOWN, Health.UNKNOWN, lag=Lag.FAILURE),)
    return Report(vim, "a1b2", 1_700_000_200.0, 0.5, services, error=TargetUnknown("gone"), repository="default")


def registry_of(*reports: Report, sources: Sequence[RepositoryStatus] = (SOURCE,)) -> tuple[CollectorRegistry, Metrics]:
    """A fresh registry over Metrics that have been reported of the reports."""
    metrics = Metrics("1.2.3", lambda: list(sources), lambda: list(reports), lambda: True, lambda: {"noc": 2})
    for one in reports:
        metrics.pass_done(one)
    registry = CollectorRegistry()
    registry.register(metrics)
    return registry, metrics


def with_foreign(one: Report, *kinds: str) -> Report:
    """The report of a pass that found something of each kind that has the owner mark and is another project's."""
    foreign = tuple(Foreign(Key(one.target, kind, f"vcpe/{kind}"), f"id-{kind}", "other") for kind in kinds)
    return replace(one, plan=replace(Plan(one.target, {}, {}) if one.plan is None else one.plan, foreign=foreign))


def with_twins(one: Report, *kinds: str) -> Report:
    """The report of a pass that found two of each kind with one mark."""
    twins = {Key(one.target, kind, f"vcpe/{kind}~id-2"): Key(one.target, kind, f"vcpe/{kind}") for kind in kinds}
    return replace(one, plan=replace(Plan(one.target, {}, {}) if one.plan is None else one.plan, twins=twins))


def everything() -> CollectorRegistry:
    """A registry in which every metric has a series."""
    outcomes = (
        outcome("vcpe/eth0"),
        outcome("vcpe/eth1", result=Result.FAILED),
        outcome("vcpe/eth2", result=Result.BLOCKED, blocked=BlockReason.CONSENT),
        Outcome(Step(Action.UPDATE, Key("paris", "server", "vcpe"), impact=Impact.REBOOT, heals=True), Result.DONE),
    )
    first = with_twins(with_foreign(report(["vcpe"], *outcomes), "network"), "router")
    registry, metrics = registry_of(first, report(["edge"], vim="lyon"))
    for status, seconds in ((200, 0.02), (503, 2.0), (0, 30.0)):
        metrics.api_called(ApiCall("paris", "network", "GET", status, seconds))
    metrics.fetched("default", succeeded=True)
    metrics.forge_reported("default", "status", succeeded=True)
    metrics.hook_called("accepted")
    metrics.notified("noc", "delivered", 1)
    return registry
