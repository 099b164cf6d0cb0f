"""magi review: in CI, what merging a branch would do, reported on the forge."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import click

from reconciler.cli import exits, options
from reconciler.cli.loading import Loaded, chosen, connected, load_snapshot, with_shared
from reconciler.cli.observing import observe
from reconciler.cli.opinion import Opinion, of_documents, of_error, of_plans
from reconciler.cli.output import complain, echo, print_reports
from reconciler.config import FORGE_KINDS, limits_of, skips_foreign, trust_of
from reconciler.documents import Library
from reconciler.forges import (
    Forge,
    ForgeError,
    Job,
    Status,
    code_quality,
    job_of,
    no_commands,
    open_forge,
    put_annotations,
    put_comment,
    put_status,
    workflow_commands,
)
from reconciler.model import NO_SECRETS, Approval, Catalog, ConfigError, DocumentsError, Report
from reconciler.review import FORGES, MAX_SIZE, approval_lines
from reconciler.source import Merge, Snapshot, SourceError, looks_like_url, open_merge
from reconciler.targets.registry import TARGET_TYPES
from reconciler.text.markdown import printable

TOKEN = "MAGI_FORGE_TOKEN"  # noqa: S105  its name
_ROOM_FOR_MARKER = 512


@dataclass(frozen=True, slots=True)
class Request:
    """The pull request, and what is to be known about how to plan it."""

    source: str
    base: str
    head: str
    path: str
    overlay: str
    vims: tuple[str, ...]
    clouds_file: Path | None
    owner: str
    max_size: int


@click.command(name="review")
@click.argument("source", metavar="[SOURCE]", default=".")
@click.option("--base", metavar="REV", help="What is merged into; left out in CI: the target branch.")
@click.option("--head", metavar="REV", help="What is merged; left out in CI: the newest commit of the pull request.")
@options.path
@options.overlay
@options.vim
@options.clouds_file
@options.owner
@click.option(
    "--forge",
    "kind",
    type=click.Choice(FORGE_KINDS),
    envvar="MAGI_FORGE_KIND",
    help="Kind of forge (gitea: Forgejo too); left out in CI: the one that runs the job.",
)
@click.option("--forge-url", metavar="URL", envvar="MAGI_FORGE_URL", help="Where the forge is (GitHub: its API).")
@click.option("--project", metavar="PROJECT", envvar="MAGI_FORGE_PROJECT", help="Repository there, as OWNER/NAME.")
@click.option("--request", "number", type=click.IntRange(min=1), metavar="N", help="Number of the pull request.")
@click.option(
    "--context",
    default="magi/plan",
    show_default=True,
    metavar="NAME",
    help="Name of the commit status; a comment is kept for each name.",
)
@click.option("--dry-run", is_flag=True, help="Write nothing to the forge; print the comment, and nothing else.")
@click.option(
    "--code-quality",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write what is wrong as a report that GitLab shows at the lines.",
)
def command(
    source: str,
    base: str | None,
    head: str | None,
    path: str,
    overlay: str,
    vims: tuple[str, ...],
    clouds_file: Path | None,
    owner: str,
    kind: str | None,
    forge_url: str | None,
    project: str | None,
    number: int | None,
    context: str,
    dry_run: bool,
    code_quality: Path | None,
) -> int:
    """Report on a pull request what merging it would do to the clouds.

    Plans the merge of the branch into its target against the clouds, and writes one comment, kept up to date in place,
    a commit status, and marks on the lines with errors. Nothing is checked out, nothing of the branch is run, no secret
    is read, and nothing is written to the clouds: the role reader is enough. In a job of GitHub, GitLab, Gitea or
    Forgejo all but the token is known; the token is in the environment variable MAGI_FORGE_TOKEN.

    SOURCE is a whole clone, or a Git URL.

    \b
    Examples:
      magi review
      magi review --base origin/main --head HEAD --dry-run
      magi review https://git.example/ns.git --base main --head topic --dry-run
      magi review --forge gitea --forge-url https://git.example --project noc/ns --request 7 --base main --head topic
    """
    job = job_of(os.environ) or Job(kind or "", "", "")
    if kind and kind != job.kind:
        job = Job(kind, "", "")
    job = replace(job, url=forge_url or job.url, project=project or job.project, number=number or job.number)
    request = _request(job, source, base, head, path, overlay, vims, clouds_file, owner)
    forge = None if dry_run else _forge(job, os.environ)
    # Gitea and Forgejo have the same variables and commands, but show none of those at lines.
    in_actions = bool(os.environ.get("GITHUB_ACTIONS"))
    marks_by_command = in_actions and job.kind == "github" and not dry_run
    with no_commands(echo) if in_actions else nullcontext():
        opinion, head_commit = _judge(request, in_full=not dry_run)
        if dry_run:
            echo(opinion.markdown, nl=False)
    if marks_by_command:
        for line in workflow_commands(opinion.annotations):
            echo(line)
    _write_report(code_quality, opinion)
    _write_summary(opinion, os.environ)
    code = _report(forge, job, head_commit, context, opinion, annotate=not marks_by_command) if forge else exits.FINE
    return opinion.code or code


def _request(
    job: Job,
    source: str,
    base: str | None,
    head: str | None,
    path: str,
    overlay: str,
    vims: tuple[str, ...],
    clouds_file: Path | None,
    owner: str,
) -> Request:
    # A clone has the target branch as the remote one; a branch of that name in it may be old.
    of_job = job.base if looks_like_url(source) or not job.base else f"origin/{job.base}"
    into, what = base or of_job, head or job.head
    if not into or not what:
        raise click.UsageError("give --base and --head: outside of a pull request's CI job they are not known")
    max_size = FORGES.get(job.kind, MAX_SIZE) - _ROOM_FOR_MARKER
    return Request(source, into, what, path, overlay, vims, clouds_file, owner, max_size)


def _forge(job: Job, environment: Mapping[str, str]) -> Forge | None:
    """The forge to write to; None, with a word on why, where there is none."""
    if not job.kind:
        echo("magi: no --forge is given, and this is no CI job: nothing is written to a forge", err=True)
    elif not environment.get(TOKEN):
        echo(f"magi: {TOKEN} is not set: nothing is written to the forge", err=True)
    elif not job.number:
        raise click.UsageError("give --request: this is no job of a pull request")
    else:
        return open_forge(job.kind, job.url, job.project, environment[TOKEN], job.pipeline)
    return None


def _judge(request: Request, *, in_full: bool) -> tuple[Opinion, str]:
    """What is said of the merge, and of which commit. Errors are printed on the terminal; ``in_full``: all of it."""
    title, head = f"{request.head} into {request.base}", request.head
    trust, limits = trust_of(os.environ), limits_of(os.environ)
    try:
        with open_merge(
            request.source,
            request.base,
            request.head,
            cache_dir=options.cache_dir(),
            path=request.path,
            trust=trust,
            limits=limits,
        ) as merge:
            title, head = f"{merge.head[:10]} into {merge.base[:10]}", merge.head
            return _planned(request, merge, title, in_full=in_full), head
    except (SourceError, ConfigError) as error:
        complain(error)
        return of_error(error, title), head


def _planned(request: Request, merge: Merge, title: str, *, in_full: bool) -> Opinion:
    snapshot = with_shared(merge.read())
    try:
        loaded = load_snapshot(snapshot, NO_SECRETS, request.overlay)
    except DocumentsError as error:
        complain(error)
        return of_documents(error, merge.folder, title)
    title = f"{merge.head[:10]} “{snapshot.subject}” into {merge.base[:10]}"
    notes = _notes(merge, snapshot)
    for note in notes:
        echo(f"magi: warning: {note}", err=True)
    reports = _observe(request, loaded)
    plans = [report.plan for report in reports if report.plan is not None]
    approvals = approval_lines(_brought(merge, loaded.catalog, request.overlay), plans)
    if in_full:
        _print(title, approvals, reports)
    for report in reports:
        if report.error is not None:
            complain(report.error)
    return of_plans(reports, title, notes, request.max_size, approvals)


def _print(title: str, approvals: Sequence[str], reports: list[Report]) -> None:
    if approvals:
        echo("approvals that the branch brings with it")
    for line in approvals:
        echo(f"  {printable(line)}")
    print_reports(title, reports)


def _brought(merge: Merge, catalog: Catalog, overlay: str) -> set[Approval]:
    """The approvals that the branch has and its target has not."""
    annotations = {one for one in catalog.approvals if not one.commit}
    if annotations:
        # Where the target can't be read all of them may be new.
        with suppress(DocumentsError, SourceError):
            limits, skips = limits_of(os.environ), skips_foreign(os.environ)
            library = Library(TARGET_TYPES, limits=limits, skip_foreign=skips, overlay=overlay)
            annotations -= library.catalog(with_shared(merge.read_base())).approvals
    return annotations | {one for one in catalog.approvals if one.commit in merge.brought}


def _observe(request: Request, loaded: Loaded) -> list[Report]:
    targets = chosen(loaded.catalog, request.vims, None)
    with connected(targets, request.clouds_file, request.owner) as drivers:
        return observe(loaded.catalog, drivers, None, preflight=True)


def _notes(merge: Merge, snapshot: Snapshot) -> list[str]:
    notes = [*snapshot.warnings]
    if snapshot.distrust:
        notes.append(f"{snapshot.distrust}; merged into the last verified one, {merge.base[:10]}")
    if merge.unverified:
        names = ", ".join(commit[:10] for commit in merge.unverified[:3])
        more = f" and {len(merge.unverified) - 3} more" if len(merge.unverified) > 3 else ""
        notes.append(f"no allowed signer vouches for {names}{more}")
    return notes


def _write_report(file: Path | None, opinion: Opinion) -> None:
    if file is None:
        return
    try:
        file.write_text(f"{code_quality(opinion.annotations)}\n", encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{file} can't be written: {error.strerror}", "give --code-quality another place") from None


def _write_summary(opinion: Opinion, environment: Mapping[str, str]) -> None:
    """Where the runner shows a summary of the job, also for one that has no token."""
    if not (file := environment.get("GITHUB_STEP_SUMMARY")):
        return
    try:
        with Path(file).open("a", encoding="utf-8") as summary:
            summary.write(f"{opinion.markdown}\n")
    except OSError as error:
        echo(f"magi: warning: the summary of the job can't be written: {error.strerror}", err=True)


def _report(forge: Forge, job: Job, commit: str, context: str, opinion: Opinion, *, annotate: bool) -> int:
    """Writes all that can be written, and complains of the rest."""
    status = Status(opinion.verdict, context, opinion.description, job.link)
    parts: list[Callable[[], object]] = [
        lambda: put_comment(forge, job.number, context, opinion.markdown),
        lambda: put_status(forge, commit, status),
    ]
    if annotate:
        parts.append(lambda: put_annotations(forge, job.number, commit, context, opinion.annotations))
    code = exits.FINE
    for part in parts:
        try:
            part()
        except ForgeError as error:
            complain(error)
            code = exits.FORGE
    return code
