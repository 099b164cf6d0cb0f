"""Consent in Git to what guards block: what commits and annotations say, and who says it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Approval(NamedTuple):
    """A consent in Git to exactly those blocked steps, or to that plan of a VIM, with that ``digest``.

    ``service``: the one that it is about, where a service says it of itself; "" for whatever has the digest.
    ``commit``: the one whose trailer it is, "" for an annotation; ``author`` as that commit names them, ``signer`` as
    the verification of it does, "" where none was asked for. ``refusal``: why it does not count, "" where it may.
    """

    digest: str
    service: str = ""
    commit: str = ""
    author: str = ""
    signer: str = ""
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class ApproverRule:
    """Who may approve what. Each part left empty is about all: ``guards`` by slug, ``services`` by name or pattern,
    ``folders`` that hold the documents of the services, ``labels`` that they have, ``by`` verified signers.

    ``separate``: not who signed a change of it.
    """

    guards: frozenset[str] = frozenset()
    services: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    labels: tuple[tuple[str, str], ...] = ()
    by: tuple[str, ...] = ()
    separate: bool = False


@dataclass(frozen=True, slots=True)
class SecretRule:
    """Which secrets some services may name: ``may`` as patterns of ``SOURCE:NAME``. Without a name or folder: all."""

    may: tuple[str, ...]
    services: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Approvers:
    """Who may approve what, and name which secrets, as the operator has it. What no rule allows is not allowed.

    ``final_guards`` by slug, and ``final_rules`` by how their messages begin, can't be approved by anyone.
    ``secrets`` None: nothing is said of secrets.
    """

    rules: tuple[ApproverRule, ...] = ()
    final_guards: frozenset[str] = frozenset()
    final_rules: tuple[str, ...] = ()
    secrets: tuple[SecretRule, ...] | None = None

    @property
    def limit(self) -> bool:
        """Whether there is anything that not everyone may approve."""
        return bool(self.final_guards or self.final_rules) or ApproverRule() not in self.rules

    @property
    def need_signers(self) -> bool:
        """Whether it matters who signed an approval."""
        return any(rule.by or rule.separate for rule in self.rules)

    @property
    def need_changes(self) -> bool:
        """Whether it matters who signed which change."""
        return any(rule.separate for rule in self.rules)


class ApprovalEffect(NamedTuple):
    """What an approval covers in a plan. ``refusal``: why it does not unblock that, "" where it does."""

    approval: Approval
    what: str
    refusal: str
