"""What the text of a Rego file is taken apart into: statements, rules, imports, places, calls and variables."""

from __future__ import annotations

import pytest

from reconciler.judging.rego.text import Chain, Module, Rule, read_module, tokens_of


def module(text: str) -> Module:
    return read_module("a.rego", text)


def rule(text: str) -> Rule:
    (found,) = module(text).rules
    return found


def names(text: str) -> list[str]:
    return [one.name for one in module(text).rules]


def test_a_file_is_its_package_its_imports_and_its_rules() -> None:
    found = module(
        "package magi.rules # of the team\nimport rego.v1\nimport data.lib.names as n\nimport input.resources\n"
        "deny contains x if {\n  x := 1\n}\ndefault ok := true\n"
    )
    assert found.package == "magi.rules"
    assert found.imports == {"v1": "rego.v1", "n": "data.lib.names", "resources": "input.resources"}
    assert [(one.name, one.is_default) for one in found.rules] == [("deny", False), ("ok", True)]
    assert [found.place(one.start) for one in found.rules] == ["a.rego:5:1", "a.rego:8:1"]


@pytest.mark.parametrize(
    ("start", "place"), [(0, "a.rego:1:1"), (1, "a.rego:2:1"), (2, "a.rego:3:1"), (4, "a.rego:3:3"), (5, "a.rego:4:1")]
)
def test_a_place_is_a_line_and_a_column_from_one_on(start: int, place: str) -> None:
    assert module("\n\nab\n").place(start) == place


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a := 1\nb := 2", ["a", "b"]),
        ("a if\nb\nc := 1", ["a", "c"]),
        ("a contains\nb\nc := 1", ["a", "c"]),
        ("a := 1 +\n2\nb := 3", ["a", "b"]),
        ("a := {\nb\n}\nc := 1", ["a", "c"]),
        ("a := [\nb,\n]\nc := 1", ["a", "c"]),
        ("a := f(\nb\n)\nc := 1", ["a", "c"]),
        ("a := 1 if {\ntrue\n}\nelse := 2\nb := 3", ["a", "b"]),
        ("default\na := 1", ["a"]),
        ("\n\na := 1\n\n\nb := 2\n", ["a", "b"]),
        ("# a := 1\nb := 2 # c := 3", ["b"]),
        ('a := "{"\nb := `\n[`\nc := 1', ["a", "b", "c"]),
        ("a := 1 b := 2", ["a"]),
        ("a := 1\n  b := 2", ["a", "b"]),
        (") := 1", []),
    ],
    ids=[
        "a line each",
        "behind if",
        "behind contains",
        "behind a sign",
        "in braces",
        "in brackets",
        "in parentheses",
        "else goes on",
        "behind default",
        "with empty lines",
        "without comments",
        "brackets in texts are none",
        "one line is one",
        "indented",
        "no name",
    ],
)
def test_a_rule_begins_with_a_line_that_continues_none(text: str, found: list[str]) -> None:
    assert names(text) == found


@pytest.mark.parametrize(
    ("text", "chains"),
    [
        ("input.resources", [("input.resources", False, True)]),
        ("x", [("x", False, False)]),
        ("f(x)", [("f", True, False), ("x", False, False)]),
        ("a.b.f(x)", [("a.b.f", True, True), ("x", False, False)]),
        ("x[0]", [("x", False, True)]),
        ("x [0]", [("x", False, False)]),
        ("x.", [("x", False, True)]),
        ('x["a"].b', [("x", False, True)]),
        ("x if y", [("x", False, False), ("y", False, False)]),
        (
            "x := contains(y, z)",
            [("x", False, False), ("contains", True, False), ("y", False, False), ("z", False, False)],
        ),
    ],
    ids=[
        "a path",
        "a name",
        "a call",
        "a call of a path",
        "an index",
        "apart",
        "a dot",
        "of an index",
        "no keywords",
        "a keyword",
    ],
)
def test_names_with_dots_between_them_are_one(text: str, chains: list[tuple[str, bool, bool]]) -> None:
    found: tuple[Chain, ...] = Rule("r", 0, tuple(tokens_of(text))).chains
    assert [(one.name, one.called, one.continued) for one in found] == chains
    assert all(text[one.start : one.end].replace(" ", "") == one.name for one in found)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("test_a if count(deny) == 1 with input as data.plans.one", ["data.plans.one"]),
        ("test_a if deny with input as plan", []),
        ("test_a if deny with input as f.g(x)", []),
        ("test_a if deny with input as data.plans[name].vims[0]", ["data.plans[name].vims[0]"]),
        ("test_a if deny with input as x[0]", ["x[0]"]),
        ("test_a if deny with input as {}", []),
        ("test_a if { deny with input as data.a; deny with input as data.b }", ["data.a", "data.b"]),
        ("test_a if deny with input", []),
        ("test_a if deny with data.x as data.y", []),
    ],
    ids=["a path", "a name", "a call", "with indexes", "an index alone", "an object", "two", "cut off", "of data"],
)
def test_a_path_in_place_of_the_input_is_found(text: str, found: list[str]) -> None:
    assert [text[start:end] for start, end in rule(text).inputs()] == found


@pytest.mark.parametrize(
    ("text", "bound"),
    [
        ("f(x, y) := z", "x y"),
        ("a.b.f(x) if z", "x"),
        ("a.f(x, [y]) if z", "x y"),
        ("r if { some i, j in xs; i > j }", "i j"),
        ("r if { some k\nxs[k] == v }", "k"),
        ("r if { some k; xs[0] == v }", "k"),
        ("r if {some k}", "k"),
        ("r if { every e in xs { e > v } }", "e"),
        ("r if { x := y; [z, u] = w }", "u w x z"),
        ("r if { [a, b] := xs }", "a b"),
        ("r if xs[i].b == v", "i"),
        ("r if xs[i + j]", ""),
        ("r if xs[[i, j]]", "i j"),
        ("r if ys == [i]", ""),
        ('r if xs["a"][i]', "i"),
        ("r if f(x)[i]", "i"),
        ("r if walk(xs, [path, value])", "path value xs"),
        ("r if walk", ""),
        ("r contains x if x in ys", ""),
    ],
)
def test_the_names_that_something_can_give_a_value_to_are_known(text: str, bound: str) -> None:
    assert rule(text).bound == {*bound.split()}
