"""Where everything is: the home of devcloud on disk, and the folders and ports of each cloud in it.

Nothing outside the home is written, and nothing is listened on but 127.0.0.1 and Unix sockets in the home.
"""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .progress import Failure

PACKAGE = Path(__file__).parent
LOOPBACK = "127.0.0.1"
REGION = "RegionOne"
# The same in every cloud and known to everyone: these clouds hold nothing but tests.
PASSWORD = "secret"  # noqa: S105
# Its role may do what Magi asks these services for, and nothing else.
LEAST_ROLE = "magi"
POLICIES = ("nova", "neutron", "glance", "cinder")
HOSTS = ("node1", "node2", "node3")

FIRST_PORT = 21000
PORTS_OF_A_CLOUD = 100
PORT_OFFSETS = {"keystone": 0, "glance": 1, "placement": 2, "neutron": 3, "nova": 4, "cinder": 5, "heat": 6}
PARTS = ("cinder", "heat")

LONGEST_SOCKET_PATH = 107  # sun_path of a Unix socket, without its final zero
_NAME = re.compile(r"[a-z][a-z0-9]{0,11}")
_PLAIN_PATH = re.compile(r"[A-Za-z0-9_./+-]+")
_RESERVED_NAMES = {"schema", "shared"}


@dataclass(frozen=True, slots=True)
class Home:
    """The folder that holds all of devcloud: programs, database, clouds."""

    path: Path

    @property
    def venv(self) -> Path:
        return self.path / "venv"

    @property
    def python(self) -> Path:
        return self.venv / "bin/python"

    @property
    def debian(self) -> Path:
        """Unpacked Debian packages, laid out like a root file system."""
        return self.path / "debian"

    @property
    def postgres(self) -> Path:
        return self.path / "postgres"

    @property
    def clouds(self) -> Path:
        return self.path / "clouds"

    @property
    def clouds_file(self) -> Path:
        return self.path / "clouds.yaml"

    @property
    def run(self) -> Path:
        """Records and sockets of the running processes, a folder each for `shared` and every cloud."""
        return self.path / "run"

    def policy(self, service: str) -> Path:
        """The policy file of a service, the same for all clouds."""
        return self.path / "policies" / f"{service}.yaml"

    def cloud(self, name: str, first_port: int = 0, parts: tuple[str, ...] = ()) -> "Cloud":
        return Cloud(self, name, first_port, parts)


@dataclass(frozen=True, slots=True)
class Cloud:
    """The folders, ports and names of one cloud; `first_port` is that of its Keystone."""

    home: Home
    name: str
    first_port: int
    parts: tuple[str, ...] = ()

    @property
    def path(self) -> Path:
        return self.home.clouds / self.name

    @property
    def etc(self) -> Path:
        return self.path / "etc"

    @property
    def data(self) -> Path:
        return self.path / "data"

    @property
    def log(self) -> Path:
        return self.path / "log"

    @property
    def requests_log(self) -> Path:
        return self.log / "requests.jsonl"

    @property
    def run(self) -> Path:
        return self.home.run / self.name

    @property
    def go_file(self) -> Path:
        """Exists once the catalog is complete; services that log in at their start wait for it."""
        return self.run / "go"

    @property
    def ovn_socket(self) -> Path:
        return self.run / "ovn.sock"

    @property
    def ovn_remote(self) -> str:
        return f"unix:{self.ovn_socket}"

    def port(self, service: str) -> int:
        return self.first_port + PORT_OFFSETS[service]

    def url(self, service: str) -> str:
        return f"http://{LOOPBACK}:{self.port(service)}"

    @property
    def auth_url(self) -> str:
        return f"{self.url('keystone')}/v3"

    def database(self, name: str) -> str:
        return f"{self.name}_{name}"

    def database_url(self, name: str) -> str:
        return f"postgresql+psycopg2://devcloud@/{self.database(name)}?host={self.home.postgres}"

    def save(self) -> None:
        """Remember what must be the same at the next start."""
        self.path.mkdir(parents=True, exist_ok=True)
        memory = {"first_port": self.first_port, "parts": list(self.parts)}
        (self.path / "cloud.json").write_text(json.dumps(memory) + "\n")


def find_home(environment: Mapping[str, str], given: str | None = None) -> Home:
    """The home: given, or MAGI_DEVCLOUD_HOME, or `.devcloud` in the checkout.

    Raises Failure for a path that the configuration files or a Unix socket could not hold.
    """
    path = Path(given or environment.get("MAGI_DEVCLOUD_HOME") or PACKAGE.parent / ".devcloud").expanduser()
    path = Path(os.path.abspath(path))  # noqa: PTH100  (a symbolic link may be there to keep the path short)
    if not _PLAIN_PATH.fullmatch(str(path)):
        raise Failure(
            f"The home {path} has characters that configuration files of OpenStack give a meaning."
            " Choose one of letters, digits and _ . / + - with MAGI_DEVCLOUD_HOME or --home."
        )
    longest = path / "run" / ("x" * 12) / "northd.ctl"
    if len(str(longest)) > LONGEST_SOCKET_PATH:
        raise Failure(
            f"The home {path} is too long for Unix sockets in it, by {len(str(longest)) - LONGEST_SOCKET_PATH}"
            " characters. Choose a shorter one with MAGI_DEVCLOUD_HOME or --home."
        )
    return Home(path)


def check_name(name: str) -> str:
    """Raises Failure where `name` cannot name a cloud (it becomes part of database names)."""
    if not _NAME.fullmatch(name) or name in _RESERVED_NAMES:
        raise Failure(f"'{name}' cannot name a cloud: use up to 12 small letters and digits, not {_RESERVED_NAMES}.")
    return name


def known_clouds(home: Home) -> list[Cloud]:
    """The clouds that were started in this home and not reset since, by name."""
    found = []
    for path in sorted(home.clouds.glob("*/cloud.json")):
        memory = json.loads(path.read_text())
        found.append(home.cloud(path.parent.name, memory["first_port"], tuple(memory["parts"])))
    return found


def plan_clouds(home: Home, names: list[str], parts: tuple[str, ...], first_port: int | None) -> list[Cloud]:
    """The clouds to start: known ones keep their ports and parts, new ones get the next free hundred."""
    known = {cloud.name: cloud for cloud in known_clouds(home)}
    taken = {cloud.first_port for cloud in known.values()}
    planned = []
    for name in map(check_name, names):
        before = known.get(name)
        port = before.first_port if before else first_port or FIRST_PORT
        while not before and port in taken:
            port += PORTS_OF_A_CLOUD
        taken.add(port)
        wanted = {*parts, *(before.parts if before else ())}
        planned.append(home.cloud(name, port, tuple(part for part in PARTS if part in wanted)))
    return planned
