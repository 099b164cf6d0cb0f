"""The `magi` command: finds the subcommand, and turns errors into one message and an exit code."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence
from typing import Any

import click

from reconciler.cli import exits
from reconciler.cli.output import complain, echo
from reconciler.model import MagiError

# A command's module is imported when the command is run: `magi validate` needs no cloud client.
COMMANDS = {
    "validate": "Check documents: all errors at once, with file, line and column.",
    "plan": "Show what would be done, without doing it.",
    "review": "In CI: what merging a branch would do, as a comment and a commit status.",
    "apply": "Make the clouds what the documents say, once.",
    "destroy": "Delete network services from the clouds, or all.",
    "approve": "Consent to what guards block, as a commit in the clone.",
    "suspend": "Leave a network service or a VIM as it is, by a commit in the clone.",
    "resume": "Let it go on, by a commit in the clone.",
    "render": "Print the documents with all written out, or the resources that they ask for.",
    "graph": "Draw the topology of a network service, with what would change.",
    "run": "Follow a Git repository and keep the clouds what it says.",
    "policy": "Run the tests of Rego rules that judge plans.",
    "config": "Check the settings of the daemon.",
    "sync": "Have a running daemon fetch Git and observe the clouds now.",
    "history": "What a running daemon did lately: its passes, and what became of commits.",
    "status": "What a running daemon last found, by network service and by VIM.",
    "show": "What a network service has on its VIMs: instances, addresses, links.",
    "console": "A link to the console of an instance.",
    "drift": "What differs from the documents, since when, and who did it.",
    "adopt": "Take over what another actor made: write its documents, put the marks on.",
    "disown": "Remove the owner marks of a network service, and leave everything running.",
    "doctor": "Check whether a VIM has all that Magi needs, and what goes without the rest.",
    "rights": "For operators of a cloud: the policy of a role that may do what Magi asks for.",
    "simulate": "Start simulated OpenStack clouds.",
    "demo": "The main job on two simulated clouds, in a minute.",
}

HELP = """GitOps for network services: documents in Git, servers and networks in OpenStack clouds.

\b
Examples:
  magi validate ./my-services
  magi plan https://git.example/ns.git --revision main
  magi apply ./my-services --yes
  magi run --config magi.yaml

\b
Exit codes:
  0  fine                               4  settings, clouds.yaml or credentials are wrong
  1  the documents are wrong            5  a VIM or the daemon can't be reached
  2  there are changes (plan            6  some steps failed or are blocked
     --detailed-exitcode) or services   7  a saved plan no longer holds
     are not synced (status --check)    8  the forge can't be written to
  3  the repository can't be read       64 the command line is wrong
                                        70 a defect in Magi
                                        130 interrupted

\b
Shell completion:
  eval "$(_MAGI_COMPLETE=bash_source magi)"     (or zsh_source, fish_source)
"""


class Commands(click.Group):
    """The subcommands, imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"reconciler.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.command(cls=Commands, help=HELP, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="magi", prog_name="magi")
def magi() -> None:
    """The group itself does nothing."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the command and exits with its code."""
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; answers the exit code. Errors that a person can fix are reported on stderr in plain words."""
    try:
        result: Any = magi.main(arguments, prog_name="magi", standalone_mode=False)
    except click.exceptions.Abort:
        return exits.INTERRUPTED
    except click.ClickException as error:
        error.show()
        return exits.USAGE if isinstance(error, click.UsageError) else error.exit_code
    except MagiError as error:
        complain(error)
        return exits.code_of(error)
    except KeyboardInterrupt:
        return exits.INTERRUPTED
    except BrokenPipeError:
        # The reader of a pipe went away (`magi plan | head`); the interpreter must not complain of it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return exits.FINE
    except Exception as error:
        if os.environ.get("MAGI_DEBUG"):
            raise
        echo(f"magi: a defect in Magi{f': {error}' if str(error) else ''}", err=True)
        echo("  set MAGI_DEBUG=1 to see where, and report it", err=True)
        return exits.DEFECT
    return result if isinstance(result, int) else exits.FINE
