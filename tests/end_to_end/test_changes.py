"""How changes go through a service that runs: a few instances at a time, gated by probes, healed, in windows."""

from __future__ import annotations

import itertools
import socket
from collections.abc import Iterator

import pytest

from tests.end_to_end.conftest import Workplace
from tests.ports import free_port
from tests.simulator.callers import send

# Loopback addresses are real ones here: what listens on them represents the instances.
FILES = {
    "vims.yaml": """\
apiVersion: magi/v1alpha1
kind: Vim
metadata: {name: paris}
spec: {type: openstack}
""",
    "web.yaml": """\
apiVersion: magi/v1alpha1
kind: VnfDescriptor
metadata: {name: web}
spec:
  connectionPoints: [{name: mgmt}]
  vdus:
    - name: web
      image: debian-12
      flavor: m1.small
      count: 3
      interfaces: [{name: eth0, connectionPoint: mgmt}]
      probe: {interface: eth0, tcp: {port: PORT}, timeout: 1, failures: 1, startup: 0}
""",
    "service.yaml": """\
apiVersion: magi/v1alpha1
kind: NetworkService
metadata: {name: shop}
spec:
  vim: paris
  changes: {disruptive: allow, replace: allow}
  virtualLinks: [{name: mgmt, subnets: [{cidr: 127.1.0.0/24, dhcp: false}]}]
  vnfs:
    - name: web
      descriptor: web
      connect: {mgmt: mgmt}
      addresses: {mgmt: [127.1.0.10, 127.1.0.11, 127.1.0.12, 127.1.0.13]}
""",
}


class Instances:
    """What answers at the addresses of the instances. All have the same port."""

    def __init__(self) -> None:
        self.listening: dict[int, socket.socket] = {}
        self.port = free_port()
        for number in (10, 11, 12, 13):
            self.start(number)

    def start(self, number: int) -> None:
        self.listening[number] = socket.create_server((f"127.1.0.{number}", self.port))

    def stop(self, number: int) -> None:
        self.listening.pop(number).close()


@pytest.fixture
def instances() -> Iterator[Instances]:
    made = Instances()
    yield made
    for number in list(made.listening):
        made.stop(number)


@pytest.fixture
def shop(workplace: Workplace, instances: Instances) -> Workplace:
    """Three instances, running."""
    workplace.work.commit({name: text.replace("PORT", str(instances.port)) for name, text in FILES.items()}, "First")
    done = apply(workplace)
    assert done[0] == 0, done[1]
    return workplace


def apply(shop: Workplace) -> tuple[int, str]:
    shop.simulator.reset_requests()
    done = shop.magi("apply", shop.url, "--yes", "--clouds-file", str(shop.clouds_file))
    return done.code, done.out + done.err


def actions(shop: Workplace) -> list[str]:
    """What was asked of servers in order, one word each; "list" between two for a listing of the servers."""
    words = {
        ("POST", "/servers/{id}/action"): "action",
        ("POST", "/servers"): "create",
        ("DELETE", "/servers/{id}"): "delete",
        ("GET", "/servers/detail"): "list",
    }
    log = [(entry["method"], entry["route"].removeprefix("/v2.1")) for entry in shop.simulator.log()]
    return [words[one] for one in log if one in words]


def test_a_new_image_goes_through_one_instance_at_a_time(shop: Workplace) -> None:
    shop.edit("web.yaml", "debian-12", "ubuntu-24.04")
    code, output = apply(shop)
    assert code == 0, output
    assert "1 at a time" in output
    asked = actions(shop)
    assert asked.count("action") == 3
    places = [place for place, one in enumerate(asked) if one == "action"]
    assert all("list" in asked[first:second] for first, second in itertools.pairwise(places))


def test_a_roll_stops_at_the_first_instance_that_does_not_come_back(shop: Workplace, instances: Instances) -> None:
    instances.stop(10)
    shop.edit("web.yaml", "debian-12", "ubuntu-24.04")
    code, output = apply(shop)
    assert code != 0
    assert "127.1.0.10" in output
    assert actions(shop).count("action") == 1, "only the one that was out of service already"
    instances.start(10)
    code, output = apply(shop)
    assert (code, actions(shop).count("action")) == (0, 2), output


def test_an_instance_beside_the_others_keeps_their_number_during_a_change(shop: Workplace) -> None:
    shop.edit("service.yaml", "  vim: paris\n", "  vim: paris\n  updateStrategy: {maxUnavailable: 0, maxSurge: 1}\n")
    shop.edit("web.yaml", "debian-12", "ubuntu-24.04")
    code, output = apply(shop)
    assert code == 0, output
    asked = [one for one in actions(shop) if one != "list"]
    assert asked == ["create", "action", "action", "action", "delete"]
    assert apply(shop)[0] == 0
    assert shop.writes() == []


def test_what_fails_its_probe_is_healed_by_the_ladder(shop: Workplace, instances: Instances) -> None:
    shop.edit(
        "service.yaml", "  vim: paris\n", "  vim: paris\n  healing: {ladder: [reboot, rebuild], limit: 2, pause: 1s}\n"
    )
    instances.stop(11)
    code, output = apply(shop)
    assert code != 0
    assert "fails its probe: tcp 127.1.0.11" in output
    assert actions(shop).count("action") == 2, "two tries, then it is left to people"


def test_an_instance_in_error_is_replaced_where_that_is_declared(shop: Workplace) -> None:
    settings = f"{shop.simulator.url}/_simulator/clouds/paris/settings"
    assert send("PUT", settings, {"fail_image": "ubuntu-24.04"}).status == 200
    shop.edit("web.yaml", "debian-12", "ubuntu-24.04")
    shop.edit("service.yaml", "addresses: {mgmt:", "counts: {web: 4}\n      addresses: {mgmt:")
    assert apply(shop)[0] != 0
    assert send("PUT", settings, {"fail_image": None}).status == 200
    shop.edit("service.yaml", "  vim: paris\n", "  vim: paris\n  healing: {ladder: [replace]}\n")
    code, output = apply(shop)
    assert code == 0, output
    assert {"create", "delete"} <= set(actions(shop))


def test_what_waits_for_a_window_is_blocked_until_it_opens(shop: Workplace) -> None:
    closed = "{cron: '0 0 30 2 *', duration: 1h}"  # a day that never comes
    shop.edit(
        "service.yaml",
        "changes: {disruptive: allow, replace: allow}",
        f"changes: {{disruptive: window, windows: [{closed}]}}",
    )
    shop.edit("web.yaml", "debian-12", "ubuntu-24.04")
    shop.simulator.reset_requests()
    done = shop.magi("plan", shop.url, "--clouds-file", str(shop.clouds_file))
    assert "blocked: waits for the window '0 0 30 2 *' for 1h, UTC" in done.out
    assert apply(shop)[0] != 0
    assert shop.writes() == []
    shop.edit("service.yaml", closed, "{cron: '* * * * *', duration: 5m, timeZone: Europe/Paris}")
    code, output = apply(shop)
    assert (code, actions(shop).count("action")) == (0, 3), output


def test_a_vnf_waits_for_the_one_that_it_depends_on(workplace: Workplace, instances: Instances) -> None:
    second = """\
    - name: app
      descriptor: web
      dependsOn: [web]
      counts: {web: 1}
      connect: {mgmt: mgmt}
      addresses: {mgmt: [127.1.0.13]}
"""
    files = {name: text.replace("PORT", str(instances.port)) for name, text in FILES.items()}
    files["service.yaml"] = files["service.yaml"].replace(", 127.1.0.13]", "]") + second
    workplace.work.commit(files, "First")
    instances.stop(12)
    code, output = apply(workplace)
    assert code != 0
    assert "waits until shop/web/web-0" in output
    assert actions(workplace).count("create") == 3
    instances.start(12)
    code, output = apply(workplace)
    assert (code, actions(workplace).count("create")) == (0, 1), output
