"""magi doctor: whether a VIM has what Magi needs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click
from rich.text import Text

from reconciler.cli import exits, options
from reconciler.cli.loading import chosen, load_source
from reconciler.cli.output import console, heading, print_json, table
from reconciler.model import ApiBudget, ConfigError, Place, Target
from reconciler.model.findings import Finding
from reconciler.targets.registry import TARGET_TYPES, Access, Connections

Found = Mapping[str, list[Finding]]

_STYLES = {"fine": "green", "limited": "yellow", "broken": "bold red"}


@click.command(name="doctor")
@click.argument("source", metavar="[SOURCE]", required=False)
@click.option("--cloud", "entries", multiple=True, metavar="ENTRY", help="An entry of clouds.yaml, without documents.")
@options.revision
@options.path
@options.overlay
@options.vim
@options.clouds_file
@options.output
def command(
    source: str | None,
    entries: tuple[str, ...],
    revision: str | None,
    path: str,
    overlay: str,
    vims: tuple[str, ...],
    clouds_file: Path | None,
    output: str,
) -> int:
    """Check whether VIMs have what Magi needs: login, services, versions, extensions, quotas, permissions, clocks.

    SOURCE is as in `magi plan`: its documents of kind Vim are checked. Nothing is changed. "limited" is what Magi can
    do without, with what that means; "broken" is what it can't. docs/compatibility.md has the whole table.

    \b
    Examples:
      magi doctor .
      magi doctor https://git.example/ns.git --vim paris -o json
      magi doctor --cloud mycloud                  # an entry of clouds.yaml, before there are documents

    \b
    Exit codes: 0 nothing is broken; 4 login, catalog or permissions are wrong; 5 a VIM can't be reached, or lacks
    something.
    """
    found = examined(_targets(source, revision, path, overlay, vims, entries), clouds_file)
    if output == "json":
        print_json(_json(found))
    else:
        _print(found)
    return _code(found)


def _targets(
    source: str | None,
    revision: str | None,
    path: str,
    overlay: str,
    vims: Iterable[str],
    entries: tuple[str, ...],
) -> list[Target]:
    if (source is None) == (not entries):
        raise click.UsageError("name either documents (SOURCE) or an entry of clouds.yaml (--cloud)")
    if source is None:
        if vims or revision or path:
            raise click.UsageError("--vim, --revision and --path go with SOURCE")
        return [Target(entry, "openstack", entry, (), (), ApiBudget(), Place("", 0)) for entry in entries]
    targets = chosen(load_source(source, revision, path, overlay).catalog, vims, None)
    if not targets:
        raise ConfigError("the documents have no Vim, so there is nowhere to look", "add a document of kind Vim")
    return targets


def examined(targets: Iterable[Target], clouds_file: Path | None) -> Found:
    """What is found on each VIM, by its name. They are checked side by side."""
    targets = list(targets)
    connections, access = Connections(TARGET_TYPES), Access(clouds_file, owner="")
    with ThreadPoolExecutor(len(targets), thread_name_prefix="doctor") as pool:
        found = pool.map(lambda target: connections.examine(target, access), targets)
        return {target.name: findings for target, findings in zip(targets, found, strict=True)}


def _json(found: Found) -> object:
    return {
        "vims": [
            {
                "name": name,
                "summary": _counts(findings),
                "findings": [
                    {
                        "area": one.area,
                        "check": one.check,
                        "verdict": one.verdict.value,
                        "message": one.message,
                        "hint": one.hint,
                    }
                    for one in findings
                ],
            }
            for name, findings in found.items()
        ]
    }


def _print(found: Found) -> None:
    out = console()
    for name, findings in found.items():
        heading(out, f"VIM {name}")
        rows = [
            (
                Text(one.verdict.value, style=_STYLES[one.verdict.value]),
                one.area,
                one.check,
                f"{one.message} ({one.hint})" if one.hint else one.message,
            )
            for one in findings
        ]
        table(out, ("", "AREA", "CHECK", "FOUND"), rows)
        counted = ", ".join(f"{count} {verdict}" for verdict, count in _counts(findings).items())
        out.print(Text(f"{name}: {counted}.", style="bold"))


def _counts(findings: Iterable[Finding]) -> dict[str, int]:
    counted = Counter(one.verdict.value for one in findings)
    return {verdict: counted[verdict] for verdict in _STYLES}


def _code(found: Found) -> int:
    errors = [one.error for findings in found.values() for one in findings if one.error is not None]
    return exits.code_of(errors[0]) if errors else exits.FINE
