"""Files of plain lines are read without libyaml, and exactly as with it; all others are left to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from reconciler.documents.reading.loader import load_by_events
from reconciler.documents.reading.marks import Document
from reconciler.documents.reading.plain_lines import read_plain
from reconciler.model import DEFAULT_LIMITS, InputLimits
from tests.documents.vcpe import VCPE

INDENTS = st.sampled_from(["", "", "  ", "  ", "    ", " "])
STARTS = st.sampled_from(["", "", "", "- ", "-   ", "- - ", "# ", "-", "---"])
KEYS = st.sampled_from(["a: ", "b: ", "c:", "cd:   ", "", "true: ", "n: ", "x.y/z-1: ", "a", "'q': ", "<<: ", "a : "])
VALUES = st.sampled_from(
    [
        "",
        "1",
        "010",
        "1.50",
        "1e400",
        "0x1F",
        "~",
        "null",
        "true",
        "no",
        "foo bar",
        "foo  bar ",
        "a: b",
        "foo:bar",
        "12:30",
        "::1",
        "2001:db8::/32",
        "'q'",
        "'it''s'",
        '"q"',
        '"\\n"',
        '"q" # c',
        '"q"# c',
        "'q' x",
        "é",
        "a\u2028b",
        "x # c",
        "x#c",
        "# c",
        "#",
        "-",
        "- x",
        "-5",
        ">-",
        "&x y",
        "*x",
        "!t x",
        "?",
        "? x",
        "@",
        "`",
        "%",
        "\t",
        "{a: 1, b: [x, y]}",
        "[ ]",
        "{}",
        "{ a: 'x' , b: y z }",
        "[a,b]",
        "[a, {b: c}]",
        "{a: b,a: c}",
        "{a}",
        "{a: }",
        "[a, b",
        "[a]]",
        "[a] x",
        "[a] # c",
        "{a:b}",
        "[a: b]",
        "[2001:db8::/32, -x, ~]",
        '{"a": 1}',
        "[a #b]",
        "[,]",
        "[a?]",
        "[x:]",
        "{true: 1}",
        "{a: [[1], []]}",
        "[a, ]",
    ]
)
LINES = st.tuples(INDENTS, STARTS, KEYS, VALUES).map("".join)


def seen(documents: Sequence[Document]) -> list[Any]:
    """All that documents hold, the order of keys included; `1` and `True` differ."""
    return [(one.file, one.source.index, one.sound, repr(one.data), repr(one.source.marks)) for one in documents]


@settings(max_examples=400, deadline=None)
@given(st.lists(LINES | st.just("---"), min_size=1, max_size=6), st.sampled_from(["", "\n", "\n\n"]))
def test_plain_lines_are_read_as_libyaml_reads_them_or_not_at_all(lines: list[str], end: str) -> None:
    text = "\n".join(lines) + end
    plain = read_plain(text, "f.yaml", DEFAULT_LIMITS)
    if plain is not None:
        loaded = load_by_events(text, "f.yaml", DEFAULT_LIMITS)
        assert loaded.problems == ()
        assert seen(plain) == seen(loaded.documents)


@pytest.mark.parametrize(
    "text",
    [
        VCPE,
        "a: 1\n---\nb: [x, {c: 'd', e: -0.5}]\n",
        "# said\n---\n\na:\n- b:   x y # not this\n  c: it's\n-   d: {}\n",
        'a:\n  b:\n    c: 12:30\n  d: "é"\n',
        "- a\n- b: {c: {d: [[1], []]}}\n- [x]\n",
    ],
)
def test_what_people_write_is_read_without_libyaml(text: str) -> None:
    plain = read_plain(text, "f.yaml", DEFAULT_LIMITS)
    assert plain is not None
    assert seen(plain) == seen(load_by_events(text, "f.yaml", DEFAULT_LIMITS).documents)


@pytest.mark.parametrize(
    "text",
    [
        "a: 1\na: 2\n",
        "{a: 1, a: 2}\n",
        "a: 1e400\n",
        "a: x\n  b: y\n",
        "a: x\n  continued\n",
        "a: &x y\n",
        "a: |\n  b: c\n",
        "a: 'b\n",
        "a: b: c\n",
        "true: 1\n",
        "a:\n",
        "a:\nb: 1\n",
        "---\n---\na: 1\n",
        "a: 1\n---\n",
        "a:\tb\n",
        "a: 1\r\n",
        "a: b\u2028c\n",
        "a: b\x7f\n",
        "  b: 1\na: 2\n",
        f"a: {'b' * 2000}\n",
        f"a: {'[' * 400}{']' * 400}\n",
    ],
)
def test_all_else_is_left_to_libyaml(text: str) -> None:
    assert read_plain(text, "f.yaml", DEFAULT_LIMITS) is None


@pytest.mark.parametrize(
    ("text", "enough", "too_few"),
    [
        ("a: {b: [c]}\n", InputLimits(file_depth=3), InputLimits(file_depth=2)),
        ("a:\n- b: c\n", InputLimits(file_depth=3), InputLimits(file_depth=2)),
        ("a: 1\n---\nb: 2\n", InputLimits(file_documents=2), InputLimits(file_documents=1)),
        ("a: [b, c]\n", InputLimits(file_values=100), InputLimits(file_values=4)),
    ],
)
def test_what_is_beyond_a_limit_is_left_to_libyaml(text: str, enough: InputLimits, too_few: InputLimits) -> None:
    assert read_plain(text, "f.yaml", enough) is not None
    assert read_plain(text, "f.yaml", too_few) is None


def test_equal_lines_share_nothing_that_could_be_changed() -> None:
    documents = read_plain("a: {b: [1]}\n---\na: {b: [1]}\n", "f.yaml", DEFAULT_LIMITS)
    assert documents is not None
    first, second = (one.data["a"] for one in documents)
    assert first == second
    assert first is not second
    assert first["b"] is not second["b"]
