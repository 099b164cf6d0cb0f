"""What each tool has to be able to do, and the rows of the table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import NamedTuple, Protocol

from benchmarks.on_openstack.cloud import Cloud

SERVERS = 20


class Row(StrEnum):
    FIRST = "first sync"
    NOTHING = "nothing to do"
    MORE = "+2 servers"
    FEWER = "-2 servers"
    RULE = "one rule changed"
    DAMAGE = "a server, a port and a rule deleted manually, repaired"
    DELETE = "delete"


Rows = Mapping[Row, float]
"""Seconds of a whole process by row; what a tool can't do is left out."""


class Damage(NamedTuple):
    """Names of a server, of a port of another one, and of the group whose rule for port 443 goes."""

    server: str
    port: str
    group: str


class Tool(Protocol):
    """One that brings ref20 about; every call is one process of it, and answers how many seconds that took."""

    name: str

    def bring_about(self, servers: int, *, other_rule: bool = False) -> float:
        """``other_rule``: port 8080 is open instead of port 80."""

    def find_nothing_to_do(self) -> float:
        """The same as the last time."""

    def damage(self) -> Damage | None:
        """What is deleted manually, by the names that the tool gave it; None if it repairs nothing of the kind."""

    def remove(self) -> float: ...


def rows_of(tool: Tool, cloud: Cloud, log: Callable[[str], None]) -> Rows:
    """Every row once, in this order; at the end there is nothing of it in the cloud."""
    rows: dict[Row, float] = {}

    def took(row: Row, seconds: float) -> None:
        rows[row] = seconds
        log(f"{tool.name}: {row}: {seconds:.1f} s")

    took(Row.FIRST, tool.bring_about(SERVERS))
    took(Row.NOTHING, tool.find_nothing_to_do())
    took(Row.MORE, tool.bring_about(SERVERS + 2))
    took(Row.FEWER, tool.bring_about(SERVERS))
    took(Row.RULE, tool.bring_about(SERVERS, other_rule=True))
    if damage := tool.damage():
        cloud.damage(*damage)
        took(Row.DAMAGE, tool.bring_about(SERVERS, other_rule=True))
    took(Row.DELETE, tool.remove())
    return rows
