"""Outputs of services: what an observation says of instances, interfaces, links and access points, and their forms."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.model import Key, Observed, Spec, State, World
from reconciler.model.outputs import InstanceOutputs, ServiceOutputs, TargetOutputs
from reconciler.reporting.outputs import Placed, ansible_inventory, kept, outputs_of, placed_json, prometheus_targets
from reconciler.targets.memory.kinds import MachineSpec, PlugSpec, SegmentSpec
from reconciler.targets.openstack.kinds.floating_ip import FloatingIpSpec
from reconciler.targets.openstack.kinds.network import NetworkSpec
from reconciler.targets.openstack.kinds.port import FixedIp, PortSpec
from reconciler.targets.openstack.kinds.router import RouterSpec
from reconciler.targets.openstack.kinds.server import ServerSpec
from reconciler.targets.openstack.kinds.subnet import SubnetSpec
from reconciler.targets.openstack.kinds.trunk import Subport, TrunkSpec
from tests.hostile import DANGEROUS, HOSTILE

LAN, MGMT = Key("paris", "network", "vcpe/lan"), Key("paris", "existing-network", "mgmt-net")
PUBLIC = Key("paris", "existing-network", "public")
SERVER = Key("paris", "server", "vcpe/fw/fw-0")
ETH0, ETH1, VLAN = (Key("paris", "port", f"{SERVER.name}/{name}") for name in ("eth0", "eth1", "vlan5"))
TEMPLATE = "{{ lookup('pipe', 'id') }}"


def server(*ports: Key, hostname: str | None = "edge-fw") -> ServerSpec:
    return ServerSpec(Key("paris", "flavor", "small"), Key("paris", "image", "debian"), ports, hostname=hostname)


def port(network: Key, *addresses: str, mac: str = "FA:16:3E:00:00:01") -> PortSpec:
    return PortSpec(network, tuple(FixedIp(None, one) for one in addresses), mac)


def world(specs: dict[Key, Spec], state: State = State.READY, ids: dict[Key, str] | None = None) -> World:
    found = {key: Observed(key, spec, (ids or {}).get(key, f"id-{key.name}"), state) for key, spec in specs.items()}
    return World("paris", found, {})


SPECS: dict[Key, Spec] = {
    LAN: NetworkSpec(network_type="vlan", physical_network="physnet1", segmentation_id=100),
    Key("paris", "subnet", "vcpe/lan/v6"): SubnetSpec(LAN, "2001:db8::/64"),
    Key("paris", "subnet", "vcpe/lan/v4"): SubnetSpec(LAN, "10.8.0.0/24"),
    Key("paris", "router", "vcpe/internet"): RouterSpec(PUBLIC, ("203.0.113.2",)),
    Key("paris", "router", "vcpe/inside"): RouterSpec(),
    ETH0: port(MGMT, "192.0.2.5"),
    ETH1: port(LAN, "10.8.0.5", "2001:db8::5"),
    VLAN: port(LAN, "10.8.0.6"),
    Key("paris", "port", f"{SERVER.name}/eth9"): port(LAN, "10.8.0.9"),
    Key("paris", "trunk", ETH1.name): TrunkSpec(ETH1, (Subport(VLAN, 5),)),
    SERVER: server(ETH0, ETH1),
    Key("paris", "floating-ip", "vcpe/web/fw-0"): FloatingIpSpec(PUBLIC, ETH1, address="203.0.113.9"),
    Key("paris", "flavor", "shared"): NetworkSpec(),
}


def outputs(specs: dict[Key, Spec], **options: Any) -> ServiceOutputs:
    return outputs_of(world(specs, **options), 5.0).services["vcpe"]


def placed(found: ServiceOutputs, repository: str = "") -> Placed:
    return Placed(repository, "paris", "vcpe", None, found)


def test_a_service_has_instances_with_what_is_attached_to_them_links_and_access_points() -> None:
    found = placed_json(placed(outputs(SPECS)))
    (instance,) = found["instances"]
    interfaces = instance.pop("interfaces")
    assert instance == {
        "name": "fw/fw-0",
        "vnf": "fw",
        "vdu": "fw",
        "id": "id-vcpe/fw/fw-0",
        "hostName": "edge-fw",
        "state": "ready",
    }
    # eth9 is declared and not attached; vlan5 comes as tagged frames on eth1.
    assert [(one["name"], one["link"], one["fixedAddresses"], one["floatingAddresses"]) for one in interfaces] == [
        ("eth0", "mgmt-net", ["192.0.2.5"], []),
        ("eth1", "lan", ["10.8.0.5", "2001:db8::5"], ["203.0.113.9"]),
        ("vlan5", "lan", ["10.8.0.6"], []),
    ]
    assert {one["mac"] for one in interfaces} == {"fa:16:3e:00:00:01"}
    assert found["links"] == [
        {
            "name": "lan",
            "id": "id-vcpe/lan",
            "segment": "vlan physnet1 100",
            "cidrs": ["10.8.0.0/24", "2001:db8::/64"],
        }
    ]
    assert [(one["name"], one["addresses"], one["instance"], one["interface"]) for one in found["accessPoints"]] == [
        ("internet", ["203.0.113.2"], "", ""),
        ("web", ["203.0.113.9"], "fw/fw-0", "eth1"),
    ]


def test_a_target_in_memory_has_outputs_too() -> None:
    segment, plug = Key("lab", "segment", "vcpe/lan"), Key("lab", "plug", "vcpe/web/vm-0/eth0")
    found = outputs(
        {
            segment: SegmentSpec(("10.8.0.0/24",)),
            plug: PlugSpec(segment, ("10.8.0.10",)),
            Key("lab", "machine", "vcpe/web/vm-0"): MachineSpec("debian", "small", (plug,)),
        }
    )
    (instance,) = found.instances
    assert (instance.name, instance.vdu, instance.interfaces[0].fixed) == ("web/vm-0", "vm", ("10.8.0.10",))
    assert (found.links[0].name, found.links[0].cidrs) == ("lan", ("10.8.0.0/24",))


def test_what_services_share_and_what_contributes_nothing_is_in_no_service() -> None:
    only = {key: spec for key, spec in SPECS.items() if key.kind in {"flavor", "trunk"}}
    assert outputs_of(world(only), 5.0).services == {}


def test_a_cloud_that_lies_gives_other_tools_nothing_to_act_on() -> None:
    lying = Key("paris", "server", f"vcpe/{HOSTILE}/{TEMPLATE}")
    specs: dict[Key, Spec] = {
        ETH0: port(MGMT, "-oProxyCommand=id", TEMPLATE, "fe80::1%{{ x }}", "192.0.2.5", mac=HOSTILE),
        ETH1: port(LAN, *[f"10.8.{one // 250}.{one % 250}" for one in range(5000)]),
        LAN: NetworkSpec(network_type="x" * 10_000_000),
        Key("paris", "subnet", "vcpe/lan/v4"): SubnetSpec(LAN, TEMPLATE),
        SERVER: server(ETH0, ETH1, hostname=HOSTILE),
        lying: server(ETH1, hostname=TEMPLATE),
    }
    found = outputs(specs, ids={SERVER: HOSTILE * 1000, lying: TEMPLATE, ETH0: "y" * 10_000_000})
    by_name = {one.name: one for one in found.instances}
    eth0, eth1 = by_name["fw/fw-0"].interfaces
    assert (eth0.fixed, eth0.mac, len(eth1.fixed), found.links[0].cidrs) == (("192.0.2.5",), "", 100, ())
    said = repr(placed_json(placed(found)))
    assert len(said) < 20_000
    assert DANGEROUS.search(said) is None
    inventory = repr(ansible_inventory([placed(found)]))
    assert "{{" not in inventory
    assert "ProxyCommand" not in inventory
    (first, *_) = (one["targets"] for one in prometheus_targets([placed(found)], 9100) if "fw/fw-0" in str(one))
    assert first == ["192.0.2.5:9100"]


def test_prometheus_gets_one_target_for_each_instance_the_floating_address_first() -> None:
    (group,) = prometheus_targets([placed(outputs(SPECS), "default")], 9200)
    assert group == {
        "targets": ["203.0.113.9:9200"],
        "labels": {
            "__meta_magi_repository": "default",
            "__meta_magi_service": "vcpe",
            "__meta_magi_vim": "paris",
            "__meta_magi_vnf": "fw",
            "__meta_magi_vdu": "fw",
            "__meta_magi_instance": "fw/fw-0",
            "__meta_magi_host_name": "edge-fw",
            "__meta_magi_state": "ready",
        },
    }


@pytest.mark.parametrize(("link", "targets"), [("mgmt-net", ["192.0.2.5:1"]), ("other", None)])
def test_a_link_chooses_the_address(link: str, targets: list[str] | None) -> None:
    found = prometheus_targets([placed(outputs(SPECS))], 1, link)
    assert [one["targets"] for one in found] == ([targets] if targets else [])


def test_an_ipv6_address_is_in_brackets() -> None:
    without = {key: spec for key, spec in SPECS.items() if key.kind != "floating-ip"}
    (group,) = prometheus_targets([placed(outputs({**without, ETH1: port(LAN, "2001:db8:0::5")}))], 9100, "lan")
    assert group["targets"] == ["[2001:db8::5]:9100"]


def test_of_an_interface_ipv4_goes_before_ipv6_and_the_first_interface_before_the_second() -> None:
    without = {key: spec for key, spec in SPECS.items() if key.kind != "floating-ip"}
    found = outputs({**without, ETH1: port(LAN, "2001:db8::5", "10.8.0.5")})
    assert [one["targets"] for one in prometheus_targets([placed(found)], 1, "lan")] == [["10.8.0.5:1"]]
    assert [one["targets"] for one in prometheus_targets([placed(found)], 1)] == [["192.0.2.5:1"]]


def test_an_inventory_has_the_structure_that_ansible_asks_a_script_for() -> None:
    inventory = ansible_inventory([placed(outputs(SPECS))], "mgmt-net")
    host = "vcpe.fw.fw-0"
    assert list(inventory["_meta"]["hostvars"]) == [host]
    variables = inventory["_meta"]["hostvars"][host]
    assert (variables["ansible_host"], variables["magi_instance"]) == ("192.0.2.5", "fw/fw-0")
    groups = ["service_vcpe", "vdu_fw_fw", "vim_paris", "vnf_fw"]
    assert inventory["all"] == {"children": groups}
    assert {name: inventory[name] for name in groups} == {name: {"hosts": [host]} for name in groups}
    assert set(inventory) == {"_meta", "all", *groups}


def test_what_is_equal_is_kept_as_the_same_object() -> None:
    before = outputs_of(world(SPECS), 5.0)
    same = kept(outputs_of(world(SPECS), 6.0), before)
    assert same is not None
    assert (same.observed, same.services is before.services) == (6.0, True)
    other = Key("paris", "network", "other/lan")
    more = kept(outputs_of(world({**SPECS, other: NetworkSpec()}), 7.0), before)
    assert more is not None
    assert (more.services["vcpe"] is before.services["vcpe"], set(more.services)) == (True, {"vcpe", "other"})
    changed = kept(outputs_of(world(SPECS, State.STOPPED), 8.0), before)
    assert changed is not None
    assert changed.services["vcpe"].instances[0].state is State.STOPPED


def test_a_target_that_is_not_observed_keeps_what_was_there_and_when() -> None:
    before = TargetOutputs(5.0, {"vcpe": ServiceOutputs((InstanceOutputs("a", "", "a", "", "", State.READY),))})
    assert kept(None, before) is before
    assert kept(None, None) is None
