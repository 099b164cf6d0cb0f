"""VIMs of VNFs, links and routers: each part has to be somewhere, and most on one."""

from tests.documents.commits import changed, problems_of
from tests.documents.vcpe import REPOSITORY, in_service


def test_a_vnf_without_a_vim() -> None:
    assert in_service("  vim: paris\n", "") == [
        "vcpe.yaml:12:7: no VIM for VNF 'fw' (set vim or placement here, or spec.vim)"
    ]


def test_a_new_virtual_link_that_is_used_on_two_vims() -> None:
    both = "    - {name: fx, descriptor: firewall, vim: lyon, connect: {mgmt: mgmt, inside: lan}}\n  accessPoints:"
    assert in_service("  accessPoints:", both)[0] == (
        "vcpe.yaml:8:14: virtual link 'lan' is used on the VIMs lyon and paris "
        "(a new virtual link is on one VIM: declare one for each, or set onEachVim: true)"
    )


def test_a_router_over_links_on_two_vims() -> None:
    new = "- {name: far, vim: lyon, cidr: 10.10.0.0/24}\n    - {name: dmz"
    there = changed(REPOSITORY, "vcpe.yaml", "- {name: dmz", new)
    assert problems_of(changed(there, "vcpe.yaml", "virtualLinks: [dmz]", "virtualLinks: [dmz, far]")) == [
        (
            "vcpe.yaml:12:7: router 'edge' would be on the VIMs lyon and paris "
            "(a router is deployed where all of its links are)"
        )
    ]


def test_a_link_and_a_router_that_are_nowhere() -> None:
    alone = "{apiVersion: magi/v1alpha1, kind: NetworkService, metadata: {name: x}, spec: {\n%s}}\n"
    assert problems_of({"x.yaml": alone % "virtualLinks: [{name: lan}]"}) == [
        "x.yaml:2:23: no VIM for virtual link 'lan' (set vim here, or connect a VNF to it)"
    ]
    assert problems_of({"x.yaml": alone % "routers: [{name: edge}]"}) == [
        "x.yaml:2:11: no VIM for router 'edge' (set vim here, or spec.vim)"
    ]
