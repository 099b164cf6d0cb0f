"""All that is wrong comes out at once, and what is wrong causes no more."""

from tests.documents.commits import changed, problems_of
from tests.documents.vcpe import REPOSITORY


def test_the_repository_itself_is_right() -> None:
    assert problems_of(REPOSITORY) == []


def test_all_that_is_wrong_comes_out_at_once_sorted_by_place() -> None:
    wrong = changed(REPOSITORY, "vcpe.yaml", "descriptor: firewall", "descriptor: fire")
    wrong = changed(wrong, "vcpe.yaml", "virtualLinks: [dmz]", "virtualLinks: [dmx]")
    wrong = changed(wrong, "vnfd/firewall.yaml", "keyPair: netops", "keyPair: ops")
    wrong["broken.yaml"] = "kind: [\n"
    wrong["typo.yaml"] = "{apiVersion: magi/v1alpha1, kind: Vim, metadata: {name: nice}, spec: {tpye: openstack}}\n"
    reported = [line.partition(" ")[0] for line in problems_of(wrong)]
    assert reported == [
        "broken.yaml:2:1:",
        "typo.yaml:1:71:",
        "vcpe.yaml:11:35:",
        "vcpe.yaml:14:19:",
        "vnfd/firewall.yaml:19:16:",
    ]


def test_a_wrong_document_causes_no_further_problems() -> None:
    wrong = changed(REPOSITORY, "vims.yaml", "name: paris}, spec: {type", "name: paris}, spec: {typ")
    assert problems_of(wrong) == ["vims.yaml:1:72: unknown field 'typ' in spec (did you mean 'type'?)"]
    wrong = changed(REPOSITORY, "vnfd/firewall.yaml", "flavor: m1.small", "flavour: m1.small")
    assert problems_of(wrong) == [
        "vnfd/firewall.yaml:18:7: unknown field 'flavour' in spec.vdus[0] (did you mean 'flavor'?)"
    ]


def test_a_repository_without_documents() -> None:
    reported = ".:1:1: no documents: %s ending in .yaml or .yml with something in it"
    hint = " (see desired-state-examples/hello-world for a first one)"
    assert problems_of({}) == [reported % "no files," + hint]
    assert problems_of({"README.md": "x"}) == [reported % "1 file, none of them" + hint]
