"""What the simulator has served, for tests and benchmarks."""

import threading
from collections import deque
from dataclasses import asdict, dataclass
from typing import Any

LOG_SIZE = 200_000


@dataclass(frozen=True, slots=True)
class Served:
    """One request; start and end are seconds on the simulator's clock, route is the template, origin is how the client
    reached the simulator (`http://host:port`): it is another one for each address that clients use.
    """

    start: float
    end: float
    cloud: str
    service: str
    method: str
    route: str
    status: int
    origin: str


class Traffic:
    """Counts and a bounded log. Status 0 is a connection dropped on purpose."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._log: deque[Served] = deque(maxlen=LOG_SIZE)
        self._counts: dict[tuple[str, str, str, str], list[float]] = {}

    def add(self, served: Served) -> None:
        key = (served.cloud, served.service, served.method, served.route)
        with self._lock:
            self._log.append(served)
            count = self._counts.get(key)
            if count is None:
                count = self._counts[key] = [0, 0, 0.0]
            count[0] += 1
            count[1] += served.status >= 400 or served.status == 0
            count[2] += served.end - served.start

    def counts(self) -> list[dict[str, Any]]:
        with self._lock:
            return [
                {
                    "cloud": cloud,
                    "service": service,
                    "method": method,
                    "route": route,
                    "count": int(count),
                    "errors": int(errors),
                    "seconds": seconds,
                }
                for (cloud, service, method, route), (count, errors, seconds) in sorted(self._counts.items())
            ]

    def log(self) -> list[dict[str, Any]]:
        with self._lock:
            served = list(self._log)
        return [asdict(one) for one in served]

    def reset(self) -> None:
        with self._lock:
            self._log.clear()
            self._counts.clear()
