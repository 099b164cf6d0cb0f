"""What a daemon answers, for people: by repository its services and VIMs, conditions of one service, events."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from reconciler.cli.output import ago, make_table, services_table, since
from reconciler.model import Health, ServiceStatus, Sync
from reconciler.reporting.chronicle import ConditionStatus
from reconciler.reporting.events import Severity
from reconciler.text.markdown import printable

_MOST_FOREIGN = 20
_MOST_VIMS = 10
_MOST_REFUSED = 20

_BAD = {  # what is bad of a condition
    "Reachable": {ConditionStatus.FALSE},
    "Synced": {ConditionStatus.FALSE, ConditionStatus.UNKNOWN},
    "Healthy": {ConditionStatus.FALSE, ConditionStatus.UNKNOWN},
    "Blocked": {ConditionStatus.TRUE},
}


def status_parts(out: Console, found: dict[str, Any], *, conditions: bool) -> Iterator[Text | Table]:
    """All that is shown, from top to bottom. ``conditions``: also those of each service on each VIM."""
    several = len(found["repositories"]) > 1
    for number, repository in enumerate(found["repositories"]):
        name = repository["name"]
        if number:
            yield Text()
        yield from _about_repository(repository, f"{name}: " if several else "")
        services = [one for one in found["services"] if one["repository"] == name]
        if services or not several:
            yield Text()
            yield services_table(out, map(_service, services))
        if conditions and services:
            yield Text()
            yield _conditions(out, services)
        vims = [one for one in found["vims"] if one["repository"] == name]
        if vims or not several:
            yield Text()
            yield _vims(out, vims)
            yield from _plan_lines(vims)
    if "events" in found:
        yield Text()
        yield _events(out, found["events"])


def _about_repository(repository: dict[str, Any], prefix: str) -> Iterator[Text]:
    head = f"{prefix}{repository['url']} at {repository['commit'][:10] or 'no commit yet'}"
    yield Text(f"{head} “{repository['subject']}”" if repository["subject"] else head)
    if repository["error"]:
        yield Text(f"Git can't be read: {repository['error']}", style="red")
    if repository["distrust"]:
        yield Text(f"The last verified commit stays in force: {repository['distrust']}", style="red")
    yield from _about_shard(repository["shard"])
    if repository["refused"]:
        yield Text(f"Commit {repository['refused'][:10]} is refused:", style="red")
        for problem in repository["problems"]:
            yield Text(f"  {problem}", style="red")


def _about_shard(shard: dict[str, Any] | None) -> Iterator[Text]:
    if shard is None:
        return
    chosen = shard["served"] + shard["elsewhere"]
    members, error = shard["members"], shard["membersError"]
    if members or error:
        yield Text(f"Serves {shard['served']} of {chosen} VIMs that its group shares")
    else:
        yield Text(f"Serves {shard['served']} of {chosen} VIMs that a shard selector chooses")
    for one in members:
        yield Text(printable(f"  member {one['name']}{' (this one)' if one['self'] else ''}: {_vims_of(one)}"))
    if error:
        yield Text(printable(f"The other members are not known, as etcd can't be asked: {error}"), style="red")
    for name, what in (
        ("unserved", "No daemon serves (no shard selector chooses them)"),
        ("contended", "Not served (several shard selectors choose them)"),
        ("unreported", "Not known yet (their members report nothing)"),
    ):
        if shard.get(name):  # a daemon of before has none unreported
            yield Text(printable(f"{what}: {', '.join(shard[name])}"), style="red")


def _vims_of(member: dict[str, Any]) -> str:
    names = member["vims"][:_MOST_VIMS]
    left = member["served"] - len(names)
    head = f"{member['served']} VIMs"
    return f"{head}: {', '.join(names)}{f' and {left} more' if left else ''}" if names else head


def _service(one: dict[str, Any]) -> ServiceStatus:
    return ServiceStatus(
        one["name"],
        one["vim"],
        Sync(one["sync"]),
        Health(one["health"]),
        one["desired"],
        one["ready"],
        one["stepsLeft"],
        one["message"],
    )


def _conditions(out: Console, services: Iterable[dict[str, Any]]) -> Table:
    rows = (
        (
            service["vim"],
            one["type"],
            Text(one["status"], style="red" if one["status"] in _BAD.get(one["type"], ()) else ""),
            since(out, one["lastTransitionTime"]),
            one["reason"],
            one["message"],
        )
        for service in services
        for one in service["conditions"]
    )
    return make_table(out, ("VIM", "CONDITION", "STATUS", "CHANGED", "REASON", ""), rows)


def _vims(out: Console, vims: Sequence[dict[str, Any]]) -> Table:
    # A daemon of before says nothing of members.
    shared = any(vim.get("member") for vim in vims)
    rows = (
        (
            vim["name"],
            *([printable(vim["member"])] if shared else []),
            Text("up", style="green") if vim["up"] else Text("unknown", style="red"),
            vim["resources"],
            vim["stepsLeft"],
            since(out, vim["observedAt"]),
            "; ".join(filter(None, (vim["error"], _pass(vim.get("pass"))))),  # a daemon of before has no pass
        )
        for vim in vims
    )
    member = ("MEMBER",) if shared else ()
    return make_table(out, ("VIM", *member, "STATE", "RESOURCES", "STEPS LEFT", "OBSERVED", ""), rows)


def _pass(passing: dict[str, Any] | None) -> str:
    """How far the pass is that runs now: "applying 3 of 12, began 14 s ago"."""
    if passing is None:
        return ""
    count = f" {passing['done']} of {passing['steps']}" if passing["steps"] else ""
    return f"{passing['phase']}{count}, began {ago(passing['since'])}"


def _plan_lines(vims: Sequence[dict[str, Any]]) -> Iterator[Text]:
    plans = [(vim["name"], vim["plan"]) for vim in vims if vim["plan"]]
    for name, plan in plans:
        for text in plan["warnings"]:
            yield Text(f"warning on {name}: {text}", style="yellow")
    for name, plan in plans:
        for one in plan["foreign"][:_MOST_FOREIGN]:
            whose = f"project {one['project']}" if one["project"] else "no project"
            text = f"foreign on {name}: {one['kind']} {one['id']} claims to be {one['name']} and belongs to {whose}"
            yield Text(printable(text), style="yellow")
    for name, plan in plans:
        for one in plan["blockedSets"]:
            how = f"magi approve {one['digest']}" if one["approvable"] else "can't be approved"
            yield Text(f"blocked on {name}: {one['reason']}: {how}", style="yellow")
    for vim in vims:
        yield from _refused(vim["name"], vim.get("refusedApprovals", ()))  # a daemon of before has none


def _refused(vim: str, approvals: Sequence[dict[str, Any]]) -> Iterator[Text]:
    """What an author may write comes last, where it can hide nothing."""
    for one in approvals[:_MOST_REFUSED]:
        document = f"network service {one['service']}" if one["service"] else "the Policy"
        signed = f"signed by {one['signer']}, " if one["signer"] else ""
        by = (
            f"commit {one['commit'][:10]}, {signed}author {one['author']}"
            if one["commit"]
            else f"an annotation of {document}"
        )
        about = f"approval {one['digest']} does not unblock {one['blocked']}, as {one['reason']}"
        yield Text(printable(f"refused on {vim}: {about}: {by}"), style="yellow")
    if len(approvals) > _MOST_REFUSED:
        yield Text(f"refused on {vim}: {len(approvals) - _MOST_REFUSED} more approvals", style="yellow")


def _events(out: Console, events: Iterable[dict[str, Any]]) -> Table:
    rows = (
        (
            since(out, event["last"]),
            event["count"],
            event["vim"],
            event["service"],
            Text(event["reason"], style="red" if event["severity"] == Severity.WARNING else ""),
            event["message"],
        )
        for event in events
    )
    return make_table(out, ("LAST", "TIMES", "VIM", "SERVICE", "REASON", "WHAT"), rows)
