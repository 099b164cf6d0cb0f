"""`python -m scripts.requirements_table`: writes the table of docs/compatibility.md from what the kinds declare.

A test holds the file to it.
"""

from __future__ import annotations

import re
from pathlib import Path

from reconciler.targets.openstack.kinds.declared import Requirement
from reconciler.targets.openstack.requirements import REQUIREMENTS

FILE = Path(__file__).parents[1] / "docs" / "compatibility.md"
HEAD = "| Service | Name | What | Magi | For | Without it |\n|---|---|---|---|---|---|\n"


def written() -> str:
    """docs/compatibility.md with its table as it has to be. Raises ValueError where there is no table to write."""
    before, head, behind = FILE.read_text(encoding="utf-8").partition(HEAD)
    if not head:
        raise ValueError(f"{FILE}: no table of requirements: give it back the line {HEAD.splitlines()[0]}")
    rest = re.sub(r"\A(?:\|.*\n)*", "", behind)
    return before + head + "".join(map(_row, REQUIREMENTS)) + rest


def _row(row: Requirement) -> str:
    return f"| {row.service} | `{row.name}` | {row.type} | {row.level} | {row.purpose} | {row.without} |\n"


if __name__ == "__main__":
    FILE.write_text(written(), encoding="utf-8")
