"""Host names of instances: a stem that the descriptor gives, and the index of the instance."""

from __future__ import annotations

import re
from typing import Any

from reconciler.documents.choosing.choices import NUMBER

MAX_STEM = 55
"""Characters before the indexes: a label of the DNS has 63, and two indexes of three digits take 8 with their '-'."""

_STEM = re.compile(r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?")


def wrong_hostname(stem: str) -> str:
    """What a stem has to be like, where it is otherwise; "" where it will do."""
    if len(stem) <= MAX_STEM and _STEM.fullmatch(stem):
        return ""
    return f"it has 1 to {MAX_STEM} lower-case letters, digits and '-', and begins and ends with a letter or digit"


def hostname_at(stem: str | None, vnf: Any, index: int) -> str | None:
    """The host name of an instance of a VDU; None where the cloud is to make one.

    Where a service has several instances of the VNF, the index of that goes first.
    """
    numbers = [index] if NUMBER not in vnf else [vnf[NUMBER], index]
    return None if stem is None else "-".join([stem, *map(str, numbers)])
