"""YAML that is not meant for Magi, where the operator lets it be skipped."""

from __future__ import annotations

import pytest

from reconciler.documents import Library
from reconciler.targets.registry import TARGET_TYPES
from tests.documents.commits import Commit, problems_of
from tests.documents.vcpe import REPOSITORY

FOREIGN = {
    "values of a chart": "replicas: 3\nimage: {tag: v1}\n",
    "a manifest": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x}\n",
    "a core manifest": "apiVersion: v1\nkind: Service\nmetadata: {name: x}\n",
    "a policy of another actor": "apiVersion: kyverno.io/v1\nkind: Policy\nmetadata: {name: x}\n",
    "an application": "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: x}\n",
    "a playbook": "- hosts: all\n  tasks: []\n",
    "anchors and tags": "a: &x {b: 1}\nc: *x\nd: !reference [e]\n",
    "a template": "{{- if .Values.x }}\nkind: NetworkPolicy\n{{- end }}\n",
    "a text": "just words\n",
}
MEANT: dict[str, str | bytes] = {
    "another version": "apiVersion: magi/v1alpha2\nkind: Vim\nmetadata: {name: x}\n",
    "other letters": "apiVersion: Magi/v1alpha1\nkind: Vim\nmetadata: {name: x}\n",
    "a near miss": "apiVersion: mgi/v1alpha1\nkind: Vim\nmetadata: {name: x}\n",
    "no version": "apiVersion: magi\nkind: Vim\nmetadata: {name: x}\n",
    "a slip in the key": "apiversion: magi/v1alpha1\nkind: Vim\nmetadata: {name: x}\n",
    "another key": "version: magi/v1alpha1\nkind: Vim\nmetadata: {name: x}\n",
    "a kind of Magi alone": "kind: NetworkService\nmetadata: {name: x}\n",
    "a slip in a kind of Magi alone": "kind: networkservices\nmetadata: {name: x}\n",
    "an escape": 'apiVersion: "\\x6dagi/v1alpha2"\nkind: Vim\n',
    "broken": "apiVersion: magi/v1alpha1\nkind: Vim\nmetadata: {name: x\n",
    "broken before it": "a: *x\n---\n- [\n# magi/v1alpha1\n",
    "UTF-16": "apiVersion: magi/v1alpha1\nkind: Vim\n".encode("utf-16"),
    "a pointer of Git LFS": f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 1\n",
}


@pytest.mark.parametrize("name", FOREIGN)
def test_foreign_yaml_is_refused_unless_it_may_be_skipped(name: str) -> None:
    texts: dict[str, str | bytes] = {**REPOSITORY, "foreign.yaml": FOREIGN[name]}
    assert problems_of(texts)
    assert problems_of(texts, Library(TARGET_TYPES, skip_foreign=True)) == []


@pytest.mark.parametrize("name", MEANT)
def test_what_may_be_meant_for_magi_is_never_skipped(name: str) -> None:
    texts = {**REPOSITORY, "meant.yaml": MEANT[name]}
    reported = problems_of(texts, Library(TARGET_TYPES, skip_foreign=True))
    assert reported
    assert all(one.startswith("meant.yaml:") for one in reported)


def test_foreign_documents_beside_those_of_magi_are_skipped() -> None:
    texts = {
        **REPOSITORY,
        "vnfd/firewall.yaml": f"{REPOSITORY['vnfd/firewall.yaml']!s}\n---\n{FOREIGN['a manifest']}",
    }
    assert problems_of(texts)
    library = Library(TARGET_TYPES, skip_foreign=True)
    assert (
        library.catalog(Commit(texts)).services.keys()
        == Library(TARGET_TYPES).catalog(Commit(REPOSITORY)).services.keys()
    )


def test_where_all_is_foreign_that_is_reported() -> None:
    assert problems_of({"a.yaml": FOREIGN["a manifest"]}, Library(TARGET_TYPES, skip_foreign=True)) == [
        (
            ".:1:1: no documents: 1 file, none of them for Magi "
            "(of foreign YAML 1 documents are skipped (repository.foreignYaml))"
        )
    ]
