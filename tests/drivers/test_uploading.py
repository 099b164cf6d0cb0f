"""The bytes of an image: where they may come from, and that a cloud gets all of them or none."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.drivers.openstack.uploading import WRONG_FOR, Contents
from reconciler.model import Opaque, StepFailed
from tests.drivers.clouds import Vim

TEXT = "an image"
WANTED = Opaque.of(TEXT).digest


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "fw.raw").write_text(TEXT)
    (tmp_path / "secret").write_text(TEXT)
    return tmp_path / "images"


def refused(source: str, folder: Path | None, checksum: str = WANTED) -> StepFailed:
    with pytest.raises(StepFailed) as failed:
        list(Contents(folder).of(Opaque(checksum, source)))
    return failed.value


def test_a_file_is_read_anew_each_time(folder: Path) -> None:
    content = Contents(folder).of(Opaque(WANTED, "fw.raw"))
    assert [b"".join(content), b"".join(content)] == [TEXT.encode()] * 2


def test_of_what_has_another_checksum_the_end_is_never_given(folder: Path) -> None:
    given: list[bytes] = []
    with pytest.raises(StepFailed, match=r"fw\.raw holds sha256:\w+, not sha256:0+ \(mend the checksum") as failed:
        given.extend(Contents(folder).of(Opaque(f"sha256:{'0' * 64}", "fw.raw")))
    assert given == []
    assert failed.value.terminal


def test_files_are_read_in_the_folder_that_the_operator_names_alone(folder: Path) -> None:
    (folder / "link.raw").symlink_to(folder.parent / "secret")
    for name in ("../secret", "link.raw"):
        error = refused(name, folder)
        assert error.message == f"image file '{name}' is not in {folder}"
        assert error.terminal
    assert refused("fw.raw", None).hint == "name the folder on the host of Magi that image files are in"


def test_a_file_that_is_not_there_yet_may_come(folder: Path) -> None:
    error = refused("other.raw", folder)
    assert error.message == f"image file 'other.raw' can't be read in {folder}: No such file or directory"
    assert not error.terminal


def test_a_url_that_nobody_answers_is_tried_again() -> None:
    error = refused("http://127.0.0.1:9/fw.raw", None)
    assert error.message.startswith("http://127.0.0.1:9/fw.raw can't be fetched: ")
    assert not error.terminal


def test_a_url_that_leads_nowhere_is_not(vim: Vim) -> None:
    error = refused(f"{vim.simulator.url}/paris/nothing", None)
    assert error.message == f"{vim.simulator.url}/paris/nothing answered 404 Not Found"
    assert error.terminal


def test_after_a_token_that_expired_all_of_it_is_sent_again(vim: Vim, folder: Path) -> None:
    connection = vim.connection()
    image = {"name": "fw", "disk_format": "raw", "container_format": "bare"}
    made = connection.request("POST", "image", "/v2/images", body=image).json()
    vim.simulator.clouds["paris"].identity.expire_tokens()
    content = Contents(folder).of(Opaque(WANTED, "fw.raw"))
    assert connection.request("PUT", "image", f"/v2/images/{made['id']}/file", upload=content).status_code == 204
    assert vim.served("PUT", "/v2/images/{id}/file") == [401, 204]
    found = connection.request("GET", "image", f"/v2/images/{made['id']}").json()
    assert (found["status"], found["size"]) == ("active", len(TEXT))


def test_what_a_url_wrongly_leads_to_is_not_fetched_at_every_look(vim: Vim) -> None:
    now = 0.0
    contents = Contents(None, lambda: now)
    url = f"{vim.simulator.url}/paris/image/versions"
    fetched = ("GET", "/versions")

    def refused_once() -> str:
        with pytest.raises(StepFailed, match="mend the checksum") as failed:
            list(contents.of(Opaque(WANTED, url)))
        assert failed.value.terminal
        return str(failed.value)

    first = refused_once()
    now = WRONG_FOR - 1
    assert refused_once() == first
    assert vim.served(*fetched) == [200]
    with pytest.raises(StepFailed):
        list(contents.of(Opaque(f"sha256:{'0' * 64}", url)))
    assert vim.served(*fetched) == [200, 200], "another checksum is another question"
    now = WRONG_FOR
    refused_once()
    assert vim.served(*fetched) == [200, 200, 200]


def test_a_file_is_read_again_at_once(folder: Path) -> None:
    contents = Contents(folder)
    (folder / "fw.raw").write_text("another")
    with pytest.raises(StepFailed):
        list(contents.of(Opaque(WANTED, "fw.raw")))
    (folder / "fw.raw").write_text(TEXT)
    assert b"".join(contents.of(Opaque(WANTED, "fw.raw"))) == TEXT.encode()
