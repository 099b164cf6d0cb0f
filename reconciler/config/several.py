"""Several repositories in one file of settings, each with what it has of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import is_dataclass, replace
from typing import Any

from reconciler.config.building import Wrong, build, value_of, variable_of, variables, with_environment
from reconciler.config.listing import camel, hints
from reconciler.config.sections import OWN, OWNER_PATTERN, Config, RepositoryConfig

SEVERAL = "repositories"
"""The section that has several repositories by their names, in place of one in `repository`."""


def several(entries: Any, merged: dict[str, Any], environment: Mapping[str, str], problems: list[Wrong]) -> list[Any]:
    """The settings for each of several repositories; what is wrong is added to ``problems``."""
    if not isinstance(entries, dict) or not entries:
        problems.append(Wrong(SEVERAL, f"{SEVERAL} must be a mapping with a name for each repository"))
        return []
    if merged["repository"]:
        problems.append(Wrong("repository", f"repository and {SEVERAL} can't both be given"))
    if merged.get("owner") is not None:
        problems.append(
            Wrong("owner", f"each of several repositories has an owner of its own: set {SEVERAL}.NAME.owner")
        )
    shared = build(Config, {**merged, "repository": {"url": "of each"}}, "", problems)
    found = [_entry(str(name), entry, merged, shared, environment, problems) for name, entry in entries.items()]
    owners = [one.owner for one in found if one]
    for one in found:
        if one and owners.count(one.owner) > 1:
            message = f"owner {one.owner} is that of another repository too: each would remove what the other one makes"
            problems.append(Wrong(f"{SEVERAL}.{one.name}.owner", message))
    return found


def _entry(
    name: str, entry: Any, merged: Mapping[str, Any], shared: Any, environment: Mapping[str, str], problems: list[Wrong]
) -> Config | None:
    """The settings for one of several repositories: its own, and besides those of all."""
    path, prefix = f"{SEVERAL}.{name}.", prefix_of(name)
    if not OWNER_PATTERN.match(name):
        what = "must be lower-case letters, digits and '-', at most 32"
        problems.append(Wrong(path.rstrip("."), f"the name of {path.rstrip('.')} {what}"))
    if not isinstance(entry, dict):
        problems.append(Wrong(path.rstrip("."), f"{path.rstrip('.')} must be a mapping"))
        return None
    own = with_environment(entry, Config, environment, prefix)
    elsewhere = {key: value for key, value in entry.items() if key not in OWN}
    place = with_environment(elsewhere, RepositoryConfig, environment, prefix)
    before = len(problems)
    repository = build(RepositoryConfig, place, path, problems, OWN)
    values: dict[str, Any] = {"name": name, "repository": repository, "owner": name}
    for one, hint in hints(Config):
        setting, given = camel(one.name), own.get(camel(one.name))
        if setting not in OWN or not given:
            continue
        if is_dataclass(hint) and isinstance(hint, type):
            section = {**(merged.get(setting) or {}), **_said(given)} if isinstance(given, dict) else given
            values[one.name] = build(hint, section, f"{path}{setting}.", problems)
        else:
            values[one.name] = value_of(given, one, hint, f"{path}{setting}", problems)
    return replace(shared, **values) if shared and len(problems) == before else None


def _said(section: Mapping[str, Any]) -> Mapping[str, Any]:
    """A section without what is left out of it."""
    return {name: value for name, value in section.items() if value is not None}


def prefix_of(name: str) -> str:
    """What the variables of one of several repositories begin with."""
    return variable_of(f"{SEVERAL}.{name}")


def variables_of(name: str) -> Iterator[str]:
    """The variables of all settings of one of several repositories."""
    yield from variables(RepositoryConfig, prefix_of(name))
    own = tuple(variable_of(f"{SEVERAL}.{name}.{setting}") for setting in OWN)
    yield from (variable for variable in variables(Config, prefix_of(name)) if variable.startswith(own))
