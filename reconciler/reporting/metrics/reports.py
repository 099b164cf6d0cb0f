"""What the last Report of each VIM says. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric

from reconciler.model import PROGRESS_OF_BLOCK, Action, Health, Key, Lag, Report, ServiceStatus, Sync
from reconciler.reporting.metrics.detail import Detail, OfService
from reconciler.reporting.metrics.families import gauge


def about_vims(reports: Sequence[Report]) -> Iterator[Metric]:
    """The few that there are of every VIM, one series each."""
    families = {name: _gauge(name, text) for name, text, _ in _OF_EVERY_VIM}
    for report in reports:
        for name, _, value in _OF_EVERY_VIM:
            found = value(report)
            if found is not None:
                families[name].add_metric((report.repository, report.target), float(found))
    yield from families.values()


def about_detailed_vims(reports: Sequence[Report]) -> Iterator[Metric]:
    """What there is by kind, state and reason: several series for each VIM."""
    resources = _gauge("magi_resources", "Managed resources on a VIM at the last observation.", "kind", "state")
    drift = _gauge("magi_drift", "Resources that differ from Git after the last pass.", "kind", "state")
    blocked = _gauge("magi_steps_blocked", "Steps that are blocked, by why.", "reason")
    foreign = _gauge(
        "magi_foreign_resources", "What has an owner mark of this Magi and belongs to another project.", "kind"
    )
    twins = _gauge(
        "magi_twin_resources", "What has the mark of another managed resource as well, and is to go.", "kind"
    )
    for report in reports:
        of = (report.repository, report.target)
        for (kind, state), count in sorted(report.counts.items()):
            resources.add_metric((*of, kind, state.value), count)
        if report.plan is not None:
            for kind, count in sorted(Counter(key.kind for key in report.plan.twins).items()):
                twins.add_metric((*of, kind), count)
            for kind, count in sorted(Counter(one.key.kind for one in report.plan.foreign).items()):
                foreign.add_metric((*of, kind), count)
            for (kind, how), count in sorted(_drift(report).items()):
                drift.add_metric((*of, kind, how), count)
        reasons = Counter(outcome.step.blocked.value for outcome in report.outcomes if outcome.step.blocked)
        for reason, count in sorted(reasons.items()):
            blocked.add_metric((*of, reason), count)
    yield from (resources, drift, blocked, foreign, twins)


def about_services(reports: Sequence[Report], detailed: Collection[OfService]) -> Iterator[Metric]:
    labels = ("repository", "service", "vim")
    info = InfoMetricFamily("magi_service", "Sync and health of a network service.", labels=labels)
    synced = GaugeMetricFamily("magi_service_synced", "1 if the service is what Git declares.", labels=labels)
    failing = GaugeMetricFamily(
        "magi_service_failing",
        "1 if the service is not what Git declares, and is neither meant to wait nor on its way in due time.",
        labels=labels,
    )
    desired = GaugeMetricFamily("magi_service_desired", "What people count of what Git asks for.", labels=labels)
    ready = GaugeMetricFamily("magi_service_ready", "What of it is there whole and does its work.", labels=labels)
    for report in reports:
        for service in report.services:
            if OfService(report.repository, service.target, service.name) not in detailed:
                continue
            of = (report.repository, service.name, service.target)
            info.add_metric(of, {"sync": service.sync.value, "health": service.health.value})
            synced.add_metric(of, float(service.sync is Sync.SYNCED))
            failing.add_metric(of, float(service.lag is Lag.FAILURE))
            if report.error is None:
                desired.add_metric(of, service.desired)
                ready.add_metric(of, service.ready)
    yield from (info, synced, failing, desired, ready)


def omitted(detail: Detail) -> Iterator[Metric]:
    """How many are in trouble and have no series of their own."""
    yield gauge(
        "magi_detail_omitted",
        "VIMs and network services in trouble that have no detailed series, as more are in trouble than the limit.",
        ("of",),
        [(("vim",), detail.omitted_vims), (("service",), detail.omitted_services)],
    )


def _where_observed(value: Callable[[Report], float]) -> Callable[[Report], float | None]:
    return lambda report: None if report.plan is None else value(report)


def _services(suits: Callable[[ServiceStatus], bool]) -> Callable[[Report], float]:
    return lambda report: sum(map(suits, report.services))


def _blocked(report: Report) -> int:
    return sum(
        one.step.blocked is not None and not PROGRESS_OF_BLOCK[one.step.blocked].by_itself for one in report.outcomes
    )


_OF_EVERY_VIM: tuple[tuple[str, str, Callable[[Report], float | None]], ...] = (
    ("magi_vim_up", "1 if the last observation of the VIM succeeded.", lambda one: one.error is None),
    ("magi_vim_services", "Network services that Git declares on the VIM.", lambda one: len(one.services)),
    (
        "magi_vim_services_synced",
        "Network services on the VIM that are what Git declares.",
        _services(lambda one: one.sync is Sync.SYNCED),
    ),
    (
        "magi_vim_services_failing",
        "Network services on the VIM that fail to be what Git declares.",
        _services(lambda one: one.lag is Lag.FAILURE),
    ),
    (
        "magi_vim_services_degraded",
        "Network services on the VIM of which something is in error, does not work, or is missing.",
        _services(lambda one: one.health in {Health.DEGRADED, Health.MISSING}),
    ),
    (
        "magi_vim_resources",
        "Managed resources on the VIM at the last observation.",
        _where_observed(lambda one: sum(one.counts.values())),
    ),
    (
        "magi_vim_resources_drifted",
        "Resources on the VIM that differ from Git after the last pass.",
        _where_observed(lambda one: len({outcome.step.key for outcome in one.left})),
    ),
    ("magi_vim_steps_blocked", "Steps that are blocked and stay so by themselves.", _where_observed(_blocked)),
    ("magi_instances_unready", "Instances that fail their probe.", _where_observed(lambda one: one.unready)),
    (
        "magi_instances_recovery_exhausted",
        "Instances that are unhealthy and whose recovery is exhausted.",
        _where_observed(lambda one: len(one.recovery_exhausted)),
    ),
    (
        "magi_plan_warnings",
        "What policy as code warns of.",
        lambda one: None if one.plan is None else len(one.plan.warnings),
    ),
    (
        "magi_contested",
        "1 while another actor writes to the VIM with the same owner.",
        _where_observed(lambda one: one.contest is not None),
    ),
)


def _gauge(name: str, text: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, labels=("repository", "vim", *labels))


def _drift(report: Report) -> Mapping[tuple[str, str], int]:
    """Resources that differ by kind and how: missing, changed or extra. Zeros too, or an alert would never resolve."""
    actions: defaultdict[Key, set[Action]] = defaultdict(set)
    for outcome in report.left:
        actions[outcome.step.key].add(outcome.step.action)
    kinds = {kind for kind, _ in report.counts} | {key.kind for key in actions}
    words = {Action.CREATE: "missing", Action.UPDATE: "changed", Action.DELETE: "extra"}
    found = {(kind, how): 0 for kind in kinds for how in words.values()}
    for key, desired in actions.items():
        found[key.kind, words[next(iter(desired))] if len(desired) == 1 else "changed"] += 1
    return found
