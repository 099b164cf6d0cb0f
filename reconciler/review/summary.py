"""A plan in a table: a row for each network service on each VIM, with numbers and the worst impact."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from reconciler.model import Impact, Plan
from reconciler.review.items import Counts, Item, count_items, groups_of

LONG = 60
"""Resources that a plan touches above which a person reads numbers first."""
SUMMARY_COLUMNS = ("SERVICE", "VIM", "CREATE", "UPDATE", "REPLACE", "DELETE", "BLOCKED", "WORST IMPACT")
_DATA_LOSS = "data loss"
_GRAVITY = list(Impact)


@dataclass(frozen=True, slots=True)
class Row:
    """What is done for a network service on a VIM. ``service`` is "" for what services share.

    ``impact``: the worst of all steps, those that are blocked included; ``data_loss``: whether something stored is
    lost.
    """

    service: str
    vim: str
    counts: Counts
    impact: Impact
    data_loss: bool

    @property
    def impact_text(self) -> str:
        impact = () if self.impact is Impact.NONE else (self.impact.value,)
        return ", ".join((*impact, *((_DATA_LOSS,) if self.data_loss else ()))) or "-"

    @property
    def cells(self) -> tuple[str, ...]:
        """As the columns of the table have it."""
        one = self.counts
        numbers = (one.create, one.update, one.replace, one.delete, one.blocked)
        return (self.service or "(shared)", self.vim, *(str(number or "-") for number in numbers), self.impact_text)


def summary_rows(plans: Iterable[Plan]) -> list[Row]:
    """A row for each network service and VIM for which something is done, by service; what services share is last."""
    return [_row(group.service, group.target, group.items) for group in groups_of(plans) if group.items]


def _row(service: str, vim: str, items: Iterable[Item]) -> Row:
    items = list(items)
    impact = max((item.step.impact for item in items), key=_GRAVITY.index)
    loss = any(effect.startswith(_DATA_LOSS) for item in items for effect in item.effects)
    return Row(service, vim, count_items(items), impact, loss)


def summary_json(plans: Iterable[Plan]) -> list[dict[str, Any]]:
    """The rows for machines."""
    return [
        {
            "service": row.service,
            "vim": row.vim,
            **row.counts._asdict(),
            "impact": row.impact.value,
            "dataLoss": row.data_loss,
        }
        for row in summary_rows(plans)
    ]
