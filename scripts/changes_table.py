"""`python -m scripts.changes_table`: writes the table of docs/changes.md from what the kinds declare.

A test holds the file to it, and the conformance suite holds the declarations to the clouds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

from reconciler.model import Spec
from reconciler.targets.openstack.kinds import KINDS
from reconciler.targets.rest import Kind

FILE = Path(__file__).parents[1] / "docs" / "changes.md"
HEADING = "| Kind | Field | A change is made | Interrupts | Where it is left out |\n|---|---|---|---|---|\n"


def table() -> str:
    """The table in Markdown: a row for each field of each kind."""
    return HEADING + "".join(row for kind in KINDS for row in _rows(kind))


def _rows(kind: Kind[Any]) -> Iterator[str]:
    for field in fields(kind.spec):
        if field.name in kind.spec.derived - kind.spec.immutable - kind.spec.disruptive.keys():
            continue  # Nothing changes it.
        how, interrupts = _change(kind.spec, field.name)
        left_out = "what the cloud chose stays" if field.name in kind.spec.computed else ""
        yield f"| {kind.name} | `{field.name}` | {how} | {interrupts} | {left_out} |\n"


def _change(spec: type[Spec], name: str) -> tuple[str, str]:
    if name in spec.immutable:
        return "by a replacement", "replace"
    refused = f"; refused {spec.refused[name]}" if name in spec.refused else ""
    harmless = [str(value) for field, value in spec.harmless if field == name]
    except_for = f" (not to {', '.join(harmless)})" if harmless else ""
    return f"in place{refused}", f"{spec.disruptive[name].value}{except_for}" if name in spec.disruptive else ""


def written() -> str:
    """docs/changes.md with the table as it has to be."""
    text = FILE.read_text(encoding="utf-8")
    before, _, rest = text.partition(HEADING)
    after = rest[rest.index("\n\n") :] if "\n\n" in rest else "\n"
    return f"{before}{table().rstrip()}{after}"


if __name__ == "__main__":
    FILE.write_text(written(), encoding="utf-8")
