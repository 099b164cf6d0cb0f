"""One measured number and what it has to be."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table
from rich.text import Text


@dataclass(frozen=True)
class Result:
    """``value`` against ``limit``: at most, or at least where ``at_least``; None is only reported."""

    what: str
    value: float
    unit: str
    limit: float | None = None
    at_least: bool = False

    @property
    def reached(self) -> bool:
        if self.limit is None:
            return True
        return self.value >= self.limit if self.at_least else self.value <= self.limit


def print_results(out: Console, title: str, results: Iterable[Result]) -> None:
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    table.add_column("measured")
    table.add_column("value", justify="right")
    table.add_column("goal", justify="right")
    table.add_column("")
    for result in results:
        goal = "" if result.limit is None else f"{'at least' if result.at_least else 'at most'} {result.limit:g}"
        verdict = (
            Text("") if result.limit is None else Text("reached", "green") if result.reached else Text("MISSED", "red")
        )
        table.add_row(result.what, f"{result.value:,.3g} {result.unit}".strip(), goal, verdict)
    out.print(table)
    out.print()
