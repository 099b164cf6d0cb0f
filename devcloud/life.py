"""The life of one cloud: started, inspected, stopped, reset."""

import shutil
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

from . import catalog, schemas
from .api import Client, status_of
from .configuration import environment, write
from .database import Database
from .furnish import credential_file, furnish
from .install import pins_digest
from .places import LOOPBACK, Cloud
from .processes import Processes
from .progress import Failure, Progress, run, tail
from .services import Service, keystone, ovn, services

ANSWER_SECONDS = 1800.0
"""Ends a hang: a service that ended is noticed at once, and a busy machine takes minutes."""
# Neutron does not end by itself. All that the services know is in the database, so none needs longer.
SERVICE_GRACE_SECONDS = 1.5
OVN_PROCESSES = ("ovn-hosts", "ovn-northd", "ovsdb-server")


class Life:
    """One cloud and its processes. `abandon` is set where another cloud has failed and this one need not go on."""

    def __init__(self, cloud: Cloud, database: Database, progress: Progress, abandon: threading.Event) -> None:
        self.cloud = cloud
        self.services = services(cloud.parts)
        self.processes = Processes(cloud.run)
        self._database = database
        self._progress = progress
        self._abandon = abandon

    def whole(self) -> bool:
        """Every process runs and every service answers, and it is furnished."""
        expected = {*OVN_PROCESSES, *(service.name for service in self.services)}
        return (
            expected <= set(self.processes.alive())
            and self._database.running()
            and credential_file(self.cloud).exists()
            and all(_well(self.answer(service)) for service in self.services)
        )

    def start(self) -> None:
        """Start it, new or from before. Raises Failure, and then leaves its processes to `stop`."""
        cloud, seconds = self.cloud, time.monotonic()
        self.stop()
        self._check_ports()
        # Neutron marks its first worker by a file named after its parent process, which may come again.
        shutil.rmtree(cloud.data / "tmp", ignore_errors=True)
        cloud.run.mkdir(parents=True, exist_ok=True)
        cloud.log.mkdir(parents=True, exist_ok=True)
        cloud.save()
        _pins_file(cloud).write_text(pins_digest())
        keystone.write_keys(cloud)
        for service in self.services:
            write(cloud, service)
        self._copy_databases()
        self._start_ovn()
        for service in self.services:
            argv = [cloud.home.python, *service.program(cloud)]
            self.processes.start(service.name, argv, self._log(service.name), environment(cloud, service))
        self._bootstrap()
        self._wait(keystone.SERVICE)
        catalog.complete(cloud, Client(cloud, "admin", "admin"), self.services)
        for service in self.services:
            if not service.waits:
                self._wait(service)
        cloud.go_file.touch()
        for service in self.services:
            self._wait(service)
        furnish(cloud, Client(cloud, "admin", "admin"))
        self._progress.say(f"{cloud.name} is up at {cloud.auth_url} ({time.monotonic() - seconds:.1f} s)")

    def stop(self) -> bool:
        """Stop what runs of it; whether anything did."""
        self.cloud.go_file.unlink(missing_ok=True)
        front = [name for name in self.processes.alive() if name not in OVN_PROCESSES]
        stopped = self.processes.stop(front, grace=SERVICE_GRACE_SECONDS)
        return bool(stopped + self.processes.stop())

    def reset(self) -> None:
        """Stop it and delete its data. The database server must run."""
        self.stop()
        for name in self._database.names():
            if name.startswith(f"{self.cloud.name}_"):
                self._database.drop(name)
        shutil.rmtree(self.cloud.path, ignore_errors=True)

    def answer(self, service: Service) -> int | None:
        return status_of(f"{self.cloud.url(service.name)}/")

    def _check_ports(self) -> None:
        """Raises Failure where a port is taken."""
        for service in self.services:
            port = self.cloud.port(service.name)
            with socket.socket() as trial:
                trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    trial.bind((LOOPBACK, port))
                except OSError as error:
                    raise Failure(
                        f"Port {port}, for {service.name} of {self.cloud.name}, is taken by another program."
                        " End that, or move the cloud: `python -m devcloud reset --clouds"
                        f" {self.cloud.name}` deletes it, and up with --first-port makes it elsewhere."
                    ) from error

    def _copy_databases(self) -> None:
        have = self._database.names()
        template = schemas.templates(self.cloud.home)
        for service in self.services:
            for name, schema in service.databases.items():
                if self.cloud.database(name) not in have:
                    self._database.copy(template.database(schema), self.cloud.database(name))

    def _start_ovn(self) -> None:
        cloud, env = self.cloud, ovn.environment(self.cloud)
        ovn.create_databases(cloud)
        cloud.ovn_socket.unlink(missing_ok=True)
        self.processes.start("ovsdb-server", ovn.database_server(cloud), self._log("ovsdb-server"), env)
        self._wait_until(cloud.ovn_socket.exists, "ovsdb-server")
        self.processes.start("ovn-northd", ovn.northd(cloud), self._log("ovn-northd"), env)
        self.processes.start("ovn-hosts", ovn.hosts(cloud), self._log("ovn-hosts"), env)

    def _bootstrap(self) -> None:
        done = self.cloud.data / "bootstrapped"
        if not done.exists():
            program = self.cloud.home.venv / "bin/keystone-manage"
            file = self.cloud.etc / "keystone/keystone.conf"
            argv: list[str | Path] = [program, "--config-file", file, *keystone.bootstrap(self.cloud)]
            run(argv, env=environment(self.cloud, keystone.SERVICE))
            done.touch()

    def _wait(self, service: Service) -> None:
        self._wait_until(lambda: _well(self.answer(service)), service.name)

    def _wait_until(self, ready: Callable[[], bool], name: str) -> None:
        end = time.monotonic() + ANSWER_SECONDS
        while not ready():
            if self._abandon.is_set():
                raise Failure(f"{self.cloud.name} was not started further, because something else failed.")
            if name not in self.processes.alive():
                raise Failure(f"{self._whose(name)} ended while it started; its log ends with:\n{self._tail(name)}")
            if time.monotonic() > end:
                raise Failure(
                    f"{self._whose(name)} did not answer for {ANSWER_SECONDS:.0f} s; its log ends with:\n"
                    + self._tail(name)
                )
            time.sleep(0.1)

    def _whose(self, name: str) -> str:
        return f"{name} of {self.cloud.name}"

    def _tail(self, name: str) -> str:
        return tail(self._log(name)) + f"\n(the whole log: {self._log(name)})"

    def _log(self, name: str) -> Path:
        return self.cloud.log / f"{name}.log"


def refuse_other_pins(clouds: list[Cloud]) -> None:
    """Raises Failure where the data of a cloud is of other versions than those that would be installed."""
    for cloud in clouds:
        made_with = _pins_file(cloud)
        if made_with.exists() and made_with.read_text() != pins_digest():
            raise Failure(
                f"The data of {cloud.name} was made with other pins. `python -m devcloud reset --clouds {cloud.name}`"
                " deletes it; then up makes it anew."
            )


def _pins_file(cloud: Cloud) -> Path:
    return cloud.path / "pins"


def _well(status: int | None) -> bool:
    """Services list their versions at the root, some with the status 300, and Heat needs a token for it."""
    return status in {200, 300, 401}
