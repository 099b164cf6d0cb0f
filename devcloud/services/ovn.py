"""OVN without a data plane: its two databases, its translator between them, and a stand-in for the hosts."""

from pathlib import Path

from devcloud import debian
from devcloud.places import HOSTS, Cloud
from devcloud.progress import run

from .neutron import PHYSICAL_NETWORKS
from .service import INSIDE

DATABASES = ("nb", "sb")


def create_databases(cloud: Cloud) -> None:
    folder = cloud.ovn_socket.parent
    folder.mkdir(parents=True, exist_ok=True)
    tool = debian.program(cloud.home, "ovsdb-tool")
    for name in DATABASES:
        if not (folder / f"{name}.db").exists():
            schema = debian.ovn_schema(cloud.home, name)
            run([tool, "create", folder / f"{name}.db", schema], env=environment(cloud))


def environment(cloud: Cloud) -> dict[str, str]:
    folder = str(cloud.ovn_socket.parent)
    return {**debian.environment(cloud.home), "OVN_RUNDIR": folder, "OVS_RUNDIR": folder}


def database_server(cloud: Cloud) -> list[str | Path]:
    folder = cloud.ovn_socket.parent
    return [
        debian.program(cloud.home, "ovsdb-server"),
        "--no-chdir",
        f"--remote=p{cloud.ovn_remote}",
        f"--unixctl={folder / 'ovsdb.ctl'}",
        "-vconsole:warn",
        "-vsyslog:off",
        *(folder / f"{name}.db" for name in DATABASES),
    ]


def northd(cloud: Cloud) -> list[str | Path]:
    return [
        debian.program(cloud.home, "ovn-northd"),
        f"--ovnnb-db={cloud.ovn_remote}",
        f"--ovnsb-db={cloud.ovn_remote}",
        f"--unixctl={cloud.ovn_socket.parent / 'northd.ctl'}",
        "-vconsole:warn",
        "-vsyslog:off",
    ]


def hosts(cloud: Cloud) -> list[str | Path]:
    bridges = ",".join(f"{name}:br-{name}" for name in PHYSICAL_NETWORKS)
    schema = debian.ovn_schema(cloud.home, "sb")
    return [cloud.home.python, INSIDE / "ovn_hosts.py", cloud.ovn_remote, schema, bridges, ",".join(HOSTS)]
