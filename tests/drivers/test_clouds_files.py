"""clouds.yaml and secure.yaml: parsed once a change for all VIMs, and each session holds its own entry alone."""

from __future__ import annotations

import gc
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from reconciler.model import ConfigError
from reconciler.targets.openstack.session.clouds import Clouds
from reconciler.targets.openstack.session.connection import Connection
from tests.drivers.clouds import TARGET

VIMS = 20


def entry(name: str, **auth: str) -> dict[str, Any]:
    who = {"username": name, "project_name": name, "user_domain_name": "Default", "project_domain_name": "Default"}
    return {"auth": {"auth_url": "http://127.0.0.1:9/v3", **who, **auth}, "region_name": "One"}


def password(name: str, change: str = "") -> str:
    return f"password-of-{name}{change}"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A clouds.yaml whose passwords are in the secure.yaml beside it."""
    names = [f"vim-{number}" for number in range(VIMS)]
    file = tmp_path / "clouds.yaml"
    file.write_text(json.dumps({"clouds": {name: entry(name) for name in names}}))
    file.with_name("secure.yaml").write_text(secure(names))
    return file


def secure(names: list[str], change: str = "") -> str:
    return json.dumps({"clouds": {name: {"auth": {"password": password(name, change)}} for name in names}})


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that were parsed as YAML so far."""
    found: list[str] = []
    parse = yaml.safe_load

    def noted(stream: Any) -> Any:
        found.append(Path(getattr(stream, "name", "bytes")).name)
        return parse(stream)

    monkeypatch.setattr(yaml, "safe_load", noted)
    return found


def connections(clouds: Clouds) -> list[Connection]:
    names = [f"vim-{number}" for number in range(VIMS)]
    return [Connection(replace(TARGET, name=name, entry=name), clouds, lambda _: None) for name in names]


def password_of(connection: Connection) -> object:
    return connection._config.config["auth"]["password"]


def test_many_vims_have_the_files_parsed_once_a_change(file: Path, parsed: list[str]) -> None:
    clouds = Clouds(file)
    for _ in range(2):
        connections(clouds)
    assert sorted(parsed) == ["clouds.yaml", "secure.yaml"]
    file.write_text(file.read_text() + "\n")
    for _ in range(2):
        connections(clouds)
    assert sorted(parsed) == ["clouds.yaml"] * 2 + ["secure.yaml"] * 2


def test_a_password_that_is_rotated_in_secure_yaml_reaches_the_next_session_of_its_vim(file: Path) -> None:
    clouds = Clouds(file)
    before = connections(clouds)
    assert not any(one.is_stale() for one in before)
    file.with_name("secure.yaml").write_text(secure([one.target.name for one in before], "-2"))
    assert all(one.is_stale() for one in before)
    after = connections(clouds)
    assert [password_of(one) for one in after] == [password(one.target.name, "-2") for one in after]
    assert not any(one.is_stale() for one in after)


def test_a_session_holds_no_entry_of_another_cloud(file: Path) -> None:
    connection = connections(Clouds(file))[3]
    assert password_of(connection) == "password-of-vim-3"
    found = set(passwords_within(connection))
    assert found == {"password-of-vim-3"}


def passwords_within(root: object) -> Iterator[str]:
    """All passwords in what can be reached from an object, but for modules, classes and functions."""
    seen: set[int] = set()
    left = [root]
    while left:
        one = left.pop()
        if id(one) in seen or isinstance(one, type) or type(one).__name__ in {"module", "function", "builtin_function"}:
            continue
        seen.add(id(one))
        if isinstance(one, str) and one.startswith("password-of-"):
            yield one
        left += gc.get_referents(one)


def test_what_a_session_makes_of_its_entry_changes_nothing_for_the_next(file: Path) -> None:
    clouds = Clouds(file)
    connections(clouds)[0]._config.config["auth"]["password"] = "other"
    assert password_of(connections(clouds)[0]) == "password-of-vim-0"


@pytest.mark.parametrize("broken", ["clouds.yaml", "secure.yaml"])
def test_a_file_that_is_no_yaml_is_reported_for_each_vim_with_its_line_and_parsed_no_more(
    file: Path, parsed: list[str], broken: str
) -> None:
    at_fault = file.with_name(broken)
    at_fault.write_text("clouds:\n  vim-0: {}\n  vim-1: [secret\n")
    clouds = Clouds(file)
    messages = [reported(clouds, f"vim-{number}") for number in range(VIMS)]
    assert all(
        message.startswith(f"clouds.yaml of VIM vim-{number} can't be used: {at_fault}:4: ")
        for number, message in enumerate(messages)
    )
    assert "secret" not in "".join(messages)
    # Once for openstacksdk, which passes over it, and once more for the line.
    assert len(parsed) == 3


def test_a_file_that_is_fixed_is_used_again(file: Path) -> None:
    good = file.read_text()
    file.write_text("clouds: [")
    clouds = Clouds(file)
    assert f"{file}:1: " in reported(clouds, "vim-7")
    file.write_text(good)
    assert len(connections(clouds)) == VIMS


def reported(clouds: Clouds, name: str) -> str:
    with pytest.raises(ConfigError) as failed:
        Connection(replace(TARGET, name=name, entry=name), clouds, lambda _: None)
    return failed.value.message
