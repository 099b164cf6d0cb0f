"""Where credentials come from: clouds.yaml and what is read along with it, parsed once a change, whoever asks."""

from __future__ import annotations

import copy
import os
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from openstack import exceptions as sdk
from openstack.config import OpenStackConfig, loader

from reconciler.model import ConfigError, Target
from reconciler.outside.rotation import Renewed

_SECURE = "secure.yaml"


class _Parsed(NamedTuple):
    """What the files hold; ``config`` None: ``error`` says why they can't be used."""

    config: OpenStackConfig | None
    error: str = ""


class Clouds:
    """The entries of a clouds.yaml, or of those on the standard search path of openstacksdk. Used by many threads.

    All VIMs of a process ask the same one: it is parsed at the first use and after each change, not for each of them.
    """

    def __init__(self, file: Path | None = None) -> None:
        """Reads nothing yet."""
        self.file = file
        self.files = _files(file)
        """The files that credentials may be in, whether they are there or not."""
        self._parsed = Renewed(self.files, self._parse)

    def region(self, target: Target) -> Any:
        """What openstacksdk makes of the entry of a target, as its CloudRegion, which holds no other entry.

        Raises ConfigError.
        """
        if self.file and not self.file.is_file():
            raise ConfigError(f"clouds file {self.file} does not exist", "name the right one with --clouds-file")
        try:
            config, error = self._parsed()
        except OSError as unreadable:
            # Not kept: what may be read by whom changes no stamp.
            config, error = None, f"{unreadable.filename}: {unreadable.strerror}"
        if config is None:
            raise ConfigError(f"clouds.yaml of VIM {target.name} can't be used: {error}")
        names = config.get_cloud_names()
        if target.entry not in names:
            raise self._no_entry(target, config, sorted(map(str, names)))
        try:
            return _region(target, _alone(config, target.entry))
        except sdk.ConfigException as unusable:
            raise ConfigError(f"clouds.yaml entry '{target.entry}' of VIM {target.name}: {unusable}") from unusable
        except Exception as unusable:
            # An entry that is no mapping, an auth type that is not installed: each library has its own exception.
            raise ConfigError(f"clouds.yaml of VIM {target.name} can't be used: {unusable}") from unusable

    def _no_entry(self, target: Target, config: OpenStackConfig, names: list[str]) -> ConfigError:
        where = str(self.file or config.config_filename or "the search path of clouds.yaml")
        close = get_close_matches(target.entry, names, n=1)
        hint = f"did you mean '{close[0]}'?" if close else f"it has: {', '.join(names) or 'no entries'}"
        said_at, spec = (f" ({target.place})", "spec.cloud of the Vim") if target.place.file else ("", "--cloud")
        return ConfigError(
            f"VIM {target.name}{said_at}: no entry '{target.entry}' in {where}",
            f"{hint} Name the entry in {spec}, or another file with --clouds-file",
        )

    def _parse(self) -> _Parsed:
        """What is wrong with the files is as much worth keeping: with many VIMs, each would parse them to find out."""
        try:
            return _Parsed(_load(self.file, self.files))
        except ConfigError as unusable:
            return _Parsed(None, unusable.message)


def _load(file: Path | None, files: Iterable[Path]) -> OpenStackConfig:
    """Raises ConfigError; OSError for a file that can't be read."""
    try:
        config = OpenStackConfig(
            config_files=[str(file)] if file else None,
            secure_files=[str(file.with_name(_SECURE))] if file else None,
            # A file that was named counts more than OS_CLIENT_CONFIG_FILE, which the SDK would read first.
            load_envvars=file is None,
            app_name="magi",
        )
        config.get_cloud_names()
    except Exception as unusable:
        # A file that is no mapping: the SDK stumbles over it in many ways.
        raise ConfigError(str(unusable)) from unusable
    # A file that is no YAML is passed over by the SDK, with a line in the log.
    taken = {config.config_filename, config.secure_config_filename}
    for passed_over in (one for one in files if file and one.is_file() and str(one) not in taken):
        _require_yaml(passed_over)
    return config


def _files(file: Path | None) -> tuple[Path, ...]:
    if file:
        return file, file.with_name(_SECURE)
    named = (os.environ.get(f"OS_CLIENT_{what}_FILE") for what in ("CONFIG", "SECURE"))
    search = (*loader.CONFIG_FILES, *loader.SECURE_FILES)
    return tuple(Path(one) for one in (*named, *search) if one)


def _require_yaml(file: Path) -> None:
    """Raises ConfigError with the place where a file is no YAML, and nothing of what it holds; OSError."""
    try:
        yaml.safe_load(file.read_bytes())
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigError(f"{file}:{line}: {error.problem}") from error
    except (ValueError, yaml.YAMLError) as error:
        raise ConfigError(f"{file}: it is no YAML") from error


def _alone(config: OpenStackConfig, cloud: str) -> OpenStackConfig:
    """The same configuration with one entry alone: what the SDK makes of it is kept as long as a session."""
    alone = copy.copy(config)
    alone.cloud_config = {**config.cloud_config, "clouds": {cloud: copy.deepcopy(config.cloud_config["clouds"][cloud])}}
    return alone


def _region(target: Target, config: OpenStackConfig) -> Any:
    overrides: dict[str, Any] = {"region_name": name} if (name := target.option("region")) else {}
    region = config.get_one(cloud=target.entry, api_timeout=target.budget.timeout, **overrides)
    if _is_plain_v3(region.config):
        # The generic plugin would ask Keystone for its versions before every login.
        overrides["auth_type"] = "v3password"
        region = config.get_one(cloud=target.entry, api_timeout=target.budget.timeout, **overrides)
    return region


def _is_plain_v3(config: Any) -> bool:
    """Whether a clouds.yaml entry is a login by password at an auth_url that already says v3."""
    auth = config.get("auth") or {}
    is_v3 = str(auth.get("auth_url", "")).rstrip("/").endswith("/v3")
    return config.get("auth_type") == "password" and is_v3 and not any(key.startswith("default_") for key in auth)
