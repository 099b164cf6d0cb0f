"""The bytes of an image: where they may come from, and that a cloud gets all of them or none."""

from __future__ import annotations

import re
import ssl
from pathlib import Path
from typing import Any

import pytest
from urllib3.connection import HTTPConnection

from reconciler.config import ImagesConfig
from reconciler.model import Opaque, StepFailed
from reconciler.targets.openstack.session.downloading import require_far
from reconciler.targets.openstack.session.uploading import WRONG_FOR, Contents
from tests.drivers.clouds import Vim
from tests.drivers.lying import Answering, Handler, endless, lying

TEXT = "an image"
DESIRED = Opaque.of(TEXT).digest
HERE = ("127.0.0.1",)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "fw.raw").write_text(TEXT)
    (tmp_path / "secret").write_text(TEXT)
    return tmp_path / "images"


def contents(folder: Path | None = None, *hosts: str, **bounds: float) -> Contents:
    return Contents(ImagesConfig(folder, hosts, **bounds))


def refused(source: str, among: Contents, checksum: str = DESIRED) -> StepFailed:
    with pytest.raises(StepFailed) as failed:
        list(among.of(Opaque(checksum, source)))
    return failed.value


def test_a_file_is_read_again_each_time(folder: Path) -> None:
    content = contents(folder).of(Opaque(DESIRED, "fw.raw"))
    assert [b"".join(content), b"".join(content)] == [TEXT.encode()] * 2


def test_of_what_has_another_checksum_the_end_is_never_given(folder: Path) -> None:
    given: list[bytes] = []
    with pytest.raises(StepFailed, match=r"fw\.raw holds sha256:\w+, not sha256:0+ \(fix the checksum") as failed:
        given.extend(contents(folder).of(Opaque(f"sha256:{'0' * 64}", "fw.raw")))
    assert given == []
    assert failed.value.terminal


def test_files_are_read_in_the_folder_that_the_operator_names_alone(folder: Path) -> None:
    (folder / "link.raw").symlink_to(folder.parent / "secret")
    for name in ("../secret", "link.raw"):
        error = refused(name, contents(folder))
        assert error.message == f"image file '{name}' is not in {folder}"
        assert error.terminal
    assert refused("fw.raw", contents()).hint == "name the folder on the host of Magi that image files are in"


def test_a_pointer_of_git_lfs_in_place_of_an_image_is_named_as_such(folder: Path) -> None:
    (folder / "lfs.raw").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n")
    error = refused("lfs.raw", contents(folder))
    assert error.message == f"image file 'lfs.raw' in {folder} is a pointer of Git LFS, not the image"
    assert error.hint == "fetch it there: git lfs pull"
    assert error.terminal


def test_a_file_that_is_not_there_yet_may_come(folder: Path) -> None:
    error = refused("other.raw", contents(folder))
    assert error.message == f"image file 'other.raw' can't be read in {folder}: No such file or directory"
    assert not error.terminal


def test_a_url_that_no_one_answers_is_tried_again() -> None:
    error = refused("http://127.0.0.1:9/fw.raw", contents(None, *HERE))
    assert error.message.startswith("http://127.0.0.1:9/fw.raw can't be fetched: ")
    assert not error.terminal


def test_a_url_that_leads_nowhere_is_not(vim: Vim) -> None:
    error = refused(f"{vim.simulator.url}/paris/nothing", contents(None, *HERE))
    assert error.message == f"{vim.simulator.url}/paris/nothing answered 404 Not Found"
    assert error.terminal


def test_after_a_token_that_expired_all_of_it_is_sent_again(vim: Vim, folder: Path) -> None:
    connection = vim.connection()
    image = {"name": "fw", "disk_format": "raw", "container_format": "bare"}
    made = connection.request("POST", "image", "/v2/images", body=image).json()
    vim.simulator.clouds["paris"].identity.expire_tokens()
    content = contents(folder).of(Opaque(DESIRED, "fw.raw"))
    assert connection.request("PUT", "image", f"/v2/images/{made['id']}/file", upload=content).status_code == 204
    assert vim.served("PUT", "/v2/images/{id}/file") == [401, 204]
    found = connection.request("GET", "image", f"/v2/images/{made['id']}").json()
    assert (found["status"], found["size"]) == ("active", len(TEXT))


def test_what_a_url_wrongly_leads_to_is_not_fetched_at_every_observation(vim: Vim) -> None:
    now = 0.0
    images = Contents(ImagesConfig(hosts=HERE), lambda: now)
    url = f"{vim.simulator.url}/paris/image/versions"
    fetched = ("GET", "/versions")

    def refused_once() -> str:
        with pytest.raises(StepFailed, match="fix the checksum") as failed:
            list(images.of(Opaque(DESIRED, url)))
        assert failed.value.terminal
        return str(failed.value)

    first = refused_once()
    now = WRONG_FOR - 1
    assert refused_once() == first
    assert vim.served(*fetched) == [200]
    with pytest.raises(StepFailed):
        list(images.of(Opaque(f"sha256:{'0' * 64}", url)))
    assert vim.served(*fetched) == [200, 200], "another checksum is another question"
    now = WRONG_FOR
    refused_once()
    assert vim.served(*fetched) == [200, 200, 200]


def test_a_file_is_read_again_at_once(folder: Path) -> None:
    images = contents(folder)
    (folder / "fw.raw").write_text("another")
    with pytest.raises(StepFailed):
        list(images.of(Opaque(DESIRED, "fw.raw")))
    (folder / "fw.raw").write_text(TEXT)
    assert b"".join(images.of(Opaque(DESIRED, "fw.raw"))) == TEXT.encode()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "127.1"])
def test_a_url_of_the_host_itself_is_not_asked(host: str) -> None:
    """Whoever may commit would reach what listens there for the host alone; so would one of a metadata service."""
    with lying(lambda handler: handler.whole(TEXT.encode())) as (url, asked):
        error = refused(url.replace("127.0.0.1", host) + "/fw.raw", contents())
        assert asked == []
    assert re.search("is at [0-9.]+, which is an address of Magi's own host or of its link", error.message), (
        error.message
    )
    assert "images.hosts (MAGI_IMAGES_HOSTS)" in error.hint
    assert error.terminal


class Connected:
    """A socket, which is partly read."""

    def __init__(self, peer: str) -> None:
        self.peer = peer
        self.closed = False

    def getsockname(self) -> tuple[str, int]:
        return ("192.0.2.7", 50000)

    def getpeername(self) -> tuple[str, int]:
        return (self.peer, 80)

    def close(self) -> None:
        self.closed = True


@pytest.mark.parametrize("peer", ["192.0.2.7", "169.254.169.254", "fe80::1%eth0", "::1", "224.0.0.1"])
def test_what_is_on_the_link_alone_and_every_own_address_is_left(peer: str) -> None:
    sock: Any = Connected(peer)
    with pytest.raises(StepFailed, match="an address of Magi's own host or of its link"):
        require_far(HTTPConnection("images.example.net"), sock)
    assert sock.closed


@pytest.mark.parametrize("peer", ["192.0.2.8", "10.0.0.5", "2001:db8::5"])
def test_other_addresses_are_asked(peer: str) -> None:
    connected = Connected(peer)
    sock: Any = connected
    assert require_far(HTTPConnection("images.example.net"), sock) is sock
    assert not connected.closed


def test_hosts_that_the_operator_names_may_be_anywhere_and_no_others_are_asked() -> None:
    with lying(lambda handler: handler.whole(TEXT.encode())) as (url, asked):
        assert b"".join(contents(None, "127.0.*").of(Opaque(DESIRED, f"{url}/fw.raw"))) == TEXT.encode()
        error = refused(f"{url}/fw.raw", contents(None, "images.example.net"))
        assert error.message == f"{url}/fw.raw is on 127.0.0.1, which images.hosts does not name"
        for trick in ("http://images.example.net@127.0.0.1:9/", "http://127.0.0.1:9\\@images.example.net/"):
            assert "does not name" in refused(trick, contents(None, "images.example.net")).message
        assert len(asked) == 1


def test_each_redirect_is_a_claim_like_the_url_itself(
    tls: tuple[ssl.SSLContext, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def to(where: str) -> Answering:
        def answering(handler: Handler) -> None:
            handler.send_response(302)
            handler.send_header("Location", where)
            handler.send_header("Content-Length", "0")
            handler.end_headers()

        return answering

    with lying(lambda handler: handler.whole(TEXT.encode())) as (url, asked):
        with lying(to(f"{url}/fw.raw")) as (first, _):
            assert b"".join(contents(None, *HERE).of(Opaque(DESIRED, f"{first}/x"))) == TEXT.encode()
        with lying(to(f"{url.replace('127.0.0.1', 'localhost')}/fw.raw")) as (first, _):
            error = refused(f"{first}/x", contents(None, *HERE))
            assert error.message.startswith(f"{first}/x, redirected to http://localhost")
        context, certificate = tls
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
        with lying(to(f"{url}/fw.raw"), context) as (first, _):
            assert f"redirects to {url}/fw.raw" in refused(f"{first}/x", contents(None, *HERE)).message
        with lying(to("/again")) as (first, around):
            assert "redirects more than 5 times" in refused(f"{first}/x", contents(None, *HERE)).message
            assert len(around) == 6
        assert len(asked) == 1


def test_an_image_without_end_is_cut_off() -> None:
    with lying(endless) as (url, _):
        error = refused(f"{url}/fw.raw", contents(None, *HERE, max_bytes=3_000_000))
    assert error.message == f"{url}/fw.raw has more than 3,000,000 bytes"
    assert "images.maxBytes" in error.hint


def test_an_image_that_comes_too_slowly_is_aborted() -> None:
    now = iter(range(0, 10_000, 10))
    images = Contents(ImagesConfig(hosts=HERE, timeout=30.0), lambda: next(now))
    with lying(endless) as (url, _):
        error = refused(f"{url}/fw.raw", images)
    assert error.message == f"{url}/fw.raw took longer than 30 seconds"
    assert not error.terminal
