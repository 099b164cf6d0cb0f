"""OVN and PostgreSQL from Debian's packages, unpacked into the home instead of installed on the machine.

apt works on an index and a cache in the home, so neither root nor a change of the machine is needed. What the machine
has installed is used from there.
"""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from .places import Home
from .progress import Failure, run

OVN_PACKAGES = ("ovn-central", "ovn-common", "openvswitch-common", "openvswitch-switch")
POSTGRES_PACKAGES = ("postgresql",)
# Of what the packages depend on, libraries are needed, but not these: the JIT compiler of PostgreSQL, bindings, and
# the C library, which must stay the one of the machine.
NOT_NEEDED = ("libllvm", "libz3", "libpython", "libperl", "libc6", "libc-", "libkmod")
PROGRAMS = {
    "ovsdb-server": ("usr/sbin", "usr/bin"),
    "ovsdb-tool": ("usr/bin",),
    "ovn-northd": ("usr/bin",),
}


def has_ovn(home: Home) -> bool:
    return all(_find(home, name) for name in PROGRAMS) and _schema(home, "sb") is not None


def has_postgres(home: Home) -> bool:
    return _postgres_programs(home) is not None


def program(home: Home, name: str) -> Path:
    """The path of a program of OVN. Raises Failure where it is missing."""
    found = _find(home, name)
    if not found:
        raise Failure(f"{name} is missing; `python -m devcloud install` gets it.")
    return found


def postgres_program(home: Home, name: str) -> Path:
    """The path of a program of PostgreSQL. Raises Failure where it is missing."""
    folder = _postgres_programs(home)
    if not folder:
        raise Failure("PostgreSQL is missing; `python -m devcloud install` gets it.")
    return folder / name


def ovn_schema(home: Home, database: str) -> Path:
    """The schema of the northbound (`nb`) or southbound (`sb`) database."""
    found = _schema(home, database)
    if not found:
        raise Failure("The schemas of OVN are missing; `python -m devcloud install` gets them.")
    return found


def environment(home: Home) -> dict[str, str]:
    """What programs from the unpacked packages need to find each other and their libraries."""
    root = home.debian
    folders = [*sorted(root.glob("usr/lib/*-linux-*")), *sorted(root.glob("lib/*-linux-*"))]
    libraries = [str(folder) for folder in folders]
    if os.environ.get("LD_LIBRARY_PATH"):
        libraries.append(os.environ["LD_LIBRARY_PATH"])
    path = [f"{root}/usr/bin", f"{root}/usr/sbin", os.environ.get("PATH", os.defpath)]
    changed = {"PATH": os.pathsep.join(path), "LC_ALL": "C"}
    if libraries:
        changed["LD_LIBRARY_PATH"] = os.pathsep.join(libraries)
    return {**os.environ, **changed}


def install(home: Home, say: Callable[[str], None]) -> None:
    """Unpack what neither the machine nor the home has. Raises Failure where it cannot be had."""
    wanted = [
        *(() if has_ovn(home) else OVN_PACKAGES),
        *(() if has_postgres(home) else POSTGRES_PACKAGES),
    ]
    if wanted:
        if not shutil.which("apt-get") or not shutil.which("dpkg"):
            raise Failure(
                "OVN and PostgreSQL are unpacked from Debian packages, and this machine has no apt-get and dpkg."
                " Install ovn-central and postgresql (or what your system calls them), then run this again."
            )
        _unpack(home, wanted, say)
    _check(home)


def _unpack(home: Home, wanted: list[str], say: Callable[[str], None]) -> None:
    apt = home.path / "apt"
    for folder in ("state/lists/partial", "cache/archives/partial", "log", "packages"):
        (apt / folder).mkdir(parents=True, exist_ok=True)
    settings = {
        "Dir::State": apt / "state",
        "Dir::Cache": apt / "cache",
        "Dir::Log": apt / "log",
        "Dir::State::status": "/var/lib/dpkg/status",
        "Acquire::Languages": "none",
        "APT::Sandbox::User": "root",
        "Debug::NoLocking": "true",
    }
    options = [word for name, value in settings.items() for word in ("-o", f"{name}={value}")]
    run(["apt-get", *options, "-qq", "update"])
    planned = run(["apt-get", *options, "-s", "--no-install-recommends", "install", *wanted])
    names = needed_packages(planned, wanted)
    say(f"Debian packages unpacked into {home.debian}: {', '.join(names)}")
    run(["apt-get", *options, "-qq", "download", *names], cwd=apt / "packages")
    for package in sorted((apt / "packages").glob("*.deb")):
        run(["dpkg", "-x", package, home.debian])
        package.unlink()


def needed_packages(planned: str, wanted: list[str]) -> list[str]:
    """From the text of `apt-get -s install`: the desired packages, their PostgreSQL, and libraries that are missing."""
    names = []
    for line in planned.splitlines():
        words = line.split()
        if len(words) < 3 or words[0] != "Inst":
            continue
        name, upgrade = words[1].partition(":")[0], words[2].startswith("[")
        library = name.startswith("lib") and not name.startswith(NOT_NEEDED) and not name.endswith("-perl")
        postgres = name.startswith("postgresql-") and not name.endswith("-common")
        if name in wanted or postgres or (library and not upgrade):
            names.append(name)
    return names


def _check(home: Home) -> None:
    """Run each program once: a missing library shows here, with its name, and not later in a log."""
    for path in (*(program(home, name) for name in PROGRAMS), postgres_program(home, "postgres")):
        done = subprocess.run([path, "--version"], env=environment(home), capture_output=True, text=True, check=False)
        if done.returncode:
            raise Failure(
                f"{path} does not run on this machine: {done.stderr.strip()}\n"
                "Install its Debian package (ovn-central, postgresql) with apt-get as root, then run this again."
            )


def _find(home: Home, name: str) -> Path | None:
    for root in (home.debian, Path("/")):
        for folder in PROGRAMS[name]:
            if (root / folder / name).exists():
                return root / folder / name
    return None


def _schema(home: Home, database: str) -> Path | None:
    for root in (home.debian, Path("/")):
        path = root / f"usr/share/ovn/ovn-{database}.ovsschema"
        if path.exists():
            return path
    return None


def _postgres_programs(home: Home) -> Path | None:
    """The newest PostgreSQL with server and client, the machine's first."""
    for root in (Path("/"), home.debian):
        folders = [path.parent for path in root.glob("usr/lib/postgresql/*/bin/initdb")]
        whole = [folder for folder in folders if (folder / "psql").exists() and (folder / "postgres").exists()]
        if whole:
            return max(whole, key=lambda folder: int(folder.parent.name))
    return None
