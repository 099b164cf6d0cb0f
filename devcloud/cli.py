"""The command `python -m devcloud`."""

import argparse
import fcntl
import os
import signal
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager

from . import clouds_file, install, policies, schemas
from .database import Database
from .furnish import credential_file
from .life import Life, refuse_other_pins
from .places import PARTS, Cloud, Home, find_home, known_clouds, plan_clouds
from .processes import Processes, memory_mib
from .progress import Failure, Progress, tail
from .services import services

DEFAULT_CLOUDS = "paris,lyon"
DESCRIPTION = """\
A real OpenStack control plane on loopback, for tests: Keystone, Placement, Glance, Neutron with OVN, and Nova with
its fake hypervisor, from pinned PyPI packages. All of it stays in one folder: --home, or MAGI_DEVCLOUD_HOME, or
.devcloud in the checkout. See docs/devcloud.md."""


def main(arguments: list[str] | None = None) -> int:
    """The exit code: 0 done, 1 failed or (status) something does not run, 2 called wrongly."""
    options = _parser().parse_args(arguments)
    # So that `up` cleans up behind itself also where a CI job ends it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        return int(options.command(find_home(os.environ, options.home), options))
    except Failure as failure:
        sys.stderr.write(f"devcloud: {failure}\n")
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m devcloud", description=DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, function: object, text: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text)
        added.set_defaults(command=function)
        added.add_argument("--home", metavar="DIR", help="the folder that holds everything")
        return added

    up = command("up", _up, "install what is missing and start the clouds")
    up.add_argument("--clouds", type=_list, default=_list(DEFAULT_CLOUDS), help=f"names (default: {DEFAULT_CLOUDS})")
    up.add_argument("--with", dest="parts", type=_parts, default=(), help=f"optional parts: {','.join(PARTS)}")
    up.add_argument("--first-port", type=int, help="of the first new cloud; a further one has the next free hundred")
    get = command("install", _install, "only install")
    get.add_argument("--with", dest="parts", type=_parts, default=(), help=f"optional parts: {','.join(PARTS)}")
    down = command("down", _down, "stop the clouds; their data stays")
    down.add_argument("--clouds", type=_list, help="names (default: all)")
    reset = command("reset", _reset, "stop the clouds and delete their data; the programs stay")
    reset.add_argument("--clouds", type=_list, help="names (default: all)")
    command("status", _status, "what runs, where it answers, how much memory it takes")
    logs = command("logs", _logs, "the end of the logs")
    logs.add_argument("service", nargs="?", help="only of this process, for instance nova, or requests")
    logs.add_argument("--clouds", type=_list, help="names (default: all)")
    logs.add_argument("--lines", type=int, default=20, help="of each log (default: 20)")
    env = command("env", _env, "lines for the shell that select a cloud")
    env.add_argument("cloud", nargs="?", default=DEFAULT_CLOUDS.partition(",")[0], help="an entry of clouds.yaml")
    command("renew-pins", _renew_pins, "write the newest releases that go together into the pins")
    return parser


def _list(text: str) -> list[str]:
    return [word for word in text.split(",") if word]


def _parts(text: str) -> tuple[str, ...]:
    unknown = set(_list(text)) - set(PARTS)
    if unknown:
        raise argparse.ArgumentTypeError(f"{', '.join(sorted(unknown))}: only {' and '.join(PARTS)} are optional parts")
    return tuple(_list(text))


@contextmanager
def _alone(home: Home) -> Iterator[None]:
    """One command at a time changes a home. Raises Failure."""
    try:
        home.path.mkdir(parents=True, exist_ok=True)
        lock = (home.path / "lock").open("w")
    except OSError as error:
        raise Failure(f"The home cannot be used: {error}. Choose another with MAGI_DEVCLOUD_HOME.") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Failure(f"Another devcloud command is at work in {home.path}; wait for it to end.") from error
        yield


def _database(home: Home) -> Database:
    return Database(home, Processes(home.run / "shared"))


def _install(home: Home, options: argparse.Namespace) -> int:
    with _alone(home):
        install.install(home, options.parts, Progress())
    return 0


def _up(home: Home, options: argparse.Namespace) -> int:
    progress = Progress()
    with _alone(home):
        # All of them, also those that are not to be started: they share the programs.
        refuse_other_pins(known_clouds(home))
        clouds = plan_clouds(home, options.clouds, options.parts, options.first_port)
        parts = tuple(part for part in PARTS if any(part in cloud.parts for cloud in clouds))
        install.install(home, parts, progress)
        database, abandon = _database(home), threading.Event()
        lives = [Life(cloud, database, progress, abandon) for cloud in clouds]
        waking = [life for life in lives if not life.whole()]
        try:
            if database.start():
                progress.say("PostgreSQL runs")
            schemas.prepare(home, database, services(parts), progress)
            policies.prepare(home, services(parts), progress)
            _start(waking, abandon)
        except BaseException:
            progress.say("Stopping what was started")
            _stop(waking)
            _stop_idle_database(home, database)
            raise
        for life in lives:
            if life not in waking:
                progress.say(f"{life.cloud.name} is up already at {life.cloud.auth_url}")
        clouds_file.write(home.clouds_file, _furnished(home))
    progress.say(
        f"Ready: {home.clouds_file} has the entries "
        + ", ".join(f"{cloud.name}, {cloud.name}-admin, {cloud.name}-appcred, {cloud.name}-magi" for cloud in clouds)
    )
    sys.stdout.write(
        f"\nTo use it:   export OS_CLIENT_CONFIG_FILE={home.clouds_file} OS_CLOUD={clouds[0].name}\n"
        "To inspect:  python -m devcloud status, python -m devcloud logs nova\n"
        "To stop it:  python -m devcloud down (keeps the data), python -m devcloud reset (deletes it)\n"
    )
    return 0


def _start(lives: list[Life], abandon: threading.Event) -> None:
    """Start side by side; the first failure ends them all."""
    with ThreadPoolExecutor(max(1, len(lives))) as pool:
        jobs = [pool.submit(life.start) for life in lives]
        try:
            for job in as_completed(jobs):
                job.result()
        except BaseException:
            abandon.set()
            raise


def _stop(lives: list[Life]) -> dict[str, bool]:
    """By name, whether anything of the cloud ran."""
    with ThreadPoolExecutor(max(1, len(lives))) as pool:
        stopped = pool.map(Life.stop, lives)
        return {life.cloud.name: ran for life, ran in zip(lives, stopped, strict=True)}


def _furnished(home: Home) -> list[Cloud]:
    return [cloud for cloud in known_clouds(home) if credential_file(cloud).exists()]


def _stop_idle_database(home: Home, database: Database) -> None:
    if not any(Processes(cloud.run).alive() for cloud in known_clouds(home)):
        database.stop()


def _lives(home: Home, names: list[str] | None) -> list[Life]:
    """Raises Failure for a name that no cloud has."""
    known = known_clouds(home)
    unknown = set(names or ()) - {cloud.name for cloud in known}
    if unknown:
        raise Failure(f"There is no cloud {', '.join(sorted(unknown))} in {home.path}.")
    chosen = [cloud for cloud in known if names is None or cloud.name in names]
    return [Life(cloud, _database(home), Progress(), threading.Event()) for cloud in chosen]


def _down(home: Home, options: argparse.Namespace) -> int:
    progress = Progress()
    with _alone(home):
        for name, ran in _stop(_lives(home, options.clouds)).items():
            progress.say(f"{name} {'is stopped' if ran else 'did not run'}")
        _stop_idle_database(home, _database(home))
    return 0


def _reset(home: Home, options: argparse.Namespace) -> int:
    progress = Progress()
    with _alone(home):
        database = _database(home)
        lives = _lives(home, options.clouds)
        if lives:
            database.start()
        _stop(lives)
        for life in lives:
            life.reset()
            progress.say(f"{life.cloud.name} is gone")
        _stop_idle_database(home, database)
        clouds_file.write(home.clouds_file, _furnished(home))
    return 0


def _status(home: Home, _options: argparse.Namespace) -> int:
    total, well, lives = 0, True, _lives(home, None)
    lines = []
    groups = [("shared", home.run / "shared"), *((life.cloud.name, life.cloud.run) for life in lives)]
    for group, folder in groups:
        for name, pid in Processes(folder).alive().items():
            memory = memory_mib(pid)
            total += memory
            lines.append(f"{group:10} {name:14} pid {pid:<8} {memory:5} MiB")
    for life in lives:
        for service in life.services:
            status = life.answer(service)
            well = well and status is not None
            lines.append(f"{life.cloud.name:10} {service.name:14} {life.cloud.url(service.name)}  {status or 'silent'}")
    lines.append(f"{total} MiB in all" if lives else f"There is no cloud in {home.path}; `up` makes one.")
    sys.stdout.write("\n".join(lines) + "\n")
    return 0 if well and lives else 1


def _logs(home: Home, options: argparse.Namespace) -> int:
    paths = [home.postgres / "log/postgres.log"] if options.clouds is None else []
    for life in _lives(home, options.clouds):
        paths += sorted(life.cloud.log.glob("*"))
    for path in paths:
        if options.service in {None, path.stem}:
            end = "\n".join(tail(path, 1_000_000).splitlines()[-options.lines :])
            sys.stdout.write(f"==> {path}\n{end}\n")
    return 0


def _env(home: Home, options: argparse.Namespace) -> int:
    sys.stdout.write(f"export OS_CLIENT_CONFIG_FILE={home.clouds_file} OS_CLOUD={options.cloud}\n")
    return 0


def _renew_pins(home: Home, _options: argparse.Namespace) -> int:
    with _alone(home):
        install.renew_pins(home, Progress())
    return 0
