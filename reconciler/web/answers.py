"""The answers of the JSON API: each a function of the daemon and a query. Raises ApiError."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from reconciler.judging.digests import actions_of
from reconciler.model import PassProgress, Plan, Report, ServiceStatus, Step
from reconciler.reporting.chronicle import Seen
from reconciler.reporting.journal_file import event_json, pass_entry_json
from reconciler.reporting.moments import moment
from reconciler.reporting.outputs import Placed, placed_json, prometheus_targets
from reconciler.reporting.shared_reports import SharedReport
from reconciler.review import plan_json, topology_of
from reconciler.web import shapes
from reconciler.web.errors import ApiError, no_such
from reconciler.web.query import Query
from reconciler.web.watched import Watched

_EVENTS = 20
"""Events that are reported along with a service."""

MOST_TARGETS = 20_000
"""That are returned to Prometheus, which takes no pages."""

_Placed = tuple[ServiceStatus, Report | SharedReport, Seen]


def status(daemon: Watched, query: Query) -> dict[str, Any]:
    passing = daemon.passing()
    return {
        "ready": daemon.ready,
        "repositories": [
            shapes.repository_json(one, daemon.shared_reports())
            for one in daemon.repositories()
            if query.repository in {None, one.name}
        ],
        "vims": [
            {**_vim(daemon, report, passing), "plan": _plan_of(report)}
            for report in _all_reports(daemon, query)
        ],
        "services": [shapes.placed_json(*one) for one in _placed(daemon, query)],
    }  # fmt: skip


def repositories(daemon: Watched, query: Query) -> dict[str, Any]:
    found, shared = daemon.repositories(), daemon.shared_reports()
    return {"total": len(found), "repositories": [shapes.repository_json(one, shared) for one in query.page(found)]}


def commits(daemon: Watched, query: Query) -> dict[str, Any]:
    names = [one.name for one in daemon.repositories() if query.repository in {None, one.name}]
    found = [(name, record) for name in names for record in daemon.chronicle.commits(name)]
    return {"total": len(found), "commits": [shapes.commit_json(*one) for one in query.page(found)]}


def vims(daemon: Watched, query: Query) -> dict[str, Any]:
    found = _all_reports(daemon, query)
    passing = daemon.passing()
    shown = [_vim(daemon, report, passing) for report in query.page(found)]
    return {"total": len(found), "vims": shown}


def vim(daemon: Watched, query: Query) -> dict[str, Any]:
    _check_repository(daemon, query)
    found = _all_reports(daemon, query)
    if not found:
        names = [report.target for report in _all_reports(daemon, Query(repository=query.repository))]
        raise no_such("VIM", query.vim or "", names)
    return _vim(daemon, found[0], daemon.passing())


def _vim(
    daemon: Watched, report: Report | SharedReport, passing: Mapping[tuple[str, str], PassProgress]
) -> dict[str, Any]:
    if isinstance(report, SharedReport):
        return shapes.shared_vim_json(report)
    members = (one.members for one in daemon.repositories() if one.name == report.repository)
    member = next((one.name for found in members for one in found if one.is_self), "")
    return shapes.vim_json(
        report, daemon.chronicle.seen(report), member, passing.get((report.repository, report.target))
    )


def _plan_of(report: Report | SharedReport) -> dict[str, Any] | None:
    """The plan of the last pass, if this daemon made it."""
    plan = None if isinstance(report, SharedReport) else report.plan
    return plan_json(plan) if plan is not None else None


def services(daemon: Watched, query: Query) -> dict[str, Any]:
    by_name: dict[tuple[str, str], list[_Placed]] = {}
    for placed in _placed(daemon, query):
        by_name.setdefault((placed[1].repository, placed[0].name), []).append(placed)
    found = [by_name[name] for name in sorted(by_name)]
    return {"total": len(found), "services": [shapes.service_json(one) for one in query.page(found)]}


def service(daemon: Watched, query: Query) -> dict[str, Any]:
    _check_repository(daemon, query)
    placed = [*_placed(daemon, query)]
    if not placed:
        raise _no_service(daemon, query)
    events = daemon.events.newest(service=query.service, repository=query.repository)[:_EVENTS]
    return {**shapes.service_json(placed), "events": [event_json(event) for event in events]}


def topology(daemon: Watched, query: Query) -> dict[str, Any]:
    _check_repository(daemon, query)
    name = query.service or ""
    catalog = daemon.catalog(query.repository or "")
    reports = {report.target: report for report in daemon.reports() if report.repository == query.repository}
    desired = [one for of_target in catalog.desired.values() for one in of_target.values()] if catalog else []
    plans = [plan for report in reports.values() if (plan := report.remaining) is not None]
    found = topology_of(name, desired, plans)
    if not found.nodes and not any(True for _ in _placed(daemon, query)) and not (catalog and name in catalog.services):
        raise _no_service(daemon, query)
    vim_of = {node.id: node.vim for node in found.nodes}
    return {
        "repository": query.repository,
        "service": name,
        "nodes": [
            {
                "id": node.id,
                "type": node.type,
                "vim": node.vim,
                "vnf": node.vnf,
                "label": node.label,
                "details": list(node.details),
                **shapes.behind_json(node.keys, node.mark, reports.get(node.vim)),
            }
            for node in found.nodes
        ],
        "links": [
            {
                "from": edge.one,
                "to": edge.other,
                "label": edge.label,
                **shapes.behind_json(edge.keys, edge.mark, reports.get(vim_of[edge.one])),
            }
            for edge in found.edges
        ],
    }


def outputs(daemon: Watched, query: Query) -> dict[str, Any]:
    found = [*_with_outputs(daemon, query)]
    if not found:
        raise _nowhere(daemon, query)
    shown = [{"repository": one.repository, **placed_json(one)} for one in query.page(found)]
    return {"service": query.service, "total": len(found), "vims": shown}


def targets(daemon: Watched, query: Query) -> list[dict[str, Any]]:
    """Prometheus keeps the list that it has while there is an error: none says less than is there."""
    asked = [report for report in _reports(daemon, query) if report.outputs is None]
    if not daemon.ready:
        raise ApiError(503, "not every VIM has been observed since the start", "it is asked for again")
    if query.vim is not None and asked:
        raise ApiError(503, f"VIM '{query.vim}' could not be observed since the start", str(asked[0].error or ""))
    placed = [*_with_outputs(daemon, query)]
    if sum(len(one.outputs.instances) for one in placed) > MOST_TARGETS:
        raise ApiError(400, f"there are more than {MOST_TARGETS} instances", "ask by 'vim' or 'service'")
    return prometheus_targets(placed, query.port, query.link)


def _with_outputs(daemon: Watched, query: Query) -> Iterator[Placed]:
    """What each service that is asked for has on each VIM, as it was last observed there."""
    for report in _reports(daemon, query):
        if report.outputs is not None:
            observed_at = moment(report.outputs.observed)
            for name, one in report.outputs.services.items():
                if query.service in {None, name}:
                    yield Placed(report.repository, report.target, name, observed_at, one)


def _nowhere(daemon: Watched, query: Query) -> ApiError:
    """Why there are no outputs of a service: it is unknown, or has nothing on its VIMs."""
    known = {one.name for report in _reports(daemon, query) for one in report.services}
    if query.service in known:
        return ApiError(404, f"nothing of '{query.service}' is known to exist", "its VIMs have nothing of it, or have "
                        "not been observed since the start")  # fmt: skip
    return no_such("network service", query.service or "", [*known])


def plan(daemon: Watched, query: Query) -> dict[str, Any]:
    found = _reports(daemon, query)
    return {"total": len(found), "plans": [_plan(report, query.service) for report in query.page(found)]}


def _plan(report: Report, service: str | None) -> dict[str, Any]:
    """What is left to do on a VIM. The digests stay those of all of it, which is what may be approved."""
    remaining = report.remaining
    shown = _narrowed(remaining, service) if remaining is not None else None
    left = [one for one in report.left if service in {None, one.step.key.service}]
    return {
        "repository": report.repository,
        "vim": report.target,
        "commit": report.commit,
        "observedAt": moment(report.started),
        "error": str(report.error) if report.error else "",
        "plan": shown,
        "outcomes": [
            {
                "action": one.step.action.value,
                "kind": one.step.key.kind,
                "name": one.step.key.name,
                "result": one.result.value,
                "reason": one.reason,
                "again": one.again,
            }
            for one in left
        ],
    }


def _narrowed(plan: Plan, service: str | None) -> dict[str, Any]:
    whole = plan_json(plan)
    if service is None:
        return whole
    steps = {one.id: one for one in plan.steps.values() if one.key.service == service}
    uncompared = {key: reason for key, reason in plan.uncompared.items() if key.service == service}
    notes = {key: note for key, note in plan.notes.items() if key.service == service}
    blocked = [one for one in whole["blockedSets"] if one["service"] in {service, ""}]
    part = plan_json(replace(plan, steps=steps, uncompared=uncompared, notes=notes))
    return {**part, "digest": whole["digest"], "blockedSets": blocked}


def drift(daemon: Watched, query: Query) -> dict[str, Any]:
    found = [
        one for report in _reports(daemon, query) if report.drifted for one in _drift(daemon, report, query.service)
    ]
    return {"total": len(found), "drift": [shapes.drift_json(*one) for one in query.page(found)]}


def _drift(daemon: Watched, report: Report, service: str | None) -> Iterator[tuple[Report, str, Step, float]]:
    """What still drifts after the last pass: what is done about it, the step, and since when."""
    remaining = report.remaining
    since = daemon.chronicle.seen(report).drift
    for verb, step in actions_of(remaining.steps) if remaining is not None else ():
        if step.id in report.drifted and service in {None, step.key.service}:
            yield report, verb, step, since.get(step.key, 0.0)


def events(daemon: Watched, query: Query) -> dict[str, Any]:
    found = daemon.events.newest(query.vim, query.service, query.repository)
    return {"total": len(found), "events": [event_json(event) for event in query.page(found)]}


def passes(daemon: Watched, query: Query) -> dict[str, Any]:
    found = daemon.journal.newest(query.vim, query.service, query.repository)
    return {"total": len(found), "passes": [pass_entry_json(one) for one in query.page(found)]}


def _reports(daemon: Watched, query: Query) -> list[Report]:
    found = (report for report in daemon.reports() if query.vim in {None, report.target})
    return [report for report in found if query.repository in {None, report.repository}]


def _all_reports(daemon: Watched, query: Query) -> list[Report | SharedReport]:
    """Also those of the other members of a group; by repository and VIM."""
    found = (report for report in daemon.shared_reports() if query.vim in {None, report.target})
    shared = [report for report in found if query.repository in {None, report.repository}]
    order = {one.name: number for number, one in enumerate(daemon.repositories())}
    everything: list[Report | SharedReport] = [*_reports(daemon, query), *shared]
    return (
        sorted(everything, key=lambda one: (order.get(one.repository, len(order)), one.target))
        if shared
        else everything
    )


def _placed(daemon: Watched, query: Query) -> Iterator[_Placed]:
    """Each service on each VIM."""
    for report in _all_reports(daemon, query):
        desired = [one for one in report.services if query.service in {None, one.name}]
        if desired:
            seen = Seen(report.conditions) if isinstance(report, SharedReport) else daemon.chronicle.seen(report)
            yield from ((one, report, seen) for one in desired)


def _check_repository(daemon: Watched, query: Query) -> None:
    names = [one.name for one in daemon.repositories()]
    if query.repository not in names:
        raise no_such("repository", query.repository or "", names)


def _no_service(daemon: Watched, query: Query) -> ApiError:
    catalog = daemon.catalog(query.repository or "")
    if catalog and query.service in catalog.services:
        return ApiError(404, f"nothing is known of '{query.service}' yet", "its VIM has not been observed")
    names = {one.name for report in _all_reports(daemon, Query(repository=query.repository)) for one in report.services}
    return no_such("network service", query.service or "", [*names])
