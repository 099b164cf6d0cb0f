"""Which steps of a plan may not run without consent: they are held, shown, and everything else goes on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from reconciler.digests import HeldSet, held_sets, steps_digest
from reconciler.model import (
    Action,
    Approval,
    Circumstances,
    Consent,
    Hold,
    Impact,
    Permission,
    Policy,
    State,
    Step,
    StepId,
    World,
)
from reconciler.patterns import matches
from reconciler.planning.diff import Steps
from reconciler.planning.drift import fields_of
from reconciler.planning.limits import hold_shrunk, hold_too_many
from reconciler.planning.scopes import denied_by_label

Labels = Mapping[str, Mapping[str, str]]
"""The labels of each network service of the repository, by name."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What a plan is judged by: the Policy, what services say, and the consents that commits and annotations give.

    ``suspended``: services that are left as they are, ``vim_suspended``: all are.
    ``labels`` None: which services the repository holds is not known, so it is not judged by that.
    """

    policy: Policy
    consents: Mapping[str, Consent] = field(default_factory=dict)
    suspended: Collection[str] = ()
    labels: Labels | None = None
    approvals: frozenset[Approval] = frozenset()
    vim_suspended: bool = False

    def suspension(self, step: Step) -> str:
        """Why the step is not run whatever it is; "" where nobody suspended it."""
        if self.vim_suspended:
            return f"VIM {step.key.target} is suspended in Git"
        return f"service {step.key.service} is suspended in Git" if step.key.service in self.suspended else ""


def guard(
    steps: Steps, world: World, rules: Rules, circumstances: Circumstances
) -> tuple[dict[StepId, Step], Mapping[str, frozenset[str]]]:
    """The steps, with those held that a guard, or the lack of consent, keeps from running.

    With them the consents in Git that released something, each with the digests of the steps that it is about.
    """
    free: frozenset[StepId] = frozenset()
    approved: dict[str, frozenset[str]] = {}
    while True:
        guarded = _guard(steps, world, rules, circumstances, free)
        found = set(free)
        for digest, step_ids, digests in released(world.target, guarded, rules.approvals, circumstances.released):
            found |= step_ids
            if digest:
                approved[digest] = digests
        if found == free:
            return guarded, approved
        # What is released counts no more towards a limit, so that more may go.
        free = frozenset(found)


def _guard(
    steps: Steps, world: World, rules: Rules, circumstances: Circumstances, free: Collection[StepId]
) -> dict[StepId, Step]:
    """``free``: steps that consent in Git released."""
    guarded = {
        step_id: replace(step, held=Hold.SUSPENDED, reason=said)
        if (said := rules.suspension(step))
        else _guarded(step, rules, circumstances, free=step_id in free)
        for step_id, step in steps.items()
    }
    hold_replacements_whole(guarded)
    _hold_under_deletion(guarded, world)
    hold_shrunk(guarded, world, rules.policy, rules.labels, free)
    hold_too_many(guarded, world, rules.policy, free)
    hold_replacements_whole(guarded)
    return guarded


def released(
    target: str, steps: Mapping[StepId, Step], approvals: frozenset[Approval], before: frozenset[str]
) -> Iterator[tuple[str, set[StepId], frozenset[str]]]:
    """What is held and consented to: the consent ("" for one of an earlier look), the steps, and their digests."""
    if not approvals:
        return
    held = held_sets(target, steps)
    whole = steps_digest(target, steps) if held else ""
    if Approval(whole) in approvals:
        yield whole, {step_id for one in held for step_id in one.steps}, _digests(held)
    for one in held:
        if not approvals.isdisjoint({Approval(one.digest), Approval(one.digest, one.service)}):
            yield one.digest, set(one.steps), _digests([one])
        if known := {step_id for step_id, digest in one.steps.items() if digest in before}:
            yield "", known, frozenset()


def _digests(held: Iterable[HeldSet]) -> frozenset[str]:
    return frozenset(digest for one in held for digest in one.steps.values())


def _guarded(step: Step, rules: Rules, circumstances: Circumstances, *, free: bool) -> Step:
    if step.held:
        return replace(step, held=None, reason="") if free and step.held.is_releasable else step
    policy, service = rules.policy, step.key.service
    if not free and (frozen := _frozen(step, policy)):
        return replace(step, held=Hold.FROZEN, reason=frozen)
    if service in circumstances.waiting and not step.heals:
        return replace(step, held=Hold.DEPENDS, reason=circumstances.waiting[service])
    if step.action is Action.UPDATE and step.desired:
        for change in step.changes:
            if refusal := step.desired.spec.refusal_of(change.field, change.old):
                return replace(step, held=Hold.REFUSED, reason=refusal)
    if fight := _fight(step, circumstances):
        return replace(step, held=Hold.FIGHT, reason=fight)
    return step if free else _judged(step, rules, circumstances)


def _fight(step: Step, circumstances: Circumstances) -> str:
    """Why it waits, where somebody undoes it again and again; "" where nobody does."""
    fields, reason = circumstances.fights.get(step.key, (frozenset(), ""))
    return "" if step.heals or fields.isdisjoint(fields_of(step)) else reason


def _judged(step: Step, rules: Rules, circumstances: Circumstances) -> Step:
    """The step, held where a guard or the lack of consent asks for it."""
    policy, replaces = rules.policy, step.impact is Impact.REPLACE
    if (step.action is Action.DELETE or replaces) and (protected := _protected(step, policy)):
        return replace(step, held=Hold.PROTECTED, reason=protected)
    if step.heals:
        return step
    if denied := denied_by_label(step, policy.label_rules, rules.labels or {}):
        return replace(step, held=Hold.LABEL, reason=denied)
    consent = rules.consents.get(step.key.service, Consent()).over(policy.consent)
    if replaces:
        return _consented(step, "replace", f"replacing needs consent: {step.reason}", consent, circumstances)
    if step.action is Action.DELETE and not policy.prune:
        return replace(step, held=Hold.PRUNE, reason="Git no longer asks for it, and the Policy says 'prune: false'")
    if step.impact is not Impact.NONE:
        return _consented(step, "disruptive", f"{step.impact} needs consent", consent, circumstances)
    return step


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


def _consented(step: Step, name: str, what: str, consent: Consent, circumstances: Circumstances) -> Step:
    """The step as it is where consent is given, for ever or just now; else held."""
    permission = consent.replace if name == "replace" else consent.disruptive
    windows = consent.windows or ()
    if permission is Permission.ALLOW or (
        permission is Permission.WINDOW and circumstances.open_windows.intersection(windows)
    ):
        return step
    if permission is Permission.WINDOW:
        return replace(step, held=Hold.WINDOW, reason=f"waits for the window {' or '.join(map(str, windows))}")
    return replace(step, held=Hold.CONSENT, reason=f"{what}; 'changes: {{{name}: allow}}' in the service gives it")


def hold_replacements_whole(steps: dict[StepId, Step]) -> None:
    """A replacement of which one half is held is held wholly: half of one is a loss."""
    for step in list(steps.values()):
        if step.impact is Impact.REPLACE and step.held:
            other = steps.get(StepId(Action.DELETE if step.action is Action.CREATE else Action.CREATE, step.key))
            if other and not other.held:
                steps[other.id] = replace(other, held=step.held, reason=step.reason)


def _hold_under_deletion(steps: dict[StepId, Step], world: World) -> None:
    """What something refers to that is still being deleted can't go before it."""
    for observed in world.observed.values():
        if observed.state is State.DELETING:
            for ref in observed.spec.refs():
                step = steps.get(StepId(Action.DELETE, ref))
                if step and not step.held:
                    reason = f"{observed.key} is still being deleted"
                    steps[step.id] = replace(step, held=Hold.DELETING, reason=reason)
