"""One pass over one target: the one natural way, as the architecture draws it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice

from reconciler.applying import apply
from reconciler.loop.clock import CLOCK, Clock
from reconciler.loop.judging import judged
from reconciler.loop.narrowing import Removal, narrow
from reconciler.loop.pass_context import SinglePass, current_circumstances
from reconciler.model import (
    Catalog,
    ConfigError,
    Driver,
    Key,
    Outcome,
    Plan,
    Report,
    Step,
    StepId,
    TargetUnknown,
    Trace,
    World,
)
from reconciler.planning import drifted, estimate, plan_target, turns
from reconciler.reporting.status import report, report_unknown
from reconciler.tracing import UNTRACED, Tracer


@dataclass(frozen=True, slots=True)
class Watcher:
    """Gets the progress of a pass, from the thread of the pass. ``stopping`` True ends it at the next step.

    ``refusal`` is asked before each step: why the target must not be written to now, or "".
    """

    observed: Callable[[World], None] = lambda _: None
    planned: Callable[[Plan], None] = lambda _: None
    started: Callable[[str, Step], None] = lambda _target, _step: None
    stepped: Callable[[str, Outcome], None] = lambda _target, _outcome: None
    stopping: Callable[[], bool] = lambda: False
    refusal: Callable[[], str] = lambda: ""


UNWATCHED = Watcher()
MOST_TRACED = 10
"""Resources of which a pass asks who changed them."""


def one_pass(
    target: str,
    catalog: Catalog,
    driver: Driver,
    *,
    watcher: Watcher = UNWATCHED,
    only: str | Removal | None = None,
    context: SinglePass | None = None,
    dry_run: bool = False,
    complete: bool = False,
    preflight: bool = False,
    known_drift: frozenset[StepId] | None = None,
    tracer: Tracer = UNTRACED,
    clock: Clock = CLOCK,
) -> Report:
    """Observes the target, plans, applies unless ``dry_run``, and reports.

    ``only``: the one service to be touched, or what is to be removed.

    ``context``: that of the target, where passes follow on one another.
    ``complete``: the observation also finds what a crash may have left behind and nothing shows.
    ``preflight``: the target is also asked what would keep the plan from succeeding.
    ``known_drift``: the drift of which it was asked before who changed what; None: it is not asked at all.

    Never raises what a person can fix: a target that can't be observed is a Report with an error.
    """
    context = context or SinglePass(clock.time)
    started, begun = clock.time(), clock.monotonic()
    try:
        with tracer.span("observe", {"vim": target}) as span:
            world = driver.observe(catalog.kinds.get(target, frozenset()), complete=complete)
            span.set_attributes(resources=len(world.observed))
        watcher.observed(world)
    except (TargetUnknown, ConfigError) as error:
        context.miss()
        return report_unknown(catalog, target, error, started=started, seconds=clock.monotonic() - begun)
    there = world
    if isinstance(only, Removal):
        # What is building besides does not keep a removal from being finished.
        catalog, world = narrow(catalog, world, only)
    around = context.examine(catalog, there)
    if only:
        # Who names a service does not mean its set.
        around = replace(around, waiting={}, queued={}, deployed_elsewhere=frozenset())
    if isinstance(only, Removal):
        around = replace(around, removing=only.counts_are_answered(catalog))
    with tracer.span("plan", {"vim": target}) as span:
        plan = plan_target(*(narrow(catalog, world, only) if isinstance(only, str) else (catalog, world)), around)
        plan = judged(plan, catalog, around)
        span.set_attributes(steps=len(plan))
    context.remember(catalog, plan, world)
    if preflight:
        plan = _preflight(plan, world, driver, catalog.targets[target].budget.concurrency)
    watcher.planned(plan)
    drift = drifted(plan, around)
    # Before it is repaired: a cloud remembers the last change alone.
    traces = {} if known_drift is None else _traces(driver, plan, drift - known_drift)
    outcomes: list[Outcome] = []
    if not dry_run:
        workers = catalog.targets[target].budget.concurrency
        writer = context.writer(catalog)
        for outcome in apply(
            plan,
            world,
            driver,
            workers=workers,
            stopping=watcher.stopping,
            refusal=watcher.refusal,
            started=partial(watcher.started, target),
            tracer=tracer,
            writer=writer,
            elsewhere=around.ready_elsewhere,
            clock=clock.monotonic,
        ):
            outcomes.append(outcome)
            watcher.stepped(target, outcome)
        context.note(outcomes)
    seconds = clock.monotonic() - begun
    found = report(catalog, world, plan, outcomes, around, started=started, seconds=seconds)
    found = replace(found, drifted=drift, traces=traces, contest=around.contest)
    if not only:
        context.publish(found)
    return found


def _traces(driver: Driver, plan: Plan, drift: Collection[StepId]) -> Mapping[Key, Trace]:
    """What the target remembers of the last change of what drifted, of some: each is a request."""
    there = (step.observed for step in plan.steps.values() if step.id in drift)
    return driver.trace([*islice((one for one in there if one is not None), MOST_TRACED)]) if drift else {}


def in_turn(found: Report, world: World, catalog: Catalog, reports: Mapping[str, Report]) -> Report:
    """A dry run with what waits for its turn, which takes what was found on all targets. ``world``: what it saw."""
    turn = turns(catalog, world, reports)
    if found.plan is None or not any(turn):
        return found
    around = replace(
        current_circumstances(catalog),
        waiting=turn.waiting,
        queued=turn.queued,
        deployed_elsewhere=turn.deployed_elsewhere,
    )
    plan = replace(judged(plan_target(catalog, world, around), catalog, around), preflight=found.plan.preflight)
    found_again = report(catalog, world, plan, (), around, started=found.started, seconds=found.seconds)
    return replace(found_again, drifted=drifted(plan, around))


def _preflight(plan: Plan, world: World, driver: Driver, workers: int) -> Plan:
    preflight = driver.preflight(plan, world)
    durations = preflight.durations
    seconds = estimate(plan, durations, workers) if durations else None
    within = (seconds / durations.spread, seconds * durations.spread) if durations and seconds is not None else None
    return replace(plan, preflight=replace(preflight, seconds=seconds, within=within))
