"""magi run: the daemon."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli import exits, logs
from reconciler.cli.opening import access_of, forge_of, hook_of, open_repository, secrets_of, tracer_of
from reconciler.cli.service_manager import ServiceManager
from reconciler.cli.signals import ENDING, waiting_for
from reconciler.config import Config, exposure_warnings, load_configs
from reconciler.coordination import open_members
from reconciler.judging.owners import load_owners
from reconciler.judging.rego import bounds_of, load_rules
from reconciler.loop.reading import approvers_of
from reconciler.model import Driver, MagiError, Target
from reconciler.reporting.notifications import check_receiver
from reconciler.source import kill_running

if TYPE_CHECKING:
    from reconciler.loop.daemon import Daemon
    from reconciler.loop.follower import Followed
    from reconciler.targets.registry import Connections
    from reconciler.web import Listeners

log = logging.getLogger(__name__)

_NAMED = 5
"""Repositories that the service manager is sent the names of."""

_GRACE = 5.0
"""Seconds after `stopTimeout` for what ends besides the steps; then the process ends whatever goes on."""


@click.command(name="run")
@click.option(
    "--config", "config_file", type=click.Path(path_type=Path), required=True, help="File with the settings (YAML)."
)
@click.option("--log-level", type=click.Choice(["debug", "info", "warning"]), default="info", show_default=True)
@click.option("--log-format", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(config_file: Path, log_level: str, log_format: str) -> int:
    """Follow Git repositories and keep the clouds what they say, until SIGTERM.

    Serves /metrics, /healthz, /readyz and a JSON API below /api/v1. SIGHUP has the settings and clouds.yaml read
    again. docs/operating.md lists the settings.

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
    # Until the settings are read, there is nothing to reload, and nothing to end for.
    signal.signal(signal.SIGHUP, lambda *_: None)
    manager = ServiceManager(os.environ)
    configs = load_configs(config_file, os.environ)

    from reconciler.loop.daemon import Daemon  # noqa: PLC0415  it takes half a second to import
    from reconciler.web import Listeners  # noqa: PLC0415  as above

    tracer = tracer_of(configs[0].tracing, os.environ)
    sharing = configs[0].coordination
    daemon = Daemon(version("magi"), tracer, members=open_members(sharing.url, sharing.group, sharing.lease))
    daemon.take(_all_followed(configs, daemon))
    listeners = Listeners.open(daemon, configs[0], hook_of(configs[0].webhook, os.environ), access_of(configs[0]))
    with waiting_for(*ENDING, signal.SIGHUP) as next_signal:
        daemon.start()
        log.info("magi runs", extra=_about(configs, listeners))
        _warn(configs[0])
        manager.runs(_status(configs))
        while (number := next_signal(manager.beat)) not in ENDING:
            if number is None:
                _beat(manager, daemon)
                continue
            manager.reloads()
            configs, listeners = _reload(config_file, configs, daemon, listeners)
            manager.runs(_status(configs))
        log.info("magi ends")
        manager.ends()
        until = time.monotonic() + configs[0].stop_timeout
        _end_process_at(until + _GRACE)
        daemon.stop(configs[0].stop_timeout)
        listeners.stop()
        tracer.end(max(0.0, until - time.monotonic()))
        kill_running()
    return exits.FINE


def _beat(manager: ServiceManager, daemon: Daemon) -> None:
    """Gives a sign of life, unless a thread has ended without which nothing would be done any more."""
    if daemon.alive:
        manager.is_alive()
    else:
        log.error("a thread of the daemon has ended: no sign of life for the service manager")


def _status(configs: tuple[Config, ...]) -> str:
    names = ", ".join(config.name for config in configs[:_NAMED])
    return f"follows {names}{f' and {len(configs) - _NAMED} more' if len(configs) > _NAMED else ''}"


def _end_process_at(moment: float) -> None:
    """Ends the process then, if it has not ended before.

    The interpreter waits at its end for the threads that ask a VIM, and those for its answers.
    """

    def end() -> None:
        time.sleep(max(0.0, moment - time.monotonic()))
        log.warning("ended while calls were still running")
        kill_running()
        os._exit(exits.FINE)

    threading.Thread(target=end, name="end", daemon=True).start()


def _reload(
    file: Path, before: tuple[Config, ...], daemon: Daemon, listeners: Listeners
) -> tuple[tuple[Config, ...], Listeners]:
    """Goes on with the settings as they are now; where they are wrong, with those that were."""
    from reconciler.web import Listeners  # noqa: PLC0415  it takes half a second to import

    try:
        configs = load_configs(file, os.environ)
        followed = _all_followed(configs, daemon)
        hook, access = hook_of(configs[0].webhook, os.environ), access_of(configs[0])
        listeners = Listeners.open(daemon, configs[0], hook, access, listeners)
    except MagiError as error:
        log.warning("settings not taken", extra={"error": str(error)})
        return before, listeners
    daemon.take(followed)
    if configs[0].tracing != before[0].tracing:
        log.warning("settings of tracing are taken by a restart alone")
    if configs[0].coordination != before[0].coordination:
        log.warning("settings of coordination are taken by a restart alone")
    log.info("settings taken", extra=_about(configs, listeners))
    _warn(configs[0])
    return configs, listeners


def _warn(config: Config) -> None:
    for warning in exposure_warnings(config):
        log.warning(warning)


def _about(configs: tuple[Config, ...], listeners: Listeners) -> dict[str, str]:
    return {"repositories": ", ".join(config.name for config in configs)} | listeners.about()


def _all_followed(configs: tuple[Config, ...], daemon: Daemon) -> list[Followed]:
    """Raises MagiError for what can't be had."""
    from reconciler.targets.registry import TARGET_TYPES, Connections  # noqa: PLC0415  it takes a moment to import

    for one in configs[0].notifications if configs else ():
        check_receiver(one)  # what is wrong is to be reported at once
    # Repositories that log in by the same file have it parsed once.
    connections = Connections(TARGET_TYPES)
    return [_followed(config, connections, daemon) for config in configs]


def _followed(config: Config, connections: Connections, daemon: Daemon) -> Followed:
    """What the daemon needs to follow a repository. Raises MagiError for what can't be had."""
    from reconciler.loop.follower import Followed  # noqa: PLC0415  as above
    from reconciler.targets.registry import Access  # noqa: PLC0415  as above

    load_rules(config.rego_folder, bounds_of(config.limits))  # what is wrong with them is to be reported at once

    access = Access(config.clouds_file, config.owner, daemon.api_called, config.images)

    def driver_for(target: Target) -> Driver:
        return connections.connect(target, access)

    secrets, forge = secrets_of(config, os.environ), forge_of(config.forge, os.environ)
    owners = load_owners(config.trust.owners_file) if config.trust.owners_file else None
    approvers = approvers_of(config.trust)
    return Followed(config, open_repository(config), driver_for, secrets, forge, owners, approvers)
