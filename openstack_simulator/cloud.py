"""One simulated cloud: its settings, its clock, its state, and the one lock that guards them."""

import heapq
import random
import threading
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count

from openstack_simulator.errors import Record
from openstack_simulator.identity import Identity
from openstack_simulator.settings import CloudSettings
from openstack_simulator.tables import Journal, Table

Clock = Callable[[], float]


class NetworkState:
    """The tables of Neutron."""

    def __init__(self, journal: Journal) -> None:
        self.networks = Table(journal, project_id=_one("project_id"))
        self.subnets = Table(journal, network_id=_one("network_id"))
        self.routers = Table(journal)
        self.ports = Table(
            journal,
            network_id=_one("network_id"),
            device_id=_one("device_id"),
            project_id=_one("project_id"),
            mac=lambda port: [(port["network_id"], port["mac_address"])],
            subnet=lambda port: {ip["subnet_id"] for ip in port["fixed_ips"]},
            address=lambda port: [(ip["subnet_id"], ip["ip_address"]) for ip in port["fixed_ips"]],
            security_group=lambda port: port["security_groups"],
        )
        self.security_groups = Table(journal, project_id=_one("project_id"))
        self.security_group_rules = Table(
            journal, security_group_id=_one("security_group_id"), remote=_one("remote_group_id")
        )
        self.trunks = Table(
            journal, port=lambda trunk: [trunk["port_id"], *(one["port_id"] for one in trunk["sub_ports"])]
        )
        self.qos_policies = Table(journal)
        self.rbac_policies = Table(journal, object_id=_one("object_id"))
        self.floating_ips = Table(
            journal,
            port_id=_one("port_id"),
            router_id=_one("router_id"),
            address=_one("floating_ip_address"),
        )
        self.quotas: dict[str, dict[str, int]] = {}
        self.next_address: dict[str, int] = {}
        self._journal = journal
        self._others: dict[str, Table] = {}

    def table(self, collection: str) -> Table:
        """The table of a collection that only its own file knows."""
        if collection not in self._others:
            self._others[collection] = Table(self._journal)
        return self._others[collection]


class ComputeState:
    """The tables of Nova."""

    def __init__(self, journal: Journal) -> None:
        self.servers = Table(journal, project_id=_one("project_id"), group=_one("group_id"))
        self.flavors = Table(journal)
        self.keypairs = Table(journal, user_id=_one("user_id"))
        self.server_groups = Table(journal, project_id=_one("project_id"))
        self.instance_actions = Table(journal, server=_one("instance_uuid"))
        self.plugged: dict[str, int] = {}
        """By id of a port when it became a network card, as a count: in that order they are in their servers."""
        self.plugs = count()

        self.quotas: dict[str, dict[str, int]] = {}


class VolumeState:
    """The tables of Cinder."""

    def __init__(self, journal: Journal) -> None:
        self.volumes = Table(journal, project_id=_one("project_id"))
        self.types = Table(journal)
        self.quotas: dict[str, dict[str, int]] = {}


class Cloud:
    """Hold `lock` for every read of the state and every change of it; never while waiting."""

    def __init__(
        self, name: str, settings: CloudSettings, clock: Clock, started: datetime, seed: int | str | None
    ) -> None:
        self.name = name
        self.settings = settings
        self.lock = threading.RLock()
        self.random = random.Random(None if seed is None else f"{seed}/{name}")
        self._clock = clock
        self._started = started - timedelta(seconds=clock())
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._count = 0
        self._moment: float | None = None
        self.journal = Journal()
        self.identity = Identity(self.new_hex)
        self.network = NetworkState(self.journal)
        self.compute = ComputeState(self.journal)
        self.volumes = VolumeState(self.journal)
        self.images = Table(self.journal)

    def now(self) -> float:
        """The moment on the clock; while something that fell due is done, the moment it was due."""
        return self._clock() if self._moment is None else self._moment

    def wall_time(self, moment: float) -> datetime:
        """The calendar's time of a moment on the clock."""
        return self._started + timedelta(seconds=moment + self.settings.clock_skew)

    def timestamp(self) -> str:
        return self.wall_time(self.now()).strftime("%Y-%m-%dT%H:%M:%SZ")

    def new_id(self) -> str:
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def new_hex(self) -> str:
        return uuid.UUID(int=self.random.getrandbits(128), version=4).hex

    def fixed_id(self, what: str) -> str:
        """An id that stays the same for as long as the name does."""
        return uuid.uuid5(uuid.NAMESPACE_URL, f"{self.name}/{what}").hex

    def later(self, seconds: float, action: Callable[[], None]) -> None:
        """Do something when the clock has gone on by so much; it happens before the next request is served."""
        self._count += 1
        heapq.heappush(self._due, (self.now() + seconds, self._count, action))

    def advance(self) -> None:
        """Do what has fallen due, each at its own moment, so that one step may plan the next."""
        if not self._due:
            return
        present = self._clock()
        try:
            while self._due and self._due[0][0] <= present:
                self._moment, _, action = heapq.heappop(self._due)
                action()
        finally:
            self._moment = None


def _one(name: str) -> Callable[[Record], list[str]]:
    return lambda record: [record[name]] if record.get(name) else []
