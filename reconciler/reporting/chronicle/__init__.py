"""What follows from one Report to the next: conditions, how long something drifts, what became of commits.

In memory alone, and bounded: losing it loses nothing but times. docs/status.md lists types and reasons.

commit_state    how far a commit has come on a VIM, and on all of them
conditions  what is so of a service on a VIM, or of the VIM, as Kubernetes says it
over_vims   what they are for a service on several VIMs
seen        the same with since when, and since when something drifts
history     the newest commits of a repository with their outcomes
chronicle   keeps all of it for the daemon
"""

from reconciler.reporting.chronicle.chronicle import Chronicle
from reconciler.reporting.chronicle.commit_state import UNSEEN, CommitState, Judged, judge, together
from reconciler.reporting.chronicle.conditions import CONDITION_TYPES, Condition, ConditionStatus, conditions_of
from reconciler.reporting.chronicle.history import Commit, CommitOutcome, History, Record, VimOutcome
from reconciler.reporting.chronicle.over_vims import over_vims
from reconciler.reporting.chronicle.seen import Seen, follow

__all__ = [
    "CONDITION_TYPES",
    "UNSEEN",
    "Chronicle",
    "Commit",
    "CommitOutcome",
    "CommitState",
    "Condition",
    "ConditionStatus",
    "History",
    "Judged",
    "Record",
    "Seen",
    "VimOutcome",
    "conditions_of",
    "follow",
    "judge",
    "over_vims",
    "together",
]
