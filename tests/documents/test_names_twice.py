"""Names that are there twice, where each has to be one."""

from tests.documents.commits import changed, problems_of
from tests.documents.vcpe import POLICY, REPOSITORY, VCPE, in_descriptor, in_service


def test_a_second_document_of_a_name_in_another_file() -> None:
    assert problems_of({**REPOSITORY, "z.yaml": VCPE}) == [
        "z.yaml:3:18: NetworkService 'vcpe' is there twice (the first is at vcpe.yaml:3)"
    ]


def test_the_same_name_in_two_kinds_is_no_clash() -> None:
    assert problems_of({**REPOSITORY, "policy.yaml": POLICY % "vcpe"}) == []


def test_a_name_twice_in_a_list() -> None:
    assert in_service("name: dmz", "name: lan")[0] == (
        "vcpe.yaml:9:14: virtual link 'lan' is there twice (the first is in line 8)"
    )
    assert in_descriptor("name: eth1", "name: eth0") == [
        (
            "vnfd/firewall.yaml:7:7: no interface leads to connection point 'inside' "
            "(remove it, or name it in a vdu's interface)"
        ),
        "vnfd/firewall.yaml:23:18: interface 'eth0' is there twice (the first is in line 22)",
    ]


def test_a_router_and_an_access_point_at_a_link_share_their_names() -> None:
    assert in_service("name: edge", "name: internet") == [
        "vcpe.yaml:18:14: access point 'internet' and the router in line 11 share a name"
    ]


def test_two_vims_of_one_cloud() -> None:
    assert problems_of(
        changed(REPOSITORY, "vims.yaml", "name: lyon}, spec: {", "name: lyon}, spec: {cloud: paris, ")
    ) == [
        (
            "vims.yaml:3:78: the Vims 'paris' and 'lyon' are the same cloud 'paris' "
            "(the other is at vims.yaml:1; keep one of them)"
        )
    ]


def test_two_regions_of_one_cloud_are_two_vims() -> None:
    spec = "name: lyon}, spec: {cloud: paris, region: south, "
    assert problems_of(changed(REPOSITORY, "vims.yaml", "name: lyon}, spec: {", spec)) == []


def test_a_second_policy() -> None:
    assert problems_of({**REPOSITORY, "a.yaml": POLICY % "one", "b.yaml": POLICY % "two"}) == [
        "b.yaml:1:60: a second Policy: there can be one in a repository (the first is in a.yaml)"
    ]
