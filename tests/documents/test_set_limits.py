"""Sets that would become more than fits: refused before a member is made, with their place and the setting."""

from collections.abc import Iterable
from typing import Any

import pytest

from reconciler.documents import Library
from reconciler.documents.choosing import sets
from reconciler.documents.choosing.placeholders import filled, scope_of, scope_size, size_of, template_size
from reconciler.model import InputLimits
from reconciler.targets.registry import TARGET_TYPES
from tests.documents.commits import Commit, problems_of

VIM = "{apiVersion: magi/v1alpha1, kind: Vim, metadata: {name: %s}, spec: {type: openstack}}\n"
LINK = "        - {name: lan, cidr: 10.8.0.0/24}\n"


def a_set(generator: str, name: str = "fleet", word: str = "row", links: str = LINK) -> str:
    return (
        f"apiVersion: magi/v1alpha1\nkind: NetworkServiceSet\nmetadata: {{name: {name}}}\nspec:\n"
        f"  generator: {generator}\n"
        f"  template:\n    metadata: {{name: '{name}-{{{{ {word}.name }}}}'}}\n"
        f"    spec:\n      vim: paris\n      virtualLinks:\n{links}"
    )


def rows(of: Iterable[str]) -> str:
    return f"{{list: [{', '.join(of)}]}}"


def reported_of(texts: dict[str, str | bytes], **limits: int) -> list[str]:
    return problems_of({"paris.yaml": VIM % "paris", **texts}, Library(TARGET_TYPES, limits=InputLimits(**limits)))


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What members were made for."""
    seen: list[Any] = []
    make = sets._member

    def noted(document: Any, scope: Any) -> Any:
        seen.append(scope)
        return make(document, scope)

    monkeypatch.setattr(sets, "_member", noted)
    return seen


def test_a_template_of_megabytes_is_not_filled_for_ten_thousand_rows(made: list[Any]) -> None:
    links = "".join(f"        - {{name: l{number}, cidr: 10.8.0.0/24}}\n" for number in range(90_000))
    text = a_set(rows(f"{{name: r{number}}}" for number in range(10_000)), links=links)
    [reported] = reported_of({"fleet.yaml": text})
    assert reported.startswith("fleet.yaml:5:14: the members of the set would have about ")
    assert "at most 67,108,864 are allowed (make the template or what it is filled with smaller" in reported
    assert reported.endswith("or raise limits.bytes)")
    assert not made


def test_a_long_value_that_is_named_a_thousand_times_is_not_filled_in(made: list[Any]) -> None:
    links = f"{LINK}      description: '{'{{ row.text }}' * 1000}'\n"
    text = a_set(rows([f"{{name: a, text: {'x' * 3_000_000}}}"]), links=links)
    [reported] = reported_of({"fleet.yaml": text})
    assert reported.startswith("fleet.yaml:5:14: the members of the set would have about 3,000,0")
    assert not made


def test_a_value_that_is_put_in_whole_counts_as_often_as_it_is_named(made: list[Any]) -> None:
    links = "".join("        - '{{ row.link }}'\n" for _ in range(1000))
    text = a_set(rows([f"{{name: a, link: {{name: lan, description: {'x' * 100_000}}}}}"]), links=links)
    [reported] = reported_of({"fleet.yaml": text})
    assert "would have about 100,0" in reported
    assert not made


def test_names_of_placeholders_are_not_made_where_they_alone_are_too_much(made: list[Any]) -> None:
    inner = f"{{{', '.join(f'a{number}: 1' for number in range(10_000))}}}"
    deep = "".join(f"{{{'k' * 1000}: " for _ in range(40)) + inner + "}" * 40
    [reported] = reported_of({"fleet.yaml": a_set(rows([f"{{name: a, deep: {deep}}}"]))})
    assert "the members of the set would have about 401," in reported
    assert not made


def test_what_a_set_is_filled_to_counts_together_with_the_files_and_other_sets(made: list[Any]) -> None:
    one, two = (a_set(rows(["{name: a}", "{name: b}"]), name) for name in ("one", "two"))
    size = sum(map(len, (VIM % "paris", one, two)))
    assert reported_of({"one.yaml": one, "two.yaml": two}, bytes=size + 2000) == []
    assert len(made) == 4
    [reported] = reported_of({"one.yaml": one, "two.yaml": two}, bytes=size + 600)
    assert reported.startswith("two.yaml:5:14: ")
    assert f"at most {size + 600:,} are allowed" in reported
    assert len(made) == 4


def test_more_members_than_documents_are_allowed_are_not_made(made: list[Any]) -> None:
    of_vims = a_set("{vims: {}}", word="vim")
    vims = "---\n".join(VIM % f"vim-{number}" for number in range(7))
    [reported] = reported_of({"fleet.yaml": of_vims, "vims.yaml": vims}, documents=9) or [""]
    assert not reported
    several = {f"s{number}.yaml": a_set("{vims: {}}", f"s{number}", "vim") for number in range(2)}
    made.clear()
    assert reported_of({**several, "vims.yaml": vims}, documents=15) == [
        (
            "s1.yaml:5:14: the set would have 8 members, 16 with those of other sets; at most 15 are allowed "
            "(generate fewer members, divide the repository, or raise limits.documents)"
        )
    ]
    assert not made


def test_a_set_that_is_left_alone_counts_in_later_commits(made: list[Any]) -> None:
    one, two = (a_set(rows(["{name: a}", "{name: b}"]), name) for name in ("one", "two"))
    library = Library(TARGET_TYPES, limits=InputLimits(documents=3))
    library.catalog(Commit({"paris.yaml": VIM % "paris", "one.yaml": one}))
    [reported] = problems_of({"paris.yaml": VIM % "paris", "one.yaml": one, "two.yaml": two}, library)
    assert "two.yaml:5:14: the set would have 2 members, 4 with those of other sets" in reported
    assert len(made) == 2


@pytest.mark.parametrize(
    ("template", "row"),
    [
        ("plain", {}),
        ({"key": ["{{ row.name }}", 1, True, None, 2.5]}, {"name": "north"}),
        ("{{ row.name }}-{{ row.number }}-{{row.name}}", {"name": "north", "number": 7}),
        (["{{ row.all }}", "{{ row.all }}"], {"all": {"inner": ["a", "b"]}}),
        ("{{ parameters.later }}", {"name": "north"}),
    ],
)
def test_the_size_that_is_counted_is_at_least_that_of_what_is_filled(template: Any, row: dict[str, Any]) -> None:
    scope = scope_of("row", row)
    assert size_of(filled(template, scope, [])) <= template_size(template).filled(scope)
    assert scope_size("row", row) == sum(map(len, scope))


def test_troubles_without_end_are_not_all_noted() -> None:
    troubles: list[Any] = []
    filled(["{{ row.nothing }}"] * 10_000, scope_of("row", {"name": "a"}), troubles)
    assert len(troubles) == 50
