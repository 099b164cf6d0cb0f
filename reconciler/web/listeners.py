"""What the daemon listens with: one server for all, or a second one for health and metrics."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.config import Config
from reconciler.web.access import Access
from reconciler.web.app import make_app, make_health_app
from reconciler.web.hooks import Hook
from reconciler.web.serving import Bounds, Server
from reconciler.web.watched import Watched


@dataclass(frozen=True, slots=True)
class Listeners:
    """They have connections and threads of their own, so that nothing that is done to one is noticed at the other."""

    config: Config
    api: Server
    health: Server | None

    @classmethod
    def open(
        cls, daemon: Watched, config: Config, hook: Hook | None, access: Access, before: Listeners | None = None
    ) -> Listeners:
        """Those of the settings, which answer from now on. Those of ``before`` go on if they are where they were.

        Raises ConfigError, and then nothing has changed.
        """
        app = make_app(daemon, hook, access, with_health=config.metrics_address is None)
        bounds = Bounds(config.connections, config.connections_per_client, config.request_timeout)
        stays = before is not None and before.config.listen == config.listen
        health_stays = before is not None and before.config.metrics_listen == config.metrics_listen
        api = before.api if before and stays else Server(app, config.address, bounds)
        try:
            health = before.health if before and health_stays else _health(daemon, config)
        except BaseException:
            if not stays:
                api.stop()
            raise
        if stays:
            api.serve(app, bounds)
        else:
            api.start()
        if health and health_stays:
            health.serve(make_health_app(daemon), _bounds_of_health(config))
        elif health:
            health.start()
        if before:
            ended = [before.api] if not stays else []
            ended += [before.health] if before.health and not health_stays else []
            for server in ended:
                server.stop()
        return cls(config, api, health)

    def stop(self) -> None:
        self.api.stop()
        if self.health:
            self.health.stop()

    def about(self) -> dict[str, str]:
        """Where they are, for the log."""
        return {"listen": str(self.api.address)} | ({"metrics": str(self.health.address)} if self.health else {})


def _health(daemon: Watched, config: Config) -> Server | None:
    if not config.metrics_address:
        return None
    return Server(make_health_app(daemon), config.metrics_address, _bounds_of_health(config), "metricsListen")


def _bounds_of_health(config: Config) -> Bounds:
    return Bounds(config.metrics_connections, config.metrics_connections_per_client, config.request_timeout)
