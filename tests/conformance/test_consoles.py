"""Links to consoles: made of a server that runs, and refused in Nova's words."""

from __future__ import annotations

from contextlib import closing
from urllib.parse import urlsplit

import pytest

from reconciler.model import MagiError, TargetUnknown
from reconciler.model.consoles import ConsoleType, HasConsoles
from tests.conformance.bench import Bench
from tests.conformance.quotas import admin_of
from tests.conformance.samples import SAMPLES, SERVER

KEY = SAMPLES["server"].key
NOWHERE = "00000000-0000-4000-8000-000000000000"


def test_a_running_server_has_a_link_and_each_is_another(bench: Bench) -> None:
    there = bench.deploy(KEY, SERVER)
    assert isinstance(bench.driver, HasConsoles)
    links = [bench.driver.console_url(there.id, ConsoleType.NOVNC) for _ in range(2)]
    assert {urlsplit(link).scheme for link in links} <= {"http", "https"}
    assert all("token" in link for link in links)
    assert links[0] != links[1]
    assert bench.observe().observed[KEY] == there


def test_a_server_that_is_gone_is_refused(bench: Bench) -> None:
    with pytest.raises(MagiError, match="makes no novnc console: 404: Instance") as caught:
        bench.driver.console_url(NOWHERE, ConsoleType.NOVNC)
    assert not isinstance(caught.value, TargetUnknown)
    assert "deleted since" in caught.value.hint


def test_a_server_without_a_host_is_refused(bench: Bench) -> None:
    there = bench.deploy(KEY, SERVER)
    path = f"/servers/{there.id}/action"
    bench.out_of_band.request("POST", "compute", path, body={"shelve": None})
    bench.observe()
    with closing(admin_of(bench)) as admin:
        # Refused where the cloud takes a shelved server off its host at once.
        admin.request("POST", "compute", path, body={"shelveOffload": None})
    bench.observe()
    with pytest.raises(MagiError, match=r"409: Instance .* is not ready"):
        bench.driver.console_url(there.id, ConsoleType.NOVNC)


def test_a_type_that_is_none_of_its_protocol_is_refused_by_the_cloud(bench: Bench) -> None:
    there = bench.deploy(KEY, SERVER)
    path = f"/servers/{there.id}/remote-consoles"
    for body in ({"protocol": "vnc", "type": "serial"}, {"protocol": "vnc"}, {"protocol": "vnc", "type": "x"}):
        sent = bench.out_of_band.request("POST", "compute", path, body={"remote_console": body})
        assert sent.status_code == 400
    old = bench.out_of_band.request(
        "POST",
        "compute",
        path,
        body={"remote_console": {"protocol": "vnc", "type": "novnc"}},
        microversion="2.5",
    )
    assert old.status_code == 404
