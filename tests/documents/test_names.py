"""Names in documents that lead nowhere: reported at their place, with the one that was probably meant."""

from tests.documents.commits import changed, problems_of
from tests.documents.vcpe import REPOSITORY, in_descriptor, in_service, with_rule


def test_an_unknown_descriptor() -> None:
    assert in_service("descriptor: firewall", "descriptor: firewal") == [
        "vcpe.yaml:14:19: unknown descriptor 'firewal' (did you mean 'firewall'?)"
    ]


def test_an_unknown_vim_of_the_service_is_reported_once() -> None:
    assert in_service("vim: paris", "vim: pariss") == ["vcpe.yaml:5:8: unknown VIM 'pariss' (did you mean 'paris'?)"]


def test_an_unknown_vim_of_a_part() -> None:
    assert in_service("{name: edge,", "{name: edge, vim: berlin,") == [
        "vcpe.yaml:11:25: unknown VIM 'berlin' (there is lyon, paris)"
    ]


def test_an_unknown_vdu_in_counts_is_reported_at_its_key() -> None:
    assert in_service("counts: {fw: 1}", "counts: {fv: 1}") == ["vcpe.yaml:15:16: unknown VDU 'fv' (there is fw)"]


def test_an_unknown_connection_point_and_the_one_left_unconnected_for_it() -> None:
    assert in_service("connect: {mgmt: mgmt, inside: lan}", "connect: {mgmt: mgmt, outside: lan}") == [
        (
            "vcpe.yaml:16:7: connection point 'inside' of descriptor 'firewall' is not connected "
            "(add 'inside: VIRTUAL-LINK' to connect)"
        ),
        "vcpe.yaml:16:29: unknown connection point 'outside' (did you mean 'inside'?)",
    ]


def test_a_vnf_that_connects_nothing_is_reported_of_every_connection_point() -> None:
    reported = in_service("      connect: {mgmt: mgmt, inside: lan}\n", "")
    assert [line.partition(" (")[0] for line in reported] == [
        "vcpe.yaml:13:7: connection point 'inside' of descriptor 'firewall' is not connected",
        "vcpe.yaml:13:7: connection point 'mgmt' of descriptor 'firewall' is not connected",
    ]


def test_an_unknown_virtual_link_in_connect() -> None:
    assert in_service("inside: lan}", "inside: lann}") == [
        "vcpe.yaml:16:37: unknown virtual link 'lann' (did you mean 'lan'?)"
    ]


def test_an_unknown_virtual_link_on_a_router_and_at_an_access_point() -> None:
    assert in_service("virtualLinks: [dmz]", "virtualLinks: [dmx]") == [
        "vcpe.yaml:11:35: unknown virtual link 'dmx' (did you mean 'dmz'?)"
    ]
    assert in_service("{name: internet, virtualLink: lan}", "{name: internet, virtualLink: wan}")[0] == (
        "vcpe.yaml:18:37: unknown virtual link 'wan' (did you mean 'lan'?)"
    )


def test_an_access_point_at_an_unknown_vnf_or_connection_point() -> None:
    assert in_service("{vnf: fw, name: inside}", "{vnf: fx, name: inside}") == [
        "vcpe.yaml:19:46: unknown VNF 'fx' (there is fw)"
    ]
    assert in_service("{vnf: fw, name: inside}", "{vnf: fw, name: wan}") == [
        "vcpe.yaml:19:56: unknown connection point 'wan' (there is inside, mgmt)"
    ]


def test_names_that_an_interface_refers_to() -> None:
    assert in_descriptor(
        "connectionPoint: mgmt, securityGroups: [web]", "connectionPoint: mgt, securityGroups: [wep]"
    ) == [
        (
            "vnfd/firewall.yaml:6:7: no interface leads to connection point 'mgmt' "
            "(remove it, or name it in a vdu's interface)"
        ),
        "vnfd/firewall.yaml:22:41: unknown connection point 'mgt' (did you mean 'mgmt'?)",
        "vnfd/firewall.yaml:22:63: unknown security group 'wep' (did you mean 'web'?)",
    ]
    assert in_descriptor("virtualLink: sync", "virtualLink: sink") == [
        "vnfd/firewall.yaml:24:37: unknown virtual link 'sink' (there is sync)"
    ]


def test_an_unknown_key_pair() -> None:
    assert in_descriptor("keyPair: netops", "keyPair: ops") == [
        "vnfd/firewall.yaml:19:16: unknown key pair 'ops' (did you mean 'netops'?)"
    ]


def test_shared_volumes_are_there_and_used() -> None:
    assert in_descriptor("keyPair: netops", "sharedVolumes: [state]") == [
        "vnfd/firewall.yaml:19:23: unknown volume 'state' (there is none)"
    ]
    assert in_descriptor("  vdus:", "  volumes: [{name: state, size: 1}]\n  vdus:") == [
        "vnfd/firewall.yaml:15:13: no VDU has volume 'state' (remove it, or name it in sharedVolumes of a vdu)"
    ]


def test_an_instance_has_one_volume_of_a_name() -> None:
    both = "volumes: [{name: a, size: 1}, {name: a, size: 2}]"
    assert in_descriptor("keyPair: netops", both) == [
        "vnfd/firewall.yaml:19:44: volume 'a' is there twice (the first is in line 19)"
    ]
    assert in_descriptor("keyPair: netops", "bootVolume: {size: 1}\n      volumes: [{name: root, size: 1}]") == [
        "vnfd/firewall.yaml:20:24: volume 'root' of VDU 'fw' is its boot volume (give it another name)"
    ]


def test_zones_are_one_or_several() -> None:
    assert in_descriptor("keyPair: netops", "availabilityZone: a\n      availabilityZones: [a, b]") == [
        "vnfd/firewall.yaml:20:7: VDU 'fw' has both availabilityZone and availabilityZones (keep one of them)"
    ]


def test_a_group_is_one_that_exists_or_one_of_its_own() -> None:
    (problem,) = in_descriptor("keyPair: netops", "affinity: affinity\n      serverGroup: apart")
    assert problem.startswith("vnfd/firewall.yaml:20:7: VDU 'fw' has both affinity and serverGroup (keep one")


def test_a_limit_for_each_host_needs_anti_affinity() -> None:
    assert in_descriptor("keyPair: netops", "affinity: affinity\n      maxInstancesPerHost: 2") == [
        "vnfd/firewall.yaml:20:7: maxInstancesPerHost of VDU 'fw' needs 'affinity: anti-affinity' (it has 'affinity')"
    ]


def test_where_there_is_nothing_to_choose_from_the_hint_says_so() -> None:
    nothing = changed(REPOSITORY, "vnfd/firewall.yaml", "- {name: netops, publicKey", "# {name: netops, publicKey")
    assert problems_of(changed(nothing, "vnfd/firewall.yaml", "keyPairs:\n", "keyPairs: []\n")) == [
        "vnfd/firewall.yaml:19:16: unknown key pair 'netops' (there is none)"
    ]


def test_an_unknown_remote_group() -> None:
    assert with_rule("remoteGroup: wep") == [
        "vnfd/firewall.yaml:14:23: unknown security group 'wep' (did you mean 'web'?)"
    ]
