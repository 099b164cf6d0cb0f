"""scripts/word_list.py: words that are not those of the field are refused in prose, code, schemas and YAML."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scripts.word_list import (
    ALLOWED,
    ROOT,
    find_code_words,
    find_schema_words,
    find_words,
    list_code,
    list_pages,
    list_problems,
)


def words(text: str) -> list[str]:
    return [found.word for found in find_words(text)]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("A VIM that is not listed wholly is unknown.", "wholly"),
        ("An ailing instance.", "ailing"),
        ("Nothing is told.", "told"),
        ("The plan tells which.", "tells"),
        ("It is made anew.", "anew"),
        ("A rule that somebody else adds.", "somebody else"),
        ("Delete it by hand.", "by hand"),
        ("The VIM is looked at again.", "looked at"),
        ("The fetch is given\nup.", "given up"),
        ("A network of ours.", "ours"),
        ("MEND it.", "MEND"),
        ("| a table | stands for a name |", "stands for"),
    ],
)
def test_a_private_word_is_found_in_prose(text: str, word: str) -> None:
    assert words(text) == [word]


@pytest.mark.parametrize(
    "text",
    [
        "A retold story of hours, bills and standards.",
        "`magi told`, and `by hand`",
        "```sh\necho wholly anew\n```\n",
        "  ```yaml\n  note: by hand\n  ```\n",
        "Try it:\n\n    echo somebody\n    echo anew\n",
        "[fields](page.md#what-is-told)",
        "<!-- fields of Vim: made by make docs -->\nwholly\n<!-- end of fields -->",
    ],
)
def test_parts_of_words_code_links_and_generated_regions_are_not_prose(text: str) -> None:
    assert words(text) == []


def test_prose_after_code_is_prose_again() -> None:
    assert words("```\nanew\n```\nwholly\n\n    anew\n\nill\n`anew` anew") == ["wholly", "ill", "anew"]


def test_a_problem_names_file_line_word_and_what_to_write(tmp_path: Path) -> None:
    (tmp_path / "docs" / "decisions").mkdir(parents=True)
    (tmp_path / "docs" / "decisions" / "001-a.md").write_text("It was told.\n", encoding="utf-8")
    (tmp_path / "docs" / "page.md").write_text("# Page\n\n```\ntold\n```\n\nListed wholly.\n", encoding="utf-8")
    assert list_problems(tmp_path) == ["docs/page.md:7: 'wholly' is not a word of the field; write instead: entirely"]


def test_rows_from_the_code_may_have_the_words_and_other_lines_of_the_page_may_not(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    text = "| `forge.kind` | `none` | forge that is told |\n\nThe forge is told.\n"
    (tmp_path / "docs" / "operating.md").write_text(text, encoding="utf-8")
    assert [problem.partition(": ")[0] for problem in list_problems(tmp_path)] == ["docs/operating.md:3"]


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("forge_told = 1\n", [(1, "told")]),
        ("class ForgeTold: ...\n", [(1, "Told")]),
        ('"""Two\n\nlines, made anew."""\n', [(3, "anew")]),
        ('raise ValueError("it is given up")\n', [(1, "given up")]),
        ("done = 1  # wholly\n", [(1, "wholly")]),
        ('text = f"{one} is told"\n', [(1, "told")]),
        ("billing = untold = retold = 1\n", []),
    ],
)
def test_a_private_word_is_found_in_names_texts_and_comments(source: str, found: list[tuple[int, str]]) -> None:
    assert [(one.line, one.word) for one in find_code_words(source)] == found


def test_a_private_word_is_found_in_the_name_of_a_field() -> None:
    schema = {"properties": {"told": {}, "isGivenUp": {"examples": [{"ailing": True}]}, "ready": {"const": "told"}}}
    found = [one.word for one in find_schema_words(schema)]
    assert found == ["told in told", "Given Up in isGivenUp", "ailing in ailing"]


def test_a_private_word_is_found_in_the_description_of_a_field_and_not_in_its_values() -> None:
    schema = {"ready": {"description": "Whether it is told.", "errorMessage": "not ours", "enum": ["told"]}}
    found = [one.word for one in find_schema_words(schema)]
    assert found == ["told in description", "ours in errorMessage"]


def test_a_private_word_is_found_in_names_values_and_comments_of_yaml(tmp_path: Path) -> None:
    (tmp_path / "deploy").mkdir()
    text = "groups:  # of the\n  - name: magi-surroundings\n    summary: A guard holds it.\n    # anew\n"
    (tmp_path / "deploy" / "rules.yml").write_text(text, encoding="utf-8")
    assert [one.split(" is not ")[0] for one in list_problems(tmp_path)] == [
        "deploy/rules.yml:2: 'surroundings'",
        "deploy/rules.yml:3: 'guard holds'",
        "deploy/rules.yml:4: 'anew'",
    ]


def test_a_problem_of_code_names_its_file(tmp_path: Path) -> None:
    (tmp_path / "reconciler").mkdir()
    (tmp_path / "reconciler" / "one.py").write_text('"""One."""\n\nsurroundings = 1\n', encoding="utf-8")
    expected = "reconciler/one.py:3: 'surroundings' is not a word of the field; write instead: context, conditions"
    assert list_problems(tmp_path) == [expected]


def test_documentation_and_code_have_none() -> None:
    assert len(list_pages(ROOT)) > 50
    assert len(list_code(ROOT)) > 300
    assert list_problems(ROOT) == []


def test_every_exception_is_of_a_page_and_a_line_that_exist_and_gives_a_reason() -> None:
    for page, line, reason in ALLOWED:
        assert re.search(f"^{line}", (ROOT / page).read_text(encoding="utf-8"), re.MULTILINE), page
        assert reason
