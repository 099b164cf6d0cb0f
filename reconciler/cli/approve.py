"""magi approve: consent to what guards block, as a commit in the clone."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import click

from reconciler.cli import clone as clones, exits, options
from reconciler.cli.loading import chosen, connected, load_source
from reconciler.cli.observing import observe
from reconciler.cli.output import complain, console, echo
from reconciler.judging.digests import BlockedSet, blocked_sets, plan_digest
from reconciler.model import Plan
from reconciler.review import blocked_text
from reconciler.source import TRAILER


@click.command(name="approve")
@click.argument("digests", metavar="[DIGEST]...", nargs=-1)
@clones.option
@options.overlay
@options.vim
@options.clouds_file
@options.owner
@clones.branch
@click.option("--yes", is_flag=True, help="Do not ask.")
@clones.push
def command(
    digests: tuple[str, ...],
    clone: Path,
    overlay: str,
    vims: tuple[str, ...],
    clouds_file: Path | None,
    owner: str,
    branch: str | None,
    yes: bool,
    push: bool,
) -> int:
    """Consent to what guards block: an empty commit with a trailer that names the digests.

    Plans the newest commit of the clone, shows what is blocked, and commits with your own Git settings. Without a
    DIGEST all that is blocked and may be unblocked is approved. An approval is for exactly these steps: where others
    are planned, it unblocks nothing.

    \b
    Examples:
      magi approve
      magi approve 0f343b0931126a20f133d67c2b018a3b --yes --push
      magi approve --clone ./my-services --vim paris
    """
    clones.check(clone, branch)
    loaded = load_source(str(clone), "HEAD", "", overlay)
    with connected(chosen(loaded.catalog, vims, None), clouds_file, owner) as drivers:
        reports = observe(loaded.catalog, drivers, None, complete=True)
    errors = [report.error for report in reports if report.error is not None]
    for error in errors:
        complain(error)
    plans = [report.plan for report in reports if report.plan is not None]
    out = console()
    out.print(loaded.title(), style="bright_black", soft_wrap=True)
    for line in blocked_text(plans):
        out.print(line.text, soft_wrap=True)
    approved = _approved(digests, plans)
    if not approved:
        echo("nothing is blocked that could be approved")
        return exits.code_of(errors[0]) if errors else exits.FINE
    if not yes:
        if not sys.stdin.isatty():
            raise click.UsageError("there is no terminal to ask on: give --yes")
        click.confirm(f"Approve {', '.join(approved)}?", abort=True)
    commit = clones.commit(clone, _message(approved, plans), "--allow-empty")
    if push:
        clones.push_head(clone)
    echo(f"magi: commit {commit} approves it" + ("" if push else "; push it, and Magi goes on"))
    return exits.FINE


def _approved(digests: Sequence[str], plans: Sequence[Plan]) -> list[str]:
    """The digests to approve; raises click.BadParameter for one of nothing that is blocked now."""
    blocked = {plan.target: blocked_sets(plan.target, plan.steps) for plan in plans}
    final = {digest for plan in plans for digest in plan.final}
    sets = [one.digest for found in blocked.values() for one in found if one.digest not in final]
    known = {*sets, *(plan_digest([plan]) for plan in plans if blocked[plan.target])}
    for digest in digests:
        if digest not in known:
            there = f"there are: {', '.join(sets)}" if sets else "nothing is blocked that could be approved"
            raise click.BadParameter(f"nothing that is blocked has the digest '{digest}'; {there}", param_hint="DIGEST")
    return list(dict.fromkeys(digests or sets))


def _message(approved: Sequence[str], plans: Iterable[Plan]) -> str:
    """The message of the commit: what is approved in words, and the trailers."""
    blocked = [one for plan in plans for one in blocked_sets(plan.target, plan.steps)]
    whole = {plan_digest([plan]): plan.target for plan in plans}
    lines = [_describe(one) for one in blocked if one.digest in approved]
    lines += [f"all that is blocked on VIM {whole[digest]}" for digest in approved if digest in whole]
    body = "\n".join(f"- {line}" for line in dict.fromkeys(lines))
    trailers = "\n".join(f"{TRAILER}: {digest}" for digest in approved)
    return f"Approve what guards block\n\n{body}\n\n{trailers}\n"


def _describe(one: BlockedSet) -> str:
    about = f"network service {one.service} on " if one.service else ""
    return f"{about}VIM {one.target}: {one.guard.value}: {one.reason}"
