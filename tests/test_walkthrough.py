"""What runs the blocks of a page, and compares: tests/walkthrough.py."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.waiting import PATIENCE, eventually
from tests.walkthrough import Block, Differs, blocks, difference, walk


def page(tmp_path: Path, text: str) -> tuple[Block, ...]:
    file = tmp_path / "page.md"
    file.write_text(text)
    return blocks(file)


def run(tmp_path: Path, text: str, seconds: float = PATIENCE) -> list[str]:
    environment = {"PATH": os.environ["PATH"]}
    walked = walk(
        page(tmp_path, text),
        tmp_path,
        environment,
        substitutions={"PLACE": "there"},
        names={str(tmp_path): "/folder"},
        seconds=seconds,
    )
    return [printed for _, printed in walked]


def expecting(expected: str, printed: str) -> bool:
    return not difference(Block("page.md", 1, "true\n", expected), printed)


def test_blocks_share_a_shell_and_have_their_output_below(tmp_path: Path) -> None:
    first, second = "```sh\nmkdir a && cd a\nx=PLACE\n```\n", "```sh\npwd\necho $x >&2\n```\n"
    assert run(tmp_path, f"One\n{first}\n{second}prints\n```text\n/folder/a\nthere\n```\n") == [
        "",
        "/folder/a\nthere\n",
    ]


def test_longer_fences_hold_shorter_ones(tmp_path: Path) -> None:
    text = "```sh\nprintf '```\\n'\n```\n\n````text\n```\n````\n```yaml\na: 1\n```\n"
    assert run(tmp_path, text) == ["```\n"]


def test_commands_take_nothing_from_the_page(tmp_path: Path) -> None:
    assert run(tmp_path, "```sh\ncat\n```\n```sh\necho b\n```\n```text\nb\n```\n") == ["", "b\n"]


def test_output_without_a_block_for_it_differs(tmp_path: Path) -> None:
    with pytest.raises(Differs, match=r"page.md:2: block 1\necho a\n\n.*\n.*\n.*\n\+a"):
        run(tmp_path, "\n```sh\necho a\n```\n")


def test_a_command_that_fails_ends_the_page_with_what_it_printed(tmp_path: Path) -> None:
    with pytest.raises(Differs, match=r"page.md:1: block 1\n(.*\n)*: a command failed, after\na\n"):
        run(tmp_path, "```sh\necho a\nfalse\necho b\n```\n```text\n...\n```\n")


def test_a_command_that_hangs_is_ended_with_what_it_started(tmp_path: Path) -> None:
    with pytest.raises(Differs, match="did not end in time"):
        run(tmp_path, "```sh\nsleep 1000 &\necho $! > pid\nwait\n```\n", seconds=5.0)
    process = Path("/proc", (tmp_path / "pid").read_text().strip(), "stat")
    eventually(lambda: not process.exists() or process.read_text().split(") ")[1][0] in "ZX")


def test_an_output_of_no_commands_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"page.md:1: the output of which commands\?"):
        page(tmp_path, "```text\na\n```\n")


@pytest.mark.parametrize(
    ("expected", "printed"),
    [
        ("de776f24-9a4e-4c47-a6db-99761c49e26e\n", "f6c808a5-7192-4ccf-8577-1c6d86bf78f3\n"),
        ("up  5\n", "up  5  observing, began 0 s ago\n"),
        ("it fails; wait (then)\n", "it fails; wait (then); applying 3 of 12, began 2 s ago\n"),
        ("it fails; wait (then)\n", "it fails; wait (then); applying 3…\n"),
        ("up  12 s ago, 14:03 UTC\n", "up  2026-12-01T01:41:48Z (3 min ago)\n"),
        ("a  12 s ago  b\n", "a  1 min ago   b  \n"),
        ("at 1b60b2f596, fa:16:3e:ab:95:c1\n", "at 2eb223c4e0, fa:16:3e:00:00:00\n"),
        ("Duration: about 1 s on paris.\n", "Duration: about 3 s on paris (1 s to 4 s).\n"),
        ("2026-12-01T01:41:48Z up\n", "2027-01-01T00:00:00Z up\n"),
    ],
)
def test_what_differs_from_run_to_run_is_left_out(expected: str, printed: str) -> None:
    assert expecting(expected, printed)


@pytest.mark.parametrize(
    ("expected", "printed"),
    [
        ("a\n", "b\n"),
        ("a\n", ""),
        ("", "a\n"),
        ("a\nb\n", "b\na\n"),
        ("  a\n", "a\n"),
        ("3/3\n", "2/3\n"),
        ("10.1.0.2\n", "10.1.0.3\n"),
        ("3 created\n", "2 created\n"),
        ("...\nb\n", "a\n"),
        ("a\n...\nb\n", "a\n"),
        ("a\n...\na\n", "a\n"),
        ("...\nb\n...\nc\n...\n", "a\nc\nb\n"),
    ],
)
def test_all_else_differs(expected: str, printed: str) -> None:
    assert not expecting(expected, printed)


@pytest.mark.parametrize("printed", ["a\nb\nc\n", "a\nx\nb\ny\nc\n", "a\nb\nb\nc\n"])
def test_three_dots_match_any_lines(printed: str) -> None:
    assert expecting("a\n...\nb\n...\nc\n", printed)
