"""magi suspend: leave a network service or a VIM as it is, by a commit in the clone."""

from __future__ import annotations

from typing import Any

import click

from reconciler.cli.suspending import change, of_a_document


@click.command(name="suspend")
@of_a_document
def command(**given: Any) -> int:
    """Leave a network service, a set or a VIM as it is: a commit that says `suspend: true` in its document.

    What differs is still planned and shown, and nothing is done until `magi resume`. It holds for every Magi that
    follows the repository, and outlives restarts. Nothing else of the file is changed.

    \b
    Examples:
      magi suspend vcpe --reason "manual maintenance, ticket 4711" --push
      magi suspend --vim paris --clone ./my-services
    """
    return change(suspend=True, **given)
