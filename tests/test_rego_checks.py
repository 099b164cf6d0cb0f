"""Rules that could only decide nothing are refused when they are loaded, with file, line and column."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.judging.rego import load_rules
from reconciler.judging.rego.checks import lacking
from reconciler.judging.rego.rules import input_fields
from reconciler.model import ConfigError

EXAMPLES = Path(__file__).parents[1] / "deploy" / "policies"
HEAD = "package magi\n\nimport rego.v1\n\n"
HELPERS = """package lib.names

import rego.v1

all := {one.name | some one in input.resources}

is_short(name) if count(name) < 3
"""


def refusal(folder: Path, **files: str) -> str:
    """Why the rules of a folder are refused; "" where they are taken."""
    for name, text in files.items():
        (folder / f"{name}.rego").write_text(text)
    try:
        load_rules(folder)
    except ConfigError as error:
        return error.message
    return ""


@pytest.mark.parametrize(
    ("text", "reported"),
    [
        ('denny contains "x"', "a.rego:5:1: nothing uses denny: did you mean 'deny'?"),
        ('denny contains "x"', "a.rego: package magi: none of the rules decides: define deny or warn in package magi"),
        ('warn contains "x"\ndenny contains "x"', "a.rego:6:1: nothing uses denny: did you mean 'deny'?"),
        ('warn contains "x"\nviolation contains "x"', "a.rego:6:1: nothing uses violation: what decides is deny and"),
        ('deny contains "x" if http.send({})', "a.rego:5:22: there is no function http.send; rules reach no network"),
        ('deny contains "x" if not http.send({})', "a.rego:5:26: there is no function http.send"),
        ('deny contains "x" if nosuch("x")', "a.rego:5:22: there is no function nosuch"),
        (
            'deny contains "x" if net.cidr_merge([])',
            "a.rego:5:22: there is no function net.cidr_merge; of the functions",
        ),
        ('deny contains "x" if http.a.send({})', "there is no function http.a.send; rules reach no network"),
        ('deny contains "x" if {\n\tinput.vim == "a"\n\tnosuch.f(1)\n}', "a.rego:7:2: there is no function nosuch.f"),
        ('deny contains "x" if resource.kind == "y"', "a.rego:5:22: nothing gives resource a value"),
        ("deny contains m if {\n\tsome one in input.resources\n\tm := oen.name\n}", "a.rego:7:7: nothing gives oen a"),
        ('deny contains "x" if input.resorces[_].kind == "y"', "the input has no resorces; did you mean 'resources'?"),
        ('deny contains "x" if data.nosuch.rule', "a.rego:5:22: there is no data.nosuch.rule"),
        ('import data.lib.nosuch\ndeny contains "x" if nosuch.f(1)', "a.rego:6:22: there is no function nosuch.f"),
        ("deny := 5", "a.rego:5:1: deny is no set, or can be undefined; write 'deny contains …'"),
        ('deny := ["x"] if input.vim == "a"', "a.rego:5:1: deny is no set, or can be undefined"),
        ('deny[m] { m := "x" }', "a.rego:5:1: deny is no set, or can be undefined"),
        ('f(x) := f(x - 1)\ndeny contains "x" if f(3)', "a.rego:5:1: rules need themselves: magi.f -> magi.f"),
        ("deny contains m if {\n\tm :=\n", "a.rego:5:20: this is unclosed"),
    ],
)
def test_a_rule_that_could_only_say_nothing_is_refused(tmp_path: Path, text: str, reported: str) -> None:
    assert reported in refusal(tmp_path, a=HEAD + text + "\n")


@pytest.mark.parametrize(
    "text",
    [
        'deny contains "x" if net.cidr_intersects("10.0.0.0/8", "10.1.0.0/16")',
        "deny := {one.name | some one in input.resources}",
        "deny contains name if {\n\tname := input.resources[i].name\n\ti > 3\n}",
        'deny contains a if {\n\tsome one in input.resources\n\t[a, b] := split(one.name, "/")\n\ta != b\n}',
        'deny contains "x" if {\n\twalk(input, [path, value])\n\tvalue == "y"\n\tpath[0] == "vim"\n}',
        "f(x) := 1 if x > 3\n\nelse := 2 if {\n\tx > 4\n}\n\ndefault g(_) := 3\n\ng(x) := f(x)\n\nwarn contains g(3)",
        "is.near(a, [b, c]) := d if d := [a, b, c]\n\ndeny contains x if {\n\tsome x in is.near(input.vim, [1, 2])\n}",
        'deny contains "x" if {\n\tevery i, one in input.resources {\n\t\tone.name != ""\n\t\ti >= 0\n\t}\n}',
        'deny contains "x" if count({k: v | some k, v in input.summary}) > 3',
        'deny contains "x" if count(input.resources) >\n\t3',
        'deny contains "x" if contains(input.vim, "y")  # denny http.send("x") if {',
        'deny contains `http.send("x")` if input["vim"] == "nosuch(1)"',
        'deny contains x if {\n\tsome one in input.resources\n\tsome {"field": x} in one.changes\n\tx == "y"\n}',
        'deny contains x if {\n\tx = input.vim\n\tobject.get({"a": x}, "a", "b") == "c"\n}',
    ],
)
def test_what_is_good_rego_is_taken(tmp_path: Path, text: str) -> None:
    assert refusal(tmp_path, a=HEAD + text + "\n") == ""


@pytest.mark.parametrize("name", [file.stem for file in sorted(EXAMPLES.glob("*.rego"))])
def test_our_examples_are_taken(tmp_path: Path, name: str) -> None:
    assert refusal(tmp_path, **{name: (EXAMPLES / f"{name}.rego").read_text(encoding="utf-8")}) == ""


def test_a_package_of_helpers_is_used_by_the_rules_or_refused(tmp_path: Path) -> None:
    uses = (
        HEAD + "import data.lib.names\n\ndeny contains name if {\n\tsome name in names.all\n\tnames.is_short(name)\n}\n"
    )
    assert refusal(tmp_path, lib=HELPERS, a=uses) == ""
    alone = HEAD + 'deny contains "x" if input.vim == "y"\n'
    assert "lib.rego:1:1: nothing uses package lib.names; rules that decide are in" in refusal(
        tmp_path, lib=HELPERS, a=alone
    )


def test_a_whole_package_can_be_used(tmp_path: Path) -> None:
    uses = "count(data.lib.names.all) > 1"
    for path in ("data.lib", "data.lib.names"):
        text = f'deny contains "x" if {{\n\tcount({path}) > 1\n\t{uses}\n}}\n'
        assert refusal(tmp_path, lib=HELPERS, a=HEAD + text) == ""
    imported = f'import data.lib.names\ndeny contains "x" if {{\n\tcount(names) > 1\n\t{uses}\n}}\n'
    assert refusal(tmp_path, lib=HELPERS, a=HEAD + imported) == ""
    other = refusal(tmp_path, lib=HELPERS, a=HEAD + 'deny contains "x" if count(data.li) > 1\n')
    assert "there is no data.li" in other


def test_rules_that_decide_nothing_name_each_file_with_its_package(tmp_path: Path) -> None:
    shown = refusal(tmp_path, lib=HELPERS, a=HEAD + "is_large if count(input.resources) > 3\n")
    assert "a.rego: package magi, lib.rego: package lib.names: none of the rules decides" in shown


def test_a_file_without_a_package_is_refused(tmp_path: Path) -> None:
    shown = refusal(tmp_path, a="x := 1\n")
    assert "a.rego: package none: none of the rules decides" in shown
    assert "a.rego:1:1: nothing uses package none; rules that decide are in package magi" in shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            "deny contains m if {\n\tsome one in input.resources\n\tm := oen.name\n}",
            "a.rego:7:7: nothing gives oen a value; did you mean 'one'?",
        ),
        ('deny contains "x" if elephant.kind == "y"', "a.rego:5:22: nothing gives elephant a value"),
        ('deny contains "x" if q.kind == "y"', "a.rego:5:22: nothing gives q a value"),
    ],
)
def test_a_name_without_a_value_is_reported_with_the_nearest_one(tmp_path: Path, text: str, shown: str) -> None:
    assert refusal(tmp_path, a=f"{HEAD}{text}\n").endswith(shown)


def test_where_no_field_of_the_input_is_near_all_are_named(tmp_path: Path) -> None:
    shown = refusal(tmp_path, a=HEAD + 'deny contains "x" if input.elephant == "y"\n')
    assert f"the input has no elephant; it has {', '.join(sorted(input_fields()))}" in shown


def test_a_rule_that_nothing_uses_is_reported_once(tmp_path: Path) -> None:
    shown = refusal(tmp_path, a=HEAD + 'warn contains "x"\ndenny contains "x"\ndenny contains "y"\n')
    assert shown.count("nothing uses denny") == 1


def test_a_variable_is_no_use_of_a_rule_of_the_same_name(tmp_path: Path) -> None:
    variable = "deny contains m if {\n\tsome helper in input.resources\n\tm := helper.name\n}\n"
    assert "a.rego:10:1: nothing uses helper" in refusal(tmp_path, a=f"{HEAD}{variable}\nhelper := 1\n")


def test_rules_that_need_each_other_are_reported_where_the_first_one_is(tmp_path: Path) -> None:
    shown = refusal(tmp_path, a=HEAD + 'f(x) := g(x)\n\ng(x) := f(x)\n\ndeny contains "x" if f(3)\n')
    assert "a.rego:5:1: rules need themselves: magi.f -> magi.g -> magi.f" in shown


def test_a_function_of_which_nothing_else_is_known_is_only_named() -> None:
    assert lacking("nosuch", "a.rego:5:1") == "a.rego:5:1: there is no function nosuch"


def test_all_that_is_wrong_is_reported_up_to_ten(tmp_path: Path) -> None:
    wrong = "".join(f'deny contains "x" if nosuch{number}(1)\n' for number in range(12))
    reported = refusal(tmp_path, a=HEAD + wrong)
    assert reported.count("there is no function") == 10
    assert reported.endswith("and 2 more")
