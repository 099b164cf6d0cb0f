"""magi simulate: OpenStack clouds in this process."""

from __future__ import annotations

from pathlib import Path

import click

from openstack_simulator import CloudSettings, Simulator
from reconciler.cli.output import echo
from reconciler.cli.signals import ENDING, waiting_for
from reconciler.model import ConfigError


def _names(_context: click.Context, _parameter: click.Parameter, value: str) -> list[str]:
    names = [name.strip() for name in value.split(",")]
    if not all(name.isascii() and name.replace("-", "").isalnum() for name in names) or len(set(names)) != len(names):
        raise click.BadParameter("names of letters, digits and '-', each once, with commas between")
    return names


@click.command(name="simulate")
@click.option("--vims", default="paris,lyon", show_default=True, callback=_names, help="Names of the clouds.")
@click.option("--port", default=0, show_default="a free one", type=click.IntRange(0, 65535), help="Port on loopback.")
@click.option(
    "--clouds-file",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="Where to write a clouds.yaml for them; a file that is there is replaced.",
)
@click.option("--latency", default=0.0, show_default=True, help="Seconds added to each answer.")
@click.option("--build-seconds", default=0.5, show_default=True, help="Seconds until a server is ACTIVE.")
def command(vims: list[str], port: int, clouds_file: Path, latency: float, build_seconds: float) -> None:
    """Start simulated OpenStack clouds, and write a clouds.yaml to reach them. They last until Ctrl-C.

    \b
    Examples:
      magi simulate --vims paris,lyon --port 9999 --clouds-file clouds.yaml
      OS_CLIENT_CONFIG_FILE=clouds.yaml openstack --os-cloud paris server list
      magi plan . --clouds-file clouds.yaml
    """
    settings = CloudSettings(latency=latency, build_seconds=build_seconds)
    try:
        simulator = Simulator(dict.fromkeys(vims, settings), port=port)
    except OSError as error:
        raise ConfigError(f"can't listen on port {port}: {error.strerror}", "choose another with --port") from error
    try:
        with simulator, waiting_for(*ENDING) as next_signal:
            simulator.write_clouds_file(clouds_file)
            echo(f"{' and '.join(vims)} at {simulator.url}, credentials in {clouds_file}. Ctrl-C ends them.")
            next_signal()
            echo("ended", err=True)
    except OSError as error:
        raise ConfigError(
            f"can't write {clouds_file}: {error.strerror}", "choose another with --clouds-file"
        ) from error
