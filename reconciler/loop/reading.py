"""What a commit asks for, together with its time, what its history consents to and what the operator says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from reconciler.config import TrustConfig
from reconciler.judging.approvers import load_approvers
from reconciler.model import Approvers, Catalog
from reconciler.source import Snapshot


def approvers_of(trust: TrustConfig) -> Approvers | None:
    """Who may approve what, if that is limited. Raises ConfigError."""
    return load_approvers(trust.approvers_file, verified=trust.is_on) if trust.approvers_file else None


def with_history(catalog: Catalog, snapshot: Snapshot, approvers: Approvers | None) -> Catalog:
    """The catalog of a commit, with which that is, when it was made, and all that is to be known of its approvals.

    Raises SourceError.
    """
    approvals = catalog.approvals | snapshot.approvals()
    changed: Mapping[str, frozenset[str] | None] = {}
    if approvers and approvers.need_changes:
        changed = snapshot.changed_by({one.signer for one in approvals if one.signer and not one.refusal})
    committed = snapshot.committed_at.timestamp() if snapshot.commit and snapshot.committed_at else 0.0
    return replace(
        catalog,
        approvals=approvals,
        approvers=approvers,
        changed_by=changed,
        commit=snapshot.commit or "",
        committed=committed,
    )
