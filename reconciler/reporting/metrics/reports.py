"""What the last Report of each VIM says. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric

from reconciler.model import Action, Key, Lag, Report, Sync


def about_targets(reports: Sequence[Report]) -> Iterator[Metric]:
    up = _gauge("magi_vim_up", "1 if the last observation of the VIM succeeded.")
    resources = _gauge("magi_resources", "Managed resources on a VIM at the last observation.", "kind", "state")
    drift = _gauge("magi_drift", "Resources that differ from Git after the last pass.", "kind", "state")
    unready = _gauge("magi_instances_unready", "Instances that fail their probe.")
    recovery_exhausted = _gauge(
        "magi_instances_recovery_exhausted", "Instances that are unhealthy and whose recovery is exhausted."
    )
    blocked = _gauge("magi_steps_blocked", "Steps that are blocked, by why.", "reason")
    warnings = _gauge("magi_plan_warnings", "What policy as code warns of.")
    foreign = _gauge(
        "magi_foreign_resources", "What has an owner mark of this Magi and belongs to another project.", "kind"
    )
    twins = _gauge(
        "magi_twin_resources", "What has the mark of another managed resource as well, and is to go.", "kind"
    )
    contested = _gauge("magi_contested", "1 while another actor writes to the VIM with the same owner.")
    for report in reports:
        of = (report.repository, report.target)
        up.add_metric(of, float(report.error is None))
        for (kind, state), count in sorted(report.counts.items()):
            resources.add_metric((*of, kind, state.value), count)
        if report.plan is not None:
            contested.add_metric(of, float(report.contest is not None))
            warnings.add_metric(of, len(report.plan.warnings))
            for kind, count in sorted(Counter(key.kind for key in report.plan.twins).items()):
                twins.add_metric((*of, kind), count)
            for kind, count in sorted(Counter(one.key.kind for one in report.plan.foreign).items()):
                foreign.add_metric((*of, kind), count)
            unready.add_metric(of, report.unready)
            recovery_exhausted.add_metric(of, len(report.recovery_exhausted))
            for (kind, how), count in sorted(_drift(report).items()):
                drift.add_metric((*of, kind, how), count)
        reasons = Counter(outcome.step.blocked.value for outcome in report.outcomes if outcome.step.blocked)
        for reason, count in sorted(reasons.items()):
            blocked.add_metric((*of, reason), count)
    yield from (up, resources, drift, unready, recovery_exhausted, blocked, warnings, foreign, twins, contested)


def about_services(reports: Sequence[Report]) -> Iterator[Metric]:
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
            of = (report.repository, service.name, service.target)
            info.add_metric(of, {"sync": service.sync.value, "health": service.health.value})
            synced.add_metric(of, float(service.sync is Sync.SYNCED))
            failing.add_metric(of, float(service.lag is Lag.FAILURE))
            if report.error is None:
                desired.add_metric(of, service.desired)
                ready.add_metric(of, service.ready)
    yield from (info, synced, failing, desired, ready)


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
