"""Which version of a descriptor a VNF is made from, and in which deployment flavour, level and scale."""

import pytest

from reconciler.model import Catalog
from reconciler.targets.openstack.kinds.server import ServerSpec
from tests.documents.commits import catalog_of, changed, problems_of

VIM = "{apiVersion: magi/v1alpha1, kind: Vim, metadata: {name: paris}, spec: {type: openstack}}\n"
OLD = """\
apiVersion: magi/v1alpha1
kind: VnfDescriptor
metadata: {name: firewall}
spec:
  version: "1.1"
  vdus: [{name: fw, image: debian-11, flavor: m1.small}]
"""
NEW = OLD.replace("1.1", "1.2").replace("debian-11", "debian-12")
SERVICE = """\
apiVersion: magi/v1alpha1
kind: NetworkService
metadata: {name: vcpe}
spec:
  vim: paris
  vnfs:
    - {name: a, descriptor: firewall@1.1}
    - {name: b, descriptor: firewall@1.2}
"""
VERSIONS: dict[str, str | bytes] = {"vim.yaml": VIM, "old.yaml": OLD, "new.yaml": NEW, "vcpe.yaml": SERVICE}

SIZES = """\
apiVersion: magi/v1alpha1
kind: VnfDescriptor
metadata: {name: proxy}
spec:
  connectionPoints: [{name: front}, {name: logs}]
  vdus:
    - {name: web, image: a, flavor: b, interfaces: [{name: eth0, connectionPoint: front}]}
    - {name: log, image: a, flavor: b, count: 2, interfaces: [{name: eth0, connectionPoint: logs}]}
  deploymentFlavours:
    - name: small
      vduProfiles: [{vdu: web, min: 1, max: 5}]
      instantiationLevels:
        - {name: single}
        - {name: pair, counts: {web: 2}}
      scalingAspects:
        - {name: requests, maxScaleLevel: 4, vduDeltas: [{web: 1}]}
    - name: large
      instantiationLevels: [{name: triple, counts: {web: 3}}]
      scalingAspects:
        - {name: requests, maxScaleLevel: 2, vduDeltas: [{web: 1}, {web: 2, log: 1}]}
  defaultFlavour: small
"""
CHOOSING = """\
apiVersion: magi/v1alpha1
kind: NetworkService
metadata: {name: shop}
spec:
  vim: paris
  virtualLinks: [{name: lan, existing: lan-net}]
  vnfs:
    - name: p
      descriptor: proxy
      connect: {front: lan, logs: lan}
"""
FLAVOURS: dict[str, str | bytes] = {"vim.yaml": VIM, "proxy.yaml": SIZES, "shop.yaml": CHOOSING}


def servers(catalog: Catalog) -> dict[str, ServerSpec]:
    found = ((key, desired.spec) for key, desired in catalog.desired["paris"].items())
    return {key.name: spec for key, spec in found if isinstance(spec, ServerSpec)}


def choosing(text: str) -> dict[str, str | bytes]:
    """The repository with a choice from line 10 of shop.yaml on."""
    return changed(FLAVOURS, "shop.yaml", "descriptor: proxy\n", f"descriptor: proxy\n      {text}\n")


def in_descriptor(old: str, new: str) -> list[str]:
    return problems_of(changed(FLAVOURS, "proxy.yaml", old, new))


def test_two_versions_of_a_descriptor_exist_side_by_side() -> None:
    made = servers(catalog_of(VERSIONS))
    assert {name: spec.image.name for name, spec in made.items()} == {
        "vcpe/a/fw-0": "debian-11",
        "vcpe/b/fw-0": "debian-12",
    }


@pytest.mark.parametrize("reference", ["firewall", "firewall@1.1"])
def test_where_there_is_one_version_it_need_not_be_named(reference: str) -> None:
    texts = {**VERSIONS, "vcpe.yaml": SERVICE.replace("firewall@1.2", reference)}
    del texts["new.yaml"]
    assert len(servers(catalog_of(texts))) == 2


def test_a_descriptor_that_says_none_has_version_1() -> None:
    texts = {"vim.yaml": VIM, "old.yaml": OLD.replace('  version: "1.1"\n', ""), "s.yaml": SERVICE}
    texts["s.yaml"] = texts["s.yaml"].replace("@1.1", "@1").replace("@1.2", "")
    assert len(servers(catalog_of(texts))) == 2


def test_a_service_has_to_choose_among_several_versions() -> None:
    assert problems_of(changed(VERSIONS, "vcpe.yaml", "firewall@1.1", "firewall")) == [
        "vcpe.yaml:7:29: descriptor 'firewall' has several versions (name one of firewall@1.1, firewall@1.2)"
    ]


def test_a_version_or_a_name_that_is_not_there() -> None:
    assert problems_of(changed(VERSIONS, "vcpe.yaml", "firewall@1.1", "firewall@1.3")) == [
        "vcpe.yaml:7:29: descriptor 'firewall' has no version '1.3' (did you mean 'firewall@1.2'?)"
    ]
    assert problems_of(changed(VERSIONS, "vcpe.yaml", "firewall@1.1", "firewal@1.1")) == [
        "vcpe.yaml:7:29: unknown descriptor 'firewal' (did you mean 'firewall'?)"
    ]


def test_the_same_version_twice() -> None:
    assert problems_of({**VERSIONS, "z.yaml": NEW}) == [
        "z.yaml:3:18: VnfDescriptor 'firewall' is there twice in version '1.2' (the first is at new.yaml:3)"
    ]


def test_what_is_wrong_with_one_version_is_reported_and_nothing_else() -> None:
    broken = NEW.replace("flavor: m1.small", "flavor: m1.small, keyPair: ops")
    assert problems_of({**VERSIONS, "new.yaml": broken}) == ["new.yaml:6:66: unknown key pair 'ops' (there is none)"]


@pytest.mark.parametrize(
    ("choice", "web", "log"),
    [
        ("operate: started", 1, 0),
        ("level: pair", 2, 0),
        ("scale: {requests: 3}", 4, 0),
        ("level: pair; scale: {requests: 3}", 5, 0),
        ("level: pair; counts: {web: 4}", 4, 0),
        ("flavour: large", 3, 2),
        ("flavour: large; scale: {requests: 1}", 4, 2),
        ("flavour: large; scale: {requests: 2}", 6, 3),
        ("flavour: large; scale: {requests: 2}; counts: {log: 0}", 6, 0),
    ],
)
def test_flavour_level_and_scale_say_how_many_instances_there_are(choice: str, web: int, log: int) -> None:
    texts = choosing(choice.replace("; ", "\n      "))
    made = [name.split("/")[-1] for name in servers(catalog_of(texts))]
    assert sorted(made) == [f"log-{n}" for n in range(log)] + [f"web-{n}" for n in range(web)]


def test_points_of_vdus_that_a_flavour_does_not_have_need_no_link() -> None:
    assert problems_of(changed(FLAVOURS, "shop.yaml", ", logs: lan", "")) == []
    texts = {
        **FLAVOURS,
        "shop.yaml": CHOOSING.replace(", logs: lan", "").replace("proxy", "proxy\n      flavour: large"),
    }
    assert problems_of(texts) == [
        (
            "shop.yaml:11:7: connection point 'logs' of descriptor 'proxy' is not connected "
            "(add 'logs: VIRTUAL-LINK' to connect)"
        )
    ]


@pytest.mark.parametrize(
    ("choice", "reported"),
    [
        ("flavour: smal", "10:16: unknown deployment flavour 'smal' (did you mean 'small'?)"),
        ("level: triple", "10:14: unknown instantiation level 'triple' (there is pair, single)"),
        ("scale: {request: 1}", "10:15: unknown scaling aspect 'request' (did you mean 'requests'?)"),
        ("scale: {requests: 5}", "10:25: scaling aspect 'requests' has no level 5 (maxScaleLevel is 4)"),
        (
            "counts: {web: 6}",
            "10:21: VDU 'web' has 6 instances in deployment flavour 'small' (its profile allows 1 to 5)",
        ),
        ("counts: {log: 1}", "10:16: deployment flavour 'small' has no VDU 'log' (it has web)"),
        ("counts: {wbe: 1}", "10:16: unknown VDU 'wbe' (did you mean 'web'?)"),
    ],
)
def test_choices_that_a_descriptor_does_not_offer(choice: str, reported: str) -> None:
    assert problems_of(choosing(choice)) == [f"shop.yaml:{reported}"]


def test_a_descriptor_without_flavours_offers_no_choice() -> None:
    texts = changed(VERSIONS, "vcpe.yaml", "firewall@1.1", "firewall@1.1, level: pair")
    assert problems_of(texts) == [
        "vcpe.yaml:7:43: descriptor 'firewall@1.1' has no deployment flavours (say how many instances in counts)"
    ]


def test_flavours_that_name_what_is_not_there() -> None:
    assert in_descriptor("vdu: web", "vdu: wbe") == [
        "proxy.yaml:11:27: unknown VDU 'wbe' (did you mean 'web'?)",
        "proxy.yaml:14:33: unknown VDU of this flavour 'web' (did you mean 'wbe'?)",
        "proxy.yaml:16:59: unknown VDU of this flavour 'web' (did you mean 'wbe'?)",
    ]
    assert in_descriptor("defaultFlavour: small", "defaultFlavour: tiny") == [
        "proxy.yaml:21:19: unknown deployment flavour 'tiny' (there is large, small)"
    ]
    assert in_descriptor("- name: large", "- name: large\n      defaultInstantiationLevel: one") == [
        "proxy.yaml:18:34: unknown instantiation level 'one' (there is triple)"
    ]


def test_flavours_that_contradict_themselves() -> None:
    assert in_descriptor("{web: 2, log: 1}", "{web: 2}, {log: 1}") == [
        "proxy.yaml:20:46: scaling aspect 'requests' has 3 deltas for 2 steps (give one for each step, or one for all)"
    ]
    assert in_descriptor("min: 1, max: 5", "min: 6, max: 5") == ["proxy.yaml:11:45: at most 5, but at least 6"]
    assert in_descriptor("[{vdu: web, min: 1, max: 5}]", "[{vdu: web}, {vdu: web}]") == [
        "proxy.yaml:11:39: VDU 'web' has two profiles (the first is in line 11)"
    ]
