"""magi resume: let it go on, by a commit in the clone."""

from __future__ import annotations

from typing import Any

import click

from reconciler.cli.suspending import change, of_a_document


@click.command(name="resume")
@of_a_document
def command(**given: Any) -> int:
    """Let a network service, a set or a VIM go on that was suspended: a commit that says `suspend: false`.

    What differs by then is done at the next observation, as `magi plan` shows it.

    \b
    Examples:
      magi resume vcpe --push
      magi resume --vim paris --clone ./my-services
    """
    return change(suspend=False, **given)
