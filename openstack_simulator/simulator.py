"""The simulator as a whole: clouds behind one port."""

import threading
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from openstack_simulator.application import Application
from openstack_simulator.cloud import Clock, Cloud
from openstack_simulator.clouds_file import write_clouds_file
from openstack_simulator.furnish import furnish
from openstack_simulator.server import HttpServer
from openstack_simulator.settings import CloudSettings


class Simulator:
    """Several OpenStack clouds in one process on one port.

    `clouds`: names, or settings by name. `port` 0 takes a free one. `seed` makes ids, MACs and secrets repeatable.
    The port is taken at once (OSError when it is not free); requests are answered from `start()` on.
    """

    def __init__(
        self,
        clouds: Mapping[str, CloudSettings] | Sequence[str],
        host: str = "127.0.0.1",
        port: int = 0,
        clock: Clock = time.monotonic,
        seed: int | None = None,
    ) -> None:
        settings = clouds if isinstance(clouds, Mapping) else {name: CloudSettings() for name in clouds}
        started = datetime.now(UTC)
        self.clouds = {name: Cloud(name, one, clock, started, seed) for name, one in settings.items()}
        for cloud in self.clouds.values():
            furnish(cloud)
        self.application = Application(self.clouds, clock)
        self._server = HttpServer((host, port), self.application)
        self._stopped = False
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}"

    def start(self) -> Self:
        """Serve from background threads. After a stop: on the same port, with what existed."""
        if self._stopped:
            host, port = self._server.server_address[:2]
            self._server = HttpServer((str(host), port), self.application)
            self._stopped = False
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Close the port and every connection."""
        if self._thread is not None:
            self._server.shutdown()
            self._thread.join()
            self._thread = None
        self._server.close_all()
        self._server.server_close()
        self._stopped = True

    def serve_forever(self) -> None:
        """Serve in this thread until it is interrupted."""
        try:
            self._server.serve_forever()
        finally:
            self._server.close_all()
            self._server.server_close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def write_clouds_file(self, path: str | Path) -> Path:
        """Entries `NAME` (user demo), `NAME-admin` and `NAME-appcred` for each cloud."""
        return write_clouds_file(path, self.clouds.values(), self.url)

    def requests(self) -> list[dict[str, Any]]:
        """What was served: cloud, service, method, route, count, errors, seconds."""
        return self.application.traffic.counts()

    def log(self) -> list[dict[str, Any]]:
        """Each request served: start, end, cloud, service, method, route, status, origin."""
        return self.application.traffic.log()

    def reset_requests(self) -> None:
        self.application.traffic.reset()
