"""The least settings that there can be, and what comes of reading some."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.config import Config, parse_configs
from reconciler.model import ConfigError

URL = "https://git.example/ns.git"
LEAST = {"repository": {"url": URL}}
AN_ADDRESS = "ADDRESS:PORT, like 127.0.0.1:9464, or unix:/PATH of at most 107 bytes"
"""What an error about an address asks for."""


def parse(data: Any, **environment: str) -> Config:
    (found,) = parse_configs(data, environment, "magi.yaml")
    return found


def complaint(data: Any, **environment: str) -> str:
    with pytest.raises(ConfigError) as failed:
        parse(data, **environment)
    assert failed.value.message.startswith("magi.yaml: ")
    return failed.value.message.removeprefix("magi.yaml: ")
