"""scripts/word_list.py: words that are not those of the field are refused in prose, and nowhere else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scripts.word_list import ALLOWED, ROOT, find_words, list_pages, list_problems


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


def test_the_documentation_has_none() -> None:
    assert len(list_pages(ROOT)) > 50
    assert list_problems(ROOT) == []


def test_every_exception_is_of_a_page_and_a_line_that_exist_and_gives_a_reason() -> None:
    for page, line, reason in ALLOWED:
        assert re.search(f"^{line}", (ROOT / page).read_text(encoding="utf-8"), re.MULTILINE), page
        assert reason
