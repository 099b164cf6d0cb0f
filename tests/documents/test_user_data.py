"""User data files that are not there or can't be user data, and metadata that is Magi's own."""

from dataclasses import replace

import pytest

from reconciler.documents import Library
from reconciler.model import LFS_HINT, DocumentsError
from reconciler.targets.registry import TARGET_TYPES
from tests.documents.commits import Commit, changed, problems_of
from tests.documents.vcpe import REPOSITORY, in_descriptor

POINTER = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 12345\n"


def test_a_user_data_file_that_is_not_there() -> None:
    assert in_descriptor("cloud-init/fw.yaml", "cloud-init/fv.yaml") == [
        (
            "vnfd/firewall.yaml:20:24: user data file 'vnfd/cloud-init/fv.yaml' is not in the repository "
            "(did you mean 'vnfd/cloud-init/fw.yaml'?)"
        )
    ]


def test_a_user_data_file_named_from_the_root() -> None:
    assert in_descriptor("cloud-init/fw.yaml", "vnfd/cloud-init/fw.yaml") == [
        (
            "vnfd/firewall.yaml:20:24: user data file 'vnfd/vnfd/cloud-init/fw.yaml' is not in the repository "
            "(the path is relative to this file: 'cloud-init/fw.yaml')"
        )
    ]


def test_a_user_data_file_outside_of_the_repository() -> None:
    assert in_descriptor("cloud-init/fw.yaml", "../../etc/passwd") == [
        (
            "vnfd/firewall.yaml:20:24: user data file '../../etc/passwd' is outside the repository "
            "(put it into the repository and name it relative to this file)"
        )
    ]


def test_a_folder_with_dots_is_inside_of_the_repository() -> None:
    there = changed(REPOSITORY, "vnfd/firewall.yaml", "cloud-init/fw.yaml", "../..cloud/fw")
    assert problems_of({**there, "..cloud/fw": "#cloud-config\n"}) == []


def test_user_data_that_is_no_text() -> None:
    assert problems_of({**REPOSITORY, "vnfd/cloud-init/fw.yaml": b"\xff\xfe"}) == [
        (
            "vnfd/cloud-init/fw.yaml:1:1: user data must be UTF-8 text (vnfd/firewall.yaml uses it; "
            "compress it with gzip, or give other bytes as userData.base64)"
        )
    ]


def test_a_pointer_of_git_lfs_is_named_as_such_in_place_of_user_data_and_of_a_document() -> None:
    assert problems_of({**REPOSITORY, "vnfd/cloud-init/fw.yaml": POINTER}) == [
        f"vnfd/cloud-init/fw.yaml:1:1: user data is a pointer of Git LFS, not the file ({LFS_HINT})"
    ]
    assert problems_of({**REPOSITORY, "other.yaml": POINTER}) == [
        f"other.yaml:1:1: the file is a pointer of Git LFS, not the document ({LFS_HINT})"
    ]


def test_user_data_that_is_left_out_says_why() -> None:
    texts = {path: text for path, text in REPOSITORY.items() if path != "vnfd/cloud-init/fw.yaml"}
    commit = replace(Commit(texts), left_out={"vnfd/cloud-init": "vnfd/cloud-init is a submodule: copy it"})
    with pytest.raises(DocumentsError) as raised:
        Library(TARGET_TYPES).catalog(commit)
    assert [str(problem) for problem in raised.value.problems] == [
        (
            "vnfd/firewall.yaml:20:24: user data file 'vnfd/cloud-init/fw.yaml' is not among the files of the "
            "documents (vnfd/cloud-init is a submodule: copy it)"
        )
    ]


def test_user_data_that_is_too_large() -> None:
    assert problems_of({**REPOSITORY, "vnfd/cloud-init/fw.yaml": "#" * 50_000}) == [
        (
            "vnfd/firewall.yaml:20:24: user data file 'vnfd/cloud-init/fw.yaml' has 50,000 bytes; at most 49,149 are "
            "allowed (let the instance fetch the rest)"
        )
    ]
    assert in_descriptor("{file: cloud-init/fw.yaml}", "{inline: '" + "é" * 25_000 + "'}") == [
        (
            "vnfd/firewall.yaml:20:26: user data has 50,000 bytes; at most 49,149 are allowed "
            "(let the instance fetch the rest)"
        )
    ]


def test_documents_as_user_data_are_refused_right_or_wrong() -> None:
    reported = (
        "vnfd/firewall.yaml:20:24: user data file 'vcpe.yaml' holds documents of Magi "
        "(keep user data in a file of its own)"
    )
    named = changed(REPOSITORY, "vnfd/firewall.yaml", "cloud-init/fw.yaml", "../vcpe.yaml")
    assert problems_of(named) == [reported]
    assert reported in problems_of(changed(named, "vcpe.yaml", "kind: NetworkService", "kind: NetworkServis"))


def test_yaml_that_is_user_data_is_held_against_no_schema() -> None:
    assert problems_of({**REPOSITORY, "vnfd/cloud-init/fw.yaml": "#cloud-config\npackages: &all [frr]\n"}) == []


def test_metadata_that_would_pass_for_the_mark() -> None:
    assert in_descriptor("keyPair: netops", "metadata: {'magi:owner': me}") == [
        "vnfd/firewall.yaml:19:18: metadata 'magi:owner': names with 'magi:' are Magi's"
    ]


YAML = "users: [default]\n"


@pytest.mark.parametrize(
    ("old", "new", "reported"),
    [
        ("flavor: m1.small", "flavour: m1.small", ["unknown field 'flavour' in spec.vdus[0] (did you mean 'flavor'?)"]),
        ("cloud-init/fw.yaml", "cloudinit/fw.yaml", ["(did you mean 'vnfd/cloud-init/fw.yaml'?)"]),
        ("cloud-init/fw.yaml", "vnfd/cloud-init/fw.yaml", ["relative to this file: 'cloud-init/fw.yaml'"]),
        ("  vdus:\n", "  vdus:\n   oops\n", ["broken YAML"]),
        ("      image: debian-12\n", "<<<<<<< HEAD\n      image: a\n=======\n      image: b\n", ["conflict marker"]),
        ("{protocol: tcp, ports: 443}", "{{ protocol }}", ["a key must be text"]),
    ],
)
def test_the_user_data_of_a_wrong_descriptor_is_no_document(old: str, new: str, reported: list[str]) -> None:
    texts = changed({**REPOSITORY, "vnfd/cloud-init/fw.yaml": YAML}, "vnfd/firewall.yaml", old, new)
    found = problems_of(texts)
    assert [one for one in found if not one.startswith("vnfd/firewall.yaml:")] == []
    assert len(found) >= len(reported)
    assert all(any(words in one for one in found) for words in reported)


def test_what_a_broken_file_does_not_name_is_still_a_document() -> None:
    texts = changed(REPOSITORY, "vnfd/firewall.yaml", "  vdus:\n", "  vdus:\n   oops\n")
    assert [one for one in problems_of({**texts, "other.yaml": YAML}) if one.startswith("other.yaml:")]
