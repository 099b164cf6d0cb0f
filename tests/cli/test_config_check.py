"""magi config: what it says of settings and of all that they name."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from reconciler.cli.main import run
from reconciler.config import config_schema

URL = "https://git.example/ns.git"


def check(file: Path, capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, str, str]:
    code = run(["config", "check", str(file), *options])
    reported = capsys.readouterr()
    return code, reported.out, reported.err


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("MAGI_")]:
        monkeypatch.delenv(name)


def write(folder: Path, text: str) -> Path:
    file = folder / "magi.yaml"
    file.write_text(f"repository: {{url: '{URL}'}}\n{text}")
    return file


def test_good_settings_are_listed_with_where_they_are_from(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAGI_DRIFT_INTERVAL", "7")
    code, out, err = check(write(tmp_path, "owner: ops\n"), capsys)
    assert (code, err) == (0, "")
    rows = {line.split()[0]: line.split()[1:] for line in out.splitlines()}
    assert rows["owner"] == ["ops", "line", "2"]
    assert rows["drift.interval"] == ["7", "MAGI_DRIFT_INTERVAL"]
    assert rows["drift.longest"] == ["600", "default"]


def test_the_listing_is_there_for_machines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = check(write(tmp_path, "owner: ops\n"), capsys, "-o", "json")
    reported = json.loads(out)
    assert code == 0
    assert reported["problems"] == []
    assert {"setting": "owner", "value": "ops", "source": "line 2"} in reported["settings"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("cloudsFile: {0}/none", "cloudsFile {0}/none can't be read: No such file or directory"),
        ("cloudsFile: {0}/empty", "cloudsFile {0}/empty holds no entries"),
        ("secrets: {{files: '{0}/none'}}", "secrets.files {0}/none can't be read: No such file or directory"),
        ("secrets: {{identityFile: '{0}/none'}}", "secrets.identityFile {0}/none can't be read"),
        ("images: {{folder: {0}/empty}}", "images.folder {0}/empty can't be read: Not a directory"),
        ("trust: {{ownersFile: '{0}/none'}}", "{0}/none"),
        ("trust: {{verify: commits, gpgKeys: '{0}/none'}}", "trust.gpgKeys {0}/none can't be read"),
        ("regoFolder: {0}/none", "{0}/none"),
        ("forge: {{kind: gitea}}", "forge.kind is gitea, but there is no token for it"),
        ("forge: {{kind: gitea, tokenFile: '{0}/none'}}", "forge.tokenFile {0}/none can't be read"),
    ],
)
def test_what_the_settings_name_and_can_t_be_had_is_reported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, words: str
) -> None:
    (tmp_path / "empty").touch()
    code, _, err = check(write(tmp_path, text.format(tmp_path)), capsys)
    assert code == 4
    assert words.format(tmp_path) in err


def test_all_of_that_is_reported_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = check(write(tmp_path, "cloudsFile: /none\nimages: {folder: /none}\n"), capsys)
    assert code == 4
    assert "cloudsFile /none" in err
    assert "images.folder /none" in err


@pytest.mark.parametrize(
    "text",
    [
        "cloudsFile: none",
        "regoFolder: none",
        "api: {tokensFile: none}",
        "webhook: {secretFile: none}",
        "secrets: {files: none}",
        "secrets: {digestKeyFile: none}",
        "images: {folder: none}",
        "trust: {ownersFile: none}",
        "trust: {verify: commits, allowedSigners: none}",
        "forge: {kind: gitea, tokenFile: none}",
    ],
)
def test_a_missing_file_is_reported_once(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    code, _, err = check(write(tmp_path, text), capsys)
    assert code == 4
    assert err.count(f"{tmp_path}/none") == 1


def test_missing_credentials_are_reported_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "magi.yaml"
    file.write_text(f"repository: {{url: '{URL}', credentialsFile: none}}\n")
    code, _, err = check(file, capsys)
    assert code == 4
    assert err.count(f"{tmp_path}/none") == 1
    assert f"repository.credentialsFile {tmp_path}/none can't be read" in err


def test_wrong_settings_are_reported_with_their_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = check(write(tmp_path, "ower: ops\n"), capsys)
    assert (code, out) == (4, "")
    assert "magi.yaml: line 2: unknown setting ower: did you mean owner?" in err


def test_a_limit_that_makes_no_sense_is_reported_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = check(write(tmp_path, "limits: {resources: 0}\n"), capsys)
    assert (code, out) == (4, "")
    assert "magi.yaml: line 2: limits.resources must be a whole number from 1 to 1,000,000,000; found 0" in err


def test_the_schema_is_printed() -> None:
    from reconciler.cli.main import magi  # noqa: PLC0415  the group alone

    printed = CliRunner().invoke(magi, ["config", "schema"])
    assert json.loads(printed.output) == config_schema()


def test_what_is_answered_to_more_than_may_be_meant_is_a_warning_and_no_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(tmp_path, "listen: 0.0.0.0:9464\napi: {anonymous: all}\n")
    code, _, err = check(file, capsys)
    assert code == 0
    assert err.count("magi: warning: ") == 2
    assert "allowedHosts" in err
    code, out, _ = check(file, capsys, "-o", "json")
    assert (code, len(json.loads(out)["warnings"]), json.loads(out)["problems"]) == (0, 2, [])


def test_tokens_that_can_t_be_used_are_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "tokens").write_text("short\n")
    code, _, err = check(write(tmp_path, f"api: {{tokensFile: {tmp_path}/tokens}}\n"), capsys)
    assert code == 4
    assert f"api.tokensFile {tmp_path}/tokens: the token in line 1 has 5 characters, and needs 32" in err
    assert "short" not in err
