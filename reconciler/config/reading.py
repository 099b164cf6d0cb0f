"""Reads settings: a YAML file, and the environment over it. All that is wrong is reported at once, with its line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import is_dataclass
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import yaml

from reconciler.config.building import PREFIX, Wrong, build, relative_to, variable_of, variables, with_environment
from reconciler.config.listing import camel, hints
from reconciler.config.sections import (
    OWN,
    Config,
    DescriptorsConfig,
    ForeignYaml,
    ImagesConfig,
    RepositoryConfig,
    TrustConfig,
)
from reconciler.config.several import SEVERAL, prefix_of, several, variables_of
from reconciler.model import ConfigError, InputLimits
from reconciler.text.suggestion import suggest

_NO_REVISION = "shared descriptors need a revision: set descriptors.revision"
_REVISION_HINT = "pin them to a tag, or to a commit where tags of that repository may be moved"
_NO_SIGNERS = "trust.verify is on, but no one is allowed to sign"
_SIGNERS_HINT = "set trust.allowedSigners or trust.gpgKeys"
# Read elsewhere, as credentials for Git and secrets of documents, which never are settings; or set by Kubernetes for a
# Service "magi".
_OTHERS = re.compile(
    r"MAGI_(GIT_.*|SECRET_.*|FORGE_TOKEN|WEBHOOK_SECRET|DEBUG|STATUS_URL|API_TOKEN_FILE|(PORT|SERVICE_HOST|SERVICE_PORT)(_.*)?)\Z"
)

Section = TypeVar("Section")

NO_LINES: Mapping[str, int] = {}


class Origin(NamedTuple):
    """Where the value of a setting is from: ``default``, the file with the line, or the name of a variable."""

    path: str
    value: Any
    source: str


def load_configs(file: Path, environment: Mapping[str, str]) -> tuple[Config, ...]:
    """The settings in a file, overridden by the environment, for each repository.

    Raises ConfigError with all that is wrong.
    """
    data, lines = _read(file)
    return parse_configs(data, environment, str(file), lines)


def origins(file: Path, environment: Mapping[str, str]) -> list[Origin]:
    """Every setting with its value, and where that is from. Raises ConfigError as `load_configs`."""
    data, lines = _read(file)
    configs = parse_configs(data, environment, str(file), lines)
    shared = [*_origins(configs[0], data, environment, lines, "", PREFIX)]
    if not data.get(SEVERAL):
        return shared
    found = [one for one in shared if one.path != "owner" and not one.path.startswith("repository.")]
    for config in configs:
        entry, path, prefix = data[SEVERAL][config.name] or {}, f"{SEVERAL}.{config.name}.", prefix_of(config.name)
        found += _origins(config.repository, entry, environment, lines, path, prefix)
        own = [*_origins(config, entry, environment, lines, path, prefix)]
        said = (one for one in own if one.path.split(".")[2] in OWN)
        found += (one for one in said if one.source != "default" or one.path == f"{path}owner")
    return found


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
    """What a YAML file holds, with paths relative to its folder, and the line of each setting by its path."""
    try:
        text = file.read_text(encoding="utf-8")
        node = yaml.compose(text, yaml.SafeLoader)
        return _relative_to(file.absolute().parent, yaml.safe_load(text) or {}), dict(_lines(node, ""))
    except OSError as error:
        raise ConfigError(f"{file}: {error.strerror}", "name the file with --config") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} is no YAML: {' '.join(str(error).split())}") from error


def _relative_to(folder: Path, data: Any) -> Any:
    found = relative_to(folder, data, Config)
    if isinstance(found, dict) and isinstance(entries := found.get(SEVERAL), dict):
        own = {name: relative_to(folder, entry, Config) for name, entry in entries.items()}
        found[SEVERAL] = {name: relative_to(folder, entry, RepositoryConfig) for name, entry in own.items()}
    return found


def _lines(node: Any, path: str) -> Iterator[tuple[str, int]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield f"{path}{key.value}", key.start_mark.line + 1
            yield from _lines(value, f"{path}{key.value}.")
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            at = f"{path.removesuffix('.')}[{number}]"
            yield at, value.start_mark.line + 1
            yield from _lines(value, f"{at}.")


def parse_configs(
    data: Any, environment: Mapping[str, str], source: str, lines: Mapping[str, int] = NO_LINES
) -> tuple[Config, ...]:
    """The settings in decoded YAML, for each repository. ``source`` names it in errors, ``lines`` has their lines."""
    if not isinstance(data, dict):
        raise ConfigError(f"{source}: the settings must be a mapping", "begin with 'repository:'")
    problems: list[Wrong] = []
    entries = data.get(SEVERAL)
    known = set(variables(Config, PREFIX))
    if isinstance(entries, dict):
        known |= {variable for name in entries for variable in variables_of(str(name))}
    for name in environment:
        if name.startswith(f"{PREFIX}_") and name not in known and not _OTHERS.match(name):
            near = suggest(name, known)
            about = f": did you mean {near}?" if near else ""
            problems.append(Wrong("", f"unknown setting {name} in the environment{about}"))
    merged = with_environment(
        {name: value for name, value in data.items() if name != SEVERAL}, Config, environment, PREFIX
    )
    if entries is None:
        found = [build(Config, merged, "", problems)]
    else:
        found = several(entries, merged, environment, problems)
    configs = tuple(one for one in found if isinstance(one, Config))
    if problems or not configs:
        raise ConfigError(
            f"{source}: {_format_problems(problems, lines, environment)}", "docs/operating.md lists all settings"
        )
    for one in configs:
        if one.descriptors.url and not one.descriptors.revision:
            path = "descriptors.url" if entries is None else f"{SEVERAL}.{one.name}.descriptors.url"
            raise ConfigError(
                f"{source}: {_format_problems([Wrong(path, _NO_REVISION)], lines, environment)}", _REVISION_HINT
            )
        if one.trust.is_on and not (one.trust.allowed_signers or one.trust.gpg_keys):
            path = "trust.verify" if entries is None else f"{SEVERAL}.{one.name}.trust.verify"
            raise ConfigError(
                f"{source}: {_format_problems([Wrong(path, _NO_SIGNERS)], lines, environment)}", _SIGNERS_HINT
            )
    return configs


def _format_problems(problems: Sequence[Wrong], lines: Mapping[str, int], environment: Mapping[str, str]) -> str:
    return "; ".join(f"{_where(one.path, lines, environment)}{one.message}" for one in problems)


def _where(path: str, lines: Mapping[str, int], environment: Mapping[str, str]) -> str:
    """The variable or the line that a value is from."""
    variable = variable_of(path.partition("[")[0])
    if variable in environment:
        return f"{variable}: "
    return f"line {lines[path]}: " if path in lines else ""


def trust_of(environment: Mapping[str, str]) -> TrustConfig:
    """What a command, which has no file of settings, trusts: the variables that the daemon has. Raises ConfigError."""
    trust = _section_of(TrustConfig, "trust", environment, "docs/trust.md lists the settings")
    if trust.is_on and not (trust.allowed_signers or trust.gpg_keys):
        raise ConfigError(f"the environment: {_NO_SIGNERS}", _SIGNERS_HINT)
    return trust


def images_of(environment: Mapping[str, str]) -> ImagesConfig:
    """Where a command, which has no file of settings, takes images from. Raises ConfigError."""
    return _section_of(ImagesConfig, "images", environment, "docs/operating.md lists the settings")


def descriptors_of(environment: Mapping[str, str]) -> DescriptorsConfig:
    """The shared descriptors of a command, which has no file of settings: the variables that the daemon has.

    Raises ConfigError.
    """
    found = _section_of(DescriptorsConfig, "descriptors", environment, "docs/operating.md lists the settings")
    if found.url and not found.revision:
        raise ConfigError(f"the environment: {_NO_REVISION}", _REVISION_HINT)
    return found


def limits_of(environment: Mapping[str, str]) -> InputLimits:
    """How much a command reads of a repository: the variables that the daemon has. Raises ConfigError."""
    return _section_of(InputLimits, "limits", environment, "docs/operating.md lists the settings")


def skips_foreign(environment: Mapping[str, str]) -> bool:
    """Whether a command skips YAML that is not meant for Magi, by the variable of the daemon. Raises ConfigError."""
    hint = "docs/operating.md lists the settings"
    return _section_of(ForeignYaml, "repository", environment, hint).foreign_yaml == "skip"


def _section_of(section: type[Section], name: str, environment: Mapping[str, str], hint: str) -> Section:
    """A section of the settings out of its variables alone. Raises ConfigError."""
    problems: list[Wrong] = []
    given = with_environment({}, section, environment, f"{PREFIX}_{name.upper()}")
    found = build(section, given, f"{name}.", problems)
    if problems or not isinstance(found, section):
        raise ConfigError(f"the environment: {_format_problems(problems, NO_LINES, environment)}", hint)
    return found
