"""`python -m scripts.rights_tables`: writes the tables of docs/rights.md from the driver's list.

A test holds the file to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from reconciler.targets.openstack.doctor.rights import FURTHER, needed
from reconciler.targets.openstack.kinds.declared import Right
from reconciler.targets.openstack.services import SERVICES

FILE = Path(__file__).parents[1] / "docs" / "rights.md"
TABLES = {service.project.capitalize(): needed(service.type) for service in SERVICES.values()}
TABLES["What may be refused"] = FURTHER
HEAD = "| Request | Policy rules | Least role | What for |\n|---|---|---|---|\n"


def table(rights: Iterable[Right]) -> str:
    return HEAD + "".join(map(_row, rights))


def _row(right: Right) -> str:
    action = f" `{right.action}`" if right.action else ""
    rules = [", ".join(f"`{rule}`" for rule in right.rules) or "none"]
    if right.further:
        rules.append("for some attributes: " + ", ".join(f"`{rule}`" for rule in right.further))
    if right.above:
        rules.append("with more rights: " + ", ".join(f"`{rule}`" for rule in right.above))
    if right.behind:
        rules.append("on the way: " + ", ".join(f"{one.split()[0]} `{one.split()[1]}`" for one in right.behind))
    request = f"{right.method} `{right.route}`{action}"
    if right.purpose and not right.purpose.startswith("an observation") and right in FURTHER:
        request = f"{right.service} {request}"
    return f"| {request} | {'; '.join(rules)} | {right.role} | {right.purpose} |\n"


def written() -> str:
    """docs/rights.md with the tables as they have to be: each is the first one behind its heading."""
    text = FILE.read_text(encoding="utf-8")
    for title, rights in TABLES.items():
        before, heading, behind = text.partition(f"## {title}\n")
        said = re.match(r"(?:(?!## |\|).*\n)*", behind)
        assert said is not None  # noqa: S101  it matches nothing at least
        rest = re.sub(r"\A(?:\|.*\n)*", "", behind[said.end() :])
        text = before + heading + said[0] + table(rights) + rest
    return text


if __name__ == "__main__":
    FILE.write_text(written(), encoding="utf-8")
