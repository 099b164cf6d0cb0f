"""Reads settings: a YAML file, and the environment over it. All that is wrong is told at once, with its line."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from reconciler.config.sections import OWNER_PATTERN, Config, TrustConfig, camel, hints
from reconciler.model import ConfigError
from reconciler.suggestion import suggest

_COMMIT = re.compile(r"[0-9a-f]{40}\Z")
_PREFIX = "MAGI"
_NO_SIGNERS = "trust.verify is on, but nobody is allowed to sign"
_SIGNERS_HINT = "set trust.allowedSigners or trust.gpgKeys"
_ADDRESS = re.compile(r"(\[[0-9a-fA-F:.]+\]|[^\[\]:\s]*):\d{1,5}\Z")
_LAST_PORT = 65535
# Read elsewhere, as credentials for Git and secrets of documents, which never are settings; or set by Kubernetes for a
# Service "magi".
_OTHERS = re.compile(
    r"MAGI_(GIT_.*|SECRET_.*|FORGE_TOKEN|WEBHOOK_SECRET|DEBUG|STATUS_URL|(PORT|SERVICE_HOST|SERVICE_PORT)(_.*)?)\Z"
)

NO_LINES: Mapping[str, int] = {}


class Wrong(NamedTuple):
    """Something wrong: at the path of a setting, "" for what is wrong elsewhere."""

    path: str
    message: str


class Origin(NamedTuple):
    """Where the value of a setting is from: ``default``, the file with the line, or the name of a variable."""

    path: str
    value: Any
    source: str


def load_config(file: Path, environment: Mapping[str, str]) -> Config:
    """The settings in a file, overridden by the environment. Raises ConfigError with all that is wrong."""
    data, lines = _read(file)
    return parse_config(data, environment, str(file), lines)


def origins(file: Path, environment: Mapping[str, str]) -> list[Origin]:
    """Every setting with its value, and where that is from. Raises ConfigError as `load_config`."""
    data, lines = _read(file)
    config = parse_config(data, environment, str(file), lines)
    return [*_origins(config, data, environment, lines, "", _PREFIX)]


def _origins(
    section: Any, data: Any, environment: Mapping[str, str], lines: Mapping[str, int], path: str, prefix: str
) -> Iterator[Origin]:
    for one, hint in hints(type(section)):
        name, variable, value = camel(one.name), f"{prefix}_{one.name.upper()}", getattr(section, one.name)
        written = (data or {}).get(name)
        if is_dataclass(hint):
            yield from _origins(value, written, environment, lines, f"{path}{name}.", variable)
        elif variable in environment:
            yield Origin(f"{path}{name}", value, variable)
        elif written is not None:
            yield Origin(f"{path}{name}", value, f"line {lines[path + name]}")
        else:
            yield Origin(f"{path}{name}", value, "default")


def _read(file: Path) -> tuple[Any, Mapping[str, int]]:
    """What a YAML file holds, and the line of each setting by its path."""
    try:
        text = file.read_text(encoding="utf-8")
        node = yaml.compose(text, yaml.SafeLoader)
        return yaml.safe_load(text) or {}, dict(_lines(node, ""))
    except OSError as error:
        raise ConfigError(f"{file}: {error.strerror}", "name the file with --config") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} is no YAML: {' '.join(str(error).split())}") from error


def _lines(node: Any, path: str) -> Iterator[tuple[str, int]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield f"{path}{key.value}", key.start_mark.line + 1
            yield from _lines(value, f"{path}{key.value}.")


def parse_config(data: Any, environment: Mapping[str, str], source: str, lines: Mapping[str, int] = NO_LINES) -> Config:
    """The settings in decoded YAML. ``source`` names it in errors, ``lines`` has the line of each setting."""
    if not isinstance(data, dict):
        raise ConfigError(f"{source}: the settings must be a mapping", "begin with 'repository:'")
    problems: list[Wrong] = []
    merged = _with_environment(data, Config, environment, _PREFIX)
    known = set(_variables(Config, _PREFIX))
    for name in environment:
        if name.startswith(f"{_PREFIX}_") and name not in known and not _OTHERS.match(name):
            near = suggest(name, known)
            about = f": did you mean {near}?" if near else ""
            problems.append(Wrong("", f"unknown setting {name} in the environment{about}"))
    config = _build(Config, merged, "", problems)
    if problems or not isinstance(config, Config):
        raise ConfigError(f"{source}: {_told(problems, lines, environment)}", "docs/operating.md lists all settings")
    if config.trust.is_on and not (config.trust.allowed_signers or config.trust.gpg_keys):
        raise ConfigError(f"{source}: {_told([Wrong('trust.verify', _NO_SIGNERS)], lines, environment)}", _SIGNERS_HINT)
    return config


def _told(problems: Sequence[Wrong], lines: Mapping[str, int], environment: Mapping[str, str]) -> str:
    return "; ".join(f"{_where(one.path, lines, environment)}{one.message}" for one in problems)


def _where(path: str, lines: Mapping[str, int], environment: Mapping[str, str]) -> str:
    """The variable or the line that a value is from."""
    words = re.sub(r"([A-Z])", r"_\1", path).replace(".", "_").upper()
    variable = f"{_PREFIX}_{words}"
    if variable in environment:
        return f"{variable}: "
    return f"line {lines[path]}: " if path in lines else ""


def trust_of(environment: Mapping[str, str]) -> TrustConfig:
    """What a command, which has no file of settings, trusts: the variables that the daemon has. Raises ConfigError."""
    problems: list[Wrong] = []
    section = _with_environment({}, TrustConfig, environment, f"{_PREFIX}_TRUST")
    trust = _build(TrustConfig, section, "trust.", problems)
    if problems or not isinstance(trust, TrustConfig):
        raise ConfigError(
            f"the environment: {_told(problems, NO_LINES, environment)}", "docs/trust.md lists the settings"
        )
    if trust.is_on and not (trust.allowed_signers or trust.gpg_keys):
        raise ConfigError(f"the environment: {_NO_SIGNERS}", _SIGNERS_HINT)
    return trust


def _variables(section: type, prefix: str) -> Iterator[str]:
    for one, hint in hints(section):
        name = f"{prefix}_{one.name.upper()}"
        if is_dataclass(hint) and isinstance(hint, type):
            yield from _variables(hint, name)
        else:
            yield name


def _with_environment(data: Any, section: type, environment: Mapping[str, str], prefix: str) -> Any:
    if not isinstance(data, dict):
        return data
    merged = dict(data)
    for one, hint in hints(section):
        name, variable = camel(one.name), f"{prefix}_{one.name.upper()}"
        if is_dataclass(hint) and isinstance(hint, type):
            merged[name] = _with_environment(merged.get(name) or {}, hint, environment, variable)
        elif variable in environment:
            merged[name] = environment[variable]
    return merged


def _build(section: type, data: Any, path: str, problems: list[Wrong]) -> Any:
    """An object of the section, or None; what is wrong is added to ``problems``."""
    if not isinstance(data, dict):
        problems.append(Wrong(path.rstrip("."), f"{path.rstrip('.') or 'the settings'} must be a mapping"))
        return None
    names = {camel(one.name) for one in fields(section)}
    for name in data:
        if name not in names:
            near = suggest(str(name), names)
            about = f": did you mean {path}{near}?" if near else ""
            problems.append(Wrong(f"{path}{name}", f"unknown setting {path}{name}{about}"))
    values: dict[str, Any] = {}
    before = len(problems)
    for one, hint in hints(section):
        name = camel(one.name)
        if is_dataclass(hint) and isinstance(hint, type):
            values[one.name] = _build(hint, data.get(name) or {}, f"{path}{name}.", problems)
        elif data.get(name) is not None:
            values[one.name] = _value(data[name], one, hint, f"{path}{name}", problems)
        elif one.default is MISSING:
            problems.append(Wrong(path.rstrip("."), f"missing setting {path}{name}"))
    return section(**values) if len(problems) == before else None


def _value(value: Any, one: Any, hint: Any, path: str, problems: list[Wrong]) -> Any:
    if hint is float:
        return _number(value, one.metadata["least"], path, problems)
    if not isinstance(value, str) or (not value and one.default != ""):
        problems.append(Wrong(path, f"{path} must be text; found {value!r}"))
        return None
    if wrong := _refusal(value, one.metadata.get("choices", ()), path):
        problems.append(Wrong(path, f"{path} '{value}' must be {wrong}"))
    return Path(value).expanduser() if "Path" in str(hint) else value


def _refusal(value: str, choices: Sequence[str], path: str) -> str:
    """What would do in place of a text; "" where it does itself."""
    if choices and value not in choices:
        return f"{', '.join(choices[:-1])} or {choices[-1]}"
    if path == "trust.since" and value and not _COMMIT.match(value):
        return "a commit, of 40 hexadecimal digits"
    if path == "owner" and not OWNER_PATTERN.match(value):
        return "lower-case letters, digits and '-', at most 32"
    if path == "listen" and not (_ADDRESS.match(value) and int(value.rpartition(":")[2]) <= _LAST_PORT):
        return "ADDRESS:PORT, like 127.0.0.1:9464"
    return ""


def _number(value: Any, least: float, path: str, problems: list[Wrong]) -> float | None:
    try:
        number = float(value) if not isinstance(value, bool) else float("nan")
    except (TypeError, ValueError):
        number = float("nan")
    if not least <= number < math.inf:
        problems.append(Wrong(path, f"{path} must be a number of seconds, at least {least:g}; found {value!r}"))
        return None
    return number
