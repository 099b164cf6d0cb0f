"""One section of the settings: from what YAML and the environment hold to an object, with all that is wrong."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, is_dataclass
from pathlib import Path
from typing import Any, NamedTuple

from reconciler.config.addresses import ANY_HOST, parse_address, parse_syslog, plain_host
from reconciler.config.listing import camel, entry_of, hints
from reconciler.config.notifications import MOST_RECEIVERS, NotificationConfig, refusals, repeated_names
from reconciler.config.sections import COORDINATION_URL, OWNER_PATTERN
from reconciler.model import Selector
from reconciler.text.suggestion import suggest

PREFIX = "MAGI"
"""What every variable begins with."""

_COMMIT = re.compile(r"[0-9a-f]{40}\Z")
_RECEIVER = re.compile(r"notifications\[\d+\]\.name\Z")
_URL = re.compile(r"https?://[^/\s]\S*\Z")


class Wrong(NamedTuple):
    """Something wrong: at the path of a setting, "" for what is wrong elsewhere."""

    path: str
    message: str


def variable_of(path: str) -> str:
    """The variable of a setting: ``MAGI_REPOSITORY_CREDENTIALS_FILE`` of ``repository.credentialsFile``."""
    return f"{PREFIX}_" + re.sub(r"([A-Z])", r"_\1", path).replace(".", "_").replace("-", "_").upper()


def variables(section: type, prefix: str) -> Iterator[str]:
    """The variables of all settings of a section."""
    for one, hint in hints(section):
        name = f"{prefix}_{one.name.upper()}"
        if is_dataclass(hint) and isinstance(hint, type):
            yield from variables(hint, name)
        else:
            yield name


def with_environment(data: Any, section: type, environment: Mapping[str, str], prefix: str) -> Any:
    """A section as the file has it, with what the environment says over it."""
    if not isinstance(data, dict):
        return data
    merged = dict(data)
    for one, hint in hints(section):
        name, variable = camel(one.name), f"{prefix}_{one.name.upper()}"
        if is_dataclass(hint) and isinstance(hint, type):
            merged[name] = with_environment(merged.get(name) or {}, hint, environment, variable)
        elif variable in environment:
            merged[name] = environment[variable]
    return merged


def relative_to(folder: Path, data: Any, section: type) -> Any:
    """A section as the file has it, with its relative paths as paths from the folder of the file."""
    if not isinstance(data, dict):
        return data
    found = dict(data)
    for one, hint in hints(section):
        name = camel(one.name)
        value = found.get(name)
        if is_dataclass(hint) and isinstance(hint, type):
            if name in found:
                found[name] = relative_to(folder, value, hint)
        elif (entry := entry_of(hint)) and isinstance(value, list):
            found[name] = [relative_to(folder, each, entry) for each in value]
        elif not isinstance(value, str):
            continue
        elif one.metadata.get("places"):
            found[name] = ":".join(_from(folder, part) for part in value.split(":"))
        elif "Path" in str(hint) or (one.metadata.get("place") and ":" not in value):
            found[name] = _from(folder, value)
    return found


def _from(folder: Path, path: str) -> str:
    return str(folder / path) if path and not path.startswith(("/", "~")) else path


def build(section: type, data: Any, path: str, problems: list[Wrong], besides: Sequence[str] = ()) -> Any:
    """An object of the section, or None; what is wrong is added to ``problems``.

    ``besides``: what else may be there.
    """
    if not isinstance(data, dict):
        problems.append(Wrong(path.rstrip("."), f"{path.rstrip('.') or 'the settings'} must be a mapping"))
        return None
    names = {camel(one.name) for one, _ in hints(section)}
    for name in data:
        if name not in names:
            near = suggest(str(name), {*names, *besides})
            about = f": did you mean {path}{near}?" if near else ""
            problems.append(Wrong(f"{path}{name}", f"unknown setting {path}{name}{about}"))
    values: dict[str, Any] = {}
    before = len(problems)
    for one, hint in hints(section):
        name = camel(one.name)
        if is_dataclass(hint) and isinstance(hint, type):
            values[one.name] = build(hint, data.get(name) or {}, f"{path}{name}.", problems)
        elif data.get(name) is not None:
            values[one.name] = value_of(data[name], one, hint, f"{path}{name}", problems)
        elif one.default is MISSING:
            problems.append(Wrong(path.rstrip("."), f"missing setting {path}{name}"))
    return section(**values) if len(problems) == before else None


def value_of(value: Any, one: Any, hint: Any, path: str, problems: list[Wrong]) -> Any:
    if hint is float:
        return _number(value, one.metadata, path, problems)
    if hint is int:
        return _whole_number(value, one.metadata, path, problems)
    if hint == tuple[str, ...]:
        return _texts(value, path, problems)
    if hint is bool:
        return _flag(value, path, problems)
    if hint == tuple[NotificationConfig, ...]:
        return _receivers(value, path, problems)
    if hint == Selector | None:
        return _selector(value, path, problems)
    if hint == tuple[Selector, ...]:
        return _selectors(value, path, problems)
    if not isinstance(value, str) or (not value and one.default != ""):
        problems.append(Wrong(path, f"{path} must be text; found {value!r}"))
        return None
    if wrong := _refusal(value, one.metadata.get("choices", ()), path):
        problems.append(Wrong(path, f"{path} '{value}' must be {wrong}"))
    # Absolute, because Git and its programs run elsewhere than in the folder that Magi was started in.
    return Path(value).expanduser().absolute() if "Path" in str(hint) else value


def _refusal(value: str, choices: Sequence[str], path: str) -> str:
    """What would do in place of a text; "" where it does itself."""
    if choices and value not in choices:
        return f"{', '.join(choices[:-1])} or {choices[-1]}"
    if path.endswith("trust.since") and value and not _COMMIT.match(value):
        return "a commit, of 40 hexadecimal digits"
    if path == "coordination.url" and not COORDINATION_URL.match(value):
        return "the URL of an etcd, like etcd3+http://127.0.0.1:2379"
    if (
        path == "coordination.group" or _RECEIVER.match(path) or path.rpartition(".")[2] == "owner"
    ) and not OWNER_PATTERN.match(value):
        return "lower-case letters, digits and '-', at most 32"
    if path == "tracing.endpoint" and value and not _URL.match(value):
        return "a URL, like http://127.0.0.1:4318"
    if path == "journal.syslog" and value and parse_syslog(value) is None:
        return "unix:/PATH, like unix:/dev/log, or udp://HOST:PORT, like udp://127.0.0.1:514"
    if path in {"listen", "metricsListen"} and value and parse_address(value) is None:
        return "ADDRESS:PORT, like 127.0.0.1:9464, or unix:/PATH of at most 107 bytes"
    return ""


def _texts(value: Any, path: str, problems: list[Wrong]) -> tuple[str, ...] | None:
    """A list, or, as the environment has it, text with commas."""
    found = [part.strip() for part in value.split(",")] if isinstance(value, str) else value
    if not isinstance(found, list) or not found or not all(isinstance(one, str) and one for one in found):
        problems.append(Wrong(path, f"{path} must be a list of texts; found {value!r}"))
        return None
    if path == "allowedHosts":
        wrong = [one for one in found if one != ANY_HOST and plain_host(one) is None]
        problems += [Wrong(path, f"{path} '{one}' must be a name or an address without port, or '*'") for one in wrong]
    return tuple(found)


def _selector(value: Any, path: str, problems: list[Wrong]) -> Selector | None:
    """A mapping of labels, or, as the environment has it, text: ``region=north,tier=edge``."""
    found = value
    if isinstance(value, str):
        parts = [part.strip().partition("=") for part in value.split(",")]
        found = {name: label for name, sign, label in parts if sign}
        found = found if len(found) == len(parts) else None
    if not isinstance(found, dict) or not all(isinstance(one, str) and one for pair in found.items() for one in pair):
        problems.append(Wrong(path, f"{path} must be a mapping of labels, like {{region: north}}; found {value!r}"))
        return None
    return tuple(sorted(found.items()))


def _selectors(value: Any, path: str, problems: list[Wrong]) -> tuple[Selector, ...] | None:
    """A list of mappings of labels, or, as the environment has it, text with ``;`` between them."""
    found = value.split(";") if isinstance(value, str) else value
    if not isinstance(found, list) or not found:
        problems.append(Wrong(path, f"{path} must be a list of mappings of labels; found {value!r}"))
        return None
    selectors = [_selector(one, f"{path}[{number}]", problems) for number, one in enumerate(found)]
    return tuple(one for one in selectors if one is not None)


def _flag(value: Any, path: str, problems: list[Wrong]) -> bool | None:
    if not isinstance(value, bool):
        problems.append(Wrong(path, f"{path} must be true or false; found {value!r}"))
        return None
    return value


def _receivers(value: Any, path: str, problems: list[Wrong]) -> tuple[NotificationConfig, ...] | None:
    """A list of mappings, or, as the environment has it, JSON."""
    found = value
    if isinstance(value, str):
        try:
            found = json.loads(value)
        except (ValueError, RecursionError):
            found = None
    if not isinstance(found, list) or len(found) > MOST_RECEIVERS:
        what = f"{len(found)} of them" if isinstance(found, list) else type(value).__name__
        problems.append(Wrong(path, f"{path} must be a list of at most {MOST_RECEIVERS} mappings; found {what}"))
        return None
    built = [build(NotificationConfig, one, f"{path}[{number}].", problems) for number, one in enumerate(found)]
    for number, one in enumerate(built):
        for setting, wrong in refusals(one) if one else ():
            problems.append(Wrong(f"{path}[{number}].{setting}", f"{path}[{number}].{setting} {wrong}"))
    for number, name in repeated_names(built):
        at = f"{path}[{number}].name"
        problems.append(Wrong(at, f"{at} '{name}' is that of another one too: each needs its own"))
    return tuple(one for one in built if one is not None)


def _number(value: Any, limits: Mapping[str, float], path: str, problems: list[Wrong]) -> float | None:
    """Seconds; or, with a limit ``most``, any number up to that."""
    least, most = limits["least"], limits.get("most")
    try:
        number = float(value) if not isinstance(value, bool) else float("nan")
    except (TypeError, ValueError):
        number = float("nan")
    if not least <= number < math.inf or (most is not None and number > most):
        desired = f"of seconds, at least {least:g}" if most is None else f"from {least:g} to {most:g}"
        problems.append(Wrong(path, f"{path} must be a number {desired}; found {value!r}"))
        return None
    return number


def _whole_number(value: Any, limits: Mapping[str, int], path: str, problems: list[Wrong]) -> int | None:
    try:
        number = None if isinstance(value, bool | float) else int(value)
    except (TypeError, ValueError):
        number = None
    if number is None or not limits["least"] <= number <= limits["most"]:
        desired = f"from {limits['least']:,} to {limits['most']:,}"
        problems.append(Wrong(path, f"{path} must be a whole number {desired}; found {value!r}"))
        return None
    return number
