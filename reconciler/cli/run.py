"""magi run: the daemon."""

from __future__ import annotations

import logging
import os
from importlib.metadata import version
from pathlib import Path

import click

from reconciler.cli import exits, logs
from reconciler.cli.opening import forge_of, hook_of, open_repository
from reconciler.cli.signals import ENDING, waiting_for
from reconciler.config import load_config
from reconciler.model import Driver, Target
from reconciler.rego import load_rules
from reconciler.secrets import HostSecrets

log = logging.getLogger(__name__)


@click.command(name="run")
@click.option(
    "--config", "config_file", type=click.Path(path_type=Path), required=True, help="File with the settings (YAML)."
)
@click.option("--log-level", type=click.Choice(["debug", "info", "warning"]), default="info", show_default=True)
@click.option("--log-format", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(config_file: Path, log_level: str, log_format: str) -> int:
    """Follow a Git repository and keep the clouds what it says, until SIGTERM.

    Serves /metrics, /healthz, /readyz and /api/v1/status. docs/operating.md lists the settings.

    \b
    Example of settings:
      repository: {url: https://git.example/ns.git, branch: main}
      cloudsFile: /etc/openstack/clouds.yaml
      listen: 0.0.0.0:9464
    \b
    Example:
      magi run --config magi.yaml
    """
    logs.set_up(log_level, log_format)
    config = load_config(config_file, os.environ)
    load_rules(config.rego_folder)  # what is wrong with them is to be told at once
    source = open_repository(config)

    from reconciler.drivers.openstack import Clouds, connect  # noqa: PLC0415  it takes half a second to import
    from reconciler.loop.daemon import Daemon  # noqa: PLC0415  as above
    from reconciler.web import Server, make_app  # noqa: PLC0415  as above

    def driver_for(target: Target) -> Driver:
        return connect(
            target, Clouds(config.clouds_file), config.owner, daemon.metrics.api_called, config.images_folder
        )

    secrets = HostSecrets(os.environ, config.secrets.folders, config.secrets.identity_file)
    daemon = Daemon(config, source, driver_for, version("magi"), secrets, forge_of(config.forge, os.environ))
    server = Server(make_app(daemon, hook_of(config.webhook, os.environ)), config.host, config.port)
    with waiting_for(*ENDING) as next_signal:
        server.start()
        daemon.start()
        log.info("magi runs", extra={"url": source.label, "listen": f"{config.host}:{server.port}"})
        next_signal()
        log.info("magi ends")
        daemon.stop()
        server.stop()
    return exits.FINE
