"""Secrets of the host: what documents may have read, and what is said instead of a secret that is not available."""

from pathlib import Path

import pyrage
import pytest

from reconciler.model import SecretRef, Withheld
from reconciler.outside.secrets import MAX_SIZE, HostSecrets

IDENTITY = pyrage.x25519.Identity.generate()
VARIABLE = SecretRef("env", "MAGI_SECRET_DB")
AGE = SecretRef("age", "secrets/db.age")


def encrypted(text: bytes, *, armored: bool = False) -> bytes:
    return bytes(pyrage.encrypt(text, [IDENTITY.to_public()], armored=armored))


def reported(found: str | Withheld) -> str:
    assert isinstance(found, Withheld), "a secret was read"
    return found.reason


@pytest.fixture
def identity_file(tmp_path: Path) -> Path:
    file = tmp_path / "identity.txt"
    file.write_text(f"# created: today\n# public key: {IDENTITY.to_public()}\n{IDENTITY}\n", encoding="utf-8")
    return file


def test_a_variable_is_read_if_its_name_says_that_it_may_be() -> None:
    secrets = HostSecrets({"MAGI_SECRET_DB": "open sesame", "OS_PASSWORD": "no"}, (), None)
    assert secrets.read(VARIABLE, b"") == "open sesame"
    assert reported(secrets.read(SecretRef("env", "OS_PASSWORD"), b"")) == "environment variable OS_PASSWORD is not set"


def test_a_variable_that_is_not_set_or_empty() -> None:
    assert reported(HostSecrets({}, (), None).read(VARIABLE, b"")) == "environment variable MAGI_SECRET_DB is not set"
    empty = HostSecrets({"MAGI_SECRET_DB": ""}, (), None)
    assert reported(empty.read(VARIABLE, b"")) == "environment variable MAGI_SECRET_DB is empty"


def test_a_file_is_read_in_the_folders_that_are_allowed(tmp_path: Path) -> None:
    inside, outside = tmp_path / "allowed" / "db", tmp_path / "other"
    inside.parent.mkdir()
    inside.write_text("line one\nline two\n", encoding="utf-8")
    outside.write_text("no", encoding="utf-8")
    secrets = HostSecrets({}, (inside.parent,), None)
    assert secrets.read(SecretRef("file", str(inside)), b"") == "line one\nline two"
    for path in (outside, inside.parent / ".." / "other"):
        reason = reported(secrets.read(SecretRef("file", str(path)), b""))
        assert reason == f"file {path} is in none of the folders of secrets.files (MAGI_SECRETS_FILES)"


def test_a_link_does_not_lead_out_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "allowed").mkdir()
    (tmp_path / "other").write_text("no", encoding="utf-8")
    link = tmp_path / "allowed" / "link"
    link.symlink_to(tmp_path / "other")
    reason = reported(HostSecrets({}, (tmp_path / "allowed",), None).read(SecretRef("file", str(link)), b""))
    assert "is in none of the folders" in reason


def test_no_file_is_read_where_no_folder_is_allowed(tmp_path: Path) -> None:
    reason = reported(HostSecrets({}, (), None).read(SecretRef("file", str(tmp_path)), b""))
    assert reason == f"file {tmp_path} is not read: secrets.files (MAGI_SECRETS_FILES) names no folder"


def test_files_that_are_no_secrets(tmp_path: Path) -> None:
    (tmp_path / "large").write_text("x" * (MAX_SIZE + 1), encoding="utf-8")
    (tmp_path / "bytes").write_bytes(b"\xff")
    secrets = HostSecrets({}, (tmp_path,), None)

    def reason(name: str) -> str:
        return reported(secrets.read(SecretRef("file", str(tmp_path / name)), b"")).removeprefix(f"file {tmp_path}/")

    assert reason("large") == "large is larger than 65,536 bytes"
    assert reason("bytes") == "bytes is no UTF-8 text"
    assert reason("none") == "none can't be read: No such file or directory"
    assert reason("nul\0") == "nul\0 can't be read: no such path"


@pytest.mark.parametrize("armored", [False, True])
def test_an_age_file_is_decrypted_with_the_identity(identity_file: Path, armored: bool) -> None:
    secrets = HostSecrets({}, (), identity_file)
    assert secrets.read(AGE, encrypted(b"open sesame\n", armored=armored)) == "open sesame"


def test_an_age_file_without_the_right_identity(identity_file: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.txt"
    other.write_text(str(pyrage.x25519.Identity.generate()), encoding="utf-8")
    broken = tmp_path / "broken.txt"
    broken.write_text("AGE-SECRET-KEY-1XYZ\n", encoding="utf-8")

    def reason(file: Path | None, content: bytes) -> str:
        return reported(HostSecrets({}, (), file).read(AGE, content)).removeprefix("age file secrets/db.age ")

    good = encrypted(b"x")
    assert reason(None, good) == "is not decrypted: secrets.identityFile (MAGI_SECRETS_IDENTITY_FILE) is not set"
    assert reason(other, good) == "can't be decrypted with the identities that are there"
    assert reason(identity_file, good[:-1]) == "can't be decrypted with the identities that are there"
    assert reason(broken, good) == "is not decrypted: the identity file has no identities of age-keygen"
    assert reason(tmp_path / "none", good) == (
        "is not decrypted: the identity file can't be read: No such file or directory"
    )


def test_a_secret_is_read_again_each_time(tmp_path: Path) -> None:
    file = tmp_path / "db"
    secrets = HostSecrets({}, (tmp_path,), None)
    found = []
    for text in ("first", "second"):
        file.write_text(text, encoding="utf-8")
        found.append(secrets.read(SecretRef("file", str(file)), b""))
    assert found == ["first", "second"]
