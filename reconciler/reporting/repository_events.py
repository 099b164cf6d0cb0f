"""What happened to a repository, as events: commits taken and refused, and whether Git can be read."""

from __future__ import annotations

from reconciler.model import RepositoryStatus
from reconciler.reporting.events import Event, Severity


def repository_events(before: RepositoryStatus, after: RepositoryStatus, at: float) -> list[Event]:
    """What is otherwise of a repository than before. ``at``: when, in seconds since the epoch."""

    def event(reason: str, message: str, commit: str = "", *, warning: bool = False) -> Event:
        severity = Severity.WARNING if warning else Severity.NORMAL
        return Event(after.name, "", "", severity, reason, message, at, at, commit=commit)

    found: list[Event] = []
    if after.error and after.error != before.error:
        found.append(event("GitFailing", after.error, warning=True))
    elif before.error and not after.error:
        found.append(event("GitBack", "the repository can be read again"))
    if after.refused and after.refused != before.refused:
        found.append(event("CommitRefused", _refusal(after), after.refused, warning=True))
    if after.distrust and after.distrust != before.distrust:
        found.append(event("CommitUnverified", after.distrust, warning=True))
    if after.commit and after.commit != before.commit:
        subject = f" “{after.subject}”" if after.subject else ""
        found.append(event("CommitInForce", f"commit {after.commit[:10]}{subject}", after.commit))
    return found


def _refusal(status: RepositoryStatus) -> str:
    """Which commit is refused, with the first problem and how many others there are."""
    stays = f"commit {status.commit[:10]} stays in force" if status.commit else "no commit is in force"
    head = f"commit {status.refused[:10]}, {stays}"
    if not status.problems:
        return head
    more = len(status.problems) - 1
    return f"{head}: {status.problems[0]}{f', and {more} more' if more else ''}"
