"""magi demo: the main job on two simulated clouds, as a team lives it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from reconciler.cli import exits
from reconciler.cli.main import run
from reconciler.cli.output import console, heading
from reconciler.cli.signals import ENDING, waiting_for
from reconciler.model import MagiError

_FIREWALLS = "services/vcpe-paris.yaml"
_DESCRIPTOR = "descriptors/firewall.yaml"


class StoryBroke(MagiError):
    """The demo found something else than it announced."""


@click.command(name="demo")
@click.option("--keep", is_flag=True, help="Stay up afterwards, with a daemon that follows the repository.")
def command(keep: bool) -> int:
    """The main job on two simulated clouds, paris and lyon, in under a minute.

    A first sync, a pass that finds nothing, a scale-out by commit, out-of-band drift found and repaired, a rollback by
    'git revert', and a commit with a typo that is refused. Everything happens in a temporary folder and on loopback.

    \b
    Examples:
      magi demo
      magi demo --keep
    """
    out = console()
    with tempfile.TemporaryDirectory(prefix="magi-demo-") as folder, _clouds(Path(folder)) as clouds:
        story = Story(out, Path(folder), clouds)
        story.play()
        if keep:
            _keep(out, story)
    return exits.FINE


@contextmanager
def _clouds(folder: Path) -> Iterator[Path]:
    """Two simulated clouds; gives the clouds.yaml that leads to them."""
    from openstack_simulator import Simulator  # noqa: PLC0415  only the demo and `simulate` need it

    with Simulator(["paris", "lyon"]) as simulator:
        yield simulator.write_clouds_file(folder / "clouds.yaml")


class Story:
    """The acts of the demo. Every one checks that what happened is what it announces."""

    def __init__(self, out: Console, folder: Path, clouds: Path) -> None:
        import git  # noqa: PLC0415  a tenth of a second that other commands need not spend

        self.out = out
        self.clouds = clouds
        self.work = folder / "network-services"
        with resources.as_file(resources.files("reconciler") / "examples" / "vcpe") as example:
            shutil.copytree(example, self.work)
        self.repository = git.Repo.init(self.work, initial_branch="main")
        with self.repository.config_writer() as settings:
            settings.set_value("user", "name", "Ada")
            settings.set_value("user", "email", "ada@example.net")

    def play(self) -> None:
        self._first_sync()
        self._second_pass()
        scaling = self._scale_out()
        self._drift()
        self._roll_back(scaling)
        self._typo()
        self.out.print()
        self.out.print(
            Text("That was the main job: Git says, Magi does, and nothing else is kept anywhere.", style="bold green")
        )

    def _first_sync(self) -> None:
        self._act("First sync", "The repository holds a vCPE for Paris and one for Lyon. Nothing is deployed yet.")
        self._commit("A vCPE for Paris and Lyon")
        self._magi("apply", "--yes")

    def _second_pass(self) -> None:
        self._act("A second pass", "It finds nothing to do, and does nothing.")
        self._magi("plan", "--detailed-exitcode")

    def _scale_out(self) -> str:
        self._act("Scale out by commit", "Paris needs a third firewall: one number changes.")
        self._edit(_FIREWALLS, "counts: {fw: 2}", "counts: {fw: 3}")
        revision = self._commit("Scale the Paris firewall to 3")
        self._magi("plan", "--detailed-exitcode", expected=exits.CHANGES)
        self._magi("apply", "--yes")
        return revision

    def _drift(self) -> None:
        self._act("Out-of-band changes", "A port is deleted, and a security group is renamed and opened to everyone.")
        self._change_out_of_band()
        self._magi("plan", "--detailed-exitcode", expected=exits.CHANGES)
        self._magi("apply", "--yes")
        self._magi("plan", "--detailed-exitcode")

    def _roll_back(self, revision: str) -> None:
        self._act("Roll back", "The third firewall was a mistake: git revert takes it away again.")
        self._shell(f"git revert --no-edit {revision[:10]}")
        self.repository.git.revert("--no-edit", revision)
        self._magi("plan", "--detailed-exitcode", expected=exits.CHANGES)
        self._magi("apply", "--yes")

    def _typo(self) -> None:
        self._act("A commit with a typo", "It is refused, with the place and what was probably meant.")
        self._edit(_DESCRIPTOR, "      flavor: m1.small", "      flavour: m1.small")
        self._commit("Use a smaller flavour")
        self._magi("plan", expected=exits.DOCUMENTS)
        self.out.print()
        self.out.print("The running service stays as it is: the last good commit still has nothing to do.")
        self._magi("plan", "--detailed-exitcode", revision="main~1")

    def _act(self, title: str, text: str) -> None:
        self.out.print()
        heading(self.out, title)
        self.out.print(text)

    def _shell(self, line: str) -> None:
        self.out.print()
        self.out.print(Text(f"$ {line}", style="bold cyan"), soft_wrap=True)

    def _edit(self, file: str, old: str, new: str) -> None:
        path = self.work / file
        text = path.read_text(encoding="utf-8")
        if text.count(old) != 1:
            raise StoryBroke(f"{file} does not have '{old.strip()}' once")
        path.write_text(text.replace(old, new), encoding="utf-8")
        self.out.print()
        self.out.print(Text(f"  {file}", style="bright_black"))
        self.out.print(Text(f"  - {old.strip()}", style="red"))
        self.out.print(Text(f"  + {new.strip()}", style="green"))

    def _commit(self, message: str) -> str:
        self._shell(f"git commit -a -m '{message}'")
        self.repository.git.add("--all")
        self.repository.git.commit("--message", message)
        return self.repository.head.commit.hexsha

    def _magi(self, command: str, *options: str, expected: int = exits.FINE, revision: str = "main") -> None:
        """Runs a real command, as anyone would type it."""
        self._shell(" ".join(["magi", command, self.work.name, "--revision", revision, *options]))
        arguments = [command, str(self.work), "--revision", revision, "--clouds-file", str(self.clouds), *options]
        code = run(arguments)
        if code != expected:
            raise StoryBroke(f"'magi {command}' ended with {code}, where the story has {expected}")

    def _change_out_of_band(self) -> None:
        """What an operator in a hurry does with the openstack client, without Magi."""
        import openstack  # noqa: PLC0415  half a second, and only here

        config = openstack.config.OpenStackConfig(config_files=[str(self.clouds)])
        cloud: Any = openstack.connection.Connection(config=config.get_one(cloud="paris"))
        port = cloud.network.find_port("vcpe-paris/fw/fw-0/eth1", ignore_missing=False)
        group = cloud.network.find_security_group("vcpe-paris/fw/mgmt", ignore_missing=False)
        server = cloud.compute.find_server("vcpe-paris/fw/fw-0", ignore_missing=False)
        self._shell("openstack server remove port vcpe-paris/fw/fw-0 vcpe-paris/fw/fw-0/eth1")
        cloud.compute.delete_server_interface(port, server=server)
        cloud.network.wait_for_status(port, "DOWN", interval=0.1)
        self._shell("openstack port delete vcpe-paris/fw/fw-0/eth1")
        cloud.network.delete_port(port)
        self._shell("openstack security group set --name temporary vcpe-paris/fw/mgmt")
        cloud.network.update_security_group(group, name="temporary")
        self._shell("openstack security group rule create --protocol tcp --dst-port 1:65535 temporary")
        cloud.network.create_security_group_rule(
            security_group_id=group.id,
            direction="ingress",
            ethertype="IPv4",
            protocol="tcp",
            port_range_min=1,
            port_range_max=65535,
        )
        cloud.close()


def _keep(out: Console, story: Story) -> None:
    """Leaves the clouds up, with a daemon that follows the repository, until Ctrl-C."""
    from reconciler.cli import logs  # noqa: PLC0415  only here
    from reconciler.cli.opening import access_of  # noqa: PLC0415  only here
    from reconciler.config import Config, RepositoryConfig  # noqa: PLC0415  only here
    from reconciler.loop.daemon import Daemon  # noqa: PLC0415  only here
    from reconciler.loop.follower import Followed  # noqa: PLC0415  only here
    from reconciler.source import open_source  # noqa: PLC0415  only here
    from reconciler.targets.registry import TARGET_TYPES, Access, Connections  # noqa: PLC0415  only here
    from reconciler.web import Server, make_app  # noqa: PLC0415  only here

    config = Config(RepositoryConfig(url=str(story.work), branch="main", interval=2.0), listen="127.0.0.1:0")
    source = open_source(str(story.work), "main", cache_dir=story.work.parent / "cache")
    daemon = Daemon(version("magi"))
    connections, access = Connections(TARGET_TYPES), Access(story.clouds, config.owner, daemon.metrics.api_called)
    daemon.take([Followed(config, source, lambda target: connections.connect(target, access))])
    server = Server(make_app(daemon, access=access_of(config)), config.address)
    logs.set_up("info", "text")
    server.start()
    daemon.start()
    url = f"http://127.0.0.1:{server.port}"
    out.print()
    heading(out, "Explore")
    for line in (
        f"The clouds stay up, and a daemon follows {story.work} (branch main). Ctrl-C ends both.",
        "",
        f"  magi status --url {url} --watch",
        f"  curl {url}/metrics",
        f"  cd {story.work}       # the last commit is refused: fix it, commit, watch",
        f"  export OS_CLIENT_CONFIG_FILE={story.clouds}",
        "  openstack --os-cloud paris server list",
        f"  magi plan {story.work} --revision main",
    ):
        out.print(line, soft_wrap=True)
    with waiting_for(*ENDING) as next_signal:
        next_signal()
    daemon.stop()
    server.stop()
