"""A cache folder that the settings name from the folder that Magi is started in."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.cli.opening import open_repository
from reconciler.config import parse_configs
from tests.git_server import GitServer
from tests.git_work import Work


def test_a_mirror_is_kept_there(work: Work, server: GitServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commit = work.commit({"a.yaml": "a: 1\n"})
    url = f"{server.url}/{work.bare.name}"
    monkeypatch.chdir(tmp_path)
    (config,) = parse_configs({"repository": {"url": url}, "cacheDir": "cache"}, {}, "magi.yaml")
    source = open_repository(config)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert source.fetch().commit == commit
    assert [*(tmp_path / "cache").iterdir()]
    assert not [*(tmp_path / "elsewhere").iterdir()]
