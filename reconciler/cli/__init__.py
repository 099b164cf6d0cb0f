"""The command line: one file a command. `main` is the `magi` command."""

from reconciler.cli.main import main

__all__ = ["main"]
