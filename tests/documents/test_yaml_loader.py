"""Reading YAML: what people mean, where it is, and that no input does harm."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings, strategies as st

from reconciler.documents.reading.loader import (
    MAX_PROBLEMS,
    load,
    too_large,
)
from reconciler.model import DEFAULT_LIMITS, MAX_FILE_BYTES, InputLimits


def value(text: str) -> Any:
    loaded = load(text.encode(), "f.yaml")
    assert loaded.problems == ()
    return loaded.documents[0].data


def complaints(data: str | bytes) -> list[str]:
    return [str(p) for p in load(data.encode() if isinstance(data, str) else data, "f.yaml").problems]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("no", "no"),
        ("on", "on"),
        ("Yes", "Yes"),
        ("12:30", "12:30"),
        ("00:16:3e:00:00:01", "00:16:3e:00:00:01"),
        ("1_000", "1_000"),
        ("2026-01-31", "2026-01-31"),
        ("010", "010"),
        ("-007", "-007"),
        ("0", 0),
        ("-5", -5),
        ("+5", 5),
        ("0o17", 15),
        ("0xFf", 255),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1450.0", 1450),
        ("1e3", 1000),
        ("1.2.3", "1.2.3"),
        ("10.0.0.0/8", "10.0.0.0/8"),
        ("::1", "::1"),
        ("true", True),
        ("False", False),
        ("tRue", "tRue"),
        ("null", None),
        ("~", None),
        ("", None),
        ("'5'", "5"),
        ('"true"', "true"),
        ("=", "="),
        ("-", None),
    ],
)
def test_scalars_are_what_people_mean(text: str, meant: Any) -> None:
    read = value(f"key: {text}") if text != "-" else value("key:")
    assert read == {"key": meant}
    assert type(read["key"]) is type(meant)


def test_block_and_flow_styles_make_the_same_data() -> None:
    block = "a:\n  - b: 1\n    c: [x, y]\n  - |\n    text\n"
    assert (
        value(block)
        == value('{"a": [{"b": 1, "c": ["x", "y"]}, "text\\n"]}')
        == {"a": [{"b": 1, "c": ["x", "y"]}, "text\n"]}
    )


def test_a_file_holds_many_documents_and_empty_ones_are_left_out() -> None:
    loaded = load(b"---\n---\na: 1\n---\n# nothing\n---\nb: 2\n...\n", "f.yaml")
    assert [(d.source.index, d.data) for d in loaded.documents] == [(1, {"a": 1}), (3, {"b": 2})]


@pytest.mark.parametrize("data", [b"", b"\n\n", b"# only a comment\n", b"---\n", b"\xef\xbb\xbf"])
def test_a_file_without_content_has_no_documents(data: bytes) -> None:
    assert load(data, "f.yaml").documents == ()
    assert load(data, "f.yaml").problems == ()


def test_every_value_and_key_has_its_place() -> None:
    text = "kind: X\n---\nspec:\n  vdus:\n    - name: fw\n      image:   debian\n    - {name: lb, ports: [80, 443]}\n"
    document = load(text.encode(), "f.yaml").documents[1]
    assert document.place() == (3, 1)
    assert document.place(("spec", "vdus", 0, "image")) == (6, 16)
    assert document.place(("spec", "vdus", 0, "image"), key=True) == (6, 7)
    assert document.place(("spec", "vdus", 1)) == (7, 7)
    assert document.place(("spec", "vdus", 1, "ports", 1)) == (7, 30)
    assert document.place(("spec", "vdus"), key=True) == (4, 3)


def test_the_place_of_something_absent_is_that_of_its_nearest_container() -> None:
    document = load(b"a:\n  b: [1]\n", "f.yaml").documents[0]
    assert document.place(("a", "x", 0)) == document.place(("a",)) == (2, 3)
    assert document.place(("a", "b", 7)) == document.place(("a", "b")) == (2, 6)
    assert document.place(("a", "b", "c")) == (2, 6)


def test_a_byte_order_mark_at_the_beginning_is_skipped() -> None:
    document = load(b"\xef\xbb\xbfkind: X\n", "f.yaml").documents[0]
    assert document.data == {"kind": "X"}
    assert document.place(("kind",), key=True) == (1, 1)


def test_lines_may_end_in_carriage_return_and_line_feed() -> None:
    loaded = load(b"a: 1\r\nb: 2\r\n", "f.yaml")
    assert loaded.documents[0].data == {"a": 1, "b": 2}
    assert loaded.documents[0].place(("b",), key=True) == (2, 1)


@pytest.mark.parametrize(
    ("text", "place", "part"),
    [
        ("a: 1\nb: 2\na: 3\n", "3:1", "'a' is here a second time; the first is in line 1"),
        ("x:\n  a: {}\n  a: 1\n", "3:3", "the first is in line 2"),
        ("a: &x 1\nb: 2\n", "1:4", "anchors are not allowed"),
        ("a: 1\nb: *x\n", "2:4", "aliases are not allowed"),
        ("a: {<<: {b: 1}}\n", "1:5", "merge keys"),
        ("a: !!python/object:os.system x\n", "1:4", "tags are not allowed"),
        ("a: !include x.yaml\n", "1:4", "'!include'"),
        ("a: !!map {b: 1}\n", "1:4", "tags are not allowed"),
        ("1: a\n", "1:1", "the key '1' is no text (write \"1\" in quotes)"),
        ("true: a\n", "1:1", "is no text"),
        ("~: a\n", "1:1", "is no text"),
        ("{{ name }}: a\n", "1:1", "a key must be text"),
        ("? [a]\n: b\n", "1:3", "a key must be text"),
        ("a: .inf\n", "1:4", "is no finite number"),
        ("a: 1e999\n", "1:4", "too large"),
        ("a: 9223372036854775808\n", "1:4", "too large"),
        ("a: " + "9" * 5000, "1:4", "too long for a number"),
        ('a: "x\\0y"\n', "1:4", "control character U+0000"),
        ('a: "\\e[31m"\n', "1:4", "control character U+001B"),
        ("a: 1\nb: x\x00y\n", "2:5", "the control character U+0000"),
        ("a: 1\n\tb: 2\n", "2:1", "a tab in the indentation"),
        ("a: b: c\n", "1:5", "there is a ':' where no key can be"),
        ("a: @x\n", "1:4", "a value cannot begin with '@'"),
        ("a:\n  b: 1\n c: 2\n", "3:2", "fits neither a mapping nor a list"),
        ("a: [1, 2\nb: 3\n", "2:2", "a list in [ ] is not closed, or a ',' is missing in it; it begins in line 1"),
        ('a: "x\nb: 3\n', "3:1", "a quoted text is never closed; it begins in line 1"),
        ("a: 'x\n---\nb: 3\n", "2:1", "a quoted text is not closed before the next document"),
        ("a\nb: 1\n", "2:2", "see whether the line above lacks a ':'"),
        ("{a: 1, b:}\nc: :d:", "1:9", "a ':' that neither ends a key"),
        ("a: 1\n\ufeffb: 2\n", "2:1", "byte order mark"),
    ],
)
def test_what_is_not_allowed_is_named_with_its_place(text: str, place: str, part: str) -> None:
    first = complaints(text)[0]
    assert first.startswith(f"f.yaml:{place}: ")
    assert part in first


def test_all_problems_of_a_file_are_reported_at_once() -> None:
    assert [line.split(": ")[0] for line in complaints("a: &x 1\na: *x\n---\nb: !t 2\n")] == [
        "f.yaml:1:4",
        "f.yaml:2:1",
        "f.yaml:2:4",
        "f.yaml:4:4",
    ]


def test_a_document_with_a_problem_is_unsound_and_the_others_are_not() -> None:
    loaded = load(b"a: 1\n---\nb: 1\nb: 2\n---\nc: 1\n", "f.yaml")
    assert [(d.data, d.sound) for d in loaded.documents] == [({"a": 1}, True), ({"b": 2}, False), ({"c": 1}, True)]


def test_documents_before_broken_yaml_are_kept() -> None:
    loaded = load(b"a: 1\n---\nb: [\n", "f.yaml")
    assert [d.data for d in loaded.documents] == [{"a": 1}]
    assert len(loaded.problems) == 1


def test_a_byte_that_is_not_utf_8_is_named_with_its_place() -> None:
    assert complaints(b"a: \xc3\xa4\nb: \xe4\n") == ["f.yaml:2:4: the byte 0xe4 is not UTF-8 (save the file as UTF-8)"]
    assert complaints(b"\xef\xbb\xbfa: \xe4\n") == ["f.yaml:1:4: the byte 0xe4 is not UTF-8 (save the file as UTF-8)"]


def test_utf_16_is_recognised() -> None:
    assert complaints("a: 1".encode("utf-16")) == ["f.yaml:1:1: the file is encoded as UTF-16 (save it as UTF-8)"]


@pytest.mark.parametrize(
    "text", ["[" * 50_000, "[" * 50_000 + "]" * 50_000, "{a: " * 50_000, "- " * 50_000, "? " * 50_000]
)
def test_deep_nesting_is_refused_and_does_no_harm(text: str) -> None:
    assert len(complaints(text)) == 1


def test_nesting_is_allowed_up_to_the_limit() -> None:
    assert complaints("[" * 64 + "]" * 64) == []
    assert "nested more than 64 deep" in complaints("[" * 65 + "]" * 65)[0]


def test_an_alias_bomb_does_not_go_off() -> None:
    lines = ["a0: &a0 [x, x]"] + [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 30)]
    said = complaints("\n".join(lines))
    assert len(said) == MAX_PROBLEMS + 1
    assert any("too many problems" in line for line in said)


def test_too_many_values_are_refused() -> None:
    most = DEFAULT_LIMITS.file_values
    assert f"more than {most:,} values" in complaints("[" + "1," * most + "]")[0]


def test_too_many_documents_are_refused() -> None:
    most = DEFAULT_LIMITS.file_documents
    assert complaints("--- 1\n" * most) == []
    assert f"more than {most:,} documents" in complaints("--- 1\n" * (most + 1))[0]


@pytest.mark.parametrize(
    ("text", "reported"),
    [
        (
            "--- 1\n--- 2\n--- 3\n",
            "f.yaml:3:1: more than 2 documents in one file (split the file, or raise limits.fileDocuments)",
        ),
        ("[1, 2, 3, 4]", "f.yaml:1:8: more than 4 values in one file (split the file, or raise limits.fileValues)"),
        ("[[[1]]]", "f.yaml:1:3: values are nested more than 2 deep (raise limits.fileDepth)"),
    ],
)
def test_each_bound_of_a_file_is_a_setting_that_its_message_names(text: str, reported: str) -> None:
    limits = InputLimits(file_documents=2, file_values=4, file_depth=2)
    assert [str(one) for one in load(text.encode(), "f.yaml", limits).problems] == [reported]
    assert load(text.encode(), "f.yaml").problems == ()


def test_a_large_file_is_refused_with_its_size_and_the_limit() -> None:
    assert complaints(b"#" * (MAX_FILE_BYTES + 1)) == [str(too_large("f.yaml", MAX_FILE_BYTES + 1, MAX_FILE_BYTES))]
    assert "4,194,305 bytes; at most 4,194,304 are allowed" in complaints(b"#" * (MAX_FILE_BYTES + 1))[0]
    assert complaints(b"#" * MAX_FILE_BYTES) == []


# Without what YAML 1.1 and 1.2 read differently: texts that look like numbers.
TEXT = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Nd"), exclude_characters="\ufeff\ufffe\uffff"), max_size=20
)
SCALARS = st.none() | st.booleans() | st.integers(-(2**62), 2**62) | st.floats(-1e15, 1e15) | TEXT
DATA = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4), max_leaves=20
)


class DumperWithoutAliases(yaml.SafeDumper):
    def ignore_aliases(self, _data: Any) -> bool:
        return True


@given(DATA)
@settings(deadline=None)
def test_what_pyyaml_writes_is_read_back(data: Any) -> None:
    written = yaml.dump(data, Dumper=DumperWithoutAliases, allow_unicode=True, sort_keys=False, width=1000)
    loaded = load(written.encode(), "f.yaml")
    assert loaded.problems == ()
    read = loaded.documents[0].data if loaded.documents else None
    assert read == yaml.safe_load(written) == data


@given(st.binary(max_size=200))
@settings(deadline=None)
def test_no_bytes_crash_the_loader(data: bytes) -> None:
    load(data, "f.yaml")


@settings(max_examples=300, deadline=None)
@given(st.text("ab:-[]{}\"'|>&*!?,# \n\t%@`~<0.1\\", max_size=60))
def test_no_punctuation_crashes_the_loader(text: str) -> None:
    for problem in load(text.encode(), "f.yaml").problems:
        assert problem.line >= 1
        assert problem.column >= 1
        assert problem.message


def test_the_loader_never_uses_the_recursive_constructors() -> None:
    source = (Path(__file__).parents[2] / "reconciler/documents/reading/loader.py").read_text()
    assert not [
        name
        for name in ("get_single_data", "get_data", "construct", "compose", "yaml.load", "safe_load")
        if f"{name}(" in source
    ]


CONFLICT = "kind: X\nspec:\n<<<<<<< HEAD\n  a: 1\n=======\n  a: 2\n>>>>>>> topic\n"


@pytest.mark.parametrize(
    ("text", "line", "marker"),
    [
        (CONFLICT, 3, "<<<<<<<"),
        (CONFLICT.replace("\n", "\r\n"), 3, "<<<<<<<"),
        (CONFLICT.replace("=======", "||||||| base\n  a: 0\n======="), 3, "<<<<<<<"),
        ("a: [\n" + CONFLICT, 4, "<<<<<<<"),
        (CONFLICT.replace("<<<<<<< HEAD\n", ""), 4, "======="),
        ("kind: X\n>>>>>>> topic\nb: 1\n", 2, ">>>>>>>"),
    ],
)
def test_conflict_markers_of_git_are_named(text: str, line: int, marker: str) -> None:
    assert complaints(text) == [
        (
            f"f.yaml:{line}:1: '{marker}' is a conflict marker of Git (keep what is right of both sides, and remove "
            "the lines that begin with '<<<<<<<', '=======' and '>>>>>>>')"
        )
    ]


def test_what_looks_like_a_conflict_marker_within_a_text_is_text() -> None:
    assert value("a: |\n  <<<<<<< HEAD\n  =======\n") == {"a": "<<<<<<< HEAD\n=======\n"}
    assert "broken YAML" in complaints("a: [\n  <<<<<<< HEAD\n")[0]
