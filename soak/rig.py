"""The real daemon with its repository and its web API, driven a pass at a time: no pass waits for the clock."""

from __future__ import annotations

import hashlib
import hmac
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from multiprocessing import get_context
from pathlib import Path

from apscheduler.schedulers.background import BackgroundScheduler

from benchmarks.repositories import commit, new_repository
from reconciler.config import Config, DriftConfig, ForgeConfig, RepositoryConfig
from reconciler.forges import Forge
from reconciler.judging.digests import blocked_sets
from reconciler.loop.daemon import Daemon
from reconciler.loop.follower import Followed
from reconciler.model import Driver, RepositoryStatus, Target
from reconciler.outside.secrets import HostSecrets
from reconciler.source import open_source
from reconciler.targets.openstack.driver import connect
from reconciler.targets.openstack.session.clouds import Clouds as Credentials
from reconciler.tracing import Span
from reconciler.tracing.binding import NOTHING, Pairs
from reconciler.tracing.spans import Untraced
from reconciler.web import Listeners
from reconciler.web.access import Access
from reconciler.web.hooks import Hook
from soak.clock import HandClock
from soak.clouds import Clouds, simulated
from soak.documents import vim
from soak.forge import FakeForge

MAIN = "default"
_PATIENCE = 120.0
"""Seconds of the machine that anything may take which takes milliseconds."""
_SECRET = "soak"  # noqa: S105  of a webhook on loopback
_INTERVAL = 600.0
_REFUSALS = 400


class CountsPasses(Untraced):
    """Counts the passes that have begun."""

    def __init__(self) -> None:
        super().__init__()
        self.passes = 0
        self._lock = threading.Lock()

    def span(self, name: str, pairs: Pairs = NOTHING) -> AbstractContextManager[Span]:
        if name == "pass":
            with self._lock:
                self.passes += 1
        return super().span(name, pairs)


class Rig:
    """All that runs. Used by one thread."""

    def __init__(self, folder: Path, clouds: Clouds, clock: HandClock) -> None:
        self.clouds = clouds
        self.clock = clock
        self.cache = folder / "cache"
        self.repository = new_repository(folder / "repository")
        self.forge = FakeForge()
        self.commits = 0
        self._folder = folder
        self._side = new_repository(folder / "side")
        self._deliveries = 0
        self._tracer = CountsPasses()
        self._scheduler = BackgroundScheduler(timezone="UTC")
        self._scheduler.start(paused=True)
        self.daemon = Daemon("soak", self._tracer, clock.clock, self._scheduler)
        self._main = self._followed(MAIN, "soak", self.repository, lambda: self.forge)
        self._hook = Hook(lambda: _SECRET, clock.monotonic)
        self._web: Listeners | None = None

    def start(self, files: Mapping[str, str]) -> None:
        """The first commit, and the first pass over each VIM."""
        commit(self._side, {"side.yaml": vim("side", "lyon")}, "side")
        self.commit(files)
        self.daemon.take([self._main])
        self._web = Listeners.open(self.daemon, self._main.config, self._hook, Access())
        self.daemon.start()
        self.push()

    def stop(self) -> None:
        self.daemon.stop()
        if self._web:
            self._web.stop()

    @property
    def passes(self) -> int:
        return self._tracer.passes

    def next_pass(self) -> None:
        """Moves the clock to the pass that is due next, and has it done, with what follows at once."""
        before = self.passes
        while self.passes == before:
            self._next_observation()

    def _next_observation(self) -> None:
        """A pass, or a glance at what is being built."""
        observations = [job for job in self._scheduler.get_jobs() if not job.id.startswith("git ")]
        due = min(observations, key=lambda job: job.next_run_time)
        self.clock.forward_to(due.next_run_time.timestamp())
        self._scheduler.remove_job(due.id)
        due.func(*due.args)
        self._settle()

    def commit(self, files: Mapping[str, str | None], message: str = "change") -> None:
        """Files as they are to be, None: gone. The daemon gets no webhook."""
        for name in [name for name, text in files.items() if text is None]:
            (self.repository / name).unlink()
        commit(self.repository, {name: text for name, text in files.items() if text is not None}, message)
        self.commits += 1

    def push(self, files: Mapping[str, str | None] | None = None, message: str = "change") -> None:
        """A commit, if there are files, and the webhook for it."""
        if files:
            self.commit(files, message)
        self.ring()

    def ring(self, *, fails: bool = False) -> None:
        """Rings the bell, and waits until Git was fetched; ``fails``: in vain."""
        self.clock.forward(5.0)
        before = self._status(MAIN)
        self._deliveries += 1
        body = f"delivery {self._deliveries}".encode()
        assert self.deliver(body) < _REFUSALS
        if fails:
            _wait(lambda: self._status(MAIN) is not before and bool(self._status(MAIN).error))
        else:
            self._fetched(MAIN)
        self._settle()

    def deliver(self, body: bytes, secret: str = _SECRET) -> int:
        """A webhook, signed with the secret. Answers the status."""
        signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        return self.ask("/hooks/git", body, {"X-Hub-Signature-256": f"sha256={signature}"})[0]

    def ask(self, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> tuple[int, str]:
        """Status and text that the web API of the daemon answers with."""
        assert self._web is not None
        request = urllib.request.Request(f"http://{self._web.api.address}{path}", body, dict(headers or {}))
        try:
            with urllib.request.urlopen(request, timeout=_PATIENCE) as answer:
                return int(answer.status), answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def log_in_again(self) -> None:
        """What SIGHUP does."""
        self.daemon.take([self._main])
        self._settle()

    def follow_another(self, name: str) -> None:
        """A second repository, under a name of its own."""
        self.daemon.take([self._main, self._followed(name, name, self._side, None)])
        self.clock.forward(5.0)
        self.daemon.fetch_git(name)
        self._fetched(name)
        self._settle()

    def blocked(self, service: str) -> list[str]:
        """The digests of what is blocked of a service and waits for an approval."""
        plans = [(one.target, one.plan) for one in self.daemon.reports() if one.plan]
        sets = [one for target, plan in plans for one in blocked_sets(target, plan.steps)]
        return [one.digest for one in sets if any(step.key.service == service for step in one.steps)]

    def _followed(self, name: str, owner: str, repository: Path, forge: Callable[[], Forge] | None) -> Followed:
        url = f"file://{repository}"
        config = Config(
            RepositoryConfig(url, "main"),
            DriftConfig(interval=_INTERVAL, longest=_INTERVAL),
            owner=owner,
            name=name,
            listen="127.0.0.1:0",
            forge=ForgeConfig(report="comment"),
        )
        credentials = Credentials(self.clouds.file)

        def driver_for(target: Target) -> Driver:
            return connect(target, credentials, owner, self.daemon.api_called)

        secrets = HostSecrets({}, [], None, self._folder / "digest.key")
        return Followed(config, open_source(url, "main", cache_dir=self.cache), driver_for, secrets, forge)

    def _status(self, name: str) -> RepositoryStatus:
        return next(one for one in self.daemon.repositories() if one.name == name)

    def _fetched(self, name: str) -> None:
        _wait(lambda: self._status(name).fetched_at == self.clock.time())

    def _settle(self) -> None:
        if not self.daemon.settle(_PATIENCE):
            raise TimeoutError(f"a pass has taken longer than {_PATIENCE:g} s")


@contextmanager
def open_rig(folder: Path) -> Iterator[Rig]:
    """All of it, in a folder that is empty."""
    context = get_context("spawn")
    clock = HandClock(context)
    with ExitStack() as ending:
        clouds = ending.enter_context(simulated(folder, context, clock))
        rig = Rig(folder, clouds, clock)
        ending.callback(rig.stop)
        yield rig


def _wait(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + _PATIENCE
    while not condition():
        if time.monotonic() > until:
            raise TimeoutError(f"Git was not fetched within {_PATIENCE:g} s")
        time.sleep(0.001)
