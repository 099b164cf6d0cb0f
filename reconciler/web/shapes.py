"""What is known, as JSON. `schemas.py` describes the same for machines; tests hold each answer to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from itertools import islice
from typing import Any

from reconciler.judging.digests import plain
from reconciler.model import (
    Health,
    Key,
    MemberShare,
    PassProgress,
    Plan,
    Report,
    RepositoryStatus,
    ServiceStatus,
    Shares,
    Step,
    Sync,
)
from reconciler.reporting.chronicle import Condition, Record, Seen, VimOutcome, over_vims
from reconciler.reporting.moments import moment
from reconciler.reporting.shared_reports import SharedReport

_SYNC = (Sync.OUT_OF_SYNC, Sync.UNKNOWN, Sync.SYNCED)
_HEALTH = (Health.DEGRADED, Health.MISSING, Health.UNKNOWN, Health.PROGRESSING, Health.HEALTHY)
"""The gravest first."""

MOST_NAMED = 100
"""VIMs that are named of those that no daemon serves, or a member; and members."""

MOST_REFUSED = 100
"""Refused approvals that are listed of a VIM: anyone who may push can make more."""


def repository_json(status: RepositoryStatus, shared: Iterable[SharedReport] = ()) -> dict[str, Any]:
    """``shared``: what the other members of a group report."""
    reported = {one.target for one in shared if one.repository == status.name}
    return {
        "name": status.name,
        "url": status.url,
        "commit": status.commit,
        "subject": status.subject,
        "committedAt": moment(status.committed_at),
        "fetchedAt": moment(status.fetched_at),
        "error": status.error,
        "refused": status.refused,
        "distrust": status.distrust,
        "problems": [str(problem) for problem in status.problems],
        "warnings": list(status.warnings),
        "shard": shard_json(status.shares, status.members, status.members_error, reported) if status.shares else None,
    }


def shard_json(
    shares: Shares, members: Iterable[MemberShare] = (), error: str = "", reported: Collection[str] = ()
) -> dict[str, Any]:
    """How many VIMs are served here and elsewhere, and which by no daemon or by each: `MOST_NAMED` of each at most.

    ``reported``: those of the other members that these report something of.
    """
    members = list(members)
    silent = sorted(name for one in members if not one.is_self for name in one.targets if name not in reported)
    return {
        "served": len(shares.served),
        "elsewhere": len(shares.elsewhere),
        "unserved": list(shares.unserved[:MOST_NAMED]),
        "contended": list(shares.contended[:MOST_NAMED]),
        "unreported": silent[:MOST_NAMED],
        "members": [_member_json(one) for one in islice(members, MOST_NAMED)],
        "membersError": error,
    }


def _member_json(member: MemberShare) -> dict[str, Any]:
    return {
        "name": member.name,
        "self": member.is_self,
        "served": len(member.targets),
        "vims": list(member.targets[:MOST_NAMED]),
    }


def condition_json(condition: Condition) -> dict[str, Any]:
    return {
        "type": condition.type,
        "status": condition.status.value,
        "reason": condition.reason,
        "message": condition.message,
        "lastTransitionTime": moment(condition.since),
        "observedCommit": condition.commit,
    }


def vim_json(report: Report, seen: Seen, member: str = "", passing: PassProgress | None = None) -> dict[str, Any]:
    """``member``: the name of this daemon in its group. ``passing``: how far the pass is that runs now."""
    return {
        "repository": report.repository,
        "name": report.target,
        "member": member,
        "commit": report.commit,
        "observedAt": moment(report.started),
        "seconds": round(report.seconds, 3),
        "up": report.error is None,
        "error": str(report.error) if report.error else "",
        "resources": sum(report.counts.values()),
        "stepsLeft": len(report.left),
        "refusedApprovals": _refused_json(report.plan),
        "conditions": [condition_json(one) for one in seen.conditions[""]],
        "pass": _pass_json(passing) if passing is not None else None,
    }


def _pass_json(passing: PassProgress) -> dict[str, Any]:
    return {
        "since": moment(passing.since),
        "phase": passing.phase.value,
        "done": passing.done,
        "steps": passing.steps,
    }


def shared_vim_json(report: SharedReport) -> dict[str, Any]:
    """A VIM that another member of the group serves."""
    return {
        "repository": report.repository,
        "name": report.target,
        "member": report.member,
        "commit": report.commit,
        "observedAt": moment(report.started),
        "seconds": round(report.seconds, 3),
        "up": report.observed,
        "error": report.error,
        "resources": report.resources,
        "stepsLeft": report.steps_left,
        "refusedApprovals": [],
        "conditions": [condition_json(one) for one in report.conditions.get("", ())],
        "pass": None,
    }


def _refused_json(plan: Plan | None) -> list[dict[str, Any]]:
    """The approvals that cover something in a plan and do not unblock it."""
    refused = (one for one in plan.approval_effects if one.refusal) if plan is not None else ()
    return [
        {
            "digest": one.approval.digest,
            "blocked": one.what,
            "reason": one.refusal,
            "service": one.approval.service,
            "commit": one.approval.commit,
            "author": one.approval.author,
            "signer": one.approval.signer,
        }
        for one in islice(refused, MOST_REFUSED)
    ]


def placed_json(status: ServiceStatus, report: Report | SharedReport, seen: Seen) -> dict[str, Any]:
    """A network service on one VIM."""
    return {
        "repository": report.repository,
        "name": status.name,
        "vim": status.target,
        "commit": report.commit,
        "sync": status.sync.value,
        "health": status.health.value,
        "desired": status.desired,
        "ready": status.ready,
        "stepsLeft": status.steps_left,
        "message": status.message,
        "conditions": [condition_json(one) for one in seen.conditions.get(status.name, ())],
    }


def service_json(placed: Iterable[tuple[ServiceStatus, Report | SharedReport, Seen]]) -> dict[str, Any]:
    """A network service as a whole, out of what it is on each VIM."""
    placed = list(placed)
    first, report, _ = placed[0]
    statuses = [status for status, _, _ in placed]
    conditions = over_vims({status.target: seen.conditions.get(status.name, ()) for status, _, seen in placed})
    return {
        "repository": report.repository,
        "name": first.name,
        "sync": min((status.sync for status in statuses), key=_SYNC.index).value,
        "health": min((status.health for status in statuses), key=_HEALTH.index).value,
        "desired": sum(status.desired for status in statuses),
        "ready": sum(status.ready for status in statuses),
        "stepsLeft": sum(status.steps_left for status in statuses),
        "conditions": [condition_json(one) for one in conditions],
        "vims": [placed_json(*one) for one in placed],
    }


def commit_json(repository: str, record: Record) -> dict[str, Any]:
    return {
        "repository": repository,
        "commit": record.commit.id,
        "subject": record.commit.subject,
        "authoredAt": moment(record.commit.authored_at),
        "seenAt": moment(record.seen_at),
        "outcome": record.outcome.value,
        "outcomeAt": moment(record.outcome_at),
        "refusedAt": moment(record.refused_at),
        "inForceAt": moment(record.in_force_at),
        "syncedAt": moment(record.synced_at),
        "supersededAt": moment(record.superseded_at),
        "supersededBy": record.superseded_by,
        "problems": list(record.problems),
        "problemCount": record.problem_count,
        "vims": [_vim_outcome_json(vim, outcome) for vim, outcome in sorted(record.vims.items())],
    }


def _vim_outcome_json(vim: str, outcome: VimOutcome) -> dict[str, Any]:
    return {
        "name": vim,
        "outcome": outcome.state.value,
        "outcomeAt": moment(outcome.since),
        "reasons": list(outcome.reasons),
        "done": dict(outcome.done),
        "failed": dict(outcome.failed),
        "blocked": dict(outcome.blocked),
    }


def drift_json(report: Report, verb: str, step: Step, since: float) -> dict[str, Any]:
    """One resource that differs though Git asks for nothing new. ``verb``: what would be done about it."""
    return {
        "repository": report.repository,
        "vim": report.target,
        "service": step.key.service,
        "kind": step.key.kind,
        "name": step.key.name,
        "difference": "missing" if verb == "create" else "changed",
        "changes": [
            {"field": one.field, "old": plain(one.old), "new": plain(one.new)} for one in step.changes
        ],
        "since": moment(since),
        "blocked": step.blocked.value if step.blocked else None,
        "reason": step.reason,
    }  # fmt: skip


def behind_json(keys: Iterable[Key], mark: str, report: Report | None) -> dict[str, Any]:
    """What is behind a node or a link of a topology, with the Report of its VIM, if there is one."""
    keys = list(keys)
    known = report is not None and report.error is None
    states = Counter(
        report.states[key].value if key in report.states else "missing" for key in keys if report and known
    )
    sync = (Sync.OUT_OF_SYNC if mark else Sync.SYNCED) if known else Sync.UNKNOWN
    return {
        "change": mark or None,
        "sync": sync.value if keys else None,
        "states": dict(states),
        "resources": [
            {
                "kind": key.kind,
                "name": key.name,
                "state": report.states[key].value if report and key in report.states else None,
            }
            for key in keys
        ],
    }
