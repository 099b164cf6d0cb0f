"""Where the VNFs with a placement are deployed: a function of the documents, and of nothing else."""

from collections import Counter
from collections.abc import Mapping
from itertools import product

import pytest

from reconciler.documents import Library
from reconciler.model import Catalog, Key
from reconciler.targets.registry import TARGET_TYPES
from tests.documents.commits import Commit, catalog_of, problems_of

VIM = "{apiVersion: magi/v1alpha1, kind: Vim, metadata: %s, spec: {type: openstack, externalNetwork: public}}\n"
SITES = {"paris": "north", "lille": "north", "lyon": "south", "nice": "south", "core": ""}
DESCRIPTOR = """\
apiVersion: magi/v1alpha1
kind: VnfDescriptor
metadata: {name: router}
spec:
  connectionPoints: [{name: wan}]
  vdus:
    - {name: vm, image: debian-12, flavor: m1.small, interfaces: [{name: eth0, connectionPoint: wan}]}
"""
SERVICE = """\
apiVersion: magi/v1alpha1
kind: NetworkService
metadata: {name: edge}
spec:
  virtualLinks:
    - %s
  vnfs:
"""
EXISTING = "{name: wan, existing: public}"
Places = Mapping[str, str]


def vims(*names: str) -> str:
    labels = {name: f", labels: {{site: {site}}}" if (site := SITES.get(name, "north")) else "" for name in names}
    return "---\n".join(VIM % f"{{name: {name}{labels[name]}}}" for name in names)


def repository(
    *vnfs: str, on: tuple[str, ...] = tuple(SITES), link: str = EXISTING, more: str = ""
) -> dict[str, str | bytes]:
    """A service with these VNFs, the first of them in line 8 from column 7 on."""
    lines = "".join(f"    - {{{vnf}, descriptor: router, connect: {{wan: wan}}}}\n" for vnf in vnfs)
    return {"vims.yaml": vims(*on), "router.yaml": DESCRIPTOR, "edge.yaml": SERVICE % link + lines + more}


def placed(catalog: Catalog) -> Places:
    return dict(catalog.services["edge"].placed)


def places(*vnfs: str, on: tuple[str, ...] = tuple(SITES)) -> Places:
    return placed(catalog_of(repository(*vnfs, on=on)))


def moved(before: Places, after: Places) -> list[str]:
    return [name for name in before if after[name] != before[name]]


def test_an_instance_is_on_the_vim_that_was_chosen_for_it() -> None:
    catalog = catalog_of(repository("name: gw, count: 2, placement: {selector: {site: south}}"))
    assert set(placed(catalog)) == {"gw-0", "gw-1"}
    assert set(placed(catalog).values()) == {"lyon", "nice"}
    for name, vim in placed(catalog).items():
        assert Key(vim, "server", f"edge/{name}/vm-0") in catalog.desired[vim]
    assert sum(key.kind == "server" for found in catalog.desired.values() for key in found) == 2


def test_the_order_of_documents_has_no_meaning() -> None:
    vnf = "name: gw, count: 7, placement: {}"
    assert places(vnf) == places(vnf, on=tuple(reversed(SITES)))
    other = "name: other, placement: {}"
    assert places(vnf, other) == places(other, vnf)


@pytest.mark.parametrize("count", [1, 4, 5, 13])
def test_instances_are_spread_evenly_over_the_vims(count: int) -> None:
    load = Counter(places(f"name: gw, count: {count}, placement: {{}}").values())
    assert max(load.values()) - min(load[vim] for vim in SITES) <= 1


def test_instances_are_spread_over_sites_first() -> None:
    on = ("paris", "lille", "lyon")
    there = places("name: gw, count: 4, placement: {spreadOver: site}", on=on)
    assert Counter(there.values()) == {"lyon": 2, "paris": 1, "lille": 1}


def test_another_count_moves_no_one() -> None:
    most = places("name: gw, count: 20, placement: {}")
    for count in range(20):
        fewer = places(f"name: gw, count: {count}, placement: {{}}")
        assert fewer == {name: vim for name, vim in most.items() if name in fewer}
        assert list(fewer) == [f"gw-{index}" for index in range(count)]


def test_another_vim_takes_a_share_and_leaves_most_where_they_are() -> None:
    """One instance each of 200 VNFs: those that move go to the new VIM, and are about as many as its share."""
    names = [f"name: gw{number}, placement: {{}}" for number in range(200)]
    before, after = places(*names), places(*names, on=(*SITES, "metz"))
    assert {after[name] for name in moved(before, after)} == {"metz"}
    assert 20 <= len(moved(before, after)) <= 50
    gone = places(*names, on=tuple(SITES)[1:])
    assert moved(before, gone) == [name for name, vim in before.items() if vim == "paris"]


def test_few_move_beside_those_of_a_vim_that_is_removed() -> None:
    """Three instances of each of 60 VNFs on ten VIMs: evenness costs one other for three of them at most."""
    on = tuple(f"vim{number}" for number in range(10))
    names = [f"name: gw{number}, count: 3, placement: {{}}" for number in range(60)]
    before, after = places(*names, on=on), places(*names, on=on[1:])
    there = [name for name, vim in before.items() if vim == "vim0"]
    assert set(there) <= set(moved(before, after))
    assert 3 * len(moved(before, after)) <= 4 * len(there)


def test_affinity_and_anti_affinity_follow_the_other_vnf() -> None:
    for site in ("north", "south"):
        there = places(
            "name: near, placement: {affinity: [db]}",
            "name: far, placement: {antiAffinity: [db]}",
            f"name: db, placement: {{selector: {{site: {site}}}}}",
        )
        assert there["near"] == there["db"] != there["far"]


def test_a_vnf_on_a_vim_that_is_named_has_affinity_too() -> None:
    assert places("name: db, vim: core", "name: near, placement: {affinity: [db]}") == {"near": "core"}
    four = places("name: db, vim: core", "name: far, count: 4, placement: {antiAffinity: [db], maxPerVim: 1}")
    assert set(four.values()) == set(SITES) - {"core"}


def test_what_names_a_vnf_with_a_count_means_all_its_instances() -> None:
    link = "{name: wan, cidr: 10.8.0.0/24, onEachVim: true}"
    more = "  accessPoints:\n    - {name: internet, virtualLink: wan}\n"
    more += "    - {name: login, connectionPoint: {vnf: gw, name: wan}}\n"
    vnfs = ("name: gw, count: 2, placement: {maxPerVim: 1}", "name: app, vim: core, dependsOn: [gw]")
    catalog = catalog_of(repository(*vnfs, link=link, more=more))
    after = catalog.desired["core"][Key("core", "server", "edge/app/vm-0")].after
    assert set(after) == {Key(vim, "server", f"edge/{name}/vm-0") for name, vim in placed(catalog).items()}
    for index, vim in enumerate(placed(catalog).values()):
        there = catalog.desired[vim]
        assert Key(vim, "floating-ip", f"edge/login-{index}/vm-0") in there
        assert {Key(vim, "network", "edge/wan"), Key(vim, "router", "edge/internet")} <= set(there)


def test_a_vim_that_comes_is_noticed_by_what_is_placed() -> None:
    library, vnf = Library(TARGET_TYPES), "name: gw, count: 3, placement: {}"
    assert set(placed(library.catalog(Commit(repository(vnf, on=("paris", "lyon"))))).values()) == {"paris", "lyon"}
    assert placed(library.catalog(Commit(repository(vnf)))) == places(vnf)
    relabelled = repository("name: gw, count: 3, placement: {selector: {site: north}}")
    assert set(placed(library.catalog(Commit(relabelled))).values()) == {"paris", "lille"}
    text = str(relabelled["vims.yaml"]).replace(
        "{name: lyon, labels: {site: south}}", "{name: lyon, labels: {site: north}}"
    )
    three = placed(library.catalog(Commit({**relabelled, "vims.yaml": text})))
    assert set(three.values()) == {"paris", "lille", "lyon"}


WRONG = {
    "name: gw, placement: {selector: {site: west}}": (
        "8:30: the selector matches no Vim (the labels there are: site: north, site: south)"
    ),
    "name: gw, placement: {vims: [pariss]}": "8:37: unknown VIM 'pariss' (did you mean 'paris'?)",
    "name: gw, vim: core, placement: {}": "8:29: VNF 'gw' has both vim and placement (keep one of them)",
    "name: gw, placement: {affinity: [db]}": "8:41: unknown VNF 'db' (there is gw)",
    "name: gw, placement: {affinity: [gw]}": (
        "8:18: the placements of VNFs name one another: gw -> gw (say it at one of them alone)"
    ),
    "name: gw, placement: {spreadOver: site}": (
        "8:42: Vim 'core' has no label 'site' to spread over (add it, or select Vims that have it)"
    ),
    "name: gw, count: 6, placement: {maxPerVim: 1}": (
        "8:51: VNF 'gw' has 6 instances, but maxPerVim allows 1 on each of 5 (there is core, lille, lyon, nice, paris)"
    ),
    "name: gw, count: 2, vim: core, addresses: {wan: [10.0.0.1]}": (
        "8:39: VNF 'gw' has a count, so that each of its instances would have these addresses "
        "(leave them out, or write a VNF for each)"
    ),
    "name: gw, count: 3, vim: lyon, counts: {vmm: 2}": "8:48: unknown VDU 'vmm' (did you mean 'vm'?)",
}


@pytest.mark.parametrize(("vnf", "problem"), WRONG.items())
def test_what_can_not_be_placed_is_reported_once_at_its_place(vnf: str, problem: str) -> None:
    assert problems_of(repository(vnf))[0] == f"edge.yaml:{problem}"
    assert len(problems_of(repository(vnf))) == 1


def test_affinities_that_leave_no_vim() -> None:
    contrary = repository("name: db, vim: core", "name: gw, placement: {selector: {site: north}, affinity: [db]}")
    assert problems_of(contrary) == [
        "edge.yaml:9:66: no VIM is left for VNF 'gw': 'db' is on core (that leaves none of lille, paris)"
    ]
    crowded = repository("name: db, count: 5, placement: {}", "name: gw, placement: {antiAffinity: [db]}")
    assert problems_of(crowded) == [
        (
            "edge.yaml:9:45: no VIM is left for VNF 'gw': 'db' is on core, lille, lyon, nice, paris "
            "(that leaves none of core, lille, lyon, nice, paris)"
        )
    ]


def test_placements_in_a_circle() -> None:
    for one, other in product(("affinity", "antiAffinity"), repeat=2):
        ring = repository(f"name: a, placement: {{{one}: [b]}}", f"name: b, placement: {{{other}: [a]}}")
        (problem,) = problems_of(ring)
        assert "the placements of VNFs name one another: " in problem


def test_a_new_link_that_a_placement_spreads_over_vims_needs_to_be_on_each() -> None:
    link = "{name: wan, cidr: 10.8.0.0/24}"
    assert problems_of(repository("name: gw, count: 2, placement: {vims: [paris, lyon]}", link=link)) == [
        (
            "edge.yaml:6:14: virtual link 'wan' is used on the VIMs lyon and paris "
            "(a new virtual link is on one VIM: declare one for each, or set onEachVim: true)"
        )
    ]


def test_a_router_of_links_that_are_not_on_the_same_vims() -> None:
    link = "{name: wan, cidr: 10.8.0.0/24, onEachVim: true}\n    - {name: lan, cidr: 10.9.0.0/24, vim: paris}"
    more = "  routers: [{name: both, virtualLinks: [wan, lan]}]\n"
    wrong = repository("name: gw, count: 2, placement: {vims: [paris, lyon]}", link=link, more=more)
    assert problems_of(wrong) == [
        (
            "edge.yaml:10:13: router 'both' would be on the VIMs lyon and paris "
            "(a router is deployed where all of its links are)"
        )
    ]


def test_while_a_vim_is_wrong_nothing_else_is_reported_of_placements() -> None:
    wrong = repository("name: gw, placement: {selector: {site: west}}")
    text = str(wrong["vims.yaml"]).replace("externalNetwork", "extern", 1)
    (problem,) = problems_of({**wrong, "vims.yaml": text})
    assert "extern" in problem
    assert problem.startswith("vims.yaml:1:")


def test_addresses_outside_can_not_be_given_to_all_instances() -> None:
    link = "{name: wan, cidr: 10.8.0.0/24}"
    more = "  accessPoints:\n    - {name: internet, virtualLink: wan}\n"
    more += "    - {name: login, connectionPoint: {vnf: gw, name: wan}, addresses: [203.0.113.20]}\n"
    problems = problems_of(repository("name: gw, count: 2, vim: paris", link=link, more=more))
    assert problems == [
        (
            "edge.yaml:11:60: VNF 'gw' has a count, so that each of its instances would have these addresses "
            "(leave them out, or write an access point for each, as at vnf: gw-0)"
        )
    ]
