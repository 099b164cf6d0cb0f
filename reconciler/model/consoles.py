"""Consoles of instances, where a type of target has them: asked for by a person, never by a pass."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol, runtime_checkable


class ConsoleType(StrEnum):
    """What a console is shown with, in the words of Nova."""

    NOVNC = "novnc"
    SPICE = "spice-html5"
    SERIAL = "serial"


@runtime_checkable
class HasConsoles(Protocol):
    """What a driver also is whose type of target has consoles."""

    def console_url(self, instance_id: str, console: ConsoleType) -> str:
        """Has the target make a link to the console of an instance, by its id there.

        The link holds a token: who has it has the console, until the target lets it expire. Raises ConfigError when the
        login may not do this, TargetUnknown when there is no answer, and MagiError when the target refuses.
        """
