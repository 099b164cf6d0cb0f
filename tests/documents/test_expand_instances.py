"""From a VDU to servers, server groups, key pairs and volumes."""

import re
from collections.abc import Mapping

import pytest

from reconciler.model import Key, Opaque, Spec
from reconciler.targets.openstack.kinds.keypair import KeypairSpec
from reconciler.targets.openstack.kinds.server import ServerSpec
from reconciler.targets.openstack.kinds.server_group import ServerGroupSpec
from reconciler.targets.openstack.kinds.volume import VolumeSpec
from reconciler.targets.openstack.kinds.volume_attachment import VolumeAttachmentSpec
from tests.documents.commits import changed
from tests.documents.firewall import (
    REPOSITORY,
    in_service,
    paris,
    specs,
)


def test_a_server_has_all_that_its_vdu_says() -> None:
    assert specs()[paris("server", "fw/fw-1")] == ServerSpec(
        flavor=Key("paris", "flavor", "m1.small"),
        image=Key("paris", "image", "debian-12"),
        ports=(paris("port", "fw/fw-1/eth0"), paris("port", "fw/fw-1/eth1"), paris("port", "fw/fw-1/eth2")),
        user_data=Opaque.of("#cloud-config"),
        metadata=(("alpha", "first"), ("role", "firewall")),
        key_pair=paris("keypair", "fw/netops"),
        server_group=paris("server-group", "fw/fw"),
    )


def test_affinity_becomes_a_group_of_the_vdu_and_a_key_loses_its_comment() -> None:
    found = specs()
    assert found[paris("server-group", "fw/fw")] == ServerGroupSpec("anti-affinity")
    assert found[paris("keypair", "fw/netops")] == KeypairSpec(
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICnbhO7LJD6DcczPWwRL8c0"
    )


def vdu_with(text: str, path: str = "fw/fw-0") -> ServerSpec:
    """The server of an instance whose VDU says something more."""
    there = changed(REPOSITORY, "firewall.yaml", "      affinity: anti-affinity", text)
    server = specs(there)[paris("server", path)]
    assert isinstance(server, ServerSpec)
    return server


def test_instances_are_spread_over_zones_by_their_index() -> None:
    zones = "      availabilityZones: [az-1, az-2]"
    assert [vdu_with(zones, f"fw/fw-{index}").availability_zone for index in (0, 1)] == ["az-1", "az-2"]


def test_a_config_drive_and_the_operation_are_those_of_the_vdu() -> None:
    server = vdu_with("      configDrive: true\n      operate: stopped")
    assert (server.config_drive, server.operate) == (True, "stopped")
    assert vdu_with("      affinity: affinity").operate is None


def test_the_operation_of_the_vnf_goes_before_that_of_the_vdu() -> None:
    there = changed(REPOSITORY, "firewall.yaml", "      affinity: anti-affinity", "      operate: stopped")
    there = changed(there, "vcpe.yaml", "descriptor: firewall", "descriptor: firewall\n      operate: started")
    server = specs(there)[paris("server", "fw/fw-0")]
    assert isinstance(server, ServerSpec)
    assert server.operate == "started"


def test_a_limit_for_each_host_is_that_of_the_group() -> None:
    text = "      affinity: anti-affinity\n      maxInstancesPerHost: 2"
    found = specs(changed(REPOSITORY, "firewall.yaml", "      affinity: anti-affinity", text))
    assert found[paris("server-group", "fw/fw")] == ServerGroupSpec("anti-affinity", 2)


def test_an_existing_server_group_is_used_and_not_made() -> None:
    apart = {"firewall.yaml": re.sub(r"affinity: [^\n]*", "serverGroup: apart", str(REPOSITORY["firewall.yaml"]))}
    found = specs(REPOSITORY | apart)
    server = found[paris("server", "fw/fw-0")]
    assert isinstance(server, ServerSpec)
    assert server.server_group == Key("paris", "existing-server-group", "apart")
    assert not [key for key in found if key.kind == "server-group"]


def test_an_existing_key_pair_is_used_and_not_made() -> None:
    there = REPOSITORY | {
        "firewall.yaml": re.sub(r"publicKey: [^}]*", "existing: ops-2026", str(REPOSITORY["firewall.yaml"]))
    }
    found = specs(there)
    server = found[paris("server", "fw/fw-0")]
    assert isinstance(server, ServerSpec)
    assert server.key_pair == Key("paris", "existing-keypair", "ops-2026")
    assert not [key for key in found if key.kind == "keypair"]


VOLUMES = """\
      bootVolume: {size: 10}
      volumes: [{name: data, size: 20, type: fast, keep: true}]
      sharedVolumes: [state]"""


def with_volumes() -> Mapping[Key, Spec]:
    there = changed(REPOSITORY, "firewall.yaml", "      affinity: anti-affinity", VOLUMES)
    return specs(changed(there, "firewall.yaml", "  vdus:", "  volumes: [{name: state, size: 5}]\n  vdus:"))


def test_each_instance_has_data_volumes_of_its_own_and_all_share_one() -> None:
    found = with_volumes()
    fast = Key("paris", "volume-type", "fast")
    assert found[paris("volume", "fw/fw-1/data")] == VolumeSpec(20, fast, keep=True)
    assert found[paris("volume", "fw/state")] == VolumeSpec(5)
    server = paris("server", "fw/fw-1")
    assert {
        key.name: spec for key, spec in found.items() if key.kind == "volume-attachment" and server in spec.refs()
    } == {
        "vcpe/fw/fw-1/data": VolumeAttachmentSpec(server, paris("volume", "fw/fw-1/data")),
        "vcpe/fw/fw-1/state": VolumeAttachmentSpec(server, paris("volume", "fw/state")),
    }


def test_a_server_boots_from_a_volume_that_is_made_from_its_image() -> None:
    found = with_volumes()
    root = paris("volume", "fw/fw-0/root")
    assert found[root] == VolumeSpec(10, image=Key("paris", "image", "debian-12"))
    server = found[paris("server", "fw/fw-0")]
    assert isinstance(server, ServerSpec)
    assert server.boot_volume == root


@pytest.mark.parametrize("count", [0, 1, 2])
def test_counts_of_the_service_go_before_the_count_of_the_vdu(count: int) -> None:
    found = in_service("descriptor: firewall", f"descriptor: firewall\n      counts: {{fw: {count}}}")
    names = sorted(key.name for key in found if key.kind in {"server", "floating-ip"})
    assert names == [
        *(f"vcpe/console/fw-{index}" for index in range(count)),
        *(f"vcpe/fw/fw-{index}" for index in range(count)),
    ]


def test_a_user_data_file_is_read_beside_its_descriptor() -> None:
    there = changed(REPOSITORY, "firewall.yaml", '{inline: "#cloud-config"}', "{file: init/fw}")
    server = specs({**there, "init/fw": "#!/bin/sh\n"})[paris("server", "fw/fw-0")]
    assert isinstance(server, ServerSpec)
    assert server.user_data == Opaque.of("#!/bin/sh\n")
    assert server.user_data is not None
    assert server.user_data.content == "#!/bin/sh\n"
