"""Who may define what: which folders of the repository may hold which network services and VIMs.

A file of the operator's, outside the repository, so that no commit can change it. Read at the start, for `documents`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from reconciler.model import ConfigError
from reconciler.text.patterns import matches_path
from reconciler.text.suggestion import did_you_mean

_LISTS = ("paths", "services", "vims", "onVims")
_FIELDS = (*_LISTS, "policy")
_NAMES = {"onVims": "on_vims"}


@dataclass(frozen=True, slots=True)
class OwnerRule:
    """What documents in some paths may define: ``services`` and ``vims`` by name or pattern, the Policy.

    ``on_vims``: the VIMs that their services may be deployed on.
    """

    paths: tuple[str, ...]
    services: tuple[str, ...] = ()
    vims: tuple[str, ...] = ()
    on_vims: tuple[str, ...] = ("*",)
    policy: bool = False


@dataclass(frozen=True, slots=True)
class Owners:
    """All rules; what no rule allows is not allowed."""

    rules: tuple[OwnerRule, ...]

    def of(self, path: str) -> tuple[OwnerRule, ...]:
        """The rules for a file."""
        return tuple(rule for rule in self.rules if matches_path(path, rule.paths))


def format_globs(globs: Iterable[str]) -> str:
    return ", ".join(globs) or "none"


def load_owners(file: Path) -> Owners:
    """The rules in a file. Raises ConfigError with all that is wrong."""
    try:
        data = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{file}: {error.strerror}", "see the setting trust.ownersFile") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} is no YAML: {' '.join(str(error).split())}") from error
    given = data.get("owners") if isinstance(data, dict) else None
    if not isinstance(given, list) or not given:
        raise ConfigError(f"{file}: a list 'owners' is needed", "docs/trust.md has an example")
    problems = [problem for index, one in enumerate(given) for problem in _problems(one, f"owners[{index}]")]
    if problems:
        raise ConfigError(f"{file}: {'; '.join(problems)}", "docs/trust.md has an example")
    return Owners(
        tuple(OwnerRule(**{_NAMES.get(name, name): _value(value) for name, value in one.items()}) for one in given)
    )


def _problems(one: Any, where: str) -> Iterator[str]:
    if not isinstance(one, dict):
        yield f"{where} must be a mapping; found {one!r}"
        return
    for name, value in one.items():
        if name not in _FIELDS:
            near = did_you_mean(str(name), _FIELDS) or f"there are: {format_globs(_FIELDS)}"
            yield f"unknown field {where}.{name} ({near})"
        elif name == "policy" and not isinstance(value, bool):
            yield f"{where}.policy must be true or false; found {value!r}"
        elif name in _LISTS and not (
            isinstance(value, list) and value and all(isinstance(item, str) for item in value)
        ):
            yield f"{where}.{name} must be a list of names or patterns; found {value!r}"
    if "paths" not in one:
        yield f"missing field {where}.paths"


def _value(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
