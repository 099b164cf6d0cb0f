"""Overlays: an environment is a folder that patches the documents of its bases."""

from __future__ import annotations

import pytest

from reconciler.documents import Library
from reconciler.judging.owners import OwnerRule, Owners
from reconciler.model import Catalog, DocumentsError, Key
from reconciler.targets.openstack.kinds.network import NetworkSpec
from reconciler.targets.registry import TARGET_TYPES
from tests.documents.commits import Commit, changed

VIM = "apiVersion: magi/v1alpha1\nkind: Vim\nmetadata: {name: paris}\nspec: {type: openstack, cloud: lab}\n"
SERVICE = """\
apiVersion: magi/v1alpha1
kind: NetworkService
metadata: {name: vcpe}
spec:
  vim: paris
  virtualLinks:
    - {name: lan, cidr: 10.8.0.0/24, mtu: 1400}
    - {name: dmz, cidr: 10.9.0.0/24, dnsDomain: lab.example.net.}
"""
LAB = "---\napiVersion: magi/v1alpha1\nkind: NetworkService\nmetadata: {name: lab}\nspec: {vim: paris}\n"
PROD = """\
apiVersion: magi/v1alpha1
kind: Overlay
metadata: {name: prod}
spec:
  bases: [../../base]
  patches:
    - kind: Vim
      metadata: {name: paris, labels: {env: prod}}
      spec: {cloud: production}
    - kind: NetworkService
      metadata: {name: vcpe}
      spec:
        virtualLinks:
          - {name: lan, mtu: 1300}
          - {name: dmz, dnsDomain: }
          - {name: extra, cidr: 10.7.0.0/24}
  remove:
    - {kind: NetworkService, name: lab}
"""
DEV = """\
apiVersion: magi/v1alpha1
kind: Overlay
metadata: {name: dev}
spec:
  bases: [../../base]
  patches:
    - {kind: NetworkService, metadata: {name: vcpe}, spec: {virtualLinks: [{name: dmz, $patch: delete}]}}
"""
REPOSITORY: dict[str, str | bytes] = {
    "base/vims.yaml": VIM,
    "base/vcpe.yaml": SERVICE + LAB,
    "overlays/prod/overlay.yaml": PROD,
    "overlays/dev/overlay.yaml": DEV,
    "overlays/dev/more.yaml": LAB.replace("lab", "only-dev")[4:],
}


def read(folder: str, repository: dict[str, str | bytes] = REPOSITORY, owners: Owners | None = None) -> Catalog:
    return Library(TARGET_TYPES, owners=owners, overlay=folder).catalog(Commit(repository))


def problems(folder: str, repository: dict[str, str | bytes], owners: Owners | None = None) -> list[str]:
    try:
        read(folder, repository, owners)
    except DocumentsError as error:
        return [str(problem) for problem in error.problems]
    return []


def networks(catalog: Catalog) -> dict[str, NetworkSpec]:
    found = catalog.desired["paris"].items()
    return {key.name: one.spec for key, one in found if isinstance(one.spec, NetworkSpec)}


def test_an_environment_has_its_bases_as_it_patches_them() -> None:
    catalog = read("overlays/prod")
    assert (catalog.targets["paris"].entry, dict(catalog.targets["paris"].labels)) == ("production", {"env": "prod"})
    assert sorted(catalog.services) == ["vcpe"]
    found = networks(catalog)
    assert sorted(found) == ["vcpe/dmz", "vcpe/extra", "vcpe/lan"]
    assert (found["vcpe/lan"].mtu, found["vcpe/dmz"].dns_domain) == (1300, NetworkSpec().dns_domain)


def test_another_environment_is_not_touched_by_that() -> None:
    catalog = read("overlays/dev/")
    assert catalog.targets["paris"].entry == "lab"
    assert sorted(catalog.services) == ["lab", "only-dev", "vcpe"]
    assert {name: one.mtu for name, one in networks(catalog).items()} == {"vcpe/lan": 1400}


def test_the_files_of_other_environments_are_not_read() -> None:
    commit = Commit({**REPOSITORY, "overlays/dev/more.yaml": "no: [document"})
    Library(TARGET_TYPES, overlay="overlays/prod").catalog(commit)
    assert {*commit.asked} == {"base/vims.yaml", "base/vcpe.yaml", "overlays/prod/overlay.yaml"}


def test_a_base_may_be_an_overlay_itself() -> None:
    staging = PROD.replace("prod", "staging").replace("../../base", "../prod").replace("mtu: 1300", "mtu: 1250")
    text = staging.split("  remove:")[0].replace(", dnsDomain: }", "}")
    catalog = read("overlays/staging", {**REPOSITORY, "overlays/staging/o.yaml": text})
    assert dict(catalog.targets["paris"].labels) == {"env": "staging"}
    assert networks(catalog)["vcpe/lan"].mtu == 1250
    assert "vcpe/extra" in networks(catalog)


def test_each_value_has_the_place_where_it_is_written() -> None:
    places = {
        key.name: str(one.place) for key, one in read("overlays/prod").desired["paris"].items() if key.kind == "network"
    }
    assert places["vcpe/extra"] == "overlays/prod/overlay.yaml:16"
    assert places["vcpe/lan"] == "base/vcpe.yaml:7"
    assert str(read("overlays/prod").services["vcpe"].place) == "base/vcpe.yaml:3"


@pytest.mark.parametrize(
    ("old", "new", "reported"),
    [
        ("name: vcpe}", "name: vcep}", "overlay.yaml:11:24: unknown NetworkService 'vcep' (did you mean 'vcpe'?)"),
        ("name: lab}", "name: lba}", "overlay.yaml:18:36: unknown NetworkService 'lba' (did you mean 'lab'?)"),
        (
            "mtu: 1300",
            "mtu: big",
            "overlay.yaml:14:30: wrong type in spec.virtualLinks[0].mtu: expected a whole number",
        ),
        ("mtu: 1300", "mut: 1300", "overlay.yaml:14:25: unknown field 'mut' in spec.virtualLinks[0]"),
        ("mtu: 1300", "cidr: 10.9.0.0/33", "overlay.yaml:14:31: '10.9.0.0/33' is no"),
        (
            "dnsDomain: }",
            "dnsDomian: }",
            "overlay.yaml:15:25: there is no 'dnsDomian' to be removed (did you mean 'dnsDomain'?)",
        ),
        (
            "mtu: 1300}",
            "$patch: delte}",
            "overlay.yaml:14:33: unknown directive $patch: 'delte' (write 'delete' or 'replace')",
        ),
        (
            "{name: lan, mtu: 1300}",
            "{name: lna, $patch: delete}",
            "overlay.yaml:14:13: there is no 'lna' to be removed",
        ),
        (
            "spec: {cloud: production}",
            "spec: {$patch: delete}",
            "overlay.yaml:9:22: '$patch: delete' is for entries of a list",
        ),
        ("[../../base]", "[../../bsae]", "overlay.yaml:5:11: there are no documents in 'bsae' (did you mean 'base'?)"),
        ("[../../base]", "[../../../base]", "overlay.yaml:5:11: the base '../../../base' is outside of the documents"),
        ("[../../base]", "[/base]", "overlay.yaml:5:11: the base '/base' is outside of the documents"),
        ("[../../base]", "[../..]", "overlay.yaml:5:11: the base '../..' contains this Overlay, or is made from it"),
        ("[../../base]", "[.]", "overlay.yaml:5:11: the base '.' contains this Overlay, or is made from it"),
        ("[../../base]", "[..]", "overlay.yaml:5:11: the base '..' contains this Overlay, or is made from it"),
        (
            "[../../base]",
            "[../../base, common]",
            "overlay.yaml:5:23: the base 'common' is within the folder of this Overlay",
        ),
        ("kind: Vim\n", "kind: Vmi\n", "overlay.yaml:7:13: "),
    ],
)
def test_what_is_wrong_is_reported_where_it_is_written(old: str, new: str, reported: str) -> None:
    said = problems("overlays/prod", changed(REPOSITORY, "overlays/prod/overlay.yaml", old, new))
    assert len(said) == 1
    assert said[0].startswith(f"overlays/prod/{reported}")


def test_an_overlay_at_the_root_is_to_have_a_folder_of_its_own() -> None:
    repository: dict[str, str | bytes] = {
        "base/all.yaml": f"{VIM}---\n{SERVICE}",
        "overlay.yaml": PROD.replace("../../base", "base"),
    }
    [reported] = problems("", repository)
    assert reported.endswith("(put it into a folder of its own, beside that of its bases)")


def test_overlays_that_are_made_from_one_another_are_refused() -> None:
    repository = changed(REPOSITORY, "overlays/dev/overlay.yaml", "../../base", "../prod")
    repository = changed(repository, "overlays/prod/overlay.yaml", "../../base", "../dev")
    [reported] = problems("overlays/dev", repository)
    assert reported.startswith(
        "overlays/prod/overlay.yaml:5:11: the base '../dev' contains this Overlay, or is made from it"
    )


def test_a_document_of_a_base_is_not_written_a_second_time() -> None:
    [reported] = problems("overlays/prod", {**REPOSITORY, "overlays/prod/vcpe.yaml": SERVICE})
    assert reported == (
        "overlays/prod/vcpe.yaml:3:18: NetworkService 'vcpe' is there twice "
        "(the first is at base/vcpe.yaml:3; to change it, patch it in the Overlay)"
    )


def test_two_bases_may_share_one_that_both_leave_alone() -> None:
    one = PROD.split("  patches:", maxsplit=1)[0].replace("prod", "one")
    repository: dict[str, str | bytes] = {
        "base/all.yaml": VIM + "---\n" + SERVICE,
        "a/o.yaml": one.replace("../../base", "../base"),
        "b/o.yaml": one.replace("../../base", "../base"),
        "c/o.yaml": one.replace("[../../base]", "[../a, ../b]"),
    }
    assert sorted(read("c", repository).services) == ["vcpe"]
    patch = "  patches: [{kind: NetworkService, metadata: {name: vcpe}, spec: {suspend: true}}]\n"
    [reported] = problems("c", {**repository, "b/o.yaml": f"{repository['b/o.yaml']!s}{patch}"})
    assert "NetworkService 'vcpe' is there twice" in reported
    assert "one of the bases has to leave it out" in reported


@pytest.mark.parametrize(
    ("folder", "reported"),
    [
        (
            "overlays/prd",
            "overlays/prd:1:1: there is no folder 'overlays/prd' with documents (did you mean 'overlays/prod'?)",
        ),
        ("base", "base:1:1: there is no Overlay in 'base' (name the folder of a document of kind Overlay)"),
        (
            "",
            (
                "overlays/dev/overlay.yaml:3:18: the repository has overlays, and nothing says which is meant "
                "('--overlay overlays/dev' does, and the setting repository.overlay)"
            ),
        ),
    ],
)
def test_the_environment_has_to_be_there(folder: str, reported: str) -> None:
    assert problems(folder, REPOSITORY)[0] == reported


def test_a_wrong_base_is_reported_once_and_its_patch_not_at_all() -> None:
    said = problems("overlays/prod", changed(REPOSITORY, "base/vcpe.yaml", "mtu: 1400", "mut: 1400"))
    assert [line.split(": ")[0] for line in said] == ["base/vcpe.yaml:7:38"]


def test_one_version_of_a_descriptor_is_patched() -> None:
    descriptor = (
        "apiVersion: magi/v1alpha1\nkind: VnfDescriptor\nmetadata: {name: fw}\nspec:\n  version: '1'\n"
        "  connectionPoints: [{name: in}]\n  vdus:\n  - {name: fw, image: debian, flavor: small, interfaces: "
        "[{name: eth0, connectionPoint: in}]}\n"
    )
    patch = (
        "  patches:\n  - {kind: VnfDescriptor, metadata: {name: fw}, version: '2', "
        "spec: {vdus: [{name: fw, flavor: large}]}}\n"
    )
    repository: dict[str, str | bytes] = {
        "base/all.yaml": VIM + "---\n" + descriptor + "---\n" + descriptor.replace("'1'", "'2'"),
        "o/o.yaml": PROD.split("  patches:", maxsplit=1)[0].replace("../../base", "../base") + patch,
    }
    library = Library(TARGET_TYPES, overlay="o")
    library.catalog(Commit(repository))
    flavors = {name: one.spec.vdus[0].flavor for name, one in library.documents.descriptors.items()}
    assert flavors == {"fw@1": "small", "fw@2": "large"}
    [reported] = problems("o", changed(repository, "o/o.yaml", " version: '2',", ""))
    assert "descriptor 'fw' has several versions (give the version: '1', '2')" in reported
    [reported] = problems("o", changed(repository, "o/o.yaml", "version: '2'", "version: '3'"))
    assert "there is no version '3' of it (there is '1', '2')" in reported


def test_more_patches_of_a_document_than_are_merged_are_refused() -> None:
    patch = "    - {kind: NetworkService, metadata: {name: vcpe}, spec: {suspend: true}}\n"
    text = PROD.split("  remove:", maxsplit=1)[0] + 100 * patch
    [reported] = problems("overlays/prod", {**REPOSITORY, "overlays/prod/overlay.yaml": text})
    assert "more than 100 patches of NetworkService 'vcpe'" in reported


def test_what_is_unchanged_is_not_merged_again() -> None:
    library = Library(TARGET_TYPES, overlay="overlays/prod")
    before = library.catalog(Commit(REPOSITORY))
    commit = Commit({**REPOSITORY, "base/new.yaml": LAB[4:].replace("lab", "new")})
    after = library.catalog(commit)
    lan = Key("paris", "network", "vcpe/lan")
    assert after.desired["paris"][lan] is before.desired["paris"][lan]
    assert commit.asked == ["base/new.yaml"]


def test_an_overlay_patches_what_its_owners_may_define_and_nothing_else() -> None:
    base = OwnerRule(("base/**",), ("*",), ("*",))
    full = OwnerRule(("overlays/**",), ("*",), ("*",))
    assert problems("overlays/prod", REPOSITORY, Owners((base, full))) == []
    narrow = OwnerRule(("overlays/**",), ("vcpe",), ("*",))
    [reported] = problems("overlays/prod", REPOSITORY, Owners((base, narrow)))
    assert reported.startswith("overlays/prod/overlay.yaml:18:36: NetworkService 'lab' may not be defined here")


def test_a_set_of_other_owners_is_not_patched() -> None:
    of_set = (
        "apiVersion: magi/v1alpha1\nkind: NetworkServiceSet\nmetadata: {name: edge}\nspec: {generator: {vims: {}}, "
        "template: {metadata: {name: 'edge-{{ vim.name }}'}, spec: {vim: paris}}}\n"
    )
    repository = {**REPOSITORY, "base/set.yaml": of_set}
    text = PROD.split("  patches:", maxsplit=1)[0] + "  remove: [{kind: NetworkServiceSet, name: edge}]\n"
    repository["overlays/prod/overlay.yaml"] = text
    base = OwnerRule(("base/**",), ("*",), ("*",))
    [reported] = problems("overlays/prod", repository, Owners((base, OwnerRule(("overlays/**",), ("vcpe",)))))
    assert (
        "NetworkServiceSet 'edge' belongs to other owners, and may not be changed here (it is in base/set.yaml)"
        in reported
    )
    both = OwnerRule(("base/**", "overlays/**"), ("vcpe", "lab", "edge-*"), ("*",))
    assert problems("overlays/prod", repository, Owners((both,))) == []


def test_bases_without_end_are_refused_and_bases_that_many_share_are_read_once() -> None:
    one = "apiVersion: magi/v1alpha1\nkind: Overlay\nmetadata: {name: o}\nspec: {bases: [BASES]}\n"
    chain: dict[str, str | bytes] = {
        f"o{number}/o.yaml": one.replace("BASES", f"../o{number + 1}") for number in range(40)
    }
    [reported] = problems("o0", {**chain, "o40/all.yaml": VIM})
    assert reported.startswith("o15/o.yaml:4:16: more than 16 overlays are made from one another")
    # A shared base is one, however many ways lead to it: here there are 2 ** 14.
    lattice: dict[str, str | bytes] = {"z/all.yaml": VIM + "---\n" + SERVICE}
    for level in range(14):
        for side in "ab":
            below = f"../a{level + 1}, ../b{level + 1}" if level < 13 else "../z"
            lattice[f"{side}{level}/o.yaml"] = one.replace("BASES", below)
    assert sorted(read("a0", lattice).services) == ["vcpe"]
