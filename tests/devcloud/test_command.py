"""The command line: what it says before anything is started."""

import fcntl
import stat
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
import yaml

from devcloud import clouds_file, furnish as furnishing
from devcloud.api import Client
from devcloud.cli import main
from devcloud.furnish import credential_file, furnish
from devcloud.places import Cloud, Home
from openstack_simulator import CloudSettings, Simulator

COMMANDS = ("up", "install", "down", "reset", "status", "logs", "env", "renew-pins")


@pytest.fixture
def home() -> Iterator[Path]:
    """An empty home, with a path that is short enough for sockets wherever the tests run."""
    with tempfile.TemporaryDirectory(prefix="devcloud") as path:
        yield Path(path)


@pytest.fixture
def paris(home: Path) -> Cloud:
    """A cloud that was started once, and stopped."""
    cloud = Home(home).cloud("paris", 1)
    cloud.save()
    credential_file(cloud).write_text('{"id": "the-id", "secret": "the-secret"}')
    return cloud


def test_help_names_every_command_and_what_it_starts(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    text = capsys.readouterr().out
    assert all(command in text for command in COMMANDS)
    assert "fake hypervisor" in text
    assert "MAGI_DEVCLOUD_HOME" in text


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([command, "--help"])
    assert "--home" in capsys.readouterr().out


def test_an_unknown_part_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["up", "--with", "swift"])
    assert "cinder and heat" in capsys.readouterr().err


def test_status_of_an_empty_home_says_how_to_go_on(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", "--home", str(home)]) == 1
    assert "`up` makes one" in capsys.readouterr().out


def test_status_of_a_stopped_cloud_is_a_failure(paris: Cloud, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", "--home", str(paris.home.path)]) == 1
    assert "keystone       http://127.0.0.1:1  silent" in capsys.readouterr().out


def test_a_second_command_does_not_work_beside_the_first(paris: Cloud, capsys: pytest.CaptureFixture[str]) -> None:
    with (paris.home.path / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert main(["down", "--home", str(paris.home.path)]) == 1
    assert "Another devcloud command" in capsys.readouterr().err


def test_down_may_be_repeated_and_names_an_unknown_cloud(paris: Cloud, capsys: pytest.CaptureFixture[str]) -> None:
    there = ["--home", str(paris.home.path)]
    assert main(["down", *there]) == 0
    assert "paris did not run" in capsys.readouterr().out
    assert main(["down", *there, "--clouds", "rome"]) == 1
    assert "no cloud rome" in capsys.readouterr().err


def test_logs_show_the_end_of_the_chosen_log(paris: Cloud, capsys: pytest.CaptureFixture[str]) -> None:
    paris.log.mkdir()
    (paris.log / "nova.log").write_text("one\ntwo\nthree\n")
    (paris.log / "neutron.log").write_text("four\n")
    assert main(["logs", "nova", "--lines", "2", "--home", str(paris.home.path)]) == 0
    assert capsys.readouterr().out == f"==> {paris.log / 'nova.log'}\ntwo\nthree\n"


def test_the_clouds_file_has_the_entries_of_the_simulators_and_the_least_role(paris: Cloud) -> None:
    path = paris.home.clouds_file
    clouds_file.write(path, [paris])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    clouds = yaml.safe_load(path.read_text())["clouds"]
    assert list(clouds) == ["paris", "paris-admin", "paris-appcred", "paris-magi"]
    assert clouds["paris"]["auth"]["username"] == "demo"
    assert clouds["paris-admin"]["auth"]["project_name"] == "admin"
    assert clouds["paris-magi"]["auth"]["username"] == "magi"
    assert clouds["paris-magi"]["auth"]["project_name"] == "demo"
    assert clouds["paris-appcred"]["auth"]["application_credential_secret"] == "the-secret"
    assert {entry["auth"]["auth_url"] for entry in clouds.values()} == {"http://127.0.0.1:1/v3"}


class Empty:
    """A client of a cloud that has nothing yet; keeps what it is asked to make, by the last word of the path."""

    user_id = project_id = "demo"

    def __init__(self, *_: object) -> None:
        self.made: dict[str, list[Any]] = defaultdict(list)

    def call(self, method: str, _service: str, path: str, body: Any = None) -> Any:
        kind = path.partition("?")[0].rpartition("/")[2]
        if method == "GET":
            return {kind: []}
        if method == "POST":
            self.made[kind].append(body)
        return {"id": "", "status": "active", "application_credential": {"id": "", "secret": ""}}

    def ensure(self, _service: str, path: str, _kind: str, values: Any, *_: str, **__: str) -> str:
        self.made[path.rpartition("/")[2]].append(values)
        return str(values["name"])


def test_a_cloud_is_furnished_like_a_simulated_one(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(furnishing, "Client", Empty)
    cloud, admin = Home(home).cloud("paris", 1, ("cinder",)), Empty()
    cloud.save()
    furnish(cloud, cast(Client, admin))
    with Simulator({"paris": CloudSettings()}) as simulator:
        simulated = simulator.clouds["paris"]
    for made, committed in (
        ([one["flavor"] for one in admin.made["flavors"]], simulated.compute.flavors),
        (admin.made["os-extra_specs"], [one for one in simulated.compute.flavors if one["extra_specs"]]),
        (admin.made["images"], simulated.images),
        (admin.made["types"], [one for one in simulated.volumes.types if one["name"] != "__DEFAULT__"]),
        (admin.made["policies"], simulated.network.qos_policies),
        (admin.made["networks"], simulated.network.networks),
        (admin.made["subnets"], simulated.network.subnets),
    ):
        assert made
        for one, other in zip(made, committed, strict=True):
            said = set(one) - {"disk_format", "network_id"}
            assert {name: one[name] for name in said} == {name: other[name] for name in said}


def test_data_of_other_pins_is_refused_before_anything_is_installed(
    paris: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    (paris.path / "pins").write_text("others")
    assert main(["up", "--home", str(paris.home.path)]) == 1
    assert "reset --clouds paris" in capsys.readouterr().err
    assert not paris.home.venv.exists()
