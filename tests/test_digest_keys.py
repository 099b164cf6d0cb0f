"""The keys for digests of what holds secrets: given, made, rotated, missing."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from reconciler.model import Withheld
from reconciler.outside.digest_keys import VARIABLE, DigestKeys

ONE, TWO = "1" * 32, "2" * 32


def why(keys: DigestKeys) -> str:
    found = keys.digests("server a", "x")
    assert isinstance(found, Withheld)
    assert keys.ids() == ()
    return found.reason


def test_the_first_time_a_key_is_made_for_its_owner_alone_and_then_kept(tmp_path: Path) -> None:
    file = tmp_path / "new" / "digest.key"
    digests = DigestKeys({}, file).digests("server a", "x")
    assert digests == DigestKeys({}, file).digests("server a", "x")
    assert (file.stat().st_mode & 0o777, len(file.read_text().strip())) == (0o600, 64)
    assert sorted(path.name for path in file.parent.iterdir()) == ["digest.key"]


def test_of_several_that_make_one_at_once_all_have_the_same(tmp_path: Path) -> None:
    found: list[tuple[str, ...]] = []
    start = threading.Barrier(8)

    def make() -> None:
        start.wait()
        found.append(DigestKeys({}, tmp_path / "digest.key").ids())

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1
    assert found[0] != ()


def test_the_first_key_is_used_and_those_of_before_are_known(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text(f"# since June\n{TWO}\n\n{ONE}\n")
    (by_two, by_one) = DigestKeys({}, file).digests("server a", "x")
    assert by_one == DigestKeys({VARIABLE: ONE}, None).digests("server a", "x")[0]
    assert by_two != by_one


def test_a_digest_shows_neither_the_key_nor_what_else_has_the_content() -> None:
    keys = DigestKeys({VARIABLE: ONE}, None)
    (digest,), (other,) = keys.digests("server a", "x"), keys.digests("server b", "x")
    assert digest != other
    assert ONE not in digest
    assert digest.split(":")[:2] == ["hmac", *keys.ids()]


def test_the_variable_counts_more_than_the_file(tmp_path: Path) -> None:
    assert DigestKeys({VARIABLE: ONE}, tmp_path / "digest.key").ids() == DigestKeys({VARIABLE: ONE}, None).ids()
    assert not (tmp_path / "digest.key").exists()


def test_a_key_that_is_too_short_is_none() -> None:
    reason = why(DigestKeys({VARIABLE: f"{ONE}\n12345"}, None))
    assert (
        reason
        == f"environment variable {VARIABLE}: key 2 has fewer than 32 characters; `openssl rand -hex 32` makes one"
    )


def test_where_there_is_none_and_none_can_be_made_it_says_why(tmp_path: Path) -> None:
    assert "set MAGI_DIGEST_KEY or secrets.digestKeyFile" in why(DigestKeys({}, None))
    (tmp_path / "empty").touch()
    assert why(DigestKeys({}, tmp_path / "empty")) == f"key file {tmp_path}/empty has no key for digests of secrets"
    assert "can't be read or made: File exists" in why(DigestKeys({}, tmp_path / "empty" / "digest.key"))


@pytest.mark.parametrize("content", [b"\xff" * 64, b"\0" * 64])
def test_a_file_that_holds_anything_else_breaks_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "keys").write_bytes(content)
    keys = DigestKeys({}, tmp_path / "keys")
    assert isinstance(keys.digests("server a", "x"), tuple | Withheld)
