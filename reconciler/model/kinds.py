"""What all rooms may know of a kind of resource, whatever target it is of."""

from __future__ import annotations

from dataclasses import dataclass, fields

from reconciler.model.resources import Spec

NAME = "name"
"""The name at the target, which is no field of a Spec and differs as one."""


@dataclass(frozen=True, slots=True)
class KindFacts:
    """``unmarked``: it has no mark of its own, and is managed by what it belongs to."""

    name: str
    spec: type[Spec]
    unmarked: bool = False

    @property
    def fields(self) -> tuple[str, ...]:
        """Its fields, as plans call them."""
        return (NAME, *(one.name for one in fields(self.spec)))
