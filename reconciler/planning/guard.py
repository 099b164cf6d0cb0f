"""Which steps of a plan may not run without consent: they are held, shown, and everything else goes on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from fnmatch import fnmatchcase

from reconciler.model import (
    Action,
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
from reconciler.planning.diff import Steps


def guard(
    steps: Steps,
    world: World,
    policy: Policy,
    consents: Mapping[str, Consent],
    suspended: Collection[str],
    circumstances: Circumstances,
) -> dict[StepId, Step]:
    """The steps, with those held that the policy, or the lack of consent, keeps from running."""
    guarded = {
        step_id: replace(step, held=Hold.SUSPENDED, reason=f"service {step.key.service} is suspended in Git")
        if step.key.service in suspended
        else _guarded(step, policy, consents, circumstances)
        for step_id, step in steps.items()
    }
    _hold_replacements_whole(guarded)
    _hold_under_deletion(guarded, world)
    _hold_too_many(guarded, world, policy)
    return guarded


def _hold_too_many(steps: dict[StepId, Step], world: World, policy: Policy) -> None:
    """More replacements, or deletes with theirs, than the Policy allows in one pass: then none of them is made."""
    standing = len(world.observed)
    replaces = [step for step in _deletes(steps) if step.impact is Impact.REPLACE]
    told = f"{len(replaces)} replacements on {world.target}"
    if policy.max_replaces is not None and len(replaces) > policy.max_replaces:
        reason = f"{told} are more than maxReplaces: {policy.max_replaces} of the Policy"
        _hold(steps, replaces, Hold.MAX_REPLACES, reason)
    elif len(replaces) * 100 > policy.max_replace_percent * standing:
        limit = f"are more than maxReplacePercent: {policy.max_replace_percent}"
        _hold(steps, replaces, Hold.MAX_REPLACES, f"{told} of {standing} resources {limit} of the Policy")
    deletes = _deletes(steps)
    told = f"{len(deletes)} deletes on {world.target}"
    if len(deletes) > policy.max_deletes:
        _hold(steps, deletes, Hold.MAX_DELETES, f"{told} are more than maxDeletes: {policy.max_deletes} of the Policy")
    elif len(deletes) * 100 > policy.max_delete_percent * standing:
        limit = f"are more than maxDeletePercent: {policy.max_delete_percent}"
        _hold(steps, deletes, Hold.MAX_DELETES, f"{told} of {standing} resources {limit} of the Policy")
    _hold_replacements_whole(steps)


def _hold(steps: dict[StepId, Step], held: Iterable[Step], hold: Hold, reason: str) -> None:
    for step in held:
        steps[step.id] = replace(step, held=hold, reason=reason)


def _deletes(steps: Mapping[StepId, Step]) -> list[Step]:
    return [step for step in steps.values() if step.action is Action.DELETE and not step.held]


def _guarded(step: Step, policy: Policy, consents: Mapping[str, Consent], circumstances: Circumstances) -> Step:
    if step.held:
        return step
    service = step.key.service
    if frozen := _frozen(step, policy):
        return replace(step, held=Hold.FROZEN, reason=frozen)
    if service in circumstances.waiting and not step.heals:
        return replace(step, held=Hold.DEPENDS, reason=circumstances.waiting[service])
    replaces = step.impact is Impact.REPLACE
    if step.action is Action.UPDATE and step.desired:
        for change in step.changes:
            if refusal := step.desired.spec.refusal_of(change.field, change.old):
                return replace(step, held=Hold.REFUSED, reason=refusal)
    if (step.action is Action.DELETE or replaces) and (protected := _protected(step, policy)):
        return replace(step, held=Hold.PROTECTED, reason=protected)
    if step.heals:
        return step
    consent = consents.get(service, Consent()).over(policy.consent)
    if replaces:
        return _consented(step, "replace", f"replacing needs consent: {step.reason}", consent, circumstances)
    if step.action is Action.DELETE and not policy.prune:
        return replace(step, held=Hold.PRUNE, reason="Git no longer asks for it, and the Policy says 'prune: false'")
    if step.impact is not Impact.NONE:
        return _consented(step, "disruptive", f"{step.impact} needs consent", consent, circumstances)
    return step


def _frozen(step: Step, policy: Policy) -> str:
    """Why nothing at all is done about it; "" when it may be."""
    if _matches(step.key.target, policy.frozen_vims):
        return f"VIM {step.key.target} is frozen by the Policy"
    if step.key.service and _matches(step.key.service, policy.frozen_services):
        return f"service {step.key.service} is frozen by the Policy"
    return ""


def _protected(step: Step, policy: Policy) -> str:
    """Why it is neither deleted nor replaced; "" when it may be."""
    if step.key.service and _matches(step.key.service, policy.protect):
        return f"service {step.key.service} is protected by the Policy"
    if step.key.kind in policy.protect_kinds:
        return f"every {step.key.kind} is protected by the Policy"
    return ""


def _matches(name: str, globs: Collection[str]) -> bool:
    return any(fnmatchcase(name, glob) for glob in globs)


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


def _hold_replacements_whole(steps: dict[StepId, Step]) -> None:
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
