"""The configuration files of a cloud stay in its home and on loopback."""

import configparser
import re
from pathlib import Path

import pytest

from devcloud.configuration import environment
from devcloud.places import FIRST_PORT, PARTS, PORT_OFFSETS, PORTS_OF_A_CLOUD, Cloud, Home
from devcloud.services import Service, ovn, services
from devcloud.services.ini import merged, render

HOME = Path("/somewhere/devcloud")
ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+")
ABSOLUTE_PATH = re.compile(r"(?:^|[=?:,\s])(/[^,;&\s]*)")
URL_HOST = re.compile(r"https?://([^/:]+)")


@pytest.fixture
def cloud() -> Cloud:
    return Home(HOME).cloud("paris", FIRST_PORT, PARTS)


def texts(cloud: Cloud) -> dict[str, str]:
    return {name: render(sections) for service in services(PARTS) for name, sections in service.config(cloud).items()}


def without_url_paths(text: str) -> str:
    return re.sub(r"https?://\S+", "", text).replace("postgresql+psycopg2://devcloud@/", "")


def test_no_configuration_names_a_path_outside_the_home(cloud: Cloud) -> None:
    for name, text in texts(cloud).items():
        paths = [path for path in ABSOLUTE_PATH.findall(without_url_paths(text)) if not path.startswith("//")]
        assert all(Path(path).is_relative_to(HOME) for path in paths), (name, paths)


def test_no_configuration_names_an_address_but_loopback(cloud: Cloud) -> None:
    for name, text in texts(cloud).items():
        assert set(ADDRESS.findall(text)) <= {"127.0.0.1"}, name
        assert set(URL_HOST.findall(text)) <= {"127.0.0.1"}, name


def test_every_service_reads_its_keystone_and_its_own_database(cloud: Cloud) -> None:
    for service in services(PARTS):
        text = "".join(render(sections) for sections in service.config(cloud).values())
        assert service.name == "keystone" or cloud.auth_url in text
        assert all(cloud.database_url(name) in text for name in service.databases if name != "nova_cell0")


def test_the_configuration_is_what_an_ini_parser_reads_back(cloud: Cloud) -> None:
    for name, text in texts(cloud).items():
        parser = configparser.ConfigParser(interpolation=None)
        parser.read_string(text)
        assert "DEFAULT" in text, name
        assert parser.sections(), name


def test_two_clouds_share_no_port_database_or_socket() -> None:
    home = Home(HOME)
    paris, lyon = home.cloud("paris", FIRST_PORT), home.cloud("lyon", FIRST_PORT + PORTS_OF_A_CLOUD)
    assert not {paris.port(name) for name in PORT_OFFSETS} & {lyon.port(name) for name in PORT_OFFSETS}
    assert paris.database("nova") != lyon.database("nova")
    assert paris.ovn_socket != lyon.ovn_socket


@pytest.mark.parametrize("service", services(PARTS), ids=lambda service: service.name)
def test_a_service_sees_nothing_of_the_users_own_clouds(
    cloud: Cloud, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OS_CLOUD", "production")
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    seen = environment(cloud, service)
    assert not {"OS_CLOUD", "https_proxy"} & set(seen)
    assert "/elsewhere" not in seen["PYTHONPATH"]
    assert all(Path(seen[name]).is_relative_to(HOME) for name in ("HOME", "TMPDIR", "DEVCLOUD_REQUESTS_LOG"))
    assert seen[f"OS_{service.name.upper()}_CONFIG_DIR"] == str(cloud.etc / service.name)


def test_programs_of_ovn_are_reachable_by_sockets_of_the_home_alone(
    cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del cloud
    monkeypatch.delenv("LD_LIBRARY_PATH", raising=False)
    home = Home(tmp_path)
    for program in ("usr/bin/ovn-northd", "usr/bin/ovsdb-tool", "usr/sbin/ovsdb-server"):
        (home.debian / program).parent.mkdir(parents=True, exist_ok=True)
        (home.debian / program).touch()
    (home.debian / "usr/lib/x86_64-linux-gnu").mkdir(parents=True)
    paris = home.cloud("paris", FIRST_PORT)
    words = [str(word) for word in (*ovn.database_server(paris), *ovn.northd(paris))]
    assert not [word for word in words if "tcp:" in word]
    assert f"--remote=punix:{tmp_path}/run/paris/ovn.sock" in words
    seen = ovn.environment(paris)
    assert seen["LD_LIBRARY_PATH"] == str(home.debian / "usr/lib/x86_64-linux-gnu")
    assert seen["PATH"].startswith(f"{home.debian}/usr/bin:{home.debian}/usr/sbin:")
    assert seen["OVN_RUNDIR"] == str(paris.run)


def test_later_sections_add_to_and_replace_earlier_ones() -> None:
    both = merged({"DEFAULT": {"host": "node1", "debug": True}}, {"DEFAULT": {"debug": False}, "quota": {"cores": -1}})
    assert render(both) == "[DEFAULT]\nhost = node1\ndebug = false\n\n[quota]\ncores = -1\n"
