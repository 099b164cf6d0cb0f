"""OVN without a data plane: its two databases, its translator between them, and a replacement for the hosts."""

from pathlib import Path

from devcloud import debian
from devcloud.places import HOSTS, Cloud
from devcloud.progress import run

from .neutron import PHYSICAL_NETWORKS
from .service import INSIDE

DATABASES = ("nb", "sb")


def data(cloud: Cloud) -> Path:
    return cloud.data / "ovn"


def create_databases(cloud: Cloud) -> None:
    folder = data(cloud)
    folder.mkdir(parents=True, exist_ok=True)
    tool = debian.program(cloud.home, "ovsdb-tool")
    for name in DATABASES:
        if not (folder / f"{name}.db").exists():
            schema = debian.ovn_schema(cloud.home, name)
            run([tool, "create", folder / f"{name}.db", schema], env=environment(cloud))


def environment(cloud: Cloud) -> dict[str, str]:
    return {
        **debian.environment(cloud.home),
        **dict.fromkeys(("OVN_RUNDIR", "OVS_RUNDIR"), str(cloud.run)),
        **dict.fromkeys(("OVN_LOGDIR", "OVS_LOGDIR"), str(cloud.log)),
    }


def database_server(cloud: Cloud) -> list[str | Path]:
    return [
        debian.program(cloud.home, "ovsdb-server"),
        "--no-chdir",
        f"--remote=p{cloud.ovn_remote}",
        f"--unixctl={cloud.run / 'ovsdb.ctl'}",
        "-vconsole:warn",
        "-vsyslog:off",
        *(data(cloud) / f"{name}.db" for name in DATABASES),
    ]


def northd(cloud: Cloud) -> list[str | Path]:
    return [
        debian.program(cloud.home, "ovn-northd"),
        f"--ovnnb-db={cloud.ovn_remote}",
        f"--ovnsb-db={cloud.ovn_remote}",
        f"--unixctl={cloud.run / 'northd.ctl'}",
        "-vconsole:warn",
        "-vsyslog:off",
    ]


def hosts(cloud: Cloud) -> list[str | Path]:
    bridges = ",".join(f"{name}:br-{name}" for name in PHYSICAL_NETWORKS)
    schema = debian.ovn_schema(cloud.home, "sb")
    return [cloud.home.python, INSIDE / "ovn_hosts.py", cloud.ovn_remote, schema, bridges, ",".join(HOSTS)]
