"""The virtual environment of the services, from the pins. Run again, it finds its work done."""

import contextlib
import hashlib
import os
import re
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from . import debian
from .places import PACKAGE, Home
from .progress import Failure, Progress, run

PINS = PACKAGE / "pins.txt"
EXTRA_PINS = PACKAGE / "pins-extra.txt"
# What is asked for; the pins hold what that led to on the day they were renewed.
REQUIREMENTS = (
    "glance",
    "keystone",
    "networking-sfc",
    "neutron",
    "nova",
    "openstack-placement",
    "psycopg2-binary",
    "waitress",
)
EXTRA_REQUIREMENTS = ("cinder", "openstack-heat")
UV = "uv==0.13.9"
# Compiled ahead, two at a time: services that start side by side would each compile them for themselves.
COMPILED = ("glance", "keystone", "neutron", "neutron_lib", "nova", "placement", "sqlalchemy", "openstack", "ovsdbapp")
EXTRA_COMPILED = ("cinder", "heat")
LEAST_PYTHON = (3, 11)

HEADER = """\
# Packages of devcloud{part}, renewed {day} with Python {python}.
# To renew: python -m devcloud renew-pins; then `python -m devcloud reset`, `up`, and the tests that use the clouds.
"""


def install(home: Home, parts: tuple[str, ...], progress: Progress) -> None:
    """Get what is missing, programs from Debian beside the packages from PyPI. Raises Failure."""
    if sys.version_info < LEAST_PYTHON:
        raise Failure(f"devcloud needs Python 3.11 or newer; this is {sys.version.split()[0]}.")
    try:
        home.path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Failure(f"The home cannot be made: {error}. Choose another with MAGI_DEVCLOUD_HOME.") from error
    with ThreadPoolExecutor(2) as pool:
        jobs = [pool.submit(_install_debian, home, progress), pool.submit(_install_python, home, parts, progress)]
        for job in jobs:
            job.result()


def pins_digest() -> str:
    """Names the pins, in databases and in the memory of clouds."""
    return hashlib.sha256(PINS.read_bytes() + EXTRA_PINS.read_bytes()).hexdigest()[:8]


def renew_pins(home: Home, progress: Progress) -> None:
    """Write the newest releases that go together into the pins."""
    uv = _uv(home)
    python = ".".join(map(str, sys.version_info[:2]))
    base = _resolve(home, uv, REQUIREMENTS, ())
    extra = [pin for pin in _resolve(home, uv, EXTRA_REQUIREMENTS, ("-c", _draft(home, base))) if pin not in base]
    for path, part, pins in ((PINS, "", base), (EXTRA_PINS, "'s Cinder and Heat", extra)):
        header = HEADER.format(part=part, day=datetime.now(UTC).date(), python=python)
        path.write_text(header + "\n".join(pins) + "\n")
        progress.say(f"{len(pins)} pins in {path}")


def _install_debian(home: Home, progress: Progress) -> None:
    with progress.work("OVN and PostgreSQL are there"):
        debian.install(home, progress.say)


def _install_python(home: Home, parts: tuple[str, ...], progress: Progress) -> None:
    wanted: list[tuple[Path, tuple[str, ...], bool]] = [(PINS, COMPILED, True)]
    if parts:
        wanted.append((EXTRA_PINS, EXTRA_COMPILED, False))
    for pins, compiled, fresh in wanted:
        stamp = home.venv / f".installed-{pins.stem}"
        if stamp.exists() and stamp.read_text() == pins.read_text():
            continue
        count = len(exact_pins(pins))
        with progress.work(f"{count} packages of {pins.name} installed from PyPI into {home.venv}"):
            _fill_venv(home, pins, fresh)
        with progress.work("Packages compiled"):
            _compile(home, compiled)
        stamp.write_text(pins.read_text())


def _compile(home: Home, packages: tuple[str, ...]) -> None:
    """A help, no need: where it fails (some containers have no shared memory), the services do it for themselves."""
    site = Path(run([home.python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]).strip())
    folders = [site / name for name in packages if (site / name).exists()]
    jobs = str(min(4, os.cpu_count() or 1))
    with contextlib.suppress(Failure):
        run([home.python, "-m", "compileall", "-q", "-x", "/tests/", "-j", jobs, *folders])


def exact_pins(path: Path) -> list[str]:
    """The lines that name a package. Raises Failure for one that is not pinned exactly."""
    lines = [line for line in path.read_text().splitlines() if line and not line.startswith("#")]
    for line in lines:
        if not re.fullmatch(r"[a-z0-9._-]+==[A-Za-z0-9.!+_-]+", line):
            raise Failure(f"{path}: '{line}' is no exact pin")
    return lines


def _fill_venv(home: Home, pins: Path, fresh: bool) -> None:
    constraints = ("-c", PINS, "-r", pins)
    try:
        uv = _uv(home)
        if fresh:
            run([uv, "venv", "-q", "--no-config", "--clear", "--python", sys.executable, home.venv], env=_uv_env(home))
        run(
            [uv, "pip", "install", "-q", "--no-config", "--python", home.python, *constraints],
            env=_uv_env(home),
        )
    except Failure:
        # Slower, but it knows the indexes and certificates that this machine's pip is configured with.
        if fresh:
            shutil.rmtree(home.venv, ignore_errors=True)
            _make_venv(home.venv)
        run([home.python, "-m", "pip", "install", "-q", "--disable-pip-version-check", *constraints])


def _uv(home: Home) -> Path:
    """The package installer uv, in a virtual environment of its own."""
    boot = home.path / "boot"
    uv = boot / "bin/uv"
    if not uv.exists():
        _make_venv(boot)
        run([boot / "bin/python", "-m", "pip", "install", "-q", "--disable-pip-version-check", UV])
    return uv


def _make_venv(path: Path) -> None:
    try:
        run([sys.executable, "-m", "venv", path])
    except Failure as error:
        raise Failure(
            f"{error}\nPython cannot make a virtual environment here; on Debian, `apt-get install python3-venv` helps."
        ) from error


def _uv_env(home: Home) -> dict[str, str]:
    cache = home.path / "uv-cache"
    cache.mkdir(parents=True, exist_ok=True)
    return {**os.environ, "UV_CACHE_DIR": str(cache), "TMPDIR": str(cache), "UV_PYTHON_DOWNLOADS": "never"}


def _draft(home: Home, pins: list[str]) -> Path:
    path = home.path / "base-pins.txt"
    path.write_text("\n".join(pins) + "\n")
    return path


def _resolve(home: Home, uv: Path, requirements: tuple[str, ...], options: tuple[str | Path, ...]) -> list[str]:
    flags = ("-q", "--no-config", "--no-header", "--no-annotate", "--python", sys.executable)
    argv: list[str | Path] = [uv, "pip", "compile", *flags, *options, "-"]
    return run(argv, env=_uv_env(home), stdin="\n".join(requirements) + "\n").split()
