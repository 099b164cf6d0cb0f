"""magi destroy: delete network services from the clouds, whether Git still has them or not."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import click
from rich.console import Console

from reconciler.cli import exits, options
from reconciler.cli.converging import converge_shown, converged_json, ending
from reconciler.cli.loading import chosen, connected, load_source
from reconciler.cli.observing import observe
from reconciler.cli.output import complain, console, echo, print_json, print_plans
from reconciler.loop.converge import Converged
from reconciler.loop.narrowing import Removal
from reconciler.model import ApiCall, BlockReason, Catalog, Key, MagiError, Plan, Result, World
from reconciler.text.markdown import printable
from reconciler.text.suggestion import did_you_mean

_ANSWER = "yes"
_MOST_NAMED = 20
_HINTS = {
    BlockReason.SUSPENDED: "'magi resume' ends that, or remove the document",
    BlockReason.PROTECTED: "take it out of 'protect' in the Policy",
    BlockReason.FROZEN: "take it out of 'freeze' in the Policy",
    BlockReason.PRUNE: "say 'prune: true' in the Policy",
    BlockReason.LABEL: "change the labels of the service, or 'labelRules' in the Policy",
    BlockReason.RULE: "the rules are the operator's: change what they deny",
}
_IN_GIT = "remove the documents in Git, and have the deletes approved there: see docs/guards.md"


@dataclass(slots=True)
class _Seen:
    """All that was observed on the VIMs, by VIM."""

    worlds: dict[str, World] = field(default_factory=dict)

    def observed(self, world: World) -> None:
        self.worlds[world.target] = world

    @property
    def services(self) -> frozenset[str]:
        """The network services that something is there of."""
        return frozenset(key.service for world in self.worlds.values() for key in world.observed if key.service)

    def has_any(self, removal: Removal) -> bool:
        return any(removal.takes(key) for world in self.worlds.values() for key in world.observed)

    def users(self, removal: Removal) -> Iterator[tuple[Key, Key]]:
        """What stays and refers to what would go, with that."""
        for world in self.worlds.values():
            for key, there in sorted(world.observed.items()):
                if not removal.takes(key):
                    used = (ref for ref in there.spec.refs() if ref in world.observed and removal.takes(ref))
                    yield from ((key, ref) for ref in used)


@click.command(name="destroy")
@options.of_services
@options.output
@click.option("--all", "everything", is_flag=True, help="Everything with the owner's marks, what services share too.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--timeout", default=1800.0, show_default=True, metavar="SECONDS", help="When to stop waiting, a VIM.")
def command(
    scope: options.Scope,
    services: tuple[str, ...],
    clouds_file: Path | None,
    output: str,
    everything: bool,
    yes: bool,
    timeout: float,
) -> int:
    """Delete network services: all that has this owner's marks on the VIMs of SOURCE, in Git or not.

    Shows the plan and asks for the word 'yes'. What has no mark, or another owner's, is not touched. A daemon makes
    again what its repository still declares: remove the document as well, or suspend the service. What is protected,
    frozen or suspended is refused. A command that was cut off is run again: it deletes what is left.

    \b
    Examples:
      magi destroy hello .
      magi destroy vcpe-paris vcpe-lyon . --vim paris
      magi destroy old https://git.example/ns.git --revision main --yes -o json
      magi destroy --all . --yes
    """
    if everything == bool(services):
        raise click.UsageError("name the network services to delete, or give --all")
    if output == "json" and not yes:
        raise click.UsageError("-o json needs --yes: it asks nothing")
    if not yes and not sys.stdin.isatty():
        raise click.UsageError("there is no terminal to ask on: give --yes")
    loaded = load_source(scope.source, scope.revision, scope.path, scope.overlay)
    targets = chosen(loaded.catalog, scope.vims, None)
    removal = Removal(None if everything else frozenset(services))
    out = console(stderr=output == "json")
    calls: list[ApiCall] = []
    with connected(targets, clouds_file, scope.owner, calls.append) as drivers:
        seen = _Seen()
        reports = observe(loaded.catalog, drivers, removal, complete=True, preflight=True, observed=seen.observed)
        out.print(loaded.title(), style="bright_black", soft_wrap=True)
        plans = [report.plan for report in reports if report.plan is not None]
        errors = [report.error for report in reports if report.error is not None]
        for error in errors:
            complain(error)
        if len(errors) == len(reports):
            return exits.code_of(errors[0])
        if unknown := [name for name in services if name not in seen.services | loaded.catalog.services.keys()]:
            if errors:
                complain(MagiError(f"whether there is a network service '{unknown[0]}' is not known"))
                return exits.code_of(errors[0])
            raise _no_service(unknown[0], seen.services | loaded.catalog.services.keys())
        steps = [step for plan in plans for step in plan.steps.values()]
        if steps:
            print_plans(out, plans, approving=False)
        else:
            what = "" if everything else f" of {', '.join(services)}"
            vims = ", ".join(seen.worlds)
            goes = f"All{what} on {vims} is being deleted already."
            none = f"Nothing{what} has a mark of '{scope.owner}' on {vims}: there is nothing to delete."
            out.print(goes if seen.has_any(removal) else none, soft_wrap=True)
        if refusals := [*_refusals(plans), *_in_use(seen, removal)]:
            for refusal in refusals:
                complain(refusal)
            complain(MagiError("nothing was deleted"))
            return exits.STEPS
        planned = {step.key for step in steps}
        if steps:
            _warn(loaded.catalog, planned)
            if not yes:
                _ask(planned)
        # Of a VIM that comes back only now no one saw what would go.
        shown = {name: drivers[name] for name in seen.worlds}
        result = converge_shown(out, loaded.catalog, shown, only=removal, timeout=timeout)
    deleted = len(planned) - len(_left(result.converged, planned))
    if output == "json":
        print_json({"deleted": deleted, "errors": list(map(str, errors)), **converged_json(result, len(calls))})
    elif planned:
        _print_deleted(out, deleted, planned)
    code = ending(result)
    return code or (exits.code_of(errors[0]) if errors else exits.FINE)


def _no_service(name: str, known: Collection[str]) -> click.BadParameter:
    names = sorted(known)
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    there = did_you_mean(name, names) or f"there are: {', '.join(names[:_MOST_NAMED]) or 'none'}{more}"
    # Names in marks are words of a cloud.
    words = printable(f"no network service '{name}' on the VIMs nor in the documents; {there}")
    return click.BadParameter(words, param_hint="SERVICE")


def _refusals(plans: Sequence[Plan]) -> Iterator[MagiError]:
    """What guards refuse to have deleted: an error for each guard and reason, with what would do."""
    found: defaultdict[tuple[BlockReason, str], list[Key]] = defaultdict(list)
    for plan in plans:
        for step in plan.steps.values():
            if step.blocked and (step.blocked.is_approvable or step.blocked is BlockReason.SUSPENDED):
                found[step.blocked, step.reason].append(step.key)
    for (guard, reason), keys in sorted(found.items()):
        more = f" and {len(keys) - 1} more" if len(keys) > 1 else ""
        yield MagiError(f"{keys[0].target}: delete {keys[0]}{more} is refused: {reason}", _HINTS.get(guard, _IN_GIT))


def _in_use(seen: _Seen, removal: Removal) -> Iterator[MagiError]:
    """What other services use, which no cloud deletes: an error for each of these services."""
    found: dict[str, tuple[Key, Key]] = {}
    for user, used in seen.users(removal):
        found.setdefault(user.service, (user, used))
    for service, (user, used) in sorted(found.items()):
        also = f"delete {service} as well, or disconnect it first" if service else "give --all, or delete it first"
        yield MagiError(f"{used.target}: {used} is in use by {user}", also)


def _warn(catalog: Catalog, planned: Iterable[Key]) -> None:
    """Says of what Git still has that it comes back."""
    for name in sorted({key.service for key in planned} & catalog.services.keys()):
        echo(
            f"magi: warning: {catalog.services[name].place}: the documents declare {name}: a daemon that follows them "
            "makes it again\n  remove its document, or commit 'suspend: true' once it is deleted",
            err=True,
        )


def _ask(planned: Iterable[Key]) -> None:
    keys = list(planned)
    answer = click.prompt(
        f"Delete these {_counted(keys)}? What they store is lost. Only '{_ANSWER}' is accepted",
        default="",
        show_default=False,
    )
    if answer.strip() != _ANSWER:
        echo("magi: nothing was deleted", err=True)
        raise click.Abort


def _counted(keys: Sequence[Key]) -> str:
    """In words: 12 resources of 2 network services (a, b)."""
    names = sorted({key.service for key in keys if key.service})
    number = f"{len(keys)} resource{'s' if len(keys) != 1 else ''}"
    if not names:
        return f"{number} that network services share"
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    listed = printable(", ".join(names[:_MOST_NAMED])) + more
    return f"{number} of {len(names)} network service{'s' if len(names) != 1 else ''} ({listed})"


def _left(result: Converged, planned: Iterable[Key]) -> frozenset[Key]:
    """What of it exists still, or may: all of a VIM that could not be observed at last."""
    left = {
        name: report.states.keys() - {one.step.key for one in report.outcomes if one.result is Result.DONE}
        for name, report in result.reports.items()
    }
    unknown = {name for name, report in result.reports.items() if report.error is not None}
    return frozenset(key for key in planned if key.target in unknown or key in left[key.target])


def _print_deleted(out: Console, deleted: int, planned: Iterable[Key]) -> None:
    keys = list(planned)
    out.print(f"Deleted {deleted} of {_counted(keys)}.", soft_wrap=True)
