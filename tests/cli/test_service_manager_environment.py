"""What the environment says of a service manager."""

from __future__ import annotations

import os

import pytest

from reconciler.cli.service_manager import ADDRESS, PERIOD, PROCESS, ServiceManager


@pytest.mark.parametrize(
    ("environment", "beat"),
    [
        ({PERIOD: "60000000"}, None),
        ({ADDRESS: "/run/notify", PERIOD: "60000000"}, 30.0),
        ({ADDRESS: "@abstract", PERIOD: "60000000", PROCESS: str(os.getpid())}, 30.0),
        ({ADDRESS: "/run/notify", PERIOD: "60000000", PROCESS: "1"}, None),
        ({ADDRESS: "/run/notify", PERIOD: "0"}, None),
        ({ADDRESS: "/run/notify", PERIOD: "soon"}, None),
        ({ADDRESS: "relative", PERIOD: "60000000"}, None),
    ],
)
def test_signs_of_life_are_given_where_someone_waits_for_them(environment: dict[str, str], beat: float | None) -> None:
    manager = ServiceManager(environment)
    assert manager.beat == beat
    manager.is_alive()
