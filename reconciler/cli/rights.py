"""magi rights: what the operators of a cloud need, for a login that may do just what Magi asks for."""

from __future__ import annotations

import re
from typing import Any, TextIO

import click
import yaml

from reconciler.cli.output import echo, print_json
from reconciler.model import ConfigError
from reconciler.targets.openstack.doctor.least_role import PROJECTS, access_rules, policy_file


def _role(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    if not re.fullmatch(r"[\w.-]+", value):
        raise click.BadParameter("letters, digits and . _ -")
    return value


@click.group(name="rights")
def command() -> None:
    """What a cloud's operators need for a login that may do what Magi asks for, and no more. See docs/rights.md.

    \b
    Examples:
      magi rights policy nova defaults.yaml
      magi rights access-rules
    """


@command.command(name="policy")
@click.argument("service", type=click.Choice(list(PROJECTS)))
@click.argument("defaults", type=click.File(encoding="utf-8"))
@click.option(
    "--role",
    default="magi",
    show_default=True,
    callback=_role,
    help="The role that is let in beside member and reader.",
)
def policy(service: str, defaults: TextIO, role: str) -> None:
    """Print the lines for the policy of SERVICE that let a role do what Magi asks for.

    DEFAULTS is what `oslopolicy-policy-generator --namespace SERVICE` prints where the service runs, or - to read that
    from a pipe. Whoever may do something now may do it still. No cloud is asked.

    \b
    Example:
      oslopolicy-policy-generator --namespace nova | magi rights policy nova - > /etc/nova/policy.d/magi.yaml
    """
    echo(policy_file(service, role, _rules(defaults)), nl=False)


@command.command(name="access-rules")
def rules() -> None:
    """Print the requests of Magi as access rules for an application credential.

    \b
    Example:
      magi rights access-rules > rules.json
      openstack application credential create magi --role member --access-rules rules.json
    """
    print_json(access_rules())


def _rules(file: TextIO) -> dict[str, str]:
    try:
        read: Any = yaml.safe_load(file)
    except yaml.YAMLError as error:
        raise ConfigError(f"{file.name} is no YAML: {error}") from error
    if not isinstance(read, dict) or not all(isinstance(text, str) for text in read.values()):
        raise ConfigError(f"{file.name} holds no policy rules", "give what oslopolicy-policy-generator prints")
    return read
