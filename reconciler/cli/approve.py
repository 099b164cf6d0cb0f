"""magi approve: consent to what guards hold, as a commit in the clone."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import click

from reconciler.cli import exits, options
from reconciler.cli.loading import chosen, connected, load_source
from reconciler.cli.main import complain
from reconciler.cli.output import console
from reconciler.cli.plan import look
from reconciler.digests import HeldSet, held_sets, plan_digest
from reconciler.model import ConfigError, MagiError, Plan
from reconciler.review import held_text
from reconciler.source import TRAILER


@click.command(name="approve")
@click.argument("digests", metavar="[DIGEST]...", nargs=-1)
@click.option(
    "--clone",
    type=click.Path(path_type=Path, file_okay=False),
    default=".",
    show_default="the current one",
    help="Folder of the documents, in a clone of their repository.",
)
@options.vim
@options.clouds_file
@options.owner
@click.option("--branch", metavar="NAME", help="Branch that Magi follows; left out: the default one of origin.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--push", is_flag=True, help="Also push the commit.")
def command(
    digests: tuple[str, ...],
    clone: Path,
    vims: tuple[str, ...],
    clouds_file: Path | None,
    owner: str,
    branch: str | None,
    yes: bool,
    push: bool,
) -> int:
    """Consent to what guards hold: an empty commit with a trailer that names the digests.

    Plans the newest commit of the clone, shows what is held, and commits with your own Git settings. Without a DIGEST
    all that is held and may be released is approved. An approval is for exactly these steps: where others are planned,
    it releases nothing.

    \b
    Examples:
      magi approve
      magi approve 0f343b0931126a20f133d67c2b018a3b --yes --push
      magi approve --clone ./my-services --vim paris
    """
    _check_clone(clone, branch)
    loaded = load_source(str(clone), "HEAD", "")
    with connected(chosen(loaded.catalog, vims, None), clouds_file, owner) as drivers:
        reports = look(loaded.catalog, drivers, loaded.revision, None, complete=True)
    errors = [report.error for report in reports if report.error is not None]
    for error in errors:
        complain(error)
    plans = [report.plan for report in reports if report.plan is not None]
    out = console()
    out.print(loaded.title(), style="bright_black", soft_wrap=True, markup=False)
    for line in held_text(plans):
        out.print(line.text, soft_wrap=True, markup=False)
    approved = _approved(digests, plans)
    if not approved:
        click.echo("nothing is held that could be approved")
        return exits.code_of(errors[0]) if errors else exits.FINE
    if not yes:
        if not sys.stdin.isatty():
            raise click.UsageError("there is nobody to ask: give --yes")
        click.confirm(f"Approve {', '.join(approved)}?", abort=True)
    _git(clone, "commit", "--quiet", "--allow-empty", "--file=-", stdin=_message(approved, plans))
    commit = _git(clone, "rev-parse", "HEAD")[:10]
    if push:
        _git(clone, "push", "--quiet", _remote(clone), "HEAD")
    click.echo(f"magi: commit {commit} approves it" + ("" if push else "; push it, and Magi goes on"))
    return exits.FINE


def _approved(digests: Sequence[str], plans: Iterable[Plan]) -> list[str]:
    """The digests to approve; raises click.BadParameter for one that stands for nothing that is held now."""
    held = {plan.target: held_sets(plan.target, plan.steps) for plan in plans}
    sets = [one.digest for found in held.values() for one in found]
    known = {*sets, *(plan_digest([plan]) for plan in plans if held[plan.target])}
    for digest in digests:
        if digest not in known:
            there = f"there are: {', '.join(sets)}" if sets else "nothing is held that could be approved"
            raise click.BadParameter(f"nothing that is held has the digest '{digest}'; {there}", param_hint="DIGEST")
    return list(dict.fromkeys(digests or sets))


def _message(approved: Sequence[str], plans: Iterable[Plan]) -> str:
    """The message of the commit: what is approved in words, and the trailers."""
    held = [one for plan in plans for one in held_sets(plan.target, plan.steps)]
    whole = {plan_digest([plan]): plan.target for plan in plans}
    told = [_told(one) for one in held if one.digest in approved]
    told += [f"all that is held on VIM {whole[digest]}" for digest in approved if digest in whole]
    body = "\n".join(f"- {line}" for line in dict.fromkeys(told))
    trailers = "\n".join(f"{TRAILER}: {digest}" for digest in approved)
    return f"Approve what guards hold\n\n{body}\n\n{trailers}\n"


def _told(one: HeldSet) -> str:
    about = f"network service {one.service} on " if one.service else ""
    return f"{about}VIM {one.target}: {one.hold.value}: {one.reason}"


def _check_clone(clone: Path, branch: str | None) -> None:
    """Raises ConfigError unless an empty commit would be just that, on the branch that Magi follows."""
    try:
        _git(clone, "rev-parse", "--show-toplevel")
    except MagiError:
        raise ConfigError(f"{clone} is in no work tree of Git", "name your clone with --clone") from None
    try:
        there = _git(clone, "symbolic-ref", "--short", "HEAD")
    except MagiError:
        raise ConfigError("the clone is on no branch", "check out the one that Magi follows") from None
    try:
        followed = branch or _git(clone, "rev-parse", "--abbrev-ref", "origin/HEAD").removeprefix("origin/")
    except MagiError:
        followed = there  # nobody says which it is
    if there != followed:
        hint = f"check out {followed}, or name the one that Magi follows with --branch"
        raise ConfigError(f"the clone is on the branch '{there}', not on '{followed}'", hint)
    if _git(clone, "diff", "--cached", "--name-only"):
        raise ConfigError("changes are staged, which the commit would take along", "commit or unstage them first")


def _remote(clone: Path) -> str:
    """Where the branch is pushed to."""
    try:
        return _git(clone, "config", f"branch.{_git(clone, 'symbolic-ref', '--short', 'HEAD')}.remote")
    except MagiError:
        return "origin"


def _git(clone: Path, *arguments: str, stdin: str = "") -> str:
    """Git as its user has set it up: identity, signing, hooks. Raises ConfigError with what it says."""
    try:
        done = subprocess.run(
            ["git", "-C", str(clone), *arguments],
            input=stdin,
            capture_output=True,
            check=False,
            text=True,
        )
    except FileNotFoundError:
        raise ConfigError("git is not installed", "install it") from None
    if done.returncode:
        said = done.stderr.strip() or done.stdout.strip() or "no message"
        raise ConfigError(f"git {arguments[0]} failed: {said}", "nothing else was done")
    return done.stdout.strip()
