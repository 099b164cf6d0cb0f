"""Which steps of a plan may not run without consent: they are blocked, shown, and everything else goes on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace

from reconciler.model import (
    Action,
    ApprovalEffect,
    BlockReason,
    Circumstances,
    Consent,
    FieldChange,
    Impact,
    Key,
    Permission,
    Policy,
    State,
    Step,
    StepId,
    World,
)
from reconciler.planning.approving import Approving, Free, Ground, is_free, merged, unblocked
from reconciler.planning.diff import Steps
from reconciler.planning.drift import fields_of
from reconciler.planning.limits import block_shrunk, block_too_many
from reconciler.planning.scopes import denials_by_label
from reconciler.text.patterns import matches

Labels = Mapping[str, Mapping[str, str]]
"""The labels of each network service of the repository, by name."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What a plan is judged by: the Policy, what services say, and the consents that commits and annotations give.

    ``suspended``: services that are left as they are, ``vim_suspended``: all are.
    ``labels``: of all services of the repository, by name.
    """

    policy: Policy
    consents: Mapping[str, Consent] = field(default_factory=dict)
    suspended: Collection[str] = ()
    labels: Labels = field(default_factory=dict)
    approving: Approving = field(default_factory=Approving)
    vim_suspended: bool = False

    def suspension(self, step: Step) -> str:
        """Why the step is not run whatever it is; "" where no one suspended it."""
        if self.vim_suspended:
            return f"VIM {step.key.target} is suspended in Git"
        return f"service {step.key.service} is suspended in Git" if step.key.service in self.suspended else ""


def guard(
    steps: Steps, world: World, rules: Rules, circumstances: Circumstances
) -> tuple[dict[StepId, Step], Mapping[str, frozenset[str]], tuple[ApprovalEffect, ...]]:
    """The steps, with those blocked that a guard, or the lack of consent, keeps from running.

    With them the consents in Git that unblocked something, each with the digests of the steps that it is about, and
    what each approval covers.
    """
    free: Free = {}
    approved: dict[str, frozenset[str]] = {}
    approval_effects: dict[ApprovalEffect, None] = {}
    while True:
        guarded = _guard(steps, world, rules, circumstances, free)
        more = unblocked(world.target, guarded, rules.approving, circumstances.unblocked)
        found = merged(free, more.free)
        approved |= {digest: approved.get(digest, frozenset()) | digests for digest, digests in more.approved.items()}
        approval_effects |= dict.fromkeys(more.approval_effects)
        if found == free:
            return guarded, approved, tuple(approval_effects)
        # What is unblocked counts no more towards a limit, so that more may go.
        free = found


def _guard(steps: Steps, world: World, rules: Rules, circumstances: Circumstances, free: Free) -> dict[StepId, Step]:
    """``free``: what consent in Git unblocked."""
    spare, contest = _spare(world), circumstances.contest
    guarded = {
        step_id: replace(step, blocked=BlockReason.SUSPENDED, reason=said)
        if (said := rules.suspension(step))
        else replace(
            step, blocked=BlockReason.CONTESTED, reason=f"another actor writes here with the same owner: {contest}"
        )
        if contest and contest.stopped
        else _guarded(step, rules, circumstances, free.get(step_id, ()), is_spare=step.key in spare)
        for step_id, step in steps.items()
    }
    by_guard: defaultdict[BlockReason, set[StepId]] = defaultdict(set)
    for step_id, grounds in free.items():
        for ground in grounds:
            by_guard[ground.guard].add(step_id)
    for key in spare:
        by_guard[BlockReason.MAX_DELETES].add(StepId(Action.DELETE, key))
    block_whole_replacements(guarded)
    _block_under_deletion(guarded, world)
    if not circumstances.removing:
        shrunk = by_guard[BlockReason.SHRUNK]
        block_shrunk(guarded, world, rules.policy, rules.labels, shrunk, circumstances.deployed_elsewhere)
    # Behind the guards that count services: consent is to all that go, and not to one wave of them after the other.
    _block_queued(guarded, circumstances.queued)
    if not circumstances.removing:
        block_too_many(guarded, world, rules.policy, by_guard)
    block_whole_replacements(guarded)
    return guarded


def _spare(world: World) -> frozenset[Key]:
    """What is one too many and of no use to anyone: its removal is no loss, so it needs no consent."""
    if not world.twins:
        return frozenset()
    return frozenset(world.twins) - {ref for there in world.observed.values() for ref in there.spec.refs()}


def _guarded(
    step: Step, rules: Rules, circumstances: Circumstances, free: Collection[Ground], *, is_spare: bool
) -> Step:
    if step.blocked and not is_free(free, step.blocked):
        return step
    step = replace(step, blocked=None, reason="") if step.blocked else step
    policy, service = rules.policy, step.key.service
    if not is_free(free, BlockReason.FROZEN) and (frozen := _frozen(step, policy)):
        return replace(step, blocked=BlockReason.FROZEN, reason=frozen)
    if step.action is Action.UPDATE and step.desired:
        for change in step.changes:
            if not isinstance(change, FieldChange) or step.observed is None:
                continue
            if refusal := step.desired.spec.refusal_of(change.field, step.observed.spec):
                return replace(step, blocked=BlockReason.REFUSED, reason=refusal)
    if fight := _fight(step, circumstances):
        return replace(step, blocked=BlockReason.FIGHT, reason=fight)
    for guard, reason in () if is_spare else _judged(step, rules, circumstances):
        if not is_free(free, guard, reason):
            return replace(step, blocked=guard, reason=reason)
    # Behind what consent ends: that can be given for all waves at once.
    if service in circumstances.waiting and not step.heals:
        return replace(step, blocked=BlockReason.DEPENDS, reason=circumstances.waiting[service])
    return step


def _fight(step: Step, circumstances: Circumstances) -> str:
    """Why it waits, where someone undoes it again and again; "" where no one does."""
    fields, reason = circumstances.fights.get(step.key, (frozenset(), ""))
    return "" if step.heals or fields.isdisjoint(fields_of(step)) else reason


def _judged(step: Step, rules: Rules, circumstances: Circumstances) -> Iterator[tuple[BlockReason, str]]:
    """Each guard that blocks it, and why."""
    policy, replaces = rules.policy, step.impact is Impact.REPLACE
    if (step.action is Action.DELETE or replaces) and (protected := _protected(step, policy)):
        yield BlockReason.PROTECTED, protected
    if step.heals:
        return
    for denied in denials_by_label(step, policy.label_rules, rules.labels):
        yield BlockReason.LABEL, denied
    consent = rules.consents.get(step.key.service, Consent()).over(policy.consent)
    if replaces:
        yield from _consented("replace", f"replacing needs consent: {step.reason}", consent, circumstances)
    elif step.action is Action.DELETE and not policy.prune:
        yield BlockReason.PRUNE, "Git no longer asks for it, and the Policy says 'prune: false'"
    elif step.impact is not Impact.NONE:
        yield from _consented("disruptive", f"{step.impact} needs consent", consent, circumstances)


def _frozen(step: Step, policy: Policy) -> str:
    """Why nothing at all is done about it; "" when it may be."""
    if matches(step.key.target, policy.frozen_vims):
        return f"VIM {step.key.target} is frozen by the Policy"
    if step.key.service and matches(step.key.service, policy.frozen_services):
        return f"service {step.key.service} is frozen by the Policy"
    return ""


def _protected(step: Step, policy: Policy) -> str:
    """Why it is neither deleted nor replaced; "" when it may be."""
    if step.key.service and matches(step.key.service, policy.protect):
        return f"service {step.key.service} is protected by the Policy"
    if step.key.kind in policy.protect_kinds:
        return f"every {step.key.kind} is protected by the Policy"
    return ""


def _consented(
    name: str, what: str, consent: Consent, circumstances: Circumstances
) -> Iterator[tuple[BlockReason, str]]:
    """What blocks it where consent is given neither permanently nor just now."""
    permission = consent.replace if name == "replace" else consent.disruptive
    windows = consent.windows or ()
    if permission is Permission.DENY or permission is None:
        yield BlockReason.CONSENT, f"{what}; 'changes: {{{name}: allow}}' in the service gives it"
    elif permission is Permission.WINDOW and not circumstances.open_windows.intersection(windows):
        yield BlockReason.WINDOW, f"waits for the window {' or '.join(map(str, windows))}"


def block_whole_replacements(steps: dict[StepId, Step]) -> None:
    """A replacement of which one half is blocked is blocked entirely: half of one is a loss."""
    for step in list(steps.values()):
        if step.impact is Impact.REPLACE and step.blocked:
            other = steps.get(StepId(Action.DELETE if step.action is Action.CREATE else Action.CREATE, step.key))
            if other and not other.blocked:
                steps[other.id] = replace(other, blocked=step.blocked, reason=step.reason)


def _block_queued(steps: dict[StepId, Step], queued: Mapping[str, str]) -> None:
    """What left Git goes a few services at a time where the repository has a rollout."""
    for step in list(steps.values()):
        if not step.blocked and step.action is Action.DELETE and step.key.service in queued:
            steps[step.id] = replace(step, blocked=BlockReason.DEPENDS, reason=queued[step.key.service])


def _block_under_deletion(steps: dict[StepId, Step], world: World) -> None:
    """What something refers to that is still being deleted can't go before it."""
    for observed in world.observed.values():
        if observed.state is State.DELETING:
            for ref in observed.spec.refs():
                step = steps.get(StepId(Action.DELETE, ref))
                if step and not step.blocked:
                    reason = f"{observed.key} is still being deleted"
                    steps[step.id] = replace(step, blocked=BlockReason.DELETING, reason=reason)
