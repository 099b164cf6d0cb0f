"""What commands share that converge: how they end, by Ctrl-C too, and what they report of it."""

from __future__ import annotations

import signal
import sys
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from rich.console import Console

from reconciler.cli import exits
from reconciler.cli.lost_replies import LostReplies, LostReply
from reconciler.cli.output import complain, echo
from reconciler.cli.progress import applying
from reconciler.loop.converge import Converged, converge, degraded
from reconciler.loop.narrowing import Removal
from reconciler.loop.one_pass import Watcher
from reconciler.model import BlockReason, Catalog, Driver, MagiError, Outcome, Plan, Result
from reconciler.review import plan_json
from reconciler.text.markdown import printable


@dataclass(frozen=True, slots=True)
class Ended:
    """How a convergence ended. ``lost``: what became of steps whose reply was lost; ``stopped``: a signal ended it."""

    converged: Converged
    lost: tuple[LostReply, ...]
    stopped: bool


def converge_shown(
    out: Console, catalog: Catalog, drivers: Mapping[str, Driver], *, only: str | Removal | None, timeout: float
) -> Ended:
    """Converges, shows how it goes on, and says at the end what became of steps whose reply was lost."""
    lost = LostReplies()
    with applying(out) as shown, interruptible() as stopping:

        def planned(plan: Plan) -> None:
            lost.planned(plan)
            shown.planned(plan)

        def stepped(target: str, outcome: Outcome) -> None:
            lost.stepped(target, outcome)
            shown.stepped(target, outcome)

        watcher = Watcher(planned=planned, started=shown.started, stepped=stepped, stopping=stopping.is_set)
        result = converge(catalog, drivers, watcher=watcher, reported=shown.reported, only=only, timeout=timeout)
    replies = tuple(lost.replies(result.reports))
    for reply in replies:
        out.print(printable(str(reply)), soft_wrap=True)
    return Ended(result, replies, stopping.is_set())


@contextmanager
def interruptible() -> Iterator[threading.Event]:
    """Ctrl-C and SIGTERM let running steps finish; a second one ends at once."""
    stopping = threading.Event()
    previous = {}

    def stop(number: int, _frame: object) -> None:
        if stopping.is_set():
            sys.exit(exits.INTERRUPTED)
        echo("\nmagi: finishing the steps that run; once more ends at once", err=True)
        stopping.set()
        signal.signal(number, stop)

    for number in (signal.SIGINT, signal.SIGTERM):
        previous[number] = signal.signal(number, stop)
    try:
        yield stopping
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def ending(ended: Ended, *, asks: bool = False) -> int:
    """Reports what is left, and the exit code for it. ``asks``: whether the command asks for consent on a terminal."""
    if ended.stopped:
        return exits.INTERRUPTED
    result = ended.converged
    code = exits.FINE
    blocked = False
    for report in result.reports.values():
        if report.error:
            complain(report.error)
            code = exits.code_of(report.error)
        elif left := [outcome for outcome in report.left if is_failure(outcome)]:
            for line in describe_left(left):
                complain(MagiError(f"{report.target}: {line}"))
            code = code or exits.STEPS
            blocked = blocked or any(one.step.blocked and one.step.blocked.is_approvable for one in left)
        elif degraded(report):
            complain(MagiError(f"{report.target}: a resource is in error; the table shows which"))
            code = code or exits.STEPS
    if blocked:
        here = ", and on a terminal the command asks for consent" if asks else ""
        echo(f"  what guards block: 'magi approve' consents to it in Git{here} (docs/guards.md)", err=True)
    if result.timed_out:
        complain(
            MagiError(
                "timed out: the clouds are still at it, or do not keep what they accepted",
                "--timeout sets how long",
            )
        )
        code = code or exits.STEPS
    return code


def describe_left(left: Sequence[Outcome]) -> Iterator[str]:
    """What was not done, one line a reason, and how much waits for it."""
    by_reason: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for outcome in left:
        if outcome.result is not Result.SKIPPED:
            by_reason[outcome.result.value, outcome.reason].append(str(outcome.step))
    for (result, reason), steps in by_reason.items():
        more = f" and {len(steps) - 1} more" if len(steps) > 1 else ""
        yield f"{steps[0]}{more} {result}: {reason}"
    skipped = sum(outcome.result is Result.SKIPPED for outcome in left)
    if skipped:
        yield f"{skipped} more step{'s' if skipped > 1 else ''} wait for that"


def is_failure(outcome: Outcome) -> bool:
    """Whether something left undone is more than what Git says: to keep what it asks for no more, or to do nothing."""
    return outcome.step.blocked not in {BlockReason.PRUNE, BlockReason.SUSPENDED, BlockReason.FROZEN}


def converged_json(ended: Ended, requests: int) -> dict[str, Any]:
    """What became of it, by VIM, for machines. ``requests``: how many requests it took."""
    result = ended.converged
    return {
        "succeeded": result.succeeded,
        "passes": result.passes,
        "apiRequests": requests,
        "lostReplies": [{"vim": reply.target, "step": str(reply.step), "became": reply.became} for reply in ended.lost],
        "vims": [
            {
                "name": report.target,
                "error": str(report.error) if report.error else None,
                "left": plan_json(report.plan) if report.plan is not None else None,
                "outcomes": [
                    {"step": str(outcome.step), "result": outcome.result.value, "reason": outcome.reason}
                    for outcome in report.left
                ],
                "services": [
                    {"name": s.name, "sync": s.sync.value, "health": s.health.value, "message": s.message}
                    for s in report.services
                ],
            }
            for report in result.reports.values()
        ],
    }
