"""What someone made manually gets documents that ask for just that, then marks, and nothing of it changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from reconciler.cli import exits
from reconciler.cli.main import run
from reconciler.documents import Library
from reconciler.model import Action, Catalog, Key
from reconciler.planning import plan_target
from reconciler.source import open_source
from reconciler.targets.openstack.kinds.port import PortSpec
from reconciler.targets.registry import TARGET_TYPES
from tests.conformance.bench import Bench
from tests.conformance.samples import OTHER_PARTNER, PARTNER, PUBLIC_KEYS, TARGET

NETWORK, COMPUTE, STORAGE = "network", "compute", "block-storage"
VIM = """apiVersion: magi/v1alpha1
kind: Vim
metadata: {{name: paris}}
spec: {{type: openstack, cloud: {cloud}}}
---
apiVersion: magi/v1alpha1
kind: Policy
metadata: {{name: all}}
spec: {{maxDeletes: 1000}}
"""


@dataclass
class Handwork:
    """Things that someone made with the API, all called after ``name``, with what takes them away again."""

    bench: Bench
    folder: Path
    name: str
    made: list[tuple[str, str]] = field(default_factory=list)

    def make(self, service: str, path: str, word: str, /, **content: Any) -> str:
        answer = self.bench.send("POST", service, path, {word: content})[word]
        identifier: str = answer.get("id") or answer["name"]
        self.made.append((service, f"{path}/{identifier}"))
        return identifier

    def find(self, service: str, path: str, collection: str, name: str) -> str:
        found = self.bench.send("GET", service, path)[collection]
        return next(str(one["id"]) for one in found if one["name"] == name)

    def of(self, word: str, identifier: str) -> Any:
        return self.bench.send("GET", NETWORK, f"/v2.0/{word}s/{identifier}")[word]

    def wait_for(self, service: str, path: str, word: str, status: str) -> None:
        for _ in range(300):
            self.bench.wait()
            if self.bench.send("GET", service, path)[word]["status"] == status:
                return
        raise AssertionError(f"{path} never got {status}")

    def magi(self, *arguments: str) -> int:
        options = ["--vim", TARGET, "--owner", self.bench.owner, "--clouds-file", str(self.bench.clouds.file)]
        return run(["adopt", "shop", str(self.folder), "--name", f"{self.name}-*", *options, *arguments])

    def catalog(self) -> Catalog:
        return Library(TARGET_TYPES).catalog(
            open_source(str(self.folder), None, cache_dir=self.folder, path="").fetch()
        )

    def give_free(self) -> None:
        """The documents without `suspend`."""
        file = self.folder / "shop.yaml"
        file.write_text(file.read_text().replace("  suspend: true\n", ""))


@pytest.fixture
def handwork(bench: Bench, tmp_path: Path) -> Iterator[Handwork]:
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "vim.yaml").write_text(VIM.format(cloud=bench.target.entry))
    hands = Handwork(bench, folder, f"{bench.owner}-shop")
    yield hands
    # What was adopted goes with its mark; what was not, here.
    bench.converge({})
    for service, path in reversed(hands.made):
        for _ in range(100):
            answer = bench.out_of_band.request("DELETE", service, path)
            if answer.status_code in {202, 204, 404}:
                break
            bench.wait()


def build(hands: Handwork) -> dict[str, str]:
    """A shop: two web servers with floating IPs behind a router, a database with a volume."""
    name = hands.name
    ids = {"public": hands.find(NETWORK, "/v2.0/networks", "networks", "public")}
    ids["lan"] = lan = hands.make(NETWORK, "/v2.0/networks", "network", name=f"{name}-LAN", description="the shop")
    four: dict[str, Any] = {"cidr": "10.77.0.0/24", "ip_version": 4, "dns_nameservers": ["10.0.0.53"]}
    pools = [{"start": "10.77.0.10", "end": "10.77.0.99"}]
    ids["lan4"] = hands.make(
        NETWORK, "/v2.0/subnets", "subnet", name="four", network_id=lan, allocation_pools=pools, **four
    )
    back = hands.make(NETWORK, "/v2.0/networks", "network", name=f"{name}-back", port_security_enabled=False)
    inner: dict[str, Any] = {"cidr": "10.78.0.0/24", "ip_version": 4, "gateway_ip": None, "enable_dhcp": False}
    hands.make(NETWORK, "/v2.0/subnets", "subnet", network_id=back, **inner)
    gateway = {"network_id": ids["public"]}
    router = hands.make(NETWORK, "/v2.0/routers", "router", name=f"{name}-edge", external_gateway_info=gateway)
    hands.bench.send("PUT", NETWORK, f"/v2.0/routers/{router}/add_router_interface", {"subnet_id": ids["lan4"]})
    group = hands.make(NETWORK, "/v2.0/security-groups", "security_group", name=f"{name}-web")
    for rule in (
        {"protocol": "tcp", "port_range_min": 443, "port_range_max": 443},
        {"protocol": "tcp", "port_range_min": 8000, "port_range_max": 8099, "remote_ip_prefix": "10.0.0.0/8"},
        {"protocol": "icmp", "port_range_min": 8, "port_range_max": 0},
        {"remote_group_id": group},
        {"ethertype": "IPv6", "protocol": "ipv6-icmp"},
    ):
        content = {"security_group_id": group, "direction": "ingress", "ethertype": "IPv4", **rule}
        hands.bench.send("POST", NETWORK, "/v2.0/security-group-rules", {"security_group_rule": content})
    hands.make(COMPUTE, "/os-keypairs", "keypair", name=f"{name}-ops", public_key=PUBLIC_KEYS[0])
    apart = hands.make(COMPUTE, "/os-server-groups", "server_group", name=f"{name}-apart", policy="soft-anti-affinity")
    image = hands.find("image", "/v2/images", "images", "debian-12")
    flavor = hands.find(COMPUTE, "/flavors", "flavors", "m1.small")
    common = {"imageRef": image, "flavorRef": flavor, "key_name": f"{name}-ops"}
    for number in (1, 2):
        front = hands.make(
            NETWORK,
            "/v2.0/ports",
            "port",
            network_id=lan,
            security_groups=[group],
            fixed_ips=[{"ip_address": f"10.77.0.{20 + number}"}],
            allowed_address_pairs=[{"ip_address": "10.77.0.20"}],
        )
        rear = hands.make(NETWORK, "/v2.0/ports", "port", network_id=back)
        floating = {"floating_network_id": ids["public"], "port_id": front}
        ids[f"float{number}"] = hands.make(NETWORK, "/v2.0/floatingips", "floatingip", **floating)
        body = {
            "name": f"{name}-web-{number}",
            "networks": [{"port": front}, {"port": rear}],
            "metadata": {"tier": "1"},
        }
        ids[f"web{number}"] = server(hands, apart, **common, **body)
    port = hands.make(NETWORK, "/v2.0/ports", "port", network_id=lan)
    ids["db"] = server(hands, None, **common, name=f"{name}-db", networks=[{"port": port}], config_drive=True)
    if hands.bench.out_of_band.offers(STORAGE):
        ids["disk"] = disk = hands.make(STORAGE, "/volumes", "volume", name=f"{name}-disk", size=1)
        hands.wait_for(STORAGE, f"/volumes/{disk}", "volume", "available")
        attachment = {"volumeAttachment": {"volumeId": disk}}
        hands.bench.send("POST", COMPUTE, f"/servers/{ids['db']}/os-volume_attachments", attachment)
        hands.wait_for(STORAGE, f"/volumes/{disk}", "volume", "in-use")
    return ids


def server(hands: Handwork, group: str | None, **content: Any) -> str:
    body: dict[str, Any] = {"server": content}
    if group:
        body["os:scheduler_hints"] = {"group": group}
    made: str = hands.bench.send("POST", COMPUTE, "/servers", body)["server"]["id"]
    hands.made.append((COMPUTE, f"/servers/{made}"))
    hands.wait_for(COMPUTE, f"/servers/{made}", "server", "ACTIVE")
    return made


def test_what_was_made_manually_is_described_marked_and_then_kept_as_it_is(
    handwork: Handwork, capsys: pytest.CaptureFixture[str]
) -> None:
    ids = build(handwork)
    bench, file = handwork.bench, handwork.folder / "shop.yaml"

    assert handwork.magi("--out", str(file)) == exits.FINE, capsys.readouterr()
    assert bench.observe().observed == {}  # nothing is marked without --yes
    reported = capsys.readouterr().out
    assert f"{handwork.name}-LAN" in reported
    assert "shop/" in reported
    assert f"The documents are in {file}: add them to SOURCE and commit them" in reported

    assert handwork.magi("--yes") == exits.FINE, capsys.readouterr()
    world = bench.observe()
    assert {one.id for one in world.observed.values()} >= set(ids.values()) - {ids["public"]}
    assert handwork.magi("--yes") == exits.FINE  # a second time finds nothing to mark
    assert "0 resources of shop have Magi's mark now" in capsys.readouterr().out

    handwork.give_free()
    desired = handwork.catalog().desired[TARGET]
    plan = plan_target(handwork.catalog(), world)
    changes = {change.field for step in plan.steps.values() for change in step.changes}
    assert ({step.action for step in plan.steps.values()}, changes) == ({Action.UPDATE}, {"name"})
    after = bench.converge(desired)
    assert {key: one.id for key, one in after.observed.items()} == {key: one.id for key, one in world.observed.items()}

    names = {key.name for key in after.observed if key.kind == "server"}
    vnf = f"{handwork.name}-web"[:40].strip("-")
    assert {f"shop/{vnf}/{vnf}-0", f"shop/{vnf}/{vnf}-1"} < names  # alike but for a number: one VDU
    assert handwork.of("network", ids["lan"])["description"].startswith(f"magi:{bench.owner} shop/")


def test_what_the_documents_would_change_is_reported_and_nothing_is_marked(
    handwork: Handwork, capsys: pytest.CaptureFixture[str]
) -> None:
    network = handwork.make(NETWORK, "/v2.0/networks", "network", name=f"{handwork.name}-off", admin_state_up=False)
    assert handwork.magi("--out", str(handwork.folder / "shop.yaml")) == exits.STEPS
    assert "admin_state_up: false -> true" in capsys.readouterr().out
    assert handwork.magi("--yes") == exits.STEPS
    assert handwork.of("network", network)["description"] == ""


def test_marks_need_the_documents_in_the_source_and_suspended(
    handwork: Handwork, capsys: pytest.CaptureFixture[str]
) -> None:
    network = handwork.make(NETWORK, "/v2.0/networks", "network", name=f"{handwork.name}-lan")
    assert handwork.magi("--yes") == exits.CONFIG
    assert "the documents have no service shop" in capsys.readouterr().err
    file = handwork.folder / "shop.yaml"
    assert handwork.magi("--out", str(file)) == exits.FINE
    handwork.give_free()
    assert handwork.magi("--yes") == exits.CONFIG
    assert f"{file.name}:" in capsys.readouterr().err
    assert handwork.of("network", network)["description"] == ""
    assert handwork.magi("--out", str(file)) == exits.FINE  # the service is there: nothing is written over
    assert handwork.magi("--name", "no-such-*") == exits.FINE  # a second pattern adds to the first


def test_what_has_a_mark_is_left_to_whose_it_is(handwork: Handwork, capsys: pytest.CaptureFixture[str]) -> None:
    handwork.make(NETWORK, "/v2.0/networks", "network", name=f"{handwork.name}-a", description="magi:others svc/lan")
    handwork.make(NETWORK, "/v2.0/networks", "network", name=f"{handwork.name}-b")
    assert handwork.magi("-o", "json", "--out", str(handwork.folder / "shop.yaml")) == exits.FINE
    answer = capsys.readouterr().out
    assert '"kind": "network"' in answer
    assert Key(TARGET, "network", f"shop/{handwork.name}-b").name in answer
    assert "it has a mark already" in answer


def test_a_security_group_that_no_one_uses_is_left_out_and_the_rest_is_taken_over(
    handwork: Handwork, capsys: pytest.CaptureFixture[str]
) -> None:
    handwork.make(NETWORK, "/v2.0/networks", "network", name=f"{handwork.name}-lan")
    unused = handwork.make(NETWORK, "/v2.0/security-groups", "security_group", name=f"{handwork.name}-old")
    file = handwork.folder / "shop.yaml"
    assert handwork.magi("--out", str(file)) == exits.FINE, capsys.readouterr()
    assert "no server that is taken over uses it" in capsys.readouterr().out
    assert handwork.magi("--yes") == exits.FINE, capsys.readouterr()
    group = handwork.bench.send("GET", NETWORK, f"/v2.0/security-groups/{unused}")["security_group"]
    assert group["description"] == ""


def test_network_cards_come_in_the_order_that_nova_has_them_in(
    handwork: Handwork, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ports that were made in another order than they were plugged in, all within a second."""
    names = ("c", "a", "b")
    networks = {
        one: handwork.make(NETWORK, "/v2.0/networks", "network", name=f"{handwork.name}-{one}") for one in "abc"
    }
    for number, one in enumerate("abc"):
        cidr = f"10.9{number}.0.0/24"
        handwork.make(NETWORK, "/v2.0/subnets", "subnet", name=one, network_id=networks[one], cidr=cidr, ip_version=4)
    ports = {
        one: handwork.make(NETWORK, "/v2.0/ports", "port", name=one, network_id=networks[one])
        for one in reversed("abc")
    }
    image = handwork.find("image", "/v2/images", "images", "debian-12")
    flavor = handwork.find(COMPUTE, "/flavors", "flavors", "m1.small")
    plugged_in = [{"port": ports[one]} for one in names]
    server(handwork, None, name=f"{handwork.name}-gw", imageRef=image, flavorRef=flavor, networks=plugged_in)
    assert handwork.magi("--out", str(handwork.folder / "shop.yaml")) == exits.FINE, capsys.readouterr()
    asked = handwork.catalog().desired[TARGET]
    plugged = {key.name.rpartition("/")[2]: one.spec for key, one in asked.items() if key.kind == "port"}
    on = [plugged[f"eth{number}"] for number in range(3)]
    assert [spec.network.name.rpartition("/")[2][-1] for spec in on if isinstance(spec, PortSpec)] == list(names)


def test_with_whom_a_network_is_shared_is_written_down_and_stays(
    handwork: Handwork, capsys: pytest.CaptureFixture[str]
) -> None:
    lan = handwork.make(NETWORK, "/v2.0/networks", "network", name=f"{handwork.name}-lan")
    share = {"object_type": "network", "object_id": lan, "action": "access_as_shared"}
    policies = [
        handwork.make(NETWORK, "/v2.0/rbac-policies", "rbac_policy", **share, target_tenant=project)
        for project in (PARTNER, OTHER_PARTNER)
    ]
    assert handwork.magi("--out", str(handwork.folder / "shop.yaml")) == exits.FINE, capsys.readouterr()
    assert handwork.magi("--yes") == exits.FINE, capsys.readouterr()
    handwork.give_free()
    world = handwork.bench.driver.observe(complete=True)
    assert {one.id for key, one in world.observed.items() if key.kind == "rbac-policy"} == {*policies}
    (rename,) = plan_target(handwork.catalog(), world).steps.values()
    assert (rename.action, rename.key.kind, [one.field for one in rename.changes]) == (
        Action.UPDATE,
        "network",
        ["name"],
    )


def test_an_address_group_is_taken_over_with_the_rule_that_names_it(
    handwork: Handwork, capsys: pytest.CaptureFixture[str]
) -> None:
    lan = handwork.make(NETWORK, "/v2.0/networks", "network", name=f"{handwork.name}-lan")
    handwork.make(NETWORK, "/v2.0/subnets", "subnet", network_id=lan, cidr="10.79.0.0/24", ip_version=4)
    offices = handwork.make(
        NETWORK, "/v2.0/address-groups", "address_group", name=f"{handwork.name}-offices", addresses=["10.20.0.0/16"]
    )
    group = handwork.make(NETWORK, "/v2.0/security-groups", "security_group", name=f"{handwork.name}-web")
    rule = {"security_group_id": group, "direction": "ingress", "remote_address_group_id": offices}
    handwork.bench.send("POST", NETWORK, "/v2.0/security-group-rules", {"security_group_rule": rule})
    port = handwork.make(NETWORK, "/v2.0/ports", "port", network_id=lan, security_groups=[group])
    image = handwork.find("image", "/v2/images", "images", "debian-12")
    flavor = handwork.find(COMPUTE, "/flavors", "flavors", "m1.small")
    card = [{"port": port}]
    server(handwork, None, name=f"{handwork.name}-web", imageRef=image, flavorRef=flavor, networks=card)
    assert handwork.magi("--out", str(handwork.folder / "shop.yaml")) == exits.FINE, capsys.readouterr()
    assert handwork.magi("--yes") == exits.FINE, capsys.readouterr()
    (taken,) = (one for key, one in handwork.bench.observe().observed.items() if key.kind == "address-group")
    assert taken.id == offices
