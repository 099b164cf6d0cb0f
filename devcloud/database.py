"""One PostgreSQL server for all clouds of a home, on a Unix socket in the home.

The schemas of the services are migrated once, into databases that PostgreSQL then copies as templates: the second
cloud, and the first after a reset, have their databases at once. A finished template is known by its mark
(`is_template`), so a migration that was interrupted is simply done again.
"""

import os
import pwd
import shutil
import time
from collections.abc import Mapping
from pathlib import Path

from . import debian
from .places import Home
from .processes import Processes
from .progress import Failure, run, tail

NAME = "postgres"
START_SECONDS = 600.0
# Nothing here outlives a test, so nothing is worth waiting for the disk.
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "512MB",
    "max_connections": "600",
    "shared_buffers": "96MB",
    "autovacuum_naptime": "30s",
    "jit": "off",
    "timezone": "GMT",
    "log_timezone": "GMT",
}
# PostgreSQL refuses to run as root. It keeps the right to pass through folders of root's on the way to its data.
AS_ANOTHER_USER = (
    "setpriv",
    "--reuid={user}",
    "--regid={group}",
    "--clear-groups",
    "--inh-caps=+dac_read_search",
    "--ambient-caps=+dac_read_search",
    "--securebits=+no_setuid_fixup",
)


class Database:
    """The server; `processes` are those that all clouds share."""

    def __init__(self, home: Home, processes: Processes) -> None:
        self._home = home
        self._processes = processes
        self._data = home.postgres / "data"
        self._log = home.postgres / "log" / "postgres.log"

    def running(self) -> bool:
        return NAME in self._processes.alive()

    def start(self) -> bool:
        """Start the server where it is not running; whether it was started. Raises Failure."""
        if self.running():
            return False
        owner = _owner()
        prefix = [part.format(user=owner.pw_uid, group=owner.pw_gid) for part in AS_ANOTHER_USER] if owner else []
        initialised = self._home.postgres / "initialised"
        if not initialised.exists():
            # What is there was not finished.
            shutil.rmtree(self._data, ignore_errors=True)
            self._data.mkdir(parents=True)
            if owner:
                for folder in (self._home.postgres, self._data):
                    os.chown(folder, owner.pw_uid, owner.pw_gid)
            initdb = debian.postgres_program(self._home, "initdb")
            options = ["-U", "devcloud", "-E", "UTF8", "--locale=C", "-A", "trust", "--no-sync"]
            run([*prefix, initdb, "-D", self._data, *options], env=self._env(), cwd=Path("/"))
            initialised.touch()
        settings = [word for name, value in SETTINGS.items() for word in ("-c", f"{name}={value}")]
        server = debian.postgres_program(self._home, "postgres")
        argv: list[str | Path] = [*prefix, server, "-D", self._data, "-k", self._home.postgres, *settings]
        self._processes.start(NAME, argv, self._log, self._env())
        end = time.monotonic() + START_SECONDS
        while not self._answers():
            if not self.running() or time.monotonic() > end:
                raise Failure(f"PostgreSQL did not start; {self._log} ends with:\n{tail(self._log)}")
            time.sleep(0.1)
        return True

    def stop(self) -> None:
        self._processes.stop([NAME])

    def sql(self, statement: str, database: str = "postgres") -> list[str]:
        """The rows that a statement returns, their columns joined by `|`. Raises Failure."""
        psql = debian.postgres_program(self._home, "psql")
        server = ["-h", str(self._home.postgres), "-U", "devcloud", "-d", database]
        return run([psql, "-X", *server, "-Atqc", statement], env=self._env(), cwd=Path("/")).splitlines()

    def names(self) -> set[str]:
        return set(self.sql("select datname from pg_database"))

    def templates(self) -> set[str]:
        return set(self.sql("select datname from pg_database where datistemplate"))

    def create_empty(self, name: str) -> None:
        self.sql(f"drop database if exists {name} with (force)")
        self.sql(f"create database {name}")

    def mark_template(self, name: str) -> None:
        self.sql(f"alter database {name} with is_template true")

    def copy(self, template: str, name: str) -> None:
        self.sql(f"create database {name} template {template}")

    def drop(self, name: str) -> None:
        if name in self.templates():
            self.sql(f"alter database {name} with is_template false")
        self.sql(f"drop database if exists {name} with (force)")

    def _env(self) -> Mapping[str, str]:
        env = {name: value for name, value in debian.environment(self._home).items() if not name.startswith("PG")}
        return {**env, "HOME": "/"}

    def _answers(self) -> bool:
        try:
            return self.sql("select 1") == ["1"]
        except Failure:
            return False


def _owner() -> pwd.struct_passwd | None:
    """The account that PostgreSQL runs as: another than root's where we are root, else our own (None)."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise Failure("PostgreSQL does not run as root, and this machine has neither an account postgres nor nobody.")
