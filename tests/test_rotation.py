"""Files that are changed while Magi runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.outside.rotation import Renewed, stamp_of


def test_what_is_made_of_a_file_is_made_once_while_the_file_stays(tmp_path: Path) -> None:
    file, made = tmp_path / "token", []
    file.write_text("a")
    renewed = Renewed([file], lambda: made.append(file.read_text()))
    for _ in range(3):
        renewed()
    assert made == ["a"]


@pytest.mark.parametrize("swap", ["written over", "moved over", "a link to another"])
def test_a_changed_file_counts_from_the_next_use_on(tmp_path: Path, swap: str) -> None:
    old, new, used = tmp_path / "old", tmp_path / "new", tmp_path / "used"
    old.write_text("a")
    new.write_text("b")
    used.symlink_to(old)
    renewed = Renewed([used], used.read_text)
    assert renewed() == "a"
    if swap == "written over":
        old.write_text("bb")
    elif swap == "moved over":
        new.rename(old)
    else:
        # As Kubernetes does it.
        (tmp_path / "link").symlink_to(new)
        (tmp_path / "link").rename(used)
    assert renewed() == used.read_text() != "a"


def test_what_can_t_be_read_is_tried_again(tmp_path: Path) -> None:
    file = tmp_path / "token"
    renewed = Renewed([file], file.read_text)
    for _ in range(2):
        with pytest.raises(FileNotFoundError):
            renewed()
    file.write_text("a")
    assert renewed() == "a"


def test_files_that_come_and_go_are_distinguished(tmp_path: Path) -> None:
    file = tmp_path / "clouds.yaml"
    before = stamp_of([file])
    file.write_text("a")
    there = stamp_of([file])
    file.unlink()
    assert before == stamp_of([file]) != there
