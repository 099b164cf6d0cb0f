"""Consent at the terminal to what guards block: for one run, and only where no one limits who approves."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import click
from rich.console import Console

from reconciler.cli.output import print_lines
from reconciler.judging.digests import BlockedSet, blocked_sets
from reconciler.model import Approval, Catalog, Plan
from reconciler.planning import approving_of
from reconciler.review import Line


def consented(out: Console, plans: Iterable[Plan], catalog: Catalog) -> Catalog:
    """Lists what guards block and a person may approve, and asks whether to do it too.

    Returns the catalog with the approvals of this run, or as it was. Where the operator limits who approves, no one is
    asked: it is said who has to approve in Git. A step that is blocked when it was not listed stays blocked.
    """
    plans = list(plans)
    final = {digest for plan in plans for digest in plan.final}
    sets = [one for plan in plans for one in blocked_sets(plan.target, plan.steps) if one.digest not in final]
    if not sets:
        return catalog
    if catalog.approvals_are_limited:
        approving = approving_of(catalog)
        print_lines(out, [Line("heading", "stays blocked until it is approved in Git")])
        print_lines(out, (Line("plain", f"  {_about(one)}: {approving.who_may(one)}") for one in sets))
        return catalog
    print_lines(out, [Line("heading", "blocked, unless you consent to it for this run")])
    print_lines(out, (Line("plain", f"  {_about(one)}: {one.reason}") for one in sets))
    count = sum(len({ident.key for ident in one.steps}) for one in sets)
    if not click.confirm(f"Do {'these' if count > 1 else 'this'} too ({count} resource{'s' if count > 1 else ''})?"):
        return catalog
    return replace(catalog, approvals=catalog.approvals | {Approval(one.digest) for one in sets})


def _about(one: BlockedSet) -> str:
    count = len({ident.key for ident in one.steps})
    service = f"network service {one.service}, " if one.service else ""
    return f"VIM {one.target}: {service}{one.guard.value}: {count} resource{'s' if count > 1 else ''}"
