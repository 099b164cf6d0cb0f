"""The approvals that a branch brings with it: what each unblocks, whose it is, and whether it counts. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from reconciler.model import Approval, Plan


def approval_lines(brought: Iterable[Approval], plans: Sequence[Plan]) -> list[str]:
    """A line for each approval and what it covers; those that unblock something first."""
    found = [line for approval in sorted(brought) for line in _lines(approval, plans)]
    return [line for _, line in sorted(found)]


def _lines(approval: Approval, plans: Sequence[Plan]) -> Iterator[tuple[int, str]]:
    """Each with its gravity. What an author may write comes last, where it can hide nothing."""
    approval_effects = [one for plan in plans for one in plan.approval_effects if one.approval == approval]
    about = f"approval {approval.digest}, {_whose(approval)}"
    for one in approval_effects:
        if one.refusal:
            yield 1, f"does not unblock {one.what}, as {one.refusal}: {about}"
        else:
            yield 0, f"unblocks {one.what}: {about}"
    if not approval_effects and approval.refusal:
        yield 2, f"does not count, as {approval.refusal}: {about}"
    elif not approval_effects:
        yield 3, f"unblocks nothing that is blocked now: {about}"


def _whose(approval: Approval) -> str:
    if not approval.commit:
        return (
            f"an annotation of network service {approval.service}"
            if approval.service
            else "an annotation of the Policy"
        )
    signed = f"signed by {approval.signer}" if approval.signer else "not signed" if approval.refusal else "not verified"
    return f"commit {approval.commit[:10]}, {signed}, author {approval.author}"
