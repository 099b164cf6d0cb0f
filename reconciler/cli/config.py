"""magi config: the settings of the daemon, checked without starting it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from reconciler.cli import exits, options
from reconciler.cli.opening import problems
from reconciler.cli.output import complain, console, echo, print_json, table
from reconciler.config import config_schema, exposure_warnings, load_configs, origins, shown


@click.group(name="config")
def command() -> None:
    """Check the settings of the daemon, or describe them.

    \b
    Examples:
      magi config check magi.yaml
      magi config schema
    """


@command.command(name="check")
@click.argument("file", type=click.Path(path_type=Path))
@options.output
def check(file: Path, output: str) -> int:
    """Check the settings in FILE with the environment over them, and all files and folders that they name.

    Lists each setting, its value, and where that is from, and warns where the daemon answers more people than may be
    meant. Neither Git, nor a cloud, nor a forge is asked.

    \b
    Examples:
      magi config check magi.yaml
      MAGI_OWNER=test magi config check magi.yaml -o json
    """
    several = load_configs(file, os.environ)
    # What several repositories share is reported once.
    found = list({str(error): error for config in several for error in problems(config, os.environ)}.values())
    warnings = [*exposure_warnings(several[0])]
    listed = [(one.path, _shown(one.value), one.source) for one in origins(file, os.environ)]
    if output == "json":
        settings = [dict(zip(("setting", "value", "source"), row, strict=True)) for row in listed]
        print_json({"settings": settings, "problems": [str(error) for error in found], "warnings": warnings})
    else:
        table(console(), ("SETTING", "VALUE", "FROM"), listed)
    for warning in warnings:
        echo(f"magi: warning: {warning}", err=True)
    for error in found:
        complain(error)
    return exits.CONFIG if found else exits.FINE


@command.command(name="schema")
def schema() -> None:
    """Print the JSON Schema of the settings, for editors.

    \b
    Example:
      magi config schema > magi.schema.json
    """
    print_json(config_schema())


def _shown(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else shown(value)
