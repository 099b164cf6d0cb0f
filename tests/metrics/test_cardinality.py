"""How many series there are: docs/metrics.md says at most how many, whatever is on the VIMs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, ProcessCollector

from reconciler.config import DetailLimits
from reconciler.model import (
    Action,
    ApiCall,
    BlockReason,
    Health,
    Impact,
    Key,
    Outcome,
    Report,
    Result,
    ServiceStatus,
    State,
    Step,
    Sync,
)
from reconciler.reporting.metrics import Metrics
from reconciler.reporting.metrics.requests import BUCKETS
from reconciler.targets.openstack.kinds import KINDS
from tests.metrics.reports import SOURCE, everything, outcome, registry_of, report, with_foreign, with_twins

DOCUMENT = Path(__file__).parents[2] / "docs" / "metrics.md"
VIMS, SERVICES, RESOURCES = 50, 200, 100_000
RECEIVERS = 20
NAMES = [kind.name for kind in KINDS]
MARKED = [kind.name for kind in KINDS if kind.listing.project and not kind.by_part]
ACTIONS = (Action.CREATE, Action.UPDATE, Action.DELETE)
HEALING_ACTIONS = (Impact.REBOOT, Impact.REBUILD, Impact.REPLACE)
API = ("identity", "network", "compute", "image", "block-storage")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
STATUSES = {200: "2xx", 300: "3xx", 404: "4xx", 503: "5xx", 0: "none"}


def worst(vim: str) -> Iterator[Outcome]:
    """Steps of every action and result, blocked for every reason, and every healing action with every result."""
    for action, result in product(ACTIONS, Result):
        yield Outcome(Step(action, Key(vim, "port", f"{action}/{result}")), result)
    for guard in BlockReason:
        yield Outcome(Step(Action.CREATE, Key(vim, "server", guard.value), blocked=guard), Result.BLOCKED)
    for impact, result in product(HEALING_ACTIONS, Result):
        key = Key(vim, "server", f"{impact}/{result}")
        yield Outcome(Step(Action.UPDATE, key, impact=impact, heals=True), result)


def passes(vim: str, resources: int) -> list[Report]:
    """A pass of each result. ``resources``: how many there are of all kinds in all states together."""
    states = list(product(NAMES, State))
    services = tuple(ServiceStatus(f"service-{number}", vim, Sync.SYNCED, Health.HEALTHY) for number in range(SERVICES))
    whole = Report(
        vim, "a1b2", 0.0, 1.0, services, None, tuple(worst(vim)),
        dict.fromkeys(states, resources // len(states)), repository="default",
    )  # fmt: skip
    whole = with_twins(with_foreign(whole, *MARKED), *(kind.name for kind in KINDS))
    return [
        replace(whole, plan=None, outcomes=()),
        replace(whole, outcomes=()),
        report([], outcome("a"), vim=vim),
        whole,
    ]


def fleet(resources: int = RESOURCES) -> CollectorRegistry:
    """A registry in which a daemon over many VIMs has met all that there is."""
    reports = [passes(f"vim-{number}", resources // VIMS) for number in range(VIMS)]
    waiting = dict.fromkeys((f"receiver-{number}" for number in range(RECEIVERS)), 1)
    metrics = Metrics(
        "1.2.3", lambda: [SOURCE], lambda: [of_vim[-1] for of_vim in reports], lambda: True, lambda: waiting
    )
    registry = CollectorRegistry()
    registry.register(metrics)
    ProcessCollector(registry=registry)
    for one in (one for of_vim in reports for one in of_vim):
        metrics.pass_done(one)
    for vim, api, method, status in product(range(VIMS), API, METHODS, STATUSES):
        metrics.api_called(ApiCall(f"vim-{vim}", api, method, status, 0.1, 0.1))
    for what, succeeded in product(("status", "comment"), (True, False)):
        metrics.forge_reported("default", what, succeeded=succeeded)
    for result in ("accepted", "repeated", "refused", "limited"):
        metrics.hook_called(result)
    return registry


def series(registry: CollectorRegistry) -> Counter[str]:
    return Counter({metric.name: len(metric.samples) for metric in registry.collect()})


def documented() -> dict[str, int]:
    rows = re.findall(r"^\| For (?:each|a) (.+?) \| ([\d,]+) \|", DOCUMENT.read_text(), re.MULTILINE)
    return {what: int(number.replace(",", "")) for what, number in rows}


def bound(vims: int, services: int, receivers: int = 0) -> int:
    """How many series the document allows a daemon with one repository."""
    most, limits = documented(), DetailLimits()
    return (
        vims * (most["VIM of a repository"] + most["VIM"])
        + min(vims, limits.vims) * (most["VIM of a repository with detail"] + most["VIM with detail"])
        + min(vims * services, limits.services) * most["network service with detail"]
        + most["repository"]
        + most["daemon"]
        + receivers * most["receiver of notifications"]
    )


def test_there_are_as_many_series_as_documented_and_no_more() -> None:
    # The worst that there is reaches the bound: so no row of the table says more than is true.
    assert series(fleet()).total() == bound(VIMS, SERVICES, RECEIVERS)


def test_every_vim_has_twenty_series_at_most_whatever_is_on_it() -> None:
    most = documented()
    assert most["VIM of a repository"] + most["VIM"] <= 20


def test_the_examples_in_the_document_follow_from_its_table() -> None:
    text = " ".join(DOCUMENT.read_text().split())
    assert f"50 VIMs with 200 services each have at most {bound(50, 200):,} series" in text
    assert f"1,024 VIMs at most {bound(1024, 1_000):,}" in text


def test_series_do_not_grow_with_resources() -> None:
    assert series(fleet(RESOURCES)) == series(fleet(VIMS * len(NAMES) * len(State)))


def test_more_services_make_more_series_of_services_alone() -> None:
    def of(services: int) -> Counter[str]:
        names = [f"service-{number}" for number in range(services)]
        registry, _ = registry_of(report(names, *(outcome(f"{name}/eth0") for name in names)))
        return series(registry)

    assert of(50) - of(1) == dict.fromkeys(
        ("magi_service", "magi_service_synced", "magi_service_failing", "magi_service_desired", "magi_service_ready"),
        49,
    )
    assert of(2 * DetailLimits().services) == of(DetailLimits().services)


CLOSED: dict[str, set[str]] = {
    "kind": set(NAMES),
    "state": {state.value for state in State} | {"missing", "changed", "extra"},
    "action": {action.value for action in (*ACTIONS, *HEALING_ACTIONS)},
    "reason": {guard.value for guard in BlockReason} | {"queue", "size", "syslog", "write"},
    "sync": {sync.value for sync in Sync},
    "health": {health.value for health in Health},
    "method": set(METHODS),
    "status": set(STATUSES.values()),
    "what": {"status", "comment"},
    "of": {"vim", "service"},
    "share": {"served", "elsewhere", "unserved", "contended"},
    "result": {result.value for result in Result}
    | {"nothing", "changed", "incomplete", "unknown", "success", "failure"}
    | {"accepted", "repeated", "refused", "limited"}
    | {"delivered", "dropped", "failed"},
    "le": {"+Inf", *map(str, BUCKETS), *map(str, (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0))},
    "version": {"1.2.3"},
}
OPEN = {"vim", "service", "repository", "url", "commit", "name"}


@pytest.mark.parametrize("registry", [everything(), fleet()], ids=["everything", "fleet"])
def test_labels_take_their_values_from_closed_sets_but_for_what_people_name(registry: CollectorRegistry) -> None:
    found: dict[str, set[str]] = {}
    for sample in (sample for metric in registry.collect() for sample in metric.samples):
        for name, value in sample.labels.items():
            found.setdefault(name, set()).add(value)
    assert found.keys() == CLOSED.keys() | OPEN
    beyond = {name: found[name] - values for name, values in CLOSED.items()}
    assert {name: values for name, values in beyond.items() if values} == {}


def test_no_label_holds_the_name_of_a_resource() -> None:
    samples = (sample for metric in everything().collect() for sample in metric.samples)
    values = {value for sample in samples for value in sample.labels.values()}
    assert [value for value in values if re.search(r"eth\d|fw-0", value)] == []
