"""What consent in Git unblocks: which blocked steps, and from which guards. For the guard, and for policy as code."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from reconciler.judging.digests import BlockedSet, blocked_sets, steps_digest
from reconciler.model import (
    RULE_WORDS,
    Approval,
    ApprovalEffect,
    ApproverRule,
    Approvers,
    BlockReason,
    Catalog,
    ServiceInfo,
    Step,
    StepId,
)
from reconciler.text.patterns import matches, matches_path


class Ground(NamedTuple):
    """What blocks a step: a guard; ``words``: the decision of a rule, "" for other guards."""

    guard: BlockReason
    words: str = ""


Free = Mapping[StepId, frozenset[Ground]]
"""What steps were unblocked from."""

_ORDINARY = tuple(guard for guard in BlockReason if guard.is_approvable and not guard.is_decision)


@dataclass(frozen=True, slots=True)
class Approving:
    """The approvals of a commit, and who may give them. See Catalog, which it is made of."""

    approvals: frozenset[Approval] = frozenset()
    approvers: Approvers | None = None
    services: Mapping[str, ServiceInfo] = field(default_factory=dict)
    service_files: Mapping[str, frozenset[str]] = field(default_factory=dict)
    changed_by: Mapping[str, frozenset[str] | None] = field(default_factory=dict)

    def is_final(self, guard: BlockReason, reason: str) -> bool:
        """Whether no one may approve it."""
        if self.approvers is None:
            return False
        message = reason.removeprefix(RULE_WORDS)
        by_rule = guard is BlockReason.RULE and message.startswith(self.approvers.final_rules)
        return by_rule or guard.slug in self.approvers.final_guards

    def refusal(self, approval: Approval, guard: BlockReason, service: str, reason: str = "") -> str:
        """Why an approval does not count for what a guard blocks of a service; "" where it does."""
        if approval.refusal or self.approvers is None:
            return approval.refusal
        what = f"{guard.slug} of network service {service}" if service else f"{guard.slug} of what services share"
        if self.is_final(guard, reason):
            return f"{guard.slug} can't be approved by anyone here"
        rules = [rule for rule in self.approvers.rules if self._is_about(rule, guard, service)]
        if not rules:
            return f"no one may approve {what}"
        rules = [rule for rule in rules if not rule.by or matches(approval.signer, rule.by)]
        if not rules:
            return f"{approval.signer or 'who signed nothing'} may not approve {what}"
        if all(rule.separate for rule in rules):
            return self._not_separate(approval, service)
        return ""

    def who_may(self, one: BlockedSet) -> str:
        """In words who may approve a blocked set."""
        every = self.approvers.rules if self.approvers else (ApproverRule(),)
        by_service = [
            [rule for rule in every if self._is_about(rule, one.guard, service)]
            for service in sorted({ident.key.service for ident in one.steps})
        ]
        if self.is_final(one.guard, one.reason) or not all(by_service):
            return "no one may approve it"
        if all(any(not rule.by for rule in rules) for rules in by_service):
            return "anyone who may push may approve it"
        names = dict.fromkeys(name for rules in by_service for rule in rules for name in rule.by)
        return f"may be approved by {', '.join(names)}"

    def _is_about(self, rule: ApproverRule, guard: BlockReason, service: str) -> bool:
        if rule.guards and guard.slug not in rule.guards:
            return False
        if rule.services and not (service and matches(service, rule.services)):
            return False
        if not rule.folders and not rule.labels:
            return True
        info = self.services.get(service)
        # Of what Git has no more no one knows where it was and which labels it had.
        if info is None or (rule.folders and not matches_path(info.place.file, rule.folders)):
            return False
        return all(dict(info.labels).get(key) == value for key, value in rule.labels)

    def _not_separate(self, approval: Approval, service: str) -> str:
        """Why who approves may be who changed it; "" where it is another actor."""
        if not approval.signer:
            return "who signed nothing can't be reported from who changed it"
        files = self.changed_by.get(approval.signer, frozenset())
        if files is None:
            return f"the history is too long to find what {approval.signer} changed"
        # Where a service was that Git has no more no one knows.
        others = self.service_files if service in self.services else {}
        own = next((path for path in sorted(files) if service in others.get(path, {service})), "")
        return f"{approval.signer} changed {own}, and has to be another actor" if own else ""


def approving_of(catalog: Catalog) -> Approving:
    return Approving(catalog.approvals, catalog.approvers, catalog.services, catalog.service_files, catalog.changed_by)


class Unblocked(NamedTuple):
    """``free``: what is unblocked; ``approved``: the digests of the steps that each consent unblocked, by its own;
    ``approval_effects``: what each approval covers, also those that do not count.
    """

    free: Free
    approved: Mapping[str, frozenset[str]]
    approval_effects: tuple[ApprovalEffect, ...]


def unblocked(
    target: str, steps: Mapping[StepId, Step], approving: Approving, before: Mapping[str, frozenset[str]]
) -> Unblocked:
    """What is blocked and consented to. ``before``: what each consent unblocked at an earlier observation."""
    by_digest: defaultdict[str, list[Approval]] = defaultdict(list)
    for approval in sorted(approving.approvals):
        by_digest[approval.digest].append(approval)
    free: Free = {}
    approved: dict[str, frozenset[str]] = {}
    approval_effects: list[ApprovalEffect] = []
    blocked = blocked_sets(target, steps) if by_digest else ()
    whole = steps_digest(target, steps) if blocked else ""
    for one in blocked:
        # Consent to a whole plan was given before a rule had its say.
        for digest in [one.digest] if one.guard.is_decision else [one.digest, whole]:
            given = [approval for approval in by_digest.get(digest, ()) if approval.service in {"", one.service}]
            more, refused = _judged(one, given, approving)
            approval_effects += refused
            if more:
                free = merged(free, more)
                approved[digest] = approved.get(digest, frozenset()) | frozenset(one.steps.values())
        for digest, known in before.items():
            if left := [ident for ident, named in one.steps.items() if named in known]:
                free = merged(free, _free(one, left, by_digest.get(digest, ()), approving))
    return Unblocked(free, approved, tuple(approval_effects))


def _judged(one: BlockedSet, given: Sequence[Approval], approving: Approving) -> tuple[Free, list[ApprovalEffect]]:
    """What the approvals of one set unblock: all of it, if each service of it has one that counts, or nothing."""
    services = sorted({ident.key.service for ident in one.steps})
    refusals = {
        approval: [approving.refusal(approval, one.guard, service, one.reason) for service in services]
        for approval in given
    }
    complete = bool(given) and all(any(not refused[at] for refused in refusals.values()) for at in range(len(services)))
    approval_effects = [
        ApprovalEffect(approval, what_of(one), "" if complete and "" in refused else next(filter(None, refused), ""))
        for approval, refused in refusals.items()
    ]
    return _free(one, one.steps, given, approving) if complete else {}, approval_effects


def _free(one: BlockedSet, steps: Iterable[StepId], given: Sequence[Approval], approving: Approving) -> Free:
    """What steps of a set are unblocked from: of the guards those that the approval counts for, of the decisions of
    rules the one that blocks the set.
    """
    own = Ground(one.guard, one.reason if one.guard.is_decision else "")
    by_service: dict[str, frozenset[Ground]] = {}
    for service in {ident.key.service for ident in steps}:
        good = [approval for approval in given if not approving.refusal(approval, one.guard, service, one.reason)]
        also = {Ground(guard) for guard in _ORDINARY if any(not approving.refusal(by, guard, service) for by in good)}
        by_service[service] = frozenset({own, *also} if good else ())
    return {ident: grounds for ident in steps if (grounds := by_service[ident.key.service])}


def what_of(one: BlockedSet) -> str:
    """A blocked set in words."""
    count = len({ident.key for ident in one.steps})
    about = f"network service {one.service}, " if one.service else ""
    words = f" ({one.reason})" if one.guard.is_decision else ""
    return f"VIM {one.target}: {about}{one.guard.value}{words}: {count} resource{'s' if count > 1 else ''}"


def final_sets(target: str, steps: Mapping[StepId, Step], approving: Approving) -> frozenset[str]:
    """The digests of what is blocked and can't be approved by anyone."""
    if approving.approvers is None:
        return frozenset()
    return frozenset(one.digest for one in blocked_sets(target, steps) if approving.is_final(one.guard, one.reason))


def merged(free: Free, more: Free) -> Free:
    """Both."""
    return {ident: free.get(ident, frozenset()) | more.get(ident, frozenset()) for ident in free.keys() | more.keys()}


def is_free(free: Collection[Ground], guard: BlockReason, words: str = "") -> bool:
    return Ground(guard, words if guard.is_decision else "") in free
