"""What a review says of a merge: the verdict, in a few words and as Markdown. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from posixpath import join

from reconciler.cli import exits
from reconciler.forges import Annotation, Verdict
from reconciler.model import BlockReason, DocumentsError, MagiError, Plan, Report, Step
from reconciler.review import counts_of, effects_line, plans_markdown, refusal_markdown
from reconciler.source import ConflictError


@dataclass(frozen=True, slots=True)
class Opinion:
    """``annotations``: what is wrong at which lines, with paths from the root of the repository."""

    verdict: Verdict
    description: str
    markdown: str
    code: int
    annotations: tuple[Annotation, ...] = ()


def of_documents(error: DocumentsError, folder: str, title: str) -> Opinion:
    """Of documents that are wrong."""
    count = len(error.problems)
    what = f"{count} problem{'s' if count != 1 else ''} in the documents"
    lines = tuple(
        Annotation(
            join(folder, problem.file),
            problem.line,
            problem.column,
            f"{problem.message} ({problem.hint})" if problem.hint else problem.message,
        )
        for problem in error.problems
    )
    reasons = [f"{one.file}:{one.line}:{one.column}: {one.message}" for one in lines]
    return Opinion(
        Verdict.FAILURE, f"{what}: {reasons[0]}", refusal_markdown(what, reasons, title), exits.DOCUMENTS, lines
    )


def of_error(error: MagiError, title: str) -> Opinion:
    """Of a merge of which there is no plan: it conflicts, or something can't be read."""
    verdict = Verdict.FAILURE if isinstance(error, ConflictError) else Verdict.ERROR
    return Opinion(verdict, str(error), refusal_markdown("there is none", [str(error)], title), exits.code_of(error))


def of_plans(
    reports: Sequence[Report], title: str, notes: Sequence[str], max_size: int, approvals: Sequence[str] = ()
) -> Opinion:
    """Of what the VIMs were found to need. ``approvals``: what the branch itself consents to."""
    plans = [report.plan for report in reports if report.plan is not None]
    errors = [report.error for report in reports if report.error is not None]
    markdown = plans_markdown(plans, title, map(str, errors), max_size, notes, approvals)
    if errors:
        return Opinion(Verdict.ERROR, str(errors[0]), markdown, exits.code_of(errors[0]))
    counts = counts_of(plans).brief()
    if reason := next(_failing(plans), ""):
        return Opinion(Verdict.FAILURE, f"would fail: {reason}", markdown, exits.STEPS)
    effects = effects_line(plans)
    return Opinion(Verdict.SUCCESS, f"{counts} ({effects})" if effects else counts, markdown, exits.FINE)


def _failing(plans: Sequence[Plan]) -> Iterator[str]:
    """Why steps can't succeed. Secrets are not read for a review, so that one is not available says nothing."""
    for plan in plans:
        yield from (obstacle.reason for obstacle in plan.preflight.obstacles)
        yield from (
            step.reason for step in plan.steps.values() if step.blocked is BlockReason.MISSING and not _withheld(step)
        )


def _withheld(step: Step) -> bool:
    return step.desired is not None and bool(step.desired.spec.withheld())
