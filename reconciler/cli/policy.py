"""magi policy: policy as code, tried by those who write it."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path

import click
from rich.text import Text

from reconciler.cli import exits, options
from reconciler.cli.output import console, print_json, table
from reconciler.config import limits_of
from reconciler.judging.rego import bounds_of, run_tests


@click.group(name="policy")
def command() -> None:
    """Try the Rego rules that judge plans. See docs/guards.md, policy as code.

    \b
    Examples:
      magi policy test ./policies
    """


@command.command(name="test")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@options.output
def test(folder: Path, output: str) -> int:
    """Run the tests of the rules in FOLDER, and say which fail.

    FOLDER holds rules (*.rego) and plans, as JSON of `magi plan -o json`. A test is a rule whose name begins with
    test_, and passes where it is true, as in `opa test`. The plan in FOLDER/NAME.json is data.plans.NAME. The rules are
    checked first, as the daemon does. No cloud is asked. The exit code is 6 where a test fails.

    \b
    Examples:
      magi policy test ./policies
      magi policy test ./policies -o json
    """
    trials = run_tests(folder, bounds_of(limits_of(os.environ)))
    failed = sum(not one.passed for one in trials)
    if output == "json":
        print_json({"tests": [asdict(one) for one in trials], "passed": len(trials) - failed, "failed": failed})
    else:
        out = console()
        rows = [
            (one.name, one.place, Text("passed", "green") if one.passed else Text("failed", "red"), one.error)
            for one in trials
        ]
        table(out, ("TEST", "AT", "RESULT", ""), rows)
        out.print(f"{len(trials) - failed} passed, {failed} failed")
    return exits.STEPS if failed else exits.FINE
