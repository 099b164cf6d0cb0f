"""What consent in Git releases: which held steps, and from which guards. For the guard, and for policy as code."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from reconciler.digests import HeldSet, held_sets, steps_digest
from reconciler.model import Approval, Hold, Step, StepId


class Ground(NamedTuple):
    """What holds a step: a guard; ``words``: the decision of a rule, "" for other guards."""

    hold: Hold
    words: str = ""


Free = Mapping[StepId, frozenset[Ground]]
"""What steps were released from."""

_ORDINARY = frozenset(Ground(hold) for hold in Hold if hold.is_releasable and not hold.is_decision)


class Released(NamedTuple):
    """What one consent released of one held set. ``digest``: the consent's; ``digests``: of the steps, by set."""

    digest: str
    steps: Free
    digests: frozenset[str]


def released(
    target: str, steps: Mapping[StepId, Step], approvals: Iterable[Approval], before: Mapping[str, frozenset[str]]
) -> Iterator[Released]:
    """What is held and consented to. ``before``: what each consent released at an earlier look."""
    by_digest: defaultdict[str, list[Approval]] = defaultdict(list)
    for approval in approvals:
        if not approval.refusal:
            by_digest[approval.digest].append(approval)
    if not by_digest:
        return
    held = held_sets(target, steps)
    whole = steps_digest(target, steps) if held else ""
    for one in held:
        # Consent to a whole plan was given before a rule had its say.
        names = [one.digest] if one.hold.is_decision else [one.digest, whole]
        for digest in names:
            if any(approval.service in {"", one.service} for approval in by_digest.get(digest, ())):
                yield Released(digest, _free(one, one.steps), frozenset(one.steps.values()))
        for digest, known in before.items():
            if digest in by_digest and (left := [ident for ident, named in one.steps.items() if named in known]):
                yield Released(digest, _free(one, left), frozenset())


def _free(one: HeldSet, steps: Iterable[StepId]) -> Free:
    """Of the guards that hold by themselves a consent releases from all, of the decisions of rules from its own."""
    grounds = frozenset({Ground(one.hold, one.reason)}) if one.hold.is_decision else _ORDINARY
    return dict.fromkeys(steps, grounds | _ORDINARY)


def merged(free: Free, more: Free) -> Free:
    """Both."""
    return {ident: free.get(ident, frozenset()) | more.get(ident, frozenset()) for ident in free.keys() | more.keys()}


def is_free(free: Collection[Ground], hold: Hold, words: str = "") -> bool:
    return Ground(hold, words if hold.is_decision else "") in free
