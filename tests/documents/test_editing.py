"""One flag is changed in the text of a document, and nothing around it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.documents import parse, with_flag
from reconciler.documents.reading.marks import Document

EXAMPLES = Path(__file__).parents[2] / "desired-state-examples"

BLOCK = """\
# Own.
apiVersion: magi/v1alpha1
kind: Vim
metadata: {name: paris}
spec:
  # The type first.
  type: openstack  # as always
  cloud: paris
"""
FLOW = "apiVersion: magi/v1alpha1\nkind: Vim\nmetadata: {name: paris}\nspec: {type: openstack, cloud: paris}  # end\n"


def changed(text: str, *, value: bool, index: int = 0) -> str | None:
    document = parse(text.encode(), "a.yaml").documents[index]
    return with_flag(text, document, ("spec",), "suspend", value=value)


def test_in_block_style_it_gets_a_line_of_its_own() -> None:
    assert changed(BLOCK, value=True) == BLOCK.replace("  type: openstack", "  suspend: true\n  type: openstack")


def test_in_flow_style_it_goes_before_the_first_key() -> None:
    assert changed(FLOW, value=True) == FLOW.replace("{type", "{suspend: true, type")


@pytest.mark.parametrize("text", [BLOCK, FLOW])
def test_it_is_changed_where_it_stands(text: str) -> None:
    once = changed(text, value=True)
    assert once is not None
    off = changed(once, value=False)
    assert off == once.replace("suspend: true", "suspend: false")
    assert changed(off, value=True) == once


def test_of_several_documents_only_the_one_is_changed() -> None:
    text = f"{FLOW}---\n{BLOCK.replace('paris', 'lyon')}"
    found = changed(text, value=True, index=1)
    assert found is not None
    assert found.startswith(FLOW)
    assert found.count("suspend") == 1


def documents() -> Iterator[tuple[str, Document]]:
    for file in sorted(EXAMPLES.rglob("*.y*ml")):
        text = file.read_text(encoding="utf-8")
        for document in parse(text.encode(), file.name).documents:
            if document.data["kind"] in {"Vim", "NetworkService"}:
                yield text, document


def test_every_example_can_be_changed_by_one_line() -> None:
    found = list(documents())
    assert len(found) >= 20
    for text, document in found:
        edited = with_flag(text, document, ("spec",), "suspend", value=True)
        assert edited is not None, document.file
        assert len(set(edited.splitlines()) - set(text.splitlines())) == 1


@pytest.mark.parametrize("line", ["suspend:\n    true", 'suspend: !!bool "true"', "? suspend\n  : false"])
def test_what_is_laid_out_otherwise_is_either_right_or_left_alone(line: str) -> None:
    text = BLOCK.replace("  type: openstack", f"  {line}\n  type: openstack")
    parsed = parse(text.encode(), "a.yaml")
    for document in parsed.documents:
        edited = with_flag(text, document, ("spec",), "suspend", value=False)
        if edited is not None:
            assert parse(edited.encode(), "a.yaml").documents[0].data["spec"]["suspend"] is False
