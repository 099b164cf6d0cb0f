"""Host names of instances: a stem that the descriptor gives, and the index of the instance."""

from __future__ import annotations

import re

MAX_STEM = 59
"""Characters before the index: a label of the DNS has 63, and an index may have three digits and its '-'."""

_STEM = re.compile(r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?")


def wrong_hostname(stem: str) -> str:
    """What a stem has to be like, where it is otherwise; "" where it will do."""
    if len(stem) <= MAX_STEM and _STEM.fullmatch(stem):
        return ""
    return f"it has 1 to {MAX_STEM} lower-case letters, digits and '-', and begins and ends with a letter or digit"


def hostname_at(stem: str | None, index: int) -> str | None:
    """The host name of an instance; None where the cloud is to make one."""
    return None if stem is None else f"{stem}-{index}"
